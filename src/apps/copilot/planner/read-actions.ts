import { isTokenAt, readAmount, readAmountOfToken, readRecipient, readToken } from './read-phrases.ts'
import { knownRouterLength, readRouter, readTerm, type Terms } from './read-terms.ts'
import { attempt, fill, isHopeless, kindAt, leaveOver, type Reader, takeWord, wordAt } from './reader.ts'
import type { IntentType } from './schema.ts'
import { BUY_CONNECTORS, isGrammar, SELL_CONNECTORS, TO, VERBS } from './vocabulary.ts'

type Action = Exclude<IntentType, 'query'>

/** Reads what stands after the verb, to the end. Each word goes into a slot or is left over. */
export function readAction(reader: Reader, action: Action, buys: boolean): void {
  // What belongs to a second action must not get into the slots of the first.
  let second = false
  while (reader.at < reader.tokens.length) {
    second ||= VERBS.has(wordAt(reader))
    if (second || isHopeless(reader) || !readPart(reader, action, buys)) leaveOver(reader)
  }
}

export const TERMS: Record<Action, Terms> = {
  swap: { router: true, slippage: true, deadline: true },
  // Nobody needs them there, and nobody is harmed by having said them.
  wrap: { router: true, slippage: true, deadline: true },
  unwrap: { router: true, slippage: true, deadline: true },
  transfer: { router: false, slippage: false, deadline: false },
  approve: { router: false, slippage: false, deadline: false },
  revoke: { router: false, slippage: false, deadline: false },
}

function readPart(reader: Reader, action: Action, buys: boolean): boolean {
  switch (action) {
    case 'swap':
    case 'wrap':
    case 'unwrap':
      return readSwapPart(reader, action, buys)
    case 'transfer':
      return readTransferPart(reader)
    case 'approve':
    case 'revoke':
      return readApprovalPart(reader, action)
  }
}

function readSwapPart(reader: Reader, action: Action, buys: boolean): boolean {
  const { slots } = reader
  const [firstToken, secondToken] = buys
    ? (['token_out', 'token_in'] as const)
    : (['token_in', 'token_out'] as const)
  const [firstAmount, secondAmount] = buys
    ? (['amount_out', 'amount_in'] as const)
    : (['amount_in', 'amount_out'] as const)
  if (readTerm(reader, TERMS[action])) return true
  if (slots[secondToken] === undefined) {
    const joined = attempt(reader, () => {
      if (!takeConnector(reader, buys)) return false
      return !isPlainRecipient(reader) && readAmountOfToken(reader, secondAmount, secondToken)
    })
    if (joined) return true
  }
  const from = attempt(
    reader,
    () => takeWord(reader, FROM) && readAmountOfToken(reader, 'amount_in', 'token_in'),
  )
  if (from) return true
  if (slots[firstToken] === undefined && readAmountOfToken(reader, firstAmount, firstToken)) return true
  return readRecipient(reader, true, slots[secondToken] !== undefined)
}

const FROM = new Set(['from', 'de'])

function takeConnector(reader: Reader, buys: boolean): boolean {
  if (takeWord(reader, buys ? BUY_CONNECTORS : SELL_CONNECTORS)) return true
  if (buys) return false
  if (kindAt(reader) === 'arrow') {
    reader.at++
    return true
  }
  const exchange = wordAt(reader) === 'in' && wordAt(reader, 1) === 'exchange' && wordAt(reader, 2) === 'for'
  if (exchange) reader.at += 3
  return exchange
}

/** `to 0x…` names who receives, unless the address is a token's. */
const isPlainRecipient = (reader: Reader) => kindAt(reader) === 'address' && !isTokenAt(reader, false)

function readTransferPart(reader: Reader): boolean {
  if (readTerm(reader, TERMS.transfer) || readRecipient(reader, false, true)) return true
  // After an amount an address is the token's, elsewhere it is the recipient's.
  if (kindAt(reader) === 'address') {
    if (reader.slots.recipient !== undefined) return false
    fill(reader, 'recipient', reader.at, reader.at + 1)
    reader.at++
    return true
  }
  return readAmountOfToken(reader, 'amount_in', 'asset')
}

