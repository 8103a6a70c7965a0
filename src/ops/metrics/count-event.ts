import type { EventKind } from '../../kernel/ledger/event-kinds.ts'
import type { LedgerEvent } from '../../kernel/ledger/seal-event.ts'
import { bucketOf, type Measured } from './durations.ts'

/** One more of something, and of how much. */
export type Increment = { name: string; label: string; count: number; sum: number }

const one = (name: string, label = '', sum = 0): Increment => ({ name, label, count: 1, sum })
const measured = (name: Measured, ms: number): Increment => one(name, bucketOf(ms), ms)

/** Refresh tokens that came back after they were spent. */
export const TOKEN_REUSE = 'refresh_token_reuse_total'

/** The kinds that count something. */
export const COUNTED_KINDS = [
  'run_started',
  'run_completed',
  'run_failed',
  'run_cancelled',
  'step_completed',
  'llm_call',
  'tool_call',
  'decision_recorded',
  'approval_requested',
  'approval_resolved',
  'approval_expired',
  'effect_intended',
  'effect_completed',
  'effect_failed',
  'effect_in_doubt',
  'error',
  'audit_recorded',
] as const satisfies EventKind[]
export type CountedKind = (typeof COUNTED_KINDS)[number]

/**
 * What an event adds to the counts. Events that came in from outside are evidence and count nothing. When its run began stands
 * in none that ends it: milliseconds since 1970, null where that is not known.
 */
export function countEvent(
  event: Extract<LedgerEvent, { kind: CountedKind }>,
  runBegan: number | null,
): Increment[] {
  switch (event.kind) {
    case 'run_started':
      return [one('runs_started_total')]
    case 'run_completed':
    case 'run_failed':
    case 'run_cancelled': {
      const took = runBegan === null ? [] : [measured('run_duration_ms', timeOf(event) - runBegan)]
      return [one('runs_total', event.kind.slice('run_'.length)), ...took]
    }
    case 'step_completed': {
      const { started_at: began } = event.payload
      return began === undefined ? [] : [measured('step_duration_ms', timeOf(event) - Date.parse(began))]
    }
    case 'llm_call': {
      const { provider, usage, estimated_cost_cents: cost, latency_ms, error } = event.payload
      return [
        one('llm_calls_total', provider, cost ?? 0),
        { ...one('llm_tokens_prompt_total'), count: usage.input_tokens },
        { ...one('llm_tokens_completion_total'), count: usage.output_tokens },
        ...(cost === null ? [one('llm_unpriced_calls_total')] : []),
        ...(error === null ? [measured('llm_latency_ms', latency_ms)] : [one('llm_errors_total')]),
      ]
    }
    case 'tool_call': {
      const { tool_id, duration_ms, error } = event.payload
      return [
        one('tool_calls_total', tool_id, duration_ms),
        ...(error === null ? [] : [one('tool_errors_total')]),
      ]
    }
    case 'decision_recorded':
      return [
        one('policy_evaluations_total'),
        ...(event.payload.effect === 'deny' ? [one('policy_denials_total')] : []),
      ]
    case 'approval_requested':
      return [one('approvals_total', 'requested')]
    case 'approval_resolved':
      return [one('approvals_total', event.payload.status)]
    case 'approval_expired':
      return [one('approvals_total', 'expired')]
    case 'effect_intended':
    case 'effect_completed':
    case 'effect_failed':
    case 'effect_in_doubt':
      return [one('executions_total', event.kind.slice('effect_'.length))]
    case 'error': {
      const { reason } = event.payload
      return [
        one('errors_total'),
        ...(reason?.startsWith('budget_exceeded') ? [one('budget_exceeded_total')] : []),
      ]
    }
    case 'audit_recorded':
      return event.payload.action === 'token_reused' ? [one(TOKEN_REUSE)] : []
  }
}

/** When an event happened, in milliseconds with their fraction. */
export const timeOf = ({ occurredNs }: LedgerEvent): number => Number(occurredNs) / 1_000_000
