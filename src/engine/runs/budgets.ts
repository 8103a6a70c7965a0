import { type ExecutionState, usageOf } from '../../kernel/ledger/execution-state.ts'
import type { Command } from './decide-next.ts'
import type { Segment } from './segment.ts'
import type { BudgetFault } from './step-outcome.ts'

/** N milliseconds at work are N; time in which the run waits for somebody does not count. */
export function checkLatency(segment: Segment): Command | null {
  const fault = latencyFault(segment)
  if (!fault) return null
  segment.record({ kind: 'error', payload: { ...describe(fault), node_id: null, tool_id: null } })
  return { type: 'fail', error: describe(fault).error, errorType: 'budget_exceeded', nodeId: null }
}

export function latencyFault(segment: Segment): BudgetFault | null {
  const limit = segment.execution().limits.latency_slo_ms
  if (limit === null) return null
  const actual = segment.activeMs()
  return actual > limit ? { reason: 'budget_exceeded: latency', limit, actual } : null
}

/** Milliseconds the run may still be at work; null without a limit. */
export function timeLeft(segment: Segment): number | null {
  const limit = segment.execution().limits.latency_slo_ms
  return limit === null ? null : Math.max(0, limit - segment.activeMs())
}

/**
 * Whether one more model call is within a run's budget. N calls are N: the one after is refused before it is sent.
 * Money is refused once the limit is spent, and when the worst this call may cost would go over it.
 *
 * @param worstCents the most it may cost; null when the price of the model is not known.
 */
export function modelCallFault(execution: ExecutionState, worstCents: number | null): BudgetFault | null {
  const { limits } = execution
  const { llm_calls: calls, cost_cents: actual } = usageOf(execution)
  if (limits.llm_calls_limit !== null && calls >= limits.llm_calls_limit) {
    return { reason: 'budget_exceeded: llm_calls', limit: limits.llm_calls_limit, actual: calls }
  }
  const limit = limits.cost_limit_cents
  if (limit === null) return null
  // Where the price is not known no limit on money can be kept.
  const over = actual >= limit || worstCents === null || actual + worstCents > limit
  return over ? { reason: 'budget_exceeded: cost', limit, actual: actual + (worstCents ?? 0) } : null
}

export function describe({ reason, limit, actual }: BudgetFault) {
  return {
    error: `${reason}: the limit is ${limit}, and ${actual} is used up already or would be with this call; start the run with a higher limit or none`,
    error_type: 'budget_exceeded',
    reason,
    limit,
    actual,
  }
}
