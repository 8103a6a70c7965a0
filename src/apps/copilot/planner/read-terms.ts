import { longestName, plainName } from './names.ts'
import { readCourtesy, readOwnWallet } from './read-phrases.ts'
import { attempt, fill, kindAt, type Reader, takeMark, takePhrase, takeWord, wordAt } from './reader.ts'
import {
  AND,
  AT_MOST,
  BASIS_POINTS,
  DEADLINE,
  isGrammar,
  MAXIMUM,
  OF,
  POSSESSIVES,
  ROUTER_CONNECTORS,
  SLIPPAGE,
  TIME_UNITS,
  WITH,
} from './vocabulary.ts'

const ARTICLES = new Set(['a', 'an', 'the', 'my', 'um', 'uma'])
const TOLERANCE = new Set(['tolerance'])
const IS = new Set(['of', 'at', 'to', 'is', 'in', 'de', 'em'])
export const CHAIN_WORDS = new Set(['chain', 'network', 'rede'])

export type Terms = { router: boolean; slippage: boolean; deadline: boolean }

/** How and where: router, chain, slippage, deadline. Courtesy too. "and" and a comma may join them. */
export function readTerm(reader: Reader, terms: Terms): boolean {
  if (readCourtesy(reader) || readOwnWallet(reader)) return true
  const read = () =>
    (terms.slippage && readSlippage(reader)) ||
    (terms.deadline && readDeadline(reader)) ||
    readPlace(reader, terms.router)
  return read() || attempt(reader, () => takeWord(reader, AND) && read())
}

/** `with 0.5% slippage`, `max slippage of 50 bps`, `50 bps`. */
function readSlippage(reader: Reader): boolean {
  return attempt(reader, () => {
    if (!takePhrase(reader, AT_MOST)) {
      takeWord(reader, WITH)
      takePhrase(reader, AT_MOST) || takeWord(reader, ARTICLES)
      takeWord(reader, MAXIMUM)
    }
    const named = reader.at
    if (takeWord(reader, SLIPPAGE)) {
      takeWord(reader, TOLERANCE)
      takeWord(reader, MAXIMUM)
      takeMark(reader, ':=') || takeWord(reader, IS)
      takePhrase(reader, AT_MOST) || takeWord(reader, MAXIMUM)
      const from = reader.at
      const told = readRate(reader)
      // Named without a figure: the word stands for it, and is asked about.
      fill(reader, 'slippage_bps', told ? from : named, told ? reader.at : named + 1)
      if (!told) reader.at = named + 1
      return true
    }
    const from = reader.at
    if (!readRate(reader)) return false
    const to = reader.at
    const inBasisPoints = BASIS_POINTS.has(reader.tokens[to - 1]!.lower) || wordAt(reader, -1) === 'points'
    takeWord(reader, OF)
    takeWord(reader, MAXIMUM)
    if (takeWord(reader, SLIPPAGE)) takeWord(reader, TOLERANCE)
    else if (!inBasisPoints) return false
    else reader.at = to
    fill(reader, 'slippage_bps', from, to)
    return true
  })
}

/** A number with `%`, `percent`, `bps` or `basis points`, or without a unit. */
function readRate(reader: Reader): boolean {
  if (kindAt(reader) !== 'number') return false
  reader.at++
  if (kindAt(reader) === 'percent' || wordAt(reader) === 'percent' || BASIS_POINTS.has(wordAt(reader)))
    reader.at++
  else if (wordAt(reader) === 'basis' && wordAt(reader, 1).startsWith('point')) reader.at += 2
  return true
}

const OPEN = [
  ['within', 'the', 'next'],
  ['in', 'the', 'next'],
  ['within'],
  ['valid', 'for'],
  ['expires', 'in'],
  ['expiring', 'in'],
  ['em', 'até'],
  ['dentro', 'de'],
]

/** `within 20 minutes`, `deadline of 1 hour`, `with a 10 min deadline`. `in 20 minutes` may mean later, so it is asked about. */
function readDeadline(reader: Reader): boolean {
  return attempt(reader, () => {
    takeWord(reader, WITH)
    takeWord(reader, ARTICLES)
    const opened = OPEN.find((words) => words.every((word, ahead) => wordAt(reader, ahead) === word))
    if (opened) reader.at += opened.length
    const word = reader.at
    const named = !opened && takeWord(reader, DEADLINE)
    if (named) takeMark(reader, ':=') || takeWord(reader, IS)
    const from = reader.at
    const told = readDuration(reader)
    const to = reader.at
    if (named && !told) {
      fill(reader, 'deadline_seconds', word, word + 1)
      reader.at = word + 1
    } else if (!told || !(opened || named || takeWord(reader, DEADLINE))) return false
    else fill(reader, 'deadline_seconds', from, to)
    return true
  })
}

