import type { Json } from '../../lib/canonical-json.ts'

/** The words, and in how many places something was left out. */
export type Quoted = { text: string; cut: number }

const MOST_ENTRIES = 6
const DEEPEST = 3

/**
 * A value in one line of quoted JSON, cut to what fits: long texts keep their beginning, large objects and lists their
 * first entries. It can never break out of its line: texts are quoted and what steers a terminal or a reader is escaped.
 */
export function quoteValue(value: Json, longestText: number, depth = 0): Quoted {
  if (typeof value === 'string') return quoteText(value, longestText)
  if (value === null || typeof value !== 'object') return { text: String(value), cut: 0 }
  const entries: [string, Json][] = Array.isArray(value)
    ? value.map((item) => ['', item])
    : Object.entries(value).map(([name, member]) => [`${quoteText(name, longestText).text}: `, member])
  const [open, close, noun] = Array.isArray(value) ? ['[', ']', 'item'] : ['{', '}', 'member']
  if (entries.length === 0) return { text: `${open}${close}`, cut: 0 }
  if (depth >= DEEPEST)
    return { text: `${open}${countOf(entries.length, noun)}${close}`, cut: entries.length }
  const shown = entries
    .slice(0, MOST_ENTRIES)
    .map(([name, member]) => ({ name, ...quoteValue(member, longestText, depth + 1) }))
  const hidden = entries.length - shown.length
  const texts = shown.map(({ name, text }) => `${name}${text}`)
  if (hidden > 0) texts.push(`… ${countOf(hidden, `more ${noun}`)}`)
  return {
    text: `${open}${texts.join(', ')}${close}`,
    cut: hidden + shown.reduce((sum, { cut }) => sum + cut, 0),
  }
}

/** A text in quotes on one line, with its beginning kept and the number of characters that were left out. */
export function quoteText(text: string, longest: number): Quoted {
  // A character takes two units at most; the rest of a text of megabytes is not spread into a list.
  const kept = [...text.slice(0, 2 * longest)].slice(0, longest).join('')
  const quoted = JSON.stringify(kept).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escapeCharacter)
  const left = countCharacters(text.slice(kept.length))
  if (left === 0) return { text: quoted, cut: 0 }
  return { text: `${quoted} (… ${left} more character${left === 1 ? '' : 's'})`, cut: 1 }
}

function countCharacters(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function escapeCharacter(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`
}
