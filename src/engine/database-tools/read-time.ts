import type { Piece } from './read-pieces.ts'

/** Moments from `from` on and before `until`, in UTC. */
export type TimeRange = { from?: Date; until?: Date }
type Found = { range: TimeRange; next: number }

const HOUR = 3_600_000
const DAY = 24 * HOUR
const WEEK = 7 * DAY

const after = (date: Date, ms: number) => new Date(date.getTime() + ms)
const dayOf = (date: Date) => new Date(date.toISOString().slice(0, 10))
/** Weeks begin on Monday. */
const weekOf = (date: Date) => after(dayOf(date), -((date.getUTCDay() + 6) % 7) * DAY)
const month = (year: number, index: number) => new Date(Date.UTC(year, index, 1))

const CALENDAR: Record<string, (now: Date) => TimeRange> = {
  today: (now) => wholeDay(dayOf(now)),
  yesterday: (now) => wholeDay(after(dayOf(now), -DAY)),
  this_week: (now) => ({ from: weekOf(now), until: after(weekOf(now), WEEK) }),
  last_week: (now) => ({ from: after(weekOf(now), -WEEK), until: weekOf(now) }),
  this_month: (now) => wholeMonth(now.getUTCFullYear(), now.getUTCMonth()),
  last_month: (now) => wholeMonth(now.getUTCFullYear(), now.getUTCMonth() - 1),
  this_year: (now) => wholeYear(now.getUTCFullYear()),
  last_year: (now) => wholeYear(now.getUTCFullYear() - 1),
}

const wholeDay = (day: Date): TimeRange => ({ from: day, until: after(day, DAY) })
const wholeMonth = (year: number, index: number): TimeRange => ({
  from: month(year, index),
  until: month(year, index + 1),
})
const wholeYear = (year: number): TimeRange => ({ from: month(year, 0), until: month(year + 1, 0) })

/** Reads when something was, from this piece on; undefined when it says no time. */
export function readTime(pieces: Piece[], start: number, now: Date): Found | undefined {
  const at = skipSmallWords(pieces, start)
  const piece = pieces[at]
  if (!piece) return undefined
  switch (piece.is) {
    case 'last':
    case 'older':
    case 'newer': {
      const span = readSpan(pieces, at + 1)
      if (!span) return undefined
      const edge = goBack(now, span.count, span.unit)
      return { range: piece.is === 'older' ? { until: edge } : { from: edge }, next: span.next }
    }
    case 'gt':
    case 'lt': {
      // "more than 2 days ago"
      const span = readSpan(pieces, at + 1)
      if (span && pieces[span.next]?.is === 'ago') {
        const edge = goBack(now, span.count, span.unit)
        return { range: piece.is === 'gt' ? { until: edge } : { from: edge }, next: span.next + 1 }
      }
      return piece.is === 'gt' ? readAfter(pieces, at, now) : readBefore(pieces, at, now)
    }
    case 'between':
      return readFromTo(pieces, at + 1, now, ['and', 'to'])
    case 'since':
    case 'gte':
      return readPoint(pieces, at + 1, now, ({ from }) => ({ from: from! }))
    case 'before':
      return readBefore(pieces, at, now)
    case 'after':
      return readAfter(pieces, at, now)
    case 'until':
    case 'lte':
      return readPoint(pieces, at + 1, now, ({ until }) => ({ until: until! }))
    case 'eq':
      return readPoint(pieces, at + 1, now, (range) => range)
    case 'number':
      // A year needs a word before it, or every number from 1990 on would be one.
      return at > start ? readYear(piece.value, at + 1) : undefined
    default:
      return readFromTo(pieces, at, now, ['to', 'until']) ?? readPoint(pieces, at, now, (range) => range)
  }
}

const readBefore = (pieces: Piece[], at: number, now: Date) =>
  readPoint(pieces, at + 1, now, ({ from }) => ({ until: from! }))
const readAfter = (pieces: Piece[], at: number, now: Date) =>
  readPoint(pieces, at + 1, now, ({ until }) => ({ from: until! }))

function readYear(year: number, next: number): Found | undefined {
  return Number.isInteger(year) && year >= 1990 && year <= 2100 ? { range: wholeYear(year), next } : undefined
}

/** Two days with a word between them that makes them a range; both belong to it. */
function readFromTo(pieces: Piece[], start: number, now: Date, joints: Piece['is'][]): Found | undefined {
  const first = readPoint(pieces, start, now, (range) => range)
  const joint = first && pieces[first.next]
  if (!joint) return undefined
  if (!joints.includes(joint.is) && joint.words[0]!.folded !== 'a') return undefined
  const second = readPoint(pieces, first.next + 1, now, (range) => range)
  return second && { range: { from: first.range.from!, until: second.range.until! }, next: second.next }
}

function readPoint(
  pieces: Piece[],
  start: number,
  now: Date,
  take: (range: TimeRange) => TimeRange,
): Found | undefined {
  const at = skipSmallWords(pieces, start)
  const piece = pieces[at]
  if (!piece) return undefined
  if (piece.is === 'date') return { range: take(wholeDay(piece.value)), next: at + 1 }
  const calendar = CALENDAR[piece.is]
  if (calendar) return { range: take(calendar(now)), next: at + 1 }
  if (piece.is !== 'month name') return undefined
  const yearAt = skipSmallWords(pieces, at + 1)
  const year = pieces[yearAt]
  if (year?.is !== 'number' || !readYear(year.value, 0)) return undefined
  return { range: take(wholeMonth(year.value, piece.value)), next: yearAt + 1 }
}

const UNITS = ['hour', 'day', 'week', 'month', 'year'] as const
type Unit = (typeof UNITS)[number]

function readSpan(pieces: Piece[], at: number): { count: number; unit: Unit; next: number } | undefined {
  const [count, unit] = [pieces[at], pieces[at + 1]]
  if (count?.is !== 'number' || !Number.isInteger(count.value) || count.value > 10_000) return undefined
  const found = UNITS.find((name) => name === unit?.is)
  return found && { count: count.value, unit: found, next: at + 2 }
}

function goBack(now: Date, count: number, unit: Unit): Date {
  if (unit === 'hour') return after(now, -count * HOUR)
  if (unit === 'day') return after(now, -count * DAY)
  if (unit === 'week') return after(now, -count * WEEK)
  const months = unit === 'month' ? count : count * 12
  const date = month(now.getUTCFullYear(), now.getUTCMonth() - months)
  const lastDay = after(month(date.getUTCFullYear(), date.getUTCMonth() + 1), -DAY).getUTCDate()
  return after(date, (Math.min(now.getUTCDate(), lastDay) - 1) * DAY + (now.getTime() - dayOf(now).getTime()))
}

function skipSmallWords(pieces: Piece[], at: number): number {
  let next = at
  while (['filler', 'preposition'].includes(pieces[next]?.is ?? '')) next++
  return next
}