function readDuration(reader: Reader): boolean {
  if (kindAt(reader) !== 'number') return false
  reader.at++
  takeWord(reader, TIME_UNITS)
  return true
}

/** Before a router that is known: "router: uniswap", "use Uniswap". */
const ROUTER_WORDS = new Set(['router', 'roteador', 'use', 'usando'])

/** `on Uniswap`, `via the uniswap v2 router`, `on Base`, `on chain 1`. A name nobody knows is kept as a router to ask about. */
function readPlace(reader: Reader, router: boolean): boolean {
  return attempt(reader, () => {
    // "with Uniswap" is a router only where it is one that is known: "with" begins other things too.
    if (router && takeWord(reader, WITH) && knownRouterLength(reader) > 0)
      return readRouter(reader, 'router_key')
    if (router && takeWord(reader, ROUTER_WORDS)) {
      const told = takeMark(reader, ':=')
      takeWord(reader, POSSESSIVES)
      return (told || knownRouterLength(reader) > 0) && readRouter(reader, 'router_key')
    }
    if (!takeWord(reader, ROUTER_CONNECTORS)) return false
    takeWord(reader, POSSESSIVES)
    return readChainAt(reader) || (router && readRouter(reader, 'router_key'))
  })
}

/** `on Base`, `on chain 1`, as a term too. */
export const readChainName = (reader: Reader): boolean =>
  attempt(reader, () => {
    if (!takeWord(reader, ROUTER_CONNECTORS)) return false
    takeWord(reader, POSSESSIVES)
    return readChainAt(reader)
  })

function readChainAt(reader: Reader): boolean {
  if (takeWord(reader, CHAIN_WORDS) && kindAt(reader) === 'number') {
    fill(reader, 'chain_id', reader.at, reader.at + 1)
    reader.at++
    return true
  }
  const chain = chainLength(reader)
  if (chain === 0) return false
  fill(reader, 'chain_id', reader.at, reader.at + chain)
  reader.at += chain
  takeWord(reader, CHAIN_WORDS)
  return true
}

/** Of how many words the name of a chain is that begins here. */
export const chainLength = (reader: Reader): number =>
  longestName(namesAhead(reader), (name) => reader.names.chainOf(name) !== undefined)

/** A router by one of its names, or a word or number that may be meant as one. */
export function readRouter(reader: Reader, slot: 'router_key' | 'spender'): boolean {
  const from = reader.at
  const known = knownRouterLength(reader)
  if (known > 0) reader.at += known
  else if (slot === 'router_key' && reader.names.tokenOf(wordAt(reader))) return false
  else if (kindAt(reader) === 'address' || isNameOfDigits(reader)) reader.at++
  else if (kindAt(reader) === 'word' && !isGrammar(wordAt(reader)) && !knownRouterFollows(reader)) reader.at++
  else return false
  // Another version of a router that is known is another router.
  while (isVersion(wordAt(reader)) || (known === 0 && wordAt(reader) === 'router')) reader.at++
  fill(reader, slot, from, reader.at)
  return true
}

const knownRouterFollows = (reader: Reader) => knownRouterLength({ ...reader, at: reader.at + 1 }) > 0

/** `1inch` begins like a number. */
const isNameOfDigits = (reader: Reader) =>
  kindAt(reader) === 'number' && /[a-z]{2}/.test(reader.tokens[reader.at]!.lower)

/** Of how many words the name of a known router is that begins here. */
export const knownRouterLength = (reader: Reader): number =>
  longestName(namesAhead(reader), (name) => reader.names.routersOf(name).length > 0)

/** The words that follow one another from here on, at most as many as a name has. */
function namesAhead(reader: Reader): string[] {
  const names: string[] = []
  for (let ahead = 0; ahead < 4 && kindAt(reader, ahead) === 'word'; ahead++)
    names.push(plainName(wordAt(reader, ahead)))
  return names
}

const isVersion = (word: string) => word.length < 4 && word.startsWith('v') && word >= 'v0' && word < 'v:'
