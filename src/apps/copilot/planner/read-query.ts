import { isTokenAt, readCourtesy } from './read-phrases.ts'
import { knownRouterLength } from './read-terms.ts'
import {
  fill,
  isHopeless,
  kindAt,
  leaveOver,
  type Reader,
  type Sentence,
  takePhrase,
  unplacedOf,
  wordAt,
  wordsBetween,
} from './reader.ts'
import type { QueryTopic, Words } from './schema.ts'
import { isGrammar, OF, OPENERS, VERBS } from './vocabulary.ts'

const words = (text: string) => new Set(text.split(' '))

const BALANCE = words('balance balances saldo saldos')
const SNAPSHOT = words('snapshot portfolio holdings assets carteira')
const ALLOWANCES = words('allowance allowances approvals')
const TOKENS = words('token tokens coin coins')
const ROUTERS = words('router routers dex dexes exchanges')
const LISTS = words('allowlist allowlists whitelist')
const STATUS = words('status')
const OFFERED = words('support supported supports available allowed list lists known which what quais')
const HAVE = words('have hold own tenho')
const SHOWS = words('show view see check display mostre mostrar ver')
const MUCH = words('much many quanto quantos')

/** Words of questions, without a meaning of their own beside a topic. */
const PLAIN = words(
  "what what's whats what’s is are my the show me list do does i have hold own how much many of in on for to from wallet current currently all tell give which can you support supported supports available allowed known get check see view display a an it run transaction look up our your by qual quais é meu meus minha mostre mostrar ver tenho quanto quantos de do da em no na and e any there use",
)
/** Verbs as nouns: "the status of my swap", "which tokens can I swap". */
const ACTION_NOUNS = words('swap transfer trade send')

type Seen = {
  topics: Set<QueryTopic>
  offered: boolean
  have: boolean
  much: boolean
  wallet: boolean
  shows: boolean
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
  const topic = TOPICS.find(([set]) => set.has(word))?.[1]
  if (!topic && !PLAIN.has(word) && !ACTION_NOUNS.has(word)) return readUnknownToken(reader)
  reader.at++
  seen.offered ||= OFFERED.has(word)
  seen.have ||= HAVE.has(word)
  seen.much ||= MUCH.has(word)
  seen.wallet ||= word === 'wallet'
  seen.shows ||= SHOWS.has(word)
  seen.acts ||= ACTION_NOUNS.has(word)
  for (const each of topic ?? []) seen.topics.add(each)
  return true
}

/** `balance of PEPE`, `my PEPE balance`: a word in the place of a token, which is asked about as one. */
function readUnknownToken(reader: Reader): boolean {
  const named = OF.has(wordAt(reader, -1)) || BALANCE.has(wordAt(reader, 1))
  if (!named || kindAt(reader) !== 'word' || isGrammar(wordAt(reader)) || reader.slots.token) return false
  return place(reader, 'token', reader.at, 1)
}

function place(reader: Reader, slot: 'spender' | 'token', from: number, length: number): boolean {
  reader.at += length
  fill(reader, slot, from, reader.at)
  return true
}

const TOPICS: [Set<string>, QueryTopic[]][] = [
  [BALANCE, ['balance']],
  [SNAPSHOT, ['snapshot']],
  [ALLOWANCES, ['allowances']],
  [TOKENS, ['tokens']],
  [ROUTERS, ['routers']],
  [LISTS, ['allowlists']],
  [STATUS, ['status']],
]

/** The one topic that words and names together ask for. */
function topicOf(
  reader: Reader,
  { topics, offered, have, much, wallet, shows, runId, acts, tokens }: Seen,
): QueryTopic | undefined {
  const { slots } = reader
  const has = (topic: QueryTopic) => topics.has(topic)
  // An action with a token is more than a word of the question.
  if (acts && tokens > 0) return undefined
  if (has('status')) return topics.size === 1 ? 'status' : undefined
  if (acts && !(offered && (has('tokens') || has('routers')))) return undefined
  // Only the status is of a run, and only an allowance has a spender.
  if (runId) return undefined
  if (has('allowances')) return has('balance') || has('snapshot') ? undefined : 'allowances'
  if (slots.spender && !slots.spender.text.startsWith('0x')) return undefined
  if (has('balance')) return has('routers') ? undefined : 'balance'
  if (has('snapshot')) return 'snapshot'
  if (have && (tokens > 0 || much || has('tokens'))) return 'balance'
  if (has('allowlists')) return 'allowlists'
  if (has('tokens') && has('routers')) return 'allowlists'
  if (offered && has('tokens')) return 'tokens'
  if (offered && has('routers')) return 'routers'
  if (wallet && shows && topics.size === 0 && tokens === 0) return 'snapshot'
  return undefined
}
