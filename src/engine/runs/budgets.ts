import { type ExecutionState, usageOf } from '../../kernel/ledger/execution-state.ts'
import type { Failure } from './decide-next.ts'
import type { Run } from './schema.ts'
import type { Segment } from './segment.ts'
import type { BudgetFault } from './step-outcome.ts'

/** What a run that was at work for too long comes to. */
export function checkLatency(segment: Segment): Failure | null {
  const fault = latencyFault(segment)
  if (!fault) return null
  return { type: 'fail', error: describe(fault).error, errorType: 'budget_exceeded', nodeId: null, fault }
}

/** N milliseconds at work are N; time in which the run waits for somebody does not count. */
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
  if (!over) return null
  const fault = { reason: 'budget_exceeded: cost', limit, actual: actual + (worstCents ?? 0) }
  return worstCents === null && actual < limit ? { ...fault, why: PRICE_UNKNOWN } : fault
}

/** The limit of a run that its child met, since they share it; null where it met none, or one of its own. */
export function faultMetByChild(execution: ExecutionState, error: Run['error']): BudgetFault | null {
  if (error?.error_type !== 'budget_exceeded') return null
  const { limits } = execution
  const used = usageOf(execution)
  const shared = [
    { reason: 'budget_exceeded: llm_calls', limit: limits.llm_calls_limit, actual: used.llm_calls },
    { reason: 'budget_exceeded: cost', limit: limits.cost_limit_cents, actual: used.cost_cents },
  ]
  const met = shared.find(({ reason }) => error.error.includes(reason))
  return met && met.limit !== null ? { ...met, limit: met.limit } : null
}

const PRICE_UNKNOWN =
  'the price of the model is not known, so no limit can be kept with it; start the run without cost_limit_cents, or choose a model whose price is known'

export function describe({ reason, limit, actual, why }: BudgetFault) {
  const used = `${actual} is used up already or would be with this call; start the run with a higher limit or none`
  return {
    error: `${reason}: the limit is ${limit}, and ${why ?? used}`,
    error_type: 'budget_exceeded',
    reason,
    limit,
    actual,
  }
}
