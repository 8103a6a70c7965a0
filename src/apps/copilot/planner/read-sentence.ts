import { loosen } from './loosen.ts'
import type { Names } from './names.ts'
import { readAction, TERMS } from './read-actions.ts'
import type { Language } from './read-decimal.ts'
import { readQuery } from './read-query.ts'
import { readTerm } from './read-terms.ts'
import {
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
import type { SlotName } from './schema.ts'
import { splitTokens } from './split-tokens.ts'
import { OPENERS, TO, VERBS } from './vocabulary.ts'

export function makeReader(text: string, names: Names, source: SlotName): Reader {
  const tokens = splitTokens(text, names.isUnit)
  return { text, tokens, at: 0, names, source, slots: {}, leftover: [] }
}

/**
 * Takes a sentence apart. Each word is the verb, courtesy, part of a slot, or one that found no place; nothing is lost on
 * the way. Loosely, everyday words count as those of the grammar.
 */
export function readSentence(text: string, names: Names, how: 'strictly' | 'loosely' = 'strictly'): Sentence {
  const query = readQuery(makeReader(text, names, 'intent'))
  if (query) return query
  const reader = makeReader(text, names, 'intent')
  if (how === 'loosely') reader.tokens = loosen(reader.tokens, names)
  const verb = readToVerb(reader)
  const language: Language = verb?.language ?? 'english'
  if (!verb) return { action: 'unknown', language, slots: reader.slots, unplaced: unplacedOf(reader) }
  const said = wordsBetween(reader, reader.at - 1, reader.at)
  // "A swap of 50 USDC", "swap: 50 USDC".
  if ((wordAt(reader) === 'of' || takesColon(reader)) && kindAt(reader, 1) === 'number') reader.at++
  readAction(reader, verb.action, verb.buys === true)
  return { action: verb.action, language, slots: reader.slots, unplaced: unplacedOf(reader), verb: said }
}

const takesColon = ({ tokens, at }: Reader): boolean => tokens[at]?.text === ':'

/** Reads up to the first verb. Before it stand courtesy and terms ("On Uniswap, swap …"). */
function readToVerb(reader: Reader) {
  while (reader.at < reader.tokens.length) {
    const verb = VERBS.get(wordAt(reader))
    if (verb) {
      reader.at++
      return verb
    }
    // "Use Uniswap to swap …": what it is used for is the verb.
    if (reader.slots.router_key && TO.has(wordAt(reader)) && VERBS.has(wordAt(reader, 1))) reader.at++
    else if (isHopeless(reader)) leaveOver(reader)
    else if (!takePhrase(reader, OPENERS) && !readTerm(reader, TERMS.swap)) leaveOver(reader)
  }
  return undefined
}
