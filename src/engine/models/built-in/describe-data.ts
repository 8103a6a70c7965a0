import { stemWord } from './compare-meaning.ts'
import { STOP_WORDS } from './concepts.ts'
import { findTickets, readTicket, shorten } from './find-tickets.ts'
import { nameWords } from './read-schema.ts'
import { foldWord } from './read-text.ts'

type JsonObject = Record<string, unknown>

const MAX_ITEMS = 10
const MAX_DEPTH = 5

/** A few plain sentences about any data, by template: nothing in them that is not in the data. */
export function describeData(value: unknown, name = '', depth = 0): string {
  if (depth > MAX_DEPTH) return `${label(name)}more.`
  if (typeof value === 'string') return summariseText(value)
  if (Array.isArray(value)) return describeList(value, name)
  if (typeof value !== 'object' || value === null)
    return `${label(name)}${value === null ? 'nothing' : String(value)}.`
  return describeObject(value as JsonObject, name, depth)
}

function label(name: string): string {
  const words = nameWords(name).join(' ')
  return words === '' ? '' : `${capitalise(words)}: `
}

function capitalise(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}`
}

function describeObject(value: JsonObject, name: string, depth: number): string {
  const entries = Object.entries(value)
  const plain = entries.filter(([, member]) => typeof member !== 'object' && member !== undefined)
  const facts = plain
    .slice(0, MAX_ITEMS)
    .map(([key, member]) => `${nameWords(key).join(' ')} ${shorten(String(member), 160)}`)
    .join(', ')
  const rest = entries
    .filter(([, member]) => typeof member === 'object' && member !== null)
    .slice(0, MAX_ITEMS)
    .map(([key, member]) => describeData(member, key, depth + 1))
  const own = facts === '' ? '' : `${label(name) === '' ? capitalise(facts) : label(name) + facts}.`
  return [own, ...rest].filter(Boolean).join(' ') || `${label(name)}nothing.`
}

function describeList(list: unknown[], name: string): string {
  const noun = nameWords(name).join(' ') || 'items'
  if (list.length === 0) return `No ${noun}.`
  if (findTickets(list).length === list.length) return describeTickets(list as JsonObject[], noun)
  const told = list.slice(0, MAX_ITEMS).map((item) => nameItem(item))
  const more = list.length > MAX_ITEMS ? ` and ${list.length - MAX_ITEMS} more` : ''
  return `${list.length} ${noun}: ${told.join('; ')}${more}.`
}

function describeTickets(tickets: JsonObject[], noun: string): string {
  const told = tickets.slice(0, MAX_ITEMS).map((ticket, index) => {
    const { id, subject } = readTicket(ticket, index)
    const marks = ['priority', 'status', 'action']
      .map((key) => ticket[key])
      .filter((mark) => typeof mark === 'string')
      .map((mark) => (mark as string).replaceAll('_', ' '))
    return `${String(id)} ${subject}${marks.length > 0 ? ` (${marks.join(', ')})` : ''}`
  })
  const more = tickets.length > MAX_ITEMS ? ` and ${tickets.length - MAX_ITEMS} more` : ''
  return `${tickets.length} ${noun}: ${told.join('; ')}${more}.`
}

function nameItem(item: unknown): string {
  if (typeof item !== 'object' || item === null) return shorten(String(item))
  const members = Object.entries(item as JsonObject).filter(([, member]) => typeof member !== 'object')
  return members
    .slice(0, 4)
    .map(([key, member]) => `${nameWords(key).join(' ')} ${shorten(String(member), 60)}`)
    .join(', ')
}

/** The sentences that carry most of what a text repeats, at most three, in their order. */
function summariseText(text: string): string {
  const sentences = text
    .replace(/\s+/g, ' ')
    .split(/(?<=[.!?])\s+/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '')
    .slice(0, 500)
  if (sentences.length <= 3) return sentences.join(' ')
  const wordsOf = (sentence: string) =>
    (sentence.match(/\p{L}{3,}/gu) ?? [])
      .map(foldWord)
      .filter((word) => !STOP_WORDS.has(word))
      .map(stemWord)
  const counts = new Map<string, number>()
  for (const word of sentences.flatMap(wordsOf)) counts.set(word, (counts.get(word) ?? 0) + 1)
  const scored = sentences.map((sentence, index) => {
    const words = wordsOf(sentence)
    const weight = words.reduce((sum, word) => sum + counts.get(word)!, 0) / Math.sqrt(words.length + 1)
    // Texts open with what they are about.
    return { sentence, index, weight: index === 0 ? weight * 1.5 : weight }
  })
  return scored
    .sort((left, right) => right.weight - left.weight)
    .slice(0, 3)
    .sort((left, right) => left.index - right.index)
    .map(({ sentence }) => sentence)
    .join(' ')
}
