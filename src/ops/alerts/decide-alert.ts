import type { MetricRow } from '../metrics/metric-rows.ts'
import type { AlertOperator, AlertRule } from './schema.ts'

/** What stood in the window that is looked at, and what agents remember now. */
export type Watched = { recent: MetricRow[]; memoryItems: number }

/** The number that a rule looks at; null where there is nothing to divide by. */
export function measure(rule: AlertRule, { recent, memoryItems }: Watched): number | null {
  const count = (name: string, label?: string) =>
    recent.reduce(
      (all, row) =>
        row.name === name && (label === undefined || row.label === label) ? all + row.count : all,
      0,
    )
  switch (rule) {
    case 'error_rate': {
      const ended = count('runs_total')
      return ended === 0 ? null : count('runs_total', 'failed') / ended
    }
    case 'budget_exceeded':
      return count('budget_exceeded_total')
    case 'policy_denials':
      return count('policy_denials_total')
    case 'memory_usage':
      return memoryItems
    case 'rate_limit':
      return count('rate_limited_total')
  }
}

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
}

/** One sentence for a human. */
export function describeAlert(
  {
    name,
    rule_type: rule,
    comparison_operator: operator,
    threshold,
  }: Condition & { name: string; rule_type: AlertRule },
  value: number,
): string {
  const say = (number: number) =>
    rule === 'error_rate' ? `${Math.round(number * 10_000) / 100} %` : String(number)
  const when = rule === 'memory_usage' ? '' : ' in the last 5 minutes'
  return `${name}: ${say(value)} ${SAY[rule]}${when}, which is ${operator} ${say(threshold)}`
}
