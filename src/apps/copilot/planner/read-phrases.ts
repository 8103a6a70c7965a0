import { attempt, fill, kindAt, type Reader, takeMark, takePhrase, takeWord, wordAt } from './reader.ts'
import type { SlotName } from './schema.ts'
import {
  BOUNDLESS,
  COURTESY,
  FRIENDLY,
  isGrammar,
  MULTIPLIER,
  OF,
  OWN_WALLET,
  POSSESSIVES,
  SHARES,
  SOME,
  TO,
} from './vocabulary.ts'

const EXACTLY = new Set(['exactly', 'exatamente'])
const ONE = new Set(['a', 'one', 'um', 'uma'])
const QUARTERS = new Set(['quarter', 'quarto'])
const FRACTIONS = new Set(['half', 'metade', ...QUARTERS])
const COINS = new Set(['token', 'tokens', 'coin', 'coins'])
const TO_FOR = new Set([...TO, 'for'])

/** `50`, `2.5 k`, `30%`, `half`, `max`: from where it stands to where it ends, or undefined. */
export function readAmount(reader: Reader): [from: number, to: number] | undefined {
  const { at } = reader
  takeWord(reader, EXACTLY)
  // "a quarter", "one half": elsewhere an article has no place, because "half a token" is none of these.
  if (ONE.has(wordAt(reader)) && FRACTIONS.has(wordAt(reader, 1))) reader.at++
  const from = reader.at
  if (kindAt(reader) === 'number') {
    reader.at++
    if (kindAt(reader) === 'percent' || wordAt(reader) === 'percent') reader.at++
    else takeWord(reader, MULTIPLIER)
    return [from, reader.at]
  }
  const share = SHARES.has(wordAt(reader)) || BOUNDLESS.has(wordAt(reader))
  // "max 50 USDC" is a bound and no amount, and "a quarter USDC" may be a quarter of one.
  const open = kindAt(reader, 1) === 'number' || (QUARTERS.has(wordAt(reader)) && isTokenAt(reader, true, 1))
  if (share && !open) {
    reader.at++
    return [from, reader.at]
  }
  reader.at = at
  return undefined
}

/** `USDC`, `my USDC tokens`, or a word that may be meant as a token. */
export function readToken(reader: Reader): [from: number, to: number] | undefined {
  const { at } = reader
  takeWord(reader, OF)
  takeWord(reader, POSSESSIVES)
  const from = reader.at
  if (!isTokenAt(reader, true)) {
    reader.at = at
    return undefined
  }
  reader.at++
  const to = reader.at
  takeWord(reader, COINS)
  return [from, to]
}

/** Whether a token stands here. A word that is none may be meant as one, unless a token or an amount follows it. */
export function isTokenAt(reader: Reader, unknown: boolean, ahead = 0): boolean {
  const token = reader.tokens[reader.at + ahead]
  if (!token) return false
  if ((token.kind === 'word' || token.kind === 'address') && reader.names.tokenOf(token.lower)) return true
  if (!unknown || token.kind !== 'word' || isGrammar(token.lower)) return false
  return kindAt(reader, ahead + 1) !== 'number' && !isTokenAt(reader, false, ahead + 1)
}

/** "some USDC": no amount, and a token after it. */
const takesSome = (reader: Reader): boolean =>
  attempt(
    reader,
    () => takePhrase(reader, SOME) && isTokenAt(reader, true, POSSESSIVES.has(wordAt(reader)) ? 1 : 0),
  )

/** Amount and token, either of them or both, into these slots. */
export function readAmountOfToken(reader: Reader, amountSlot: SlotName, tokenSlot: SlotName): boolean {
  return attempt(reader, () => {
    const amount = takesSome(reader) ? undefined : readAmount(reader)
    const named = readToken(reader)
    if (!amount && !named) return false
    const full =
      (amount && reader.slots[amountSlot] !== undefined) || (named && reader.slots[tokenSlot] !== undefined)
    // Two halves of different sayings do not belong together.
    if (full) return false
    if (amount) fill(reader, amountSlot, ...amount)
    if (named) fill(reader, tokenSlot, ...named)
    return true
  })
}

const SELF = ['me', 'myself', 'my wallet', 'my address', 'my own wallet', 'mim', 'minha carteira'].map(
  (name) => name.split(' '),
)
const PLACES = new Set(['address', 'wallet', 'recipient', 'endereço', 'carteira'])
const FRIENDS = new Set(['friend', 'amigo', 'amiga'])
const RECIPIENT = new Set(['recipient', 'receiver', 'beneficiary', 'destinatário'])

/**
 * `to 0x…`, `recipient 0x…`, `to bob`. What comes out of a swap goes to the wallet anyway, so that "to my wallet" needs no
 * slot there.
 */
export function readRecipient(reader: Reader, selfIsPlain: boolean, contacts: boolean): boolean {
  return attempt(reader, () => {
    const named = takeWord(reader, RECIPIENT)
    if (named) takeMark(reader, ':=') || takeWord(reader, new Set(['is']))
    else if (!takeWord(reader, TO_FOR)) return false
    else if (selfIsPlain && takePhrase(reader, SELF)) return true
    takeMark(reader, ':')
    takeWord(reader, POSSESSIVES)
    if (takeWord(reader, PLACES)) takeMark(reader, ':')
    // What somebody is to the person says nothing about where it goes: the address behind it does.
    else if (FRIENDS.has(wordAt(reader)) && kindAt(reader, 1) === 'address') reader.at++
    const from = reader.at
    const kind = kindAt(reader)
    const word = !isGrammar(wordAt(reader)) || reader.names.tokenOf(wordAt(reader))
    const person = contacts && kind === 'word' && word && kindAt(reader, 1) !== 'address'
    if (kind !== 'address' && kind !== 'id' && !person) return false
    reader.at++
    fill(reader, 'recipient', from, reader.at)
    return true
  })
}

/** "from my wallet", unless it is said which: whatever stands there then is not to be taken for something else. */
export const readOwnWallet = (reader: Reader): boolean =>
  attempt(reader, () => {
    if (!takePhrase(reader, OWN_WALLET)) return false
    let ahead = 0
    while (kindAt(reader, ahead) === 'mark') ahead++
    return !['address', 'id', 'number', 'other', 'quote'].includes(kindAt(reader, ahead))
  })

export const readCourtesy = (reader: Reader): boolean =>
  takePhrase(reader, COURTESY) || (kindAt(reader) === 'mark' && takeMark(reader, COURTEOUS))

const COURTEOUS = `.,!?．，;${FRIENDLY}`
