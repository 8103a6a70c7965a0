import type { Language } from './lexicon.ts'
import { isDate } from './patterns.ts'

/**
 * A date or time as ISO 8601 writes it. English puts the month first and Portuguese the day; where only the other order
 * makes a date, it is that one.
 */
export function formatTime(value: string, source: Language): string {
  const date = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(value)
  if (date) return formatDate(date[1]!, date[2]!, date[3]!, source)
  const time = /^(\d{1,2})(?::(\d{2}))?(:\d{2}(?:\.\d+)?)?([ap])m$/i.exec(value)
  if (!time) return value
  const [, hour = '', minute = '00', second = '', half = ''] = time
  const isMorning = half.toLowerCase() === 'a'
  // "13:05pm" says it twice; the clock of 24 hours is right there.
  const hours = Number(hour) > 12 ? Number(hour) : (Number(hour) % 12) + (isMorning ? 0 : 12)
  return `${String(hours).padStart(2, '0')}:${minute}${second}`
}

function formatDate(first: string, second: string, year: string, source: Language): string {
  const monthFirst = { month: first, day: second }
  const dayFirst = { month: second, day: first }
  const [expected, other] = source === 'en' ? [monthFirst, dayFirst] : [dayFirst, monthFirst]
  const { month, day } = isDate(year, expected.month, expected.day) ? expected : other
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
}
