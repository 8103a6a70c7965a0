const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A length of time in its largest unit: `12 s`, `3 min`, `5 h`, `4 d`. */
export function formatDuration(ms: number): string {
  const length = Math.max(0, Math.abs(ms))
  if (length < MINUTE) return `${Math.floor(length / SECOND)} s`
  if (length < HOUR) return `${Math.floor(length / MINUTE)} min`
  if (length < 2 * DAY) return `${Math.floor(length / HOUR)} h`
  return `${Math.floor(length / DAY)} d`
}

/** A measured length of time: `67 ms`, `1.2 s`, then as `formatDuration`. */
export function formatLength(ms: number): string {
  if (ms < SECOND) return `${Math.max(0, Math.round(ms))} ms`
  return ms < 10 * SECOND ? `${(ms / SECOND).toFixed(1)} s` : formatDuration(ms)
}

const ABSOLUTE: Intl.DateTimeFormatOptions = {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
}
// Swedish writes dates as ISO does: the one order nobody misreads.
const absolute = new Intl.DateTimeFormat('sv-SE', ABSOLUTE)
const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
})
const day = new Intl.DateTimeFormat('sv-SE', { year: 'numeric', month: '2-digit', day: '2-digit' })

/** `2026-02-15 14:01:00 GMT+1`: always with the zone. */
export function formatAbsolute(iso: string): string {
  return withDate(iso, (date) => absolute.format(date))
}

/** `14:01:00.123`, where the day and the zone stand nearby. */
export function formatClock(iso: string): string {
  return withDate(iso, (date) => clock.format(date))
}

export function formatDay(iso: string): string {
  return withDate(iso, (date) => day.format(date))
}

/** The zone that formatClock and formatDay speak in. */
export function zoneName(iso: string): string {
  const parts = withDate(iso, (date) => absolute.formatToParts(date))
  return typeof parts === 'string' ? '' : (parts.find(({ type }) => type === 'timeZoneName')?.value ?? '')
}

function withDate<T>(iso: string, use: (date: Date) => T): T | string {
  const date = new Date(iso)
  return Number.isNaN(date.getTime()) ? iso : use(date)
}
