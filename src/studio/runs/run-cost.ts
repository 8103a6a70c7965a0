import type { Run, RunEvent } from '../../engine/runs/schema.ts'
import { text } from '../text.ts'
import { formatAmount, toDecimal } from '../ui/format-money.ts'

type Costs = Pick<Run, 'cost_cents' | 'llm_calls'>

/** Cents to four digits behind the point: a call may cost a hundredth of one. A cost that is not known is not zero. */
export function formatCents(cents: number | null): string {
  const decimal = cents === null ? null : toDecimal(cents.toFixed(4))
  return decimal === null ? text.cost.unknown : formatAmount(decimal).replace(/\.0+$/, '')
}

/** What a run has cost so far; where that is not known, for how many of its model calls. */
export function sayCost({ cost_cents, llm_calls }: Costs, events: RunEvent[] | undefined): string {
  if (cost_cents !== null) {
    const counted = text.cost.counted(formatCents(cost_cents))
    return llm_calls === 0 ? counted : `${counted}, ${text.cost.calls(llm_calls)}`
  }
  const calls = (events ?? []).filter(({ kind }) => kind === 'llm_call')
  const unknown = calls.filter(({ payload }) => payload.estimated_cost_cents === null)
  if (unknown.length === 0) return text.cost.unknown
  return `${text.cost.unknown}: ${text.cost.unknownCalls(unknown.length, calls.length)}`
}
