import { lastOfCompound } from './find-phrases.ts'
import type { Sense } from './lexicon.ts'
import type { Unit } from './read-words.ts'

const STANDS_BEFORE_NOUN = new Set([
  'adjective',
  'participle',
  'determiner',
  'degree',
  'conjunction',
  'number',
])
const STANDS_AFTER_NOUN = new Set([
  'copula',
  'auxiliary',
  'modal',
  'adverb',
  'degree',
  'adjective',
  'participle',
  'conjunction',
])
/** How far a word looks for its noun; further away it is likelier another's. */
const REACH = 4

const PERSONS: Record<string, number> = {
  i: 0,
  you: 1,
  he: 1,
  she: 1,
  it: 1,
  who: 1,
  nobody: 1,
  we: 2,
  they: 3,
}

/**
 * The Portuguese word for a reading. A verb is in the person of who acts, as far as that stands right before it. Anything
 * else that agrees is in the gender and number of the noun that it goes with: the one ahead ("the red doors"), or for an
 * adjective the one behind ("the doors are red"). Without one it is masculine singular.
 */
export function agreeWord(units: readonly Unit[], index: number, sense: Sense): string {
  if (sense.persons) return sense.persons[findPerson(units, index, sense) ?? -1] ?? sense.target
  if (!sense.forms) return sense.target
  const ahead = findNoun(units, index, 1)
  // "The error message" is about the message, "high priority ticket" about a high priority.
  const head = sense.class === 'determiner' && ahead !== undefined ? lastOfCompound(units, ahead) : ahead
  const noun =
    nounAt(units, head) ??
    nounAt(units, sense.class === 'determiner' ? undefined : findNoun(units, index, -1))
  const gender = noun?.gender === 'f' ? 1 : 0
  return sense.forms[gender + (noun?.plural ? 2 : 0)]!
}

const nounAt = (units: readonly Unit[], index: number | undefined) =>
  index === undefined ? undefined : units[index]!.sense

function findNoun(units: readonly Unit[], start: number, direction: 1 | -1): number | undefined {
  const passed = direction === 1 ? STANDS_BEFORE_NOUN : STANDS_AFTER_NOUN
  for (let distance = 1; distance <= REACH; distance++) {
    const index = start + distance * direction
    const unit = units[index]
    const adjoins = direction === 1 ? unit?.adjoins : units[index + 1]!.adjoins
    if (!unit || !adjoins) return undefined
    if (unit.sense?.class === 'noun') return index
    const isPassed = unit.token.frequency === 'F_NUM' || (unit.sense && passed.has(unit.sense.class))
    if (!isPassed) return undefined
  }
  return undefined
}

/** Place in I, you or she, we, they. A noun in the singular leaves the base of a verb what it is. */
function findPerson(units: readonly Unit[], start: number, verb: Sense): number | undefined {
  for (let index = start; start - index < REACH && units[index]!.adjoins; index--) {
    const { token, sense } = units[index - 1]!
    if (sense?.class === 'pronoun') return PERSONS[token.value.toLowerCase()]
    if (sense?.class === 'noun') return sense.plural ? 3 : verb.class === 'verb' ? undefined : 1
    const isNegation = sense?.class === 'modal' && sense.target === 'não'
    if (sense?.class !== 'adverb' && !isNegation) return undefined
  }
  return undefined
}
