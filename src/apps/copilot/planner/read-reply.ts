import type { ChainRegistry } from '../../../web3/registry.ts'
import { namesOf } from './names.ts'
import { readAmountAnswer } from './read-actions.ts'
import { readCourtesy } from './read-phrases.ts'
import { makeReader } from './read-sentence.ts'
import { readTerm } from './read-terms.ts'
import { kindAt, type Reader, wordAt } from './reader.ts'
import { type Answers, SlotName } from './schema.ts'
import { isGrammar } from './vocabulary.ts'

/**
 * Reads a plain reply ("1", "1 USDC", "usdc", "0.5%") as the answer to what was asked. `missing` is in the order of the
 * questions. A slot may be named before the answer ("recipient: 0x…"); without that only what is missing is filled.
 * Undefined where the reply is no answer, so that it is read as a sentence of its own.
 */
export function readReply(text: string, missing: SlotName[], registry: ChainRegistry): Answers | undefined {
  const names = namesOf(registry)
  const named = splitName(text)
  if (named) return named
  const reader = makeReader(text, names, missing[0] ?? 'intent')
  while (readCourtesy(reader)) {
    // Courtesy answers nothing.
  }
  const whole = readOne(reader, text, missing)
  if (whole || missing.length === 0) return whole
  // "50 with 1% slippage": what stands behind the answer are terms.
  const terms = cutTerms(reader, !missing.includes('spender'))
  if (!terms) return undefined
  const rest = reader.tokens.slice(reader.at).some(({ kind }) => kind !== 'mark')
  const first = rest ? readOne(reader, text, missing) : {}
  return first && { ...first, ...terms }
}

function readOne(reader: Reader, text: string, missing: SlotName[]): Answers | undefined {
  const one = { ...reader, tokens: withoutThanks(reader) }
  const from = one.tokens[one.at]?.start
  if (from === undefined) return undefined
  const reply = text.slice(from, lastEnd(one)).trim()
  const kinds = kindsOf(one, reply)
  const slot = missing.find((candidate) => kinds.has(candidate)) ?? nameFor(one, missing[0])
  return slot && slot !== 'intent' ? { [slot]: reply } : undefined
}

const LONGEST = 40

/** Takes the terms from the end of a reply: the longest run of words that is nothing but terms, each said once. */
function cutTerms(reader: Reader, router: boolean): Answers | undefined {
  if (reader.tokens.length > LONGEST) return undefined
  for (let at = reader.at; at < reader.tokens.length; at++) {
    const rest: Reader = { ...reader, at, slots: {}, leftover: [] }
    while (readTerm(rest, { router, slippage: true, deadline: true })) {
      // Each fills a slot, or is courtesy.
    }
    const said = Object.entries(rest.slots).map(([slot, { text }]) => [slot, text])
    if (rest.at < reader.tokens.length || rest.leftover.length > 0 || said.length === 0) continue
    reader.tokens = reader.tokens.slice(0, at)
    return Object.fromEntries(said)
  }
  return undefined
}

/** `amount_in = 30` and `recipient: 0x…`. */
function splitName(text: string): Answers | undefined {
  const at = text.search(/[:=]/)
  if (at < 1) return undefined
  const slot = SlotName.safeParse(text.slice(0, at).trim().toLowerCase().replaceAll(' ', '_'))
  const value = text.slice(at + 1).trim()
  return slot.success && slot.data !== 'intent' && value !== '' ? { [slot.data]: value } : undefined
}

/** The slots that a reply of this form can fill. */
function kindsOf(reader: Reader, reply: string): Set<SlotName> {
  const { names } = reader
  const { at } = reader
  const last = reader.tokens.at(-1)!
  const only = reader.tokens.slice(at).filter(({ kind }) => kind !== 'mark')
  const kinds = new Set<SlotName>()
  const number = kindAt(reader) === 'number'
  if (
    number &&
    only.length === 2 &&
    (last.kind === 'percent' || last.lower === 'percent' || last.lower === 'bps')
  )
    kinds.add('slippage_bps')
  if (number && only.length === 2 && /^(s|sec|min|h|hour)/.test(last.lower)) kinds.add('deadline_seconds')
  if (readAmountAnswer(reader)) kinds.add('amount_in').add('amount_out')
  reader.at = at
  if (only.length === 1 && kindAt(reader) === 'address')
    kinds.add('recipient').add('spender').add('wallet_address')
  if (only.length === 1 && names.tokenOf(wordAt(reader)))
    kinds.add('token_in').add('token_out').add('asset').add('token')
  const plain = reply.replace(/[.!?,]+$/, '')
  if (names.routersOf(plain).length > 0) kinds.add('router_key').add('spender')
  if (names.chainOf(plain) !== undefined || (number && only.length === 1)) kinds.add('chain_id')
  return kinds
}

const BY_NAME: ReadonlySet<SlotName> = new Set([
  'token_in',
  'token_out',
  'asset',
  'token',
  'spender',
  'recipient',
  'router_key',
])

/** One word may be meant as the name that was asked for; whether it is one is told when it is looked at. */
function nameFor(reader: Reader, asked: SlotName | undefined): SlotName | undefined {
  const rest = reader.tokens.slice(reader.at).filter(({ kind }) => kind !== 'mark')
  const [only] = rest
  const fits =
    rest.length === 1 && (only?.kind === 'address' || (only?.kind === 'word' && !isGrammar(only.lower)))
  return fits && asked && BY_NAME.has(asked) ? asked : undefined
}

/** The tokens up to the courtesy at the end. */
function withoutThanks(reader: Reader): Reader['tokens'] {
  for (let at = reader.at; at < reader.tokens.length; at++) {
    const rest = { ...reader, at }
    while (readCourtesy(rest)) {
      // Courtesy answers nothing.
    }
    if (rest.at === reader.tokens.length) return reader.tokens.slice(0, at)
  }
  return reader.tokens
}

/** Where the reply ends, without the marks behind it. */
function lastEnd(reader: Reader): number {
  const last = reader.tokens.findLast(({ kind }) => kind !== 'mark')
  return last?.end ?? reader.text.length
}
