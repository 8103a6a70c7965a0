import type { Durations } from './schema.ts'

/** Names that measure how long something took. */
export const MEASURED = ['run_duration_ms', 'step_duration_ms', 'llm_latency_ms'] as const
export type Measured = (typeof MEASURED)[number]

/** Upper bounds in milliseconds, to an hour; what took longer is in the last, open one. */
const BOUNDS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000, 300_000, 1_800_000,
  3_600_000,
]
const OPEN = 'inf'

/** The name of the bucket that a duration falls into: its upper bound. */
export function bucketOf(ms: number): string {
  return String(BOUNDS.find((bound) => ms <= bound) ?? OPEN)
}

type Bucket = { label: string; count: number; sum: number }

/** Count, mean and percentiles of what stands in the buckets. */
export function readDurations(buckets: Bucket[]): Durations {
  const count = buckets.reduce((all, bucket) => all + bucket.count, 0)
  const sum = buckets.reduce((all, bucket) => all + bucket.sum, 0)
  const counts = new Map(buckets.map((bucket) => [bucket.label, bucket.count]))
  const at = (share: number) => (count === 0 ? null : percentile(counts, count * share))
  return { count, avg: count === 0 ? null : rounded(sum / count), p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

/** Within a bucket its values are taken to be spread evenly; nobody knows how far beyond the last bound one lies. */
function percentile(counts: Map<string, number>, rank: number): number {
  let below = 0
  let lower = 0
  for (const bound of BOUNDS) {
    const inside = counts.get(String(bound)) ?? 0
    if (below + inside >= rank && inside > 0) {
      return rounded(lower + (bound - lower) * ((rank - below) / inside))
    }
    below += inside
    lower = bound
  }
  return lower
}

const rounded = (value: number) => Math.round(value * 100) / 100