const GIVEN_TO = new Set([...TO, 'for', 'on', 'by', 'na', 'ao', 'à', 'pela', 'pelo'])
/** Where it is taken back from. Who approves "from" somebody says nothing that can be done. */
const TAKEN_FROM = new Set([...GIVEN_TO, 'from', 'of', 'de', 'da', 'do'])
const ALLOWANCE = new Set([
  'allowance',
  'allowances',
  'approval',
  'approvals',
  'access',
  'spending',
  'permission',
  'permissions',
  'permissão',
  'permissões',
  'permissao',
  'permissoes',
  'aprovação',
  'aprovações',
  'aprovacao',
  'aprovacoes',
])
const ARTICLES = new Set(['the', 'my', 'this', 'a', 'as', 'o', 'os', 'minha', 'minhas'])
/** Nothing less than the whole allowance is ever revoked. */
const WHOLE = new Set(['all', 'everything', 'todas', 'todos', 'tudo'])
const TO_USE = new Set([...TO, 'a'])
const USES = new Set(['spend', 'use', 'gastar', 'usar', 'take'])

function readApprovalPart(reader: Reader, action: 'approve' | 'revoke'): boolean {
  if (attempt(reader, () => takeWord(reader, TO_USE) && takeWord(reader, USES))) return true
  const { slots } = reader
  if (action === 'revoke') {
    if (takeWord(reader, ALLOWANCE) || takeWord(reader, WHOLE)) return true
    if (attempt(reader, () => takeWord(reader, ARTICLES) && takeWord(reader, ALLOWANCE))) return true
    // Once the token is named, another token's address is who may spend it. None is given anything that way.
    if (attempt(reader, () => takeWord(reader, TAKEN_FROM) && readTokenAsSpender(reader))) return true
  }
  const given = attempt(
    reader,
    () => takeWord(reader, action === 'revoke' ? TAKEN_FROM : GIVEN_TO) && readSpender(reader, true),
  )
  if (given || readSpender(reader, false)) return true
  if (action === 'approve') {
    const amount = () => readAmountOfToken(reader, 'amount_in', 'token')
    if (amount() || attempt(reader, () => takeWord(reader, FOR) && amount())) return true
  } else if (slots.token === undefined && kindAt(reader) !== 'number') {
    const named = () => {
      const token = readToken(reader)
      if (token) fill(reader, 'token', ...token)
      return token !== undefined
    }
    if (named() || attempt(reader, () => takeWord(reader, TAKEN_FROM) && named())) return true
  }
  return readTerm(reader, TERMS[action])
}

function readTokenAsSpender(reader: Reader): boolean {
  const { token, spender } = reader.slots
  const another = token && kindAt(reader) === 'address' && isTokenAt(reader, false)
  if (!another || spender !== undefined) return false
  fill(reader, 'spender', reader.at, reader.at + 1)
  reader.at++
  return true
}

/** A router or an address; after "for" also a name that nobody knows, and before "to spend". */
function readSpender(reader: Reader, named: boolean): boolean {
  return attempt(reader, () => {
    takeWord(reader, THE)
    return isSpenderAt(reader, named) && readRouter(reader, 'spender')
  })
}

function isSpenderAt(reader: Reader, named: boolean): boolean {
  if (reader.slots.spender !== undefined) return false
  if (knownRouterLength(reader) > 0) return true
  if (isTokenAt(reader, false)) return false
  if (kindAt(reader) === 'address') return true
  const spends = TO.has(wordAt(reader, 1)) && USES.has(wordAt(reader, 2))
  const word = kindAt(reader) === 'word' && !isGrammar(wordAt(reader)) && !ALLOWANCE.has(wordAt(reader))
  const follows = kindAt(reader, 1) === 'number' || isTokenAt(reader, false, 1)
  return word && (spends || (named && !follows))
}

const THE = new Set(['the', 'a', 'o', 'ao', 'à'])
const FOR = new Set(['for', 'of'])

/** The amount, and the token where one is named, of an answer such as `1 USDC`. */
export function readAmountAnswer(
  reader: Reader,
): { amount: [number, number]; token?: [number, number] } | undefined {
  const amount = readAmount(reader)
  if (!amount) return undefined
  const token = readToken(reader)
  while (kindAt(reader) === 'mark') reader.at++
  if (reader.at < reader.tokens.length) return undefined
  return token ? { amount, token } : { amount }
}
