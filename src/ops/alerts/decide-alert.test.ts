import { expect, test } from 'vitest'
import { beginOfWindow, describeAlert, isRaised, measure, windowOf } from './decide-alert.ts'
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
    row('refresh_token_reuse_total', 4),
  ],
  memoryItems: 11,
}

test('each rule looks at its own number; a rate of nothing is none', () => {
  expect(AlertRule.options.map((rule) => measure(rule, watched))).toEqual([0.3, 2, 5, 11, 7, 4])
  expect(AlertRule.options.map((rule) => measure(rule, { recent: [], memoryItems: 0 }))).toEqual([
    null,
    0,
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
    window_seconds: 300,
  } as const
  expect(describeAlert(alert, 1 / 3)).toBe(
    'Failures: 33.33 % of runs that ended failed in the last 5 minutes, which is > 5 %',
  )
})

test('a window is told in the largest unit that says it exactly; what is kept now has none', () => {
  const say = (window_seconds: number, rule_type: AlertRule = 'rate_limit') =>
    describeAlert({ name: 'x', rule_type, comparison_operator: '>', threshold: 0, window_seconds }, 2)
  expect(say(60)).toBe('x: 2 requests were turned away in the last minute, which is > 0')
  expect([90, 300, 3600, 7200, 86_400].map((seconds) => say(seconds).match(/the last (.*),/)![1])).toEqual([
    '90 seconds',
    '5 minutes',
    'hour',
    '2 hours',
    '24 hours',
  ])
  expect(say(300, 'memory_usage')).toBe('x: 2 memory items are kept, which is > 0')
})

test('the minute in which a window begins counts whole; from two hours on, the ten minutes', () => {
  const begin = (seconds: number) =>
    new Date(beginOfWindow(Date.parse('2026-03-02T12:34:56Z'), seconds)).toISOString().slice(0, 16)
  expect(begin(60)).toBe('2026-03-02T12:33')
  expect(begin(3600)).toBe('2026-03-02T11:34')
  expect(begin(7200)).toBe('2026-03-02T10:30')
  expect(begin(86_400)).toBe('2026-03-01T12:30')
})

test('what shall not wait is in the window however late somebody looks', () => {
  const now = Date.parse('2026-03-02T12:34:56Z')
  const looked = (since: string | null) =>
    windowOf({ window_seconds: 300 }, since ? new Date(since) : null, now)
  expect(looked(null)).toBe(300)
  expect(looked('2026-03-02T12:34:55Z')).toBe(300)
  expect(looked('2026-03-02T12:20:00Z')).toBe(900)
})
