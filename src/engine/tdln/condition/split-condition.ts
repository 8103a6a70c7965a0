import type { Language } from '../lexicon.ts'

export type Lexeme =
  | { kind: 'word' | 'quoted' | 'symbol'; text: string }
  | { kind: 'number'; text: string; readings: number[] }

/** Longer ones are essays, and nobody would check how we read them. */
const LONGEST_CONDITION = 500

const SPACE = /\s+/y
const QUOTED = /"([^"]*)"|“([^”]*)”|‘([^’]*)’|(?<![\p{L}\p{N}])'([^']*)'(?![\p{L}\p{N}])/uy
const NUMBER = /[-−]?\d+(?:[.,]\d+)*(?![\p{L}\p{N}_%]|\s*%)/uy
const WORD = /[\p{L}_][\p{L}\p{M}\p{N}_]*(?:[.'’-][\p{L}\p{M}\p{N}_]+)*/uy
const SYMBOL = /[<>!=]=|[<>=≤≥≠(),]/y

/** Cuts a condition into words, numbers, quoted texts and symbols. A character of no use to it is a fault. */
export function splitCondition(
  condition: string,
  language: Language,
): { lexemes: Lexeme[] } | { fault: string } {
  const text = condition
    .normalize('NFC')
    .trim()
    .replace(/(?<![.?:])[.?:]+$/, '')
  if (text.length > LONGEST_CONDITION) return { fault: `it is longer than ${LONGEST_CONDITION} characters` }
  const lexemes: Lexeme[] = []
  let position = 0
  const take = (pattern: RegExp) => {
    pattern.lastIndex = position
    const match = pattern.exec(text)
    if (match) position += match[0].length
    return match
  }
  while (position < text.length) {
    if (take(SPACE)) continue
    const quoted = take(QUOTED)
    if (quoted) {
      lexemes.push({ kind: 'quoted', text: quoted.slice(1).find((part) => part !== undefined)! })
      continue
    }
    const number = take(NUMBER)?.[0]
    if (number !== undefined) {
      const readings = readNumber(number.replace('−', '-'), language)
      if (readings.length === 0) return { fault: `"${number}" is no number` }
      lexemes.push({ kind: 'number', text: number, readings })
      continue
    }
    const word = take(WORD)?.[0]
    if (word !== undefined) {
      // "the ticket's priority" is the "ticket priority".
      lexemes.push({ kind: 'word', text: word.toLowerCase().replaceAll('’', "'").replace(/'s$/, '') })
      continue
    }
    const symbol = take(SYMBOL)?.[0]
    if (symbol === undefined)
      return { fault: `"${String.fromCodePoint(text.codePointAt(position)!)}" has no place` }
    lexemes.push({ kind: 'symbol', text: symbol })
  }
  return { lexemes }
}

/**
 * What a number can mean. English groups thousands by commas, Portuguese by points, and both appear in either: "1.000" and,
 * in Portuguese, "1,000" have two readings.
 */
export function readNumber(text: string, language: Language): number[] {
  if (/^-?\d+$/.test(text)) return finite(Number(text))
  const isGroupedByCommas = /^-?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(text)
  const isGroupedByPoints = /^-?\d{1,3}(?:\.\d{3})+(?:,\d+)?$/.test(text)
  const readings = [
    ...(isGroupedByCommas ? [text.replaceAll(',', '')] : []),
    ...(isGroupedByPoints ? [text.replaceAll('.', '').replace(',', '.')] : []),
    ...(/^-?\d+\.\d+$/.test(text) ? [text] : []),
    ...(language === 'pt' && /^-?\d+,\d+$/.test(text) ? [text.replace(',', '.')] : []),
  ]
  return [...new Set(readings.map(Number))].flatMap(finite)
}

/** A number that JSON cannot tell from its neighbours is compared with nothing. */
function finite(value: number): number[] {
  return Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? [value] : []
}
