import { expect, test } from 'vitest'
import { bucketOf, readDurations } from './durations.ts'

const inBuckets = (values: number[]) =>
  [...Map.groupBy(values, bucketOf)].map(([label, inside]) => ({
    label,
    count: inside.length,
    sum: inside.reduce((all, ms) => all + ms, 0),
  }))

test('a duration falls into the first bucket that is not below it, and the longest into the open one', () => {
  expect([0, 1, 1.01, 100, 100.5, 3_600_000, 3_600_001].map(bucketOf)).toEqual([
    '1',
    '1',
    '2',
    '100',
    '200',
    '3600000',
    'inf',
  ])
})

test('percentiles of the buckets are those of the values, within a bucket', () => {
  const values = Array.from({ length: 1000 }, (_, index) => index + 1)
  const { count, avg, p50, p95, p99 } = readDurations(inBuckets(values))
  expect([count, avg]).toEqual([1000, 500.5])
  expect(Math.abs(p50! - 500)).toBeLessThan(5)
  expect(Math.abs(p95! - 950)).toBeLessThan(5)
  expect(Math.abs(p99! - 990)).toBeLessThan(5)
})

test('nothing measured has no percentile, and one beyond the last bound is told as that bound', () => {
  expect(readDurations([])).toEqual({ count: 0, avg: null, p50: null, p95: null, p99: null })
  expect(readDurations(inBuckets([7_200_000]))).toMatchObject({ count: 1, avg: 7_200_000, p50: 3_600_000 })
})
