import type { ChainRegistry } from '../../../web3/registry.ts'
import { namesOf } from './names.ts'
import { planIntent } from './plan-intent.ts'
import { makeReader } from './read-sentence.ts'
import type { Classification, KnownIntent, PlannedIntent, QueryTopic, SlotName, Words } from './schema.ts'
import { isGrammar, OPENERS, VERBS } from './vocabulary.ts'

const SHORTEST = 6
const GIBBERISH = 0.6
const LEAST_CONFIDENCE = 0.35

const QUERY_TYPES: Record<QueryTopic, string> = {
  balance: 'BALANCE',
  snapshot: 'WALLET_SNAPSHOT',
  allowances: 'ALLOWANCES',
  tokens: 'ALLOWLISTS',
  routers: 'ALLOWLISTS',
  allowlists: 'ALLOWLISTS',
  chains: 'ALLOWLISTS',
  status: 'STATUS',
}

/**
 * What kind of message this is: a question about what is there, a complete action, an action with something to ask, or talk.
 * A message of low signal is never an action.
 */
export function classify(text: string, registry: ChainRegistry): Classification {
  const planned = planIntent(text, registry)
  const base = { slots: slotsOf(planned), missing_slots: [] }
  if (planned.status === 'READY') {
    const { intent } = planned
    if (intent.type === 'query')
      return {
        ...base,
        mode: 'QUERY',
        intent_type: QUERY_TYPES[intent.topic],
        confidence: 0.95,
        reason: 'a question about what is there',
      }
    return {
      ...base,
      mode: 'ACTION',
      intent_type: intent.type.toUpperCase(),
      confidence: 0.95,
      reason: 'a complete action',
    }
  }
  const { needs_input: needs, intent } = planned
  if (intent.looks_like) {
    const unplaced = needs.data.unplaced?.length ?? 0
    return {
      ...base,
      mode: 'CLARIFY',
      intent_type: intent.looks_like.toUpperCase(),
      confidence: Math.max(0.4, 0.85 - 0.15 * unplaced),
      missing_slots: needs.missing,
      reason: needs.questions[0]!,
    }
  }
  return classifyTalk(
    text,
    registry,
    needs.data.unplaced?.some(({ reason }) => reason !== 'unknown_word') ?? false,
  )
}

const HELP = /^\W*(?:help(?: me)?|ajuda|what can (?:you|i) (?:do|say)(?: here)?|o que você faz)\W*$/i

/** Without a verb of ours: talk, or nothing that can be made sense of. */
function classifyTalk(text: string, registry: ChainRegistry, grave: boolean): Classification {
  const names = namesOf(registry)
  const words = makeReader(text, names, 'intent').tokens.filter(({ kind }) => kind !== 'mark')
  const general = (confidence: number, reason: string): Classification => ({
    mode: 'GENERAL',
    intent_type: null,
    confidence,
    slots: {},
    missing_slots: [],
    reason,
  })
  const greets = OPENERS.some((opener) => opener.length === 1 && opener[0] === words[0]?.lower)
  if (greets && words.length <= 3) return general(0.9, 'a greeting')
  if (HELP.test(text)) return general(0.9, 'asks what can be said')
  const tokens = words.filter(({ lower }) => names.tokenOf(lower)).length
  if (text.trim().length < SHORTEST && tokens === 0) return general(0.1, 'low signal: too short')
  const odd = words.filter(({ lower, kind }) => kind !== 'word' || isGibberish(lower)).length
  const score = words.length === 0 ? 1 : odd / words.length
  const anyAction = words.some(({ lower }) => VERBS.has(lower))
  if (score >= GIBBERISH && !anyAction && tokens === 0)
    return general(0.2, 'low signal: no words that I know')
  const confidence = tokens > 0 ? 0.5 : grave ? 0.4 : 0.6 - score / 2
  if (confidence < LEAST_CONFIDENCE) return general(confidence, 'low signal')
  // A token alone, or a figure with it, is about something of ours, but does not say what.
  if (tokens > 0)
    return { ...general(confidence, 'a token without an action'), mode: 'CLARIFY', missing_slots: ['intent'] }
  return general(confidence, 'nothing that I do')
}

/** No vowel, five consonants in a row, or one letter three times: not a word of a language. */
function isGibberish(word: string): boolean {
  if (isGrammar(word) || word.length < 3) return false
  let [consonants, repeated, vowels] = [0, 1, 0]
  for (let at = 0; at < word.length; at++) {
    const vowel = 'aeiouyáéíóúâêôãõ'.includes(word[at]!)
    vowels += vowel ? 1 : 0
    consonants = vowel ? 0 : consonants + 1
    repeated = word[at] === word[at - 1] ? repeated + 1 : 1
    if (consonants >= 5 || repeated >= 3) return true
  }
  return vowels === 0
}

/** What was understood so far, in the words of the user. */
export function slotsOf(planned: PlannedIntent): Partial<Record<SlotName, string>> {
  if (planned.status === 'NEEDS_INPUT')
    return Object.fromEntries(
      Object.entries(planned.intent.slots).map(([slot, words]) => [slot, (words as Words).text]),
    )
  const { intent } = planned
  return Object.fromEntries(
    Object.entries(intent).flatMap(([key, slot]) =>
      // The id of a run is no slot: nothing asks for it.
      typeof slot === 'object' && key !== 'run_id' ? [[slotName(key, intent), toldBy(slot)]] : [],
    ),
  )
}

/** Where the verb says what is changed to what, its word names neither: the value does. */
const toldBy = ({ value, words }: { value: unknown; words: Words }): string =>
  typeof value === 'string' && VERBS.has(words.text.toLowerCase()) ? value : words.text

const slotName = (key: string, intent: KnownIntent): string => {
  if (key !== 'amount') return key
  return intent.type === 'swap' && intent.exact === 'out' ? 'amount_out' : 'amount_in'
}
