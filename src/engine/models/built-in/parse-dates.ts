import { foldWord } from './read-text.ts'

export type FoundDate = {
  /** `YYYY-MM-DD`, or null when the text alone does not say: a relative day without a present, a day without a year. */
  date: string | null
  time: string | undefined
  start: number
  end: number
}

const MONTHS = [
  'january jan janeiro',
  'february feb fevereiro fev',
  'march mar marco',
  'april apr abril abr',
  'may maio mai',
  'june jun junho',
  'july jul julho',
  'august aug agosto ago',
  'september sep sept setembro set',
  'october oct outubro out',
  'november nov novembro',
  'december dec dezembro dez',
].map((names) => names.split(' '))
const WEEKDAYS = [
  'sunday sun domingo',
  'monday mon segunda',
  'tuesday tue terca',
  'wednesday wed quarta',
  'thursday thu quinta',
  'friday fri sexta',
  'saturday sat sabado',
].map((names) => names.split(' '))

const MONTH_NAME = MONTHS.flat()
  .concat('março')
  .sort((left, right) => right.length - left.length)
  .join('|')
const ISO = /\b(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?\b/g
const NUMERIC = /(?<![\d/.-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/.-]*\d)/g
const DAY_MONTH = new RegExp(
  `\\b(\\d{1,2})(?:st|nd|rd|th|º|\\.)?\\s+(?:of\\s+|de\\s+)?(${MONTH_NAME})\\.?(?:,?\\s+(?:de\\s+)?(\\d{4}))?(?!\\p{L})`,
  'giu',
)
const MONTH_DAY = new RegExp(
  `\\b(${MONTH_NAME})\\.?\\s+(\\d{1,2})(?:st|nd|rd|th)?(?:,?\\s+(\\d{4}))?(?![\\p{L}\\d])`,
  'giu',
)
const RELATIVE =
  /(?<!\p{L})(day after tomorrow|depois de amanh[ãa]|tomorrow|amanh[ãa]|today|tonight|hoje|yesterday|ontem|(?:in|daqui a)\s+(\d{1,3}|\p{L}+)\s+(?:days?|dias?|weeks?|semanas?)|(?:next|on|this|coming|pr[óo]xim[ao]|na|no|nesta|neste|esta|este)\s+(?:pr[óo]xim[ao]\s+)?(?:sunday|monday|tuesday|wednesday|thursday|friday|saturday|domingo|segunda|ter[çc]a|quarta|quinta|sexta|s[áa]bado)(?:-feira)?|next week|pr[óo]xima semana)(?!\p{L})/giu
const TIME =
  /(?:\b(?:at|às|as|pelas|around|by)\s+)?\b(\d{1,2})(?::(\d{2})\s*(am|pm)?|h(\d{2})?|\s*(am|pm))(?![\p{L}\d])/giu

/** Every date in a text, in order. What is relative or lacks its year is reckoned from `now` when that is known. */
export function findDates(text: string, language: 'en' | 'pt', now: Date | undefined): FoundDate[] {
  const found: FoundDate[] = []
  const add = (match: RegExpMatchArray, date: string | null, time?: string) => {
    const start = match.index!
    const end = start + match[0].length
    if (!found.some((other) => start < other.end && end > other.start)) found.push({ date, time, start, end })
  }
  for (const match of text.matchAll(ISO)) add(match, day(+match[1]!, +match[2]!, +match[3]!), match[4])
  for (const match of text.matchAll(NUMERIC)) {
    const year = match[4]!.length === 2 ? 2000 + +match[4]! : +match[4]!
    add(match, readNumericDay(+match[1]!, +match[3]!, year, match[2] !== '/' || language === 'pt'))
  }
  for (const match of text.matchAll(DAY_MONTH)) add(match, named(+match[1]!, match[2]!, match[3], now))
  for (const match of text.matchAll(MONTH_DAY)) add(match, named(+match[2]!, match[1]!, match[3], now))
  for (const match of text.matchAll(RELATIVE)) add(match, now ? relative(match[0], now) : null)
  const times = findTimes(text)
  for (const date of found) {
    date.time ??= times.find(({ start }) => start >= date.start - 12 && start - date.end < 25)?.time
  }
  return found.sort((left, right) => left.start - right.start)
}

export function findTimes(text: string): { time: string; start: number; end: number }[] {
  return [...text.matchAll(TIME)].flatMap((match) => {
    const half = (match[3] ?? match[5])?.toLowerCase()
    const hour = half === 'pm' ? (+match[1]! % 12) + 12 : half === 'am' ? +match[1]! % 12 : +match[1]!
    const minute = match[2] ?? match[4] ?? '00'
    if (hour > 23 || +minute > 59) return []
    const time = `${String(hour).padStart(2, '0')}:${minute}`
    return [{ time, start: match.index, end: match.index + match[0].length }]
  })
}

function day(year: number, month: number, date: number): string | null {
  const at = new Date(Date.UTC(year, month - 1, date))
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === date ? at.toISOString().slice(0, 10) : null
}

/** `03/04/2026` means two days to two readers: it counts only where the numbers or the language decide. */
function readNumericDay(first: number, second: number, year: number, dayFirst: boolean): string | null {
  if (first > 12 || first === second) return day(year, second, first)
  if (second > 12) return day(year, first, second)
  return dayFirst ? day(year, second, first) : null
}

function named(
  date: number,
  monthName: string,
  year: string | undefined,
  now: Date | undefined,
): string | null {
  const month = MONTHS.findIndex((names) => names.includes(foldWord(monthName))) + 1
  if (year) return day(+year, month, date)
  if (!now) return null
  const thisYear = day(now.getUTCFullYear(), month, date)
  if (thisYear === null || thisYear >= now.toISOString().slice(0, 10)) return thisYear
  return day(now.getUTCFullYear() + 1, month, date)
}

function relative(phrase: string, now: Date): string | null {
  const words = phrase.split(/[\s-]+/).map(foldWord)
  const has = (...wanted: string[]) => wanted.some((word) => words.includes(word))
  const shift = (days: number) => new Date(now.getTime() + days * 86_400_000).toISOString().slice(0, 10)
  if (has('after', 'depois')) return shift(2)
  if (has('tomorrow', 'amanha')) return shift(1)
  if (has('today', 'tonight', 'hoje')) return shift(0)
  if (has('yesterday', 'ontem')) return shift(-1)
  const weekday = WEEKDAYS.findIndex((names) => names.some((name) => words.includes(name)))
  if (weekday >= 0) return shift((weekday - now.getUTCDay() + 7) % 7 || 7)
  if (has('next', 'proxima') && has('week', 'semana')) return null
  const count =
    words.map(Number).find((value) => value > 0) ?? COUNTS[words[1] ?? ''] ?? COUNTS[words[2] ?? '']
  if (count === undefined) return null
  return shift(has('week', 'weeks', 'semana', 'semanas') ? count * 7 : count)
}

const COUNTS: Record<string, number> = {
  a: 1,
  one: 1,
  um: 1,
  uma: 1,
  two: 2,
  dois: 2,
  duas: 2,
  three: 3,
  tres: 3,
  four: 4,
  quatro: 4,
  five: 5,
  cinco: 5,
  six: 6,
  seis: 6,
  seven: 7,
  sete: 7,
  ten: 10,
  dez: 10,
}

const NOW =
  /\b(?:now|current (?:date|time)|today(?:'s date)?|agora|hoje|data (?:atual|de hoje))\b["']?\s*(?:is|é|:|=)?\s*["']?(\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})?)?)/i

/** A text without the statement of the present, whose date is no date of the matter. */
export function withoutNow(text: string): string {
  return text.replace(NOW, ' ').trim()
}

/** The present a conversation gives: "Now: 2026-03-01T10:00:00Z", "today is 2026-03-01". Never the clock of the machine. */
export function readNow(text: string): Date | undefined {
  const match = NOW.exec(text)
  if (!match) return undefined
  const stamp = match[1]!.replace(' ', 'T')
  const now = new Date(/T/.test(stamp) && !/(Z|[+-]\d{2}:\d{2})$/.test(stamp) ? `${stamp}Z` : stamp)
  return Number.isNaN(now.getTime()) ? undefined : now
}
