import { isDeepStrictEqual } from 'node:util'
import type { RunLimits, RunMode } from '../../kernel/ledger/schema.ts'
import type { Modification } from '../../kernel/policy/schema.ts'
import type { Segment } from './segment.ts'

type Control = { mode: RunMode; limits: RunLimits }

/** What a policy makes of a run's control fields: limits only get lower, and draft stays draft. */
export function tighten({ mode, limits }: Control, modify: Modification): Control {
  const lower = (own: number | null, other: number | undefined) =>
    other === undefined ? own : Math.min(own ?? other, other)
  return {
    mode: modify.mode === 'draft' ? modify.mode : mode,
    limits: {
      cost_limit_cents: lower(limits.cost_limit_cents, modify.cost_limit_cents),
      llm_calls_limit: lower(limits.llm_calls_limit, modify.llm_calls_limit),
      latency_slo_ms: lower(limits.latency_slo_ms, modify.latency_slo_ms),
    },
  }
}

/** Applies what a policy said about a call under way to the run, from here on. */
export function tightenRun(segment: Segment, modify: Modification, decisionId: string): void {
  const { mode, limits } = segment.execution()
  const next = tighten({ mode, limits }, modify)
  if (isDeepStrictEqual(next, { mode, limits })) return
  segment.record({ kind: 'run_modified', payload: { ...next, decision_id: decisionId } })
}
