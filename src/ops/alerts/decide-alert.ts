import { TOKEN_REUSE } from '../metrics/count-event.ts'
import type { MetricRow } from '../metrics/metric-rows.ts'
import { stepOfAge } from '../metrics/prune-metrics.ts'
import type { AlertOperator, AlertRule } from './schema.ts'

/** What stood in the window that is looked at, and what agents remember now. */
export type Watched = { recent: MetricRow[]; memoryItems: number }

/** The count that a rule looks at; none where it is not about what happened. */
export const METRICS: Record<AlertRule, string | null> = {
  error_rate: 'runs_total',
  budget_exceeded: 'budget_exceeded_total',
  policy_denials: 'policy_denials_total',
  memory_usage: null,
  rate_limit: 'rate_limited_total',
  token_reuse: TOKEN_REUSE,
}

const MINUTE_MS = 60_000

/** How far back a rule looks, in seconds. What shall not wait is in it, however late somebody comes to look. */
export function windowOf(
  { window_seconds: seconds }: { window_seconds: number },
  dueSince: Date | null,
  now: number,
): number {
  if (!dueSince) return seconds
  return Math.max(seconds, Math.ceil((now - dueSince.getTime()) / MINUTE_MS) * 60)
}

/**
 * Where a window begins. Counts are kept in pieces, and the one it begins in counts whole: a minute, or ten where what is
 * that old may have been gathered already.
 */
export function beginOfWindow(now: number, seconds: number): number {
  const windowMs = seconds * 1000
  const begin = now - windowMs
  return begin - (begin % stepOfAge(windowMs + MINUTE_MS))
}

/** The number that a rule looks at; null where there is nothing to divide by. */
export function measure(rule: AlertRule, { recent, memoryItems }: Watched): number | null {
  const metric = METRICS[rule]
  if (metric === null) return memoryItems
  const rows = recent.filter(({ name }) => name === metric)
  const all = sum(rows)
  if (rule !== 'error_rate') return all
  return all === 0 ? null : sum(rows.filter(({ label }) => label === 'failed')) / all
}

const sum = (rows: MetricRow[]) => rows.reduce((all, { count }) => all + count, 0)

type Condition = { comparison_operator: AlertOperator; threshold: number }

/** Whether a number is one to be alarmed about. Nothing measured is nothing to be alarmed about. */
export function isRaised(
  { comparison_operator: operator, threshold }: Condition,
  value: number | null,
): boolean {
  if (value === null) return false
  switch (operator) {
    case '>':
      return value > threshold
    case '<':
      return value < threshold
    case '>=':
      return value >= threshold
    case '<=':
      return value <= threshold
    case '==':
      return value === threshold
  }
}

const SAY: Record<AlertRule, string> = {
  error_rate: 'of runs that ended failed',
  budget_exceeded: 'budgets were used up',
  policy_denials: 'requests were denied by policy',
  memory_usage: 'memory items are kept',
  rate_limit: 'requests were turned away',
  token_reuse: 'refresh tokens came back after they were spent',
}

/** One sentence for a human. */
export function describeAlert(
  {
    name,
    rule_type: rule,
    comparison_operator: operator,
    threshold,
    window_seconds: seconds,
  }: Condition & { name: string; rule_type: AlertRule; window_seconds: number },
  value: number,
): string {
  const say = (number: number) =>
    rule === 'error_rate' ? `${Math.round(number * 10_000) / 100} %` : String(number)
  const when = rule === 'memory_usage' ? '' : ` in the last ${sayWindow(seconds)}`
  return `${name}: ${say(value)} ${SAY[rule]}${when}, which is ${operator} ${say(threshold)}`
}

/** In the largest unit that says it exactly. */
function sayWindow(seconds: number): string {
  const [length, unit] =
    seconds % 3600 === 0
      ? [seconds / 3600, 'hour']
      : seconds % 60 === 0
        ? [seconds / 60, 'minute']
        : [seconds, 'second']
  return length === 1 ? unit : `${length} ${unit}s`
}
