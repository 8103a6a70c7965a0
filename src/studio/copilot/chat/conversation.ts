import type { Address } from 'viem'
import type { ChatAnswer } from '../../../apps/copilot/chat/schema.ts'
import { readStored, writeStored } from '../../ui/use-stored.ts'

/** What somebody said, and what was answered; without an answer while it is on its way or was lost. */
export type Turn = {
  /** The server knows the message by it, so that it may be sent again. */
  id: string
  said: string
  at: string
  wallet: Address | null
  chainId: number | null
  answer: KeptAnswer | null
}
type KeptAnswer = Omit<ChatAnswer, 'classification' | 'run_ref' | 'next_ui' | 'conversation_id'> & {
  /** What it asks for. What was kept long ago does not say. */
  missing_slots?: ChatAnswer['classification']['missing_slots']
}

/** A conversation that this browser keeps. */
export type Kept = { id: string; title: string; at: string }

/*
 * The server remembers what waits for an answer and makes runs; what was said stands in this browser alone, by who is
 * signed in. The shape is part of the names: another shape is another name.
 */
const LIST = 'countersign.chats.1.'
const ONE = 'countersign.chat.1.'
const MOST_CONVERSATIONS = 10
const MOST_TURNS = 60

export const listKey = (person: string) => LIST + person
export const turnsKey = (person: string, conversationId: string) => `${ONE}${person}.${conversationId}`

/** What stands under a key; nothing where it is no list any more. */
export function parseKept<T extends Turn | Kept>(stored: string | null): T[] {
  try {
    const value: unknown = JSON.parse(stored ?? '[]')
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

/** Adds what was said, and puts its conversation before the others; the oldest are forgotten. */
export function keepTurn(person: string, conversationId: string, turn: Turn): void {
  const key = turnsKey(person, conversationId)
  const turns = parseKept<Turn>(readStored(key)).filter(({ id }) => id !== turn.id)
  writeStored(key, JSON.stringify([...turns, turn].slice(-MOST_TURNS)))
  const known = parseKept<Kept>(readStored(listKey(person)))
  const title = known.find(({ id }) => id === conversationId)?.title ?? turn.said.slice(0, 200)
  const others = known.filter(({ id }) => id !== conversationId)
  const list = [{ id: conversationId, title, at: turn.at }, ...others]
  for (const { id } of list.slice(MOST_CONVERSATIONS)) writeStored(turnsKey(person, id), null)
  writeStored(listKey(person), JSON.stringify(list.slice(0, MOST_CONVERSATIONS)))
}

/** Keeps the answer to what was said; a turn that was forgotten meanwhile stays so. */
export function keepAnswer(person: string, conversationId: string, turnId: string, answer: ChatAnswer): void {
  const key = turnsKey(person, conversationId)
  const { classification, run_ref: _, next_ui: __, conversation_id: ___, ...said } = answer
  const kept: KeptAnswer = { ...said, missing_slots: classification.missing_slots }
  const turns = parseKept<Turn>(readStored(key))
  const told = turns.map((turn) => (turn.id === turnId ? { ...turn, answer: kept } : turn))
  writeStored(key, JSON.stringify(told))
}

/** The run that was spoken of last. */
export const lastRunOf = (turns: Turn[]): string | null =>
  turns.findLast(({ answer }) => answer?.run_id)?.answer?.run_id ?? null

/** Hard to guess and never the same; also where a page is not served securely and `crypto.randomUUID` is missing. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
