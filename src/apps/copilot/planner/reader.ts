import type { Names } from './names.ts'
import type { Language } from './read-decimal.ts'
import { type IntentType, type QueryTopic, type SlotName, UnplacedReason, type Words } from './schema.ts'
import type { Token } from './split-tokens.ts'
import { troubleOf } from './vocabulary.ts'

/** Words that found no place, as they stand in the text. */
export type Unplaced = Words & { reason: UnplacedReason }

/** What a slot was said to be, before it is looked at. */
export type SaidSlots = Partial<Record<SlotName, Words>>

/** A sentence taken apart: what it wants, the words for each slot, and the words for none. */
export type Sentence = {
  action: IntentType | 'unknown'
  language: Language
  slots: SaidSlots
  unplaced: Unplaced[]
  /** The word that named the action. */
  verb?: Words
  /** Of a question: what it is about, and the run it names. */
  topic?: QueryTopic
  runId?: Words
}

/** Stands in a text and fills slots on the way. */
export type Reader = {
  text: string
  tokens: Token[]
  at: number
  names: Names
  /** Which text this is: the sentence, or the answer to a slot. */
  source: SlotName
  slots: SaidSlots
  leftover: { token: Token; reason?: UnplacedReason }[]
}

export const wordAt = (reader: Reader, ahead = 0): string => {
  const token = reader.tokens[reader.at + ahead]
  return token?.kind === 'word' ? token.lower : ''
}

export const kindAt = (reader: Reader, ahead = 0): Token['kind'] | 'end' =>
  reader.tokens[reader.at + ahead]?.kind ?? 'end'

export function takeWord(reader: Reader, set: { has(word: string): boolean }): boolean {
  const word = wordAt(reader)
  if (word === '' || !set.has(word)) return false
  reader.at++
  return true
}

export function takePhrase(reader: Reader, phrases: string[][]): boolean {
  const found = phrases.find((phrase) => phrase.every((word, ahead) => wordAt(reader, ahead) === word))
  reader.at += found?.length ?? 0
  return found !== undefined
}

export function takeMark(reader: Reader, marks: string): boolean {
  const token = reader.tokens[reader.at]
  if (!token || !marks.includes(token.text)) return false
  reader.at++
  return true
}

/** Goes back to where it stood when the attempt fails. */
export function attempt(reader: Reader, read: () => boolean): boolean {
  const { at } = reader
  if (read()) return true
  reader.at = at
  return false
}

/** The words from one token to before another. */
export function wordsBetween(reader: Reader, from: number, to: number): Words {
  const start = reader.tokens[from]!.start
  const end = reader.tokens[to - 1]!.end
  return { in: reader.source, start, end, text: reader.text.slice(start, end) }
}

/** Fills a slot. What was said before stays, and the second saying has no place. */
export function fill(reader: Reader, slot: SlotName, from: number, to: number): void {
  if (reader.slots[slot] === undefined) reader.slots[slot] = wordsBetween(reader, from, to)
  else
    for (const token of reader.tokens.slice(from, to)) reader.leftover.push({ token, reason: 'said_twice' })
}

/** No action takes so many words: what comes after them is left over without a look. */
const LONGEST = 200

/** Whether nothing that stands here can have a place. */
export function isHopeless(reader: Reader): boolean {
  const kind = kindAt(reader)
  return reader.at >= LONGEST || kind === 'other' || kind === 'quote'
}

export function leaveOver(reader: Reader): void {
  reader.leftover.push({ token: reader.tokens[reader.at]! })
  reader.at++
}

const ORDER = UnplacedReason.options

/** What is left over, words that stand together as one piece. */
export function unplacedOf(reader: Reader): Unplaced[] {
  const left = [...reader.leftover].sort((a, b) => a.token.start - b.token.start)
  const pieces: Unplaced[] = []
  let lastEnd = -1
  for (const { token, reason } of left) {
    const found = reason ?? reasonOf(token.kind, token.lower)
    const piece = pieces.at(-1)
    if (piece && reader.text.slice(lastEnd, token.start).trim() === '') {
      piece.end = token.end
      piece.text = reader.text.slice(piece.start, token.end)
      if (ORDER.indexOf(found) < ORDER.indexOf(piece.reason)) piece.reason = found
    } else {
      const { start, end, text } = token
      pieces.push({ in: reader.source, start, end, text, reason: found })
    }
    lastEnd = token.end
  }
  return pieces
}

const reasonOf = (kind: string, lower: string): UnplacedReason =>
  kind === 'quote' ? 'quote' : (troubleOf(lower) ?? 'unknown_word')
