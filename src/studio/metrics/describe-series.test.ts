import { expect, test } from 'vitest'
import type { MetricsAmount, MetricsSeries } from '../../ops/metrics/schema.ts'
import {
  describeCost,
  describeDenials,
  describeLength,
  describeRuns,
  describeSuccess,
} from './describe-series.ts'

const NO_TIME = { count: 0, avg: null, p50: null, p95: null, p99: null }
const NOTHING: MetricsAmount = {
  runs_started: 0,
  runs_by_status: {},
  cost_cents: 0,
  llm_calls: 0,
  tokens_prompt: 0,
  tokens_completion: 0,
  policy_evaluations: 0,
  policy_denials: 0,
  run_duration_ms: NO_TIME,
  llm_latency_ms: NO_TIME,
}
const seriesOf = (totals: Partial<MetricsAmount>, ...points: Partial<MetricsAmount>[]): MetricsSeries => ({
  from: '2026-11-01T00:00:00.000Z',
  until: '2026-11-01T02:00:00.000Z',
  step_seconds: 3600,
  totals: { ...NOTHING, ...totals },
  points: points.map((point, hour) => ({ at: `2026-11-01T0${hour}:00:00.000Z`, ...NOTHING, ...point })),
})

test('runs are told by how they ended, and where most of them did', () => {
  const series = seriesOf(
    { runs_started: 4, runs_by_status: { completed: 2, failed: 1 } },
    { runs_by_status: { completed: 1 } },
    { runs_by_status: { completed: 1, failed: 1 } },
  )
  const told = describeRuns(series)
  expect(told.says).toBe('4 runs began and 3 ended: 2 completed, 1 failed.')
  expect(told.most).toEqual({ value: '2', at: '2026-11-01T01:00:00.000Z' })
  expect(told.series.map(({ label, values }) => [label, values])).toEqual([
    ['Completed', [1, 1]],
    ['Failed', [0, 1]],
  ])
})

test('where nothing ended there is no rate and no length: a gap, not zero', () => {
  const series = seriesOf(
    { runs_by_status: { completed: 1 }, run_duration_ms: { ...NO_TIME, count: 1, p50: 40, p95: 90 } },
    {},
    { runs_by_status: { completed: 1 }, run_duration_ms: { ...NO_TIME, count: 1, p50: 40, p95: 90 } },
  )
  expect(describeSuccess(series).series[0]!.values).toEqual([null, 1])
  const length = describeLength(series, 'run_duration_ms')
  expect(length.says).toBe('Half of 1 run took at most 40 ms, 95 of 100 at most 90 ms.')
  expect(length.series.map(({ values, isDashed }) => [values, isDashed])).toEqual([
    [[null, 40], undefined],
    [[null, 90], true],
  ])
})

test('what did not happen is said so and not painted; calls that cost nothing are told as that', () => {
  const none = seriesOf({}, {})
  for (const told of [describeRuns(none), describeSuccess(none), describeCost(none), describeDenials(none)])
    expect([told.title, told.isEmpty, told.most]).toEqual([told.title, true, null])
  expect(describeRuns(none).says).toBe('No run ended.')
  expect(describeCost(seriesOf({ llm_calls: 2 }, {})).says).toBe('0 US ¢ for 2 model calls.')
  expect(describeDenials(seriesOf({ policy_evaluations: 8, policy_denials: 1 }, {})).says).toBe(
    '1 of 8 decisions denied, 12.5 %.',
  )
})
