import {
  ACTION_NOUNS,
  BALANCE,
  HAVE,
  MUCH,
  OFFERED,
  PLAIN,
  SHOWS,
  SPENDS,
  TOPICS,
  WALLET,
  WHO,
} from './query-words.ts'
import { isTokenAt, readCourtesy } from './read-phrases.ts'
import { CHAIN_WORDS, chainLength, knownRouterLength, readChainName } from './read-terms.ts'
import {
  fill,
  isHopeless,
  kindAt,
  leaveOver,
  type Reader,
  type Sentence,
  takePhrase,
  takeWord,
  unplacedOf,
  wordAt,
  wordsBetween,
} from './reader.ts'
import type { QueryTopic, Words } from './schema.ts'
import { isGrammar, OF, OPENERS, VERBS } from './vocabulary.ts'

type Seen = {
  topics: Set<QueryTopic>
  offered: boolean
  have: boolean
  much: boolean
  wallet: boolean
  shows: boolean
  spends: boolean
  who: boolean
  /** An action was named, which has a place only in some questions. */
  acts: boolean
  tokens: number
  runId?: Words
}

/**
 * A question about what is there. Reading changes nothing, so that the order of its words is free; but each must be one
 * that belongs to such a question, and no verb may lead. Undefined where it is something else.
 */
export function readQuery(reader: Reader): Sentence | undefined {
  while (takePhrase(reader, OPENERS) || readCourtesy(reader)) {
    // Courtesy asks nothing.
  }
  if (VERBS.has(wordAt(reader))) return undefined
  const seen: Seen = {
    topics: new Set(),
    offered: false,
    have: false,
    much: false,
    wallet: false,
    shows: false,
    spends: false,
    who: false,
    acts: false,
    tokens: 0,
  }
  while (reader.at < reader.tokens.length)
    if (isHopeless(reader) || !readWord(reader, seen)) leaveOver(reader)
  const topic = topicOf(reader, seen)
  // A command among the words, or a word that turns the meaning, makes it more than a question.
  const unplaced = unplacedOf(reader)
  const more = reader.tokens.some(({ lower }) => VERBS.has(lower) && !ACTION_NOUNS.has(lower))
  const turned = unplaced.some(({ reason }) => reason !== 'unknown_word')
  if (!topic || turned || (more && unplaced.length > 0)) return undefined
  const { spender, ...said } = reader.slots
  const account = topic === 'balance' || topic === 'snapshot' ? 'wallet_address' : 'spender'
  const slots = spender ? { ...said, [account]: spender } : said
  const query = { action: 'query' as const, language: 'english' as const, slots, unplaced, topic }
  return seen.runId ? { ...query, runId: seen.runId } : query
}

function readWord(reader: Reader, seen: Seen): boolean {
  if (readCourtesy(reader)) return true
  const from = reader.at
  const router = knownRouterLength(reader)
  const word = wordAt(reader)
  if (router > 0) return place(reader, 'spender', from, router)
  if (kindAt(reader) === 'id' && !seen.runId) {
    seen.runId = wordsBetween(reader, from, from + 1)
    reader.at++
    return true
  }
  if (isTokenAt(reader, false)) {
    seen.tokens++
    // Who names several tokens is shown all.
    if (seen.tokens > 1) delete reader.slots.token
    else return place(reader, 'token', from, 1)
    reader.at++
    return true
  }
  if (kindAt(reader) === 'address') return place(reader, 'spender', from, 1)
  if (readChain(reader)) return true
  const topic = TOPICS.find(([set]) => set.has(word))?.[1]
  if (!topic && !PLAIN.has(word) && !ACTION_NOUNS.has(word)) return readUnknownToken(reader, seen)
  reader.at++
  seen.offered ||= OFFERED.has(word)
  seen.have ||= HAVE.has(word)
  seen.much ||= MUCH.has(word)
  seen.wallet ||= WALLET.has(word)
  seen.shows ||= SHOWS.has(word)
  seen.spends ||= SPENDS.has(word)
  seen.who ||= WHO.has(word)
  seen.acts ||= ACTION_NOUNS.has(word)
  for (const each of topic ?? []) seen.topics.add(each)
  return true
}

/** `on Base`, `on chain 1`, `my Sepolia balance`. Ethereum alone may be the coin as well. */
function readChain(reader: Reader): boolean {
  if (readChainName(reader)) return true
  const before = wordAt(reader, -1)
  const joined = before === 'in' || before === 'em' || before === 'no' || kindAt(reader, 1) === 'end'
  const length = wordAt(reader) === 'ethereum' && !joined ? 0 : chainLength(reader)
  if (length === 0 || CHAIN_WORDS.has(wordAt(reader))) return false
  fill(reader, 'chain_id', reader.at, reader.at + length)
  reader.at += length
  takeWord(reader, CHAIN_WORDS)
  return true
}

/** `balance of PEPE`, `how much PEPE`, `my PEPE balance`: a word in the place of a token, which is asked about as one. */
function readUnknownToken(reader: Reader, seen: Seen): boolean {
  const before = wordAt(reader, -1)
  const named =
    OF.has(before) ||
    MUCH.has(before) ||
    HAVE.has(before) ||
    before === 'any' ||
    BALANCE.has(wordAt(reader, 1))
  if (!named || kindAt(reader) !== 'word' || isGrammar(wordAt(reader)) || reader.slots.token) return false
  seen.tokens++
  return place(reader, 'token', reader.at, 1)
}

function place(reader: Reader, slot: 'spender' | 'token', from: number, length: number): boolean {
  reader.at += length
  fill(reader, slot, from, reader.at)
  return true
}

/** The one topic that words and names together ask for. */
function topicOf(
  reader: Reader,
  { topics, offered, have, much, wallet, shows, spends, who, runId, acts, tokens }: Seen,
): QueryTopic | undefined {
  const { slots } = reader
  const has = (topic: QueryTopic) => topics.has(topic)
  // An action with a token is more than a word of the question.
  if (acts && tokens > 0) return undefined
  if (has('status')) return topics.size === 1 ? 'status' : undefined
  if (acts && !(offered && (has('tokens') || has('routers')))) return undefined
  // Only the status is of a run, and only an allowance has a spender.
  if (runId) return undefined
  if (spends && (slots.spender || who || has('allowances'))) return 'allowances'
  if (has('allowances')) return has('balance') || has('snapshot') ? undefined : 'allowances'
  if (slots.spender && !slots.spender.text.startsWith('0x')) return undefined
  if (has('balance')) return has('routers') ? undefined : 'balance'
  if (has('snapshot')) return 'snapshot'
  if (have && (tokens > 0 || much || has('tokens'))) return 'balance'
  if (have && shows && tokens === 0 && topics.size === 0) return 'snapshot'
  if (has('allowlists')) return 'allowlists'
  if (has('tokens') && has('routers')) return 'allowlists'
  // "Tokens?" asks for all of them.
  const alone = topics.size === 1 && reader.tokens.length <= 2
  if ((offered || alone) && has('tokens')) return 'tokens'
  if ((offered || alone) && has('routers')) return 'routers'
  if (has('chains')) return offered || shows || topics.size === 1 ? 'chains' : undefined
  if (wallet && tokens > 0 && (much || shows)) return 'balance'
  if (wallet && (shows || much) && topics.size === 0 && tokens === 0) return 'snapshot'
  return undefined
}
