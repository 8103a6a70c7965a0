import { foldWord } from './read-text.ts'

export type FoundNumber = {
  value: number
  /** The currency it was written with, as an ISO 4217 code. */
  currency: string | undefined
  start: number
  end: number
}

const SYMBOLS: Record<string, string> = {
  '€': 'EUR',
  $: 'USD',
  us$: 'USD',
  r$: 'BRL',
  '£': 'GBP',
  '¥': 'JPY',
  eur: 'EUR',
  euro: 'EUR',
  euros: 'EUR',
  usd: 'USD',
  dollar: 'USD',
  dollars: 'USD',
  dolares: 'USD',
  brl: 'BRL',
  real: 'BRL',
  reais: 'BRL',
  gbp: 'GBP',
  pound: 'GBP',
  pounds: 'GBP',
  libras: 'GBP',
  chf: 'CHF',
  jpy: 'JPY',
}
const CURRENCY = '(?:us\\$|r\\$|[€$£¥]|\\b(?:eur|usd|brl|gbp|chf|jpy)\\b)'
const CURRENCY_AFTER =
  '(?:[€$£¥]|\\b(?:eur|euros?|usd|dollars?|dólares|dolares|brl|reais|gbp|pounds?|libras|chf|jpy)\\b)'
const NUMBER = new RegExp(
  `(?<before>${CURRENCY})?\\s?(?<![\\p{L}\\p{N}_.,-]|[#/:])(?<sign>-)?(?<digits>\\d{1,3}(?:[ \\u00a0\\u202f]\\d{3})+(?:[.,]\\d{1,2})?|\\d+(?:[.,]\\d+)*)(?!\\d|[/:]\\d|-\\d)\\s?(?<scale>k\\b|mil\\b|thousand\\b|milh(?:ão|ões|oes)\\b|million\\b|m\\b(?=\\s?(?:€|eur|usd)))?\\s?(?<after>${CURRENCY_AFTER})?`,
  'giu',
)

const SCALES: Record<string, number> = { k: 1e3, mil: 1e3, thousand: 1e3, million: 1e6, m: 1e6 }

/** Every number in a text that stands by itself; parts of identifiers, dates and times are none. */
export function findNumbers(text: string, language: 'en' | 'pt' = 'en'): FoundNumber[] {
  const found: FoundNumber[] = []
  for (const match of text.matchAll(NUMBER)) {
    const { before, sign, digits, scale, after } = match.groups!
    const mark = (before ?? after)?.toLowerCase()
    const currency = mark === undefined ? undefined : SYMBOLS[foldCurrency(mark)]
    const value = readDecimal(digits!, language === 'pt' || currency !== undefined)
    if (value === undefined) continue
    // Letters right behind make it part of a word: "2nd", "4x4".
    const end = match.index + match[0].trimEnd().length
    if (
      !scale &&
      !after &&
      /^\p{L}/u.test(text.slice(match.index + match[0].length).slice(0, 1)) &&
      !/\s$/.test(match[0])
    )
      continue
    const factor = scale ? (SCALES[scale.toLowerCase()] ?? 1e6) : 1
    found.push({
      value: round((sign && !before ? -1 : 1) * value * factor),
      currency,
      start: match.index + (match[0].length - match[0].trimStart().length),
      end,
    })
  }
  return [...found, ...findNumberWords(text)].sort((left, right) => left.start - right.start)
}

function foldCurrency(mark: string): string {
  return /^[a-z$€£¥]+$/.test(mark) ? mark : foldWord(mark)
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6
}

/**
 * Reads `1,250.50`, `1.250,50`, `1 250,50` and `1250`. With one kind of mark and three digits behind it the text does
 * not say which it is: then money and Portuguese mean thousands for a dot, and a comma always does.
 */
export function readDecimal(digits: string, dotMeansThousands = false): number | undefined {
  const plain = digits.replace(/[ \u00a0\u202f]/g, '')
  const lastDot = plain.lastIndexOf('.')
  const lastComma = plain.lastIndexOf(',')
  const onlyGroups = (mark: string) =>
    new RegExp(`^\\d{1,3}(?:\\${mark}\\d{3})+$`).test(plain) && !/^0/.test(plain)
  let normal = plain
  if (lastDot >= 0 && lastComma >= 0) {
    normal = lastDot > lastComma ? plain.replaceAll(',', '') : plain.replaceAll('.', '').replace(',', '.')
  } else if (lastComma >= 0) {
    normal = onlyGroups(',') ? plain.replaceAll(',', '') : plain.replace(',', '.')
  } else if (lastDot >= 0 && onlyGroups('.') && (dotMeansThousands || plain.split('.').length > 2)) {
    normal = plain.replaceAll('.', '')
  }
  const value = Number(normal)
  return Number.isFinite(value) ? value : undefined
}

const WORDS: Record<string, number> = {}
const COUNTED = [
  'zero',
  'one um uma a',
  'two dois duas both',
  'three tres',
  'four quatro',
  'five cinco',
  'six seis meia',
  'seven sete',
  'eight oito',
  'nine nove',
  'ten dez',
  'eleven onze',
  'twelve doze',
  'thirteen treze',
  'fourteen catorze quatorze',
  'fifteen quinze',
  'sixteen dezasseis dezesseis',
  'seventeen dezassete dezessete',
  'eighteen dezoito',
  'nineteen dezanove dezenove',
  'twenty vinte',
]
COUNTED.forEach((words, value) => {
  for (const word of words.split(' ')) WORDS[word] = value
})
Object.assign(WORDS, {
  thirty: 30,
  trinta: 30,
  forty: 40,
  quarenta: 40,
  fifty: 50,
  cinquenta: 50,
  sixty: 60,
  sessenta: 60,
  hundred: 100,
  cem: 100,
  dozen: 12,
})
/** Articles and pronouns that count only directly before the thing counted; see fill-number.ts. */
const VAGUE = new Set(['a', 'um', 'uma', 'one', 'meia', 'both'])

export function readNumberWord(word: string): number | undefined {
  return Object.hasOwn(WORDS, foldWord(word)) ? WORDS[foldWord(word)] : undefined
}

function findNumberWords(text: string): FoundNumber[] {
  return [...text.matchAll(/[\p{L}\p{M}]+/gu)].flatMap((match) => {
    const value = VAGUE.has(foldWord(match[0])) ? undefined : readNumberWord(match[0])
    return value === undefined
      ? []
      : [{ value, currency: undefined, start: match.index, end: match.index + match[0].length }]
  })
}
