import { expect, test } from 'vitest'
import { describeAlert, isRaised, measure } from './decide-alert.ts'
import { AlertOperator, AlertRule } from './schema.ts'

const row = (name: string, count: number, label = '') => ({ name, label, count, sum: 0 })
const watched = {
  recent: [
    row('runs_total', 6, 'completed'),
    row('runs_total', 3, 'failed'),
    row('runs_total', 1, 'cancelled'),
    row('budget_exceeded_total', 2),
    row('policy_denials_total', 5),
    row('rate_limited_total', 7),
  ],
  memoryItems: 11,
}

test('each rule looks at its own number; a rate of nothing is none', () => {
  expect(AlertRule.options.map((rule) => measure(rule, watched))).toEqual([0.3, 2, 5, 11, 7])
  expect(AlertRule.options.map((rule) => measure(rule, { recent: [], memoryItems: 0 }))).toEqual([
    null,
    0,
    0,
    0,
    0,
  ])
})

test('the operators compare as they read, and nothing measured raises nothing', () => {
  const raised = (value: number | null) =>
    AlertOperator.options.filter((comparison_operator) =>
      isRaised({ comparison_operator, threshold: 2 }, value),
    )
  expect(raised(1)).toEqual(['<', '<='])
  expect(raised(2)).toEqual(['>=', '<=', '=='])
  expect(raised(3)).toEqual(['>', '>='])
  expect(raised(null)).toEqual([])
})

test('a rate is told in percent', () => {
  const alert = {
    name: 'Failures',
    rule_type: 'error_rate',
    comparison_operator: '>',
    threshold: 0.05,
  } as const
  expect(describeAlert(alert, 1 / 3)).toBe(
    'Failures: 33.33 % of runs that ended failed in the last 5 minutes, which is > 5 %',
  )
})
