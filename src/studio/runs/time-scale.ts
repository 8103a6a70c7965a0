export type Interval = { from: number; to: number }

export type TimeScale = {
  /** Where a time stands, from 0 to 1. */
  at: (time: number) => number
  /** Times of rest that are drawn shorter than they were. */
  cuts: (Interval & { start: number; end: number })[]
}

/** A rest takes at most this part of what was worked. */
const REST_SHARE = 0.2

/**
 * A scale on which work is seen: while a run waits for a person it rests for hours, and works for milliseconds before and
 * after. Every rest that is longer than a part of all work is cut to that; everything else keeps its proportions.
 */
export function makeTimeScale(whole: Interval, rests: Interval[]): TimeScale {
  const within = rests
    .map(({ from, to }) => ({ from: Math.max(from, whole.from), to: Math.min(to, whole.to) }))
    .filter(({ from, to }) => to > from)
    .toSorted((a, b) => a.from - b.from)
  const length = Math.max(0, whole.to - whole.from)
  const worked = length - within.reduce((sum, { from, to }) => sum + to - from, 0)
  const longest = Math.max(1, worked * REST_SHARE)
  const cut = worked > 0 ? within.filter(({ from, to }) => to - from > longest) : []
  const total = length - cut.reduce((sum, { from, to }) => sum + (to - from - longest), 0)

  const at = (time: number): number => {
    if (total <= 0) return 0
    const bounded = Math.max(whole.from, Math.min(whole.to, time))
    let drawn = bounded - whole.from
    for (const { from, to } of cut) {
      const passed = Math.max(0, Math.min(bounded, to) - from)
      drawn -= passed - (passed / (to - from)) * longest
    }
    return drawn / total
  }
  return { at, cuts: cut.map(({ from, to }) => ({ from, to, start: at(from), end: at(to) })) }
}

type Told = { kind: string; time: string }

/** The times at which a run rested: from each pause until it went on or ended, or until now. */
export function findRests(told: Told[], now: number): Interval[] {
  const rests: Interval[] = []
  let since: number | null = null
  for (const { kind, time } of told) {
    if (kind === 'run_paused') since ??= Date.parse(time)
    else if (since !== null && ENDS_REST.has(kind)) {
      rests.push({ from: since, to: Date.parse(time) })
      since = null
    }
  }
  if (since !== null) rests.push({ from: since, to: now })
  return rests
}

const ENDS_REST = new Set(['run_resumed', 'run_completed', 'run_failed', 'run_cancelled'])
