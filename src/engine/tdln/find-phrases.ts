import type { Language, WordClass } from './lexicon.ts'
import type { Unit } from './read-words.ts'

/** A noun with the adjectives that change sides with it, as places in the list of units. */
export type Phrase = {
  rule: 'adjective-noun to noun-adjective' | 'noun-adjective to adjective-noun'
  noun: number
  /** All places of the phrase as they stand. */
  from: number[]
  /** The same places in the order of the other language. */
  to: number[]
}

/** More than anybody writes. Bounded, so that a text of nothing but adjectives is read in proportion to its length. */
const MOST_ADJECTIVES = 8
const MOST_DEGREES = 3

/**
 * Finds where adjectives have to change sides. The adjective nearest to the noun stays nearest, so a row of them is
 * mirrored ("big red file", "arquivo vermelho grande"); joined by "and" they keep their order. What stands between two
 * words of a phrase is a blank: punctuation and line breaks end it.
 */
export function findPhrases(units: readonly Unit[], source: Language): Phrase[] {
  const phrases: Phrase[] = []
  let index = 0
  while (index < units.length) {
    const phrase =
      source === 'en' ? readAdjectivesThenNoun(units, index) : readNounThenAdjectives(units, index)
    if (phrase) phrases.push(phrase)
    index = phrase ? phrase.from.at(-1)! + 1 : index + 1
  }
  return phrases
}

function readAdjectivesThenNoun(units: readonly Unit[], start: number): Phrase | undefined {
  const adjectives = readAdjectives(units, start, ['adjective', 'participle'])
  if (!adjectives) return undefined
  const noun = adjectives.next
  if (!units[noun]?.adjoins || classAt(units, noun) !== 'noun') return undefined
  const words = adjectives.groups.flat()
  const rule = 'adjective-noun to noun-adjective'
  return { rule, noun, from: [...words, noun], to: [noun, ...orderAdjectives(adjectives)] }
}

/** A participle stays: "pagamento aprovado" is as well a payment that was approved as an approved payment. */
function readNounThenAdjectives(units: readonly Unit[], start: number): Phrase | undefined {
  if (classAt(units, start) !== 'noun' || !units[start + 1]?.adjoins) return undefined
  const adjectives = readAdjectives(units, start + 1, ['adjective'])
  if (!adjectives) return undefined
  const words = adjectives.groups.flat()
  const rule = 'noun-adjective to adjective-noun'
  return { rule, noun: start, from: [start, ...words], to: [...orderAdjectives(adjectives), start] }
}

/** Adjectives in a row, each with the words of degree before it ("very big"), or joined by and/or. */
type Adjectives = { groups: number[][]; isJoined: boolean; next: number }

function readAdjectives(units: readonly Unit[], start: number, classes: WordClass[]): Adjectives | undefined {
  const groups: number[][] = []
  let isJoined = false
  let next = start
  while (next < units.length && groups.length < MOST_ADJECTIVES) {
    const joining = groups.length > 0 && isJoiningWord(units, next) ? [next] : []
    const group = readAdjective(units, next + joining.length, classes, groups.length > 0)
    if (!group) break
    if (joining.length > 0) isJoined = true
    groups.push([...joining, ...group])
    next = group.at(-1)! + 1
  }
  return groups.length > 0 ? { groups, isJoined, next } : undefined
}

function readAdjective(
  units: readonly Unit[],
  start: number,
  classes: WordClass[],
  hasWordBefore: boolean,
): number[] | undefined {
  const group: number[] = []
  for (let index = start; index < units.length && group.length <= MOST_DEGREES; index++) {
    if ((hasWordBefore || group.length > 0) && !units[index]!.adjoins) return undefined
    const wordClass = classAt(units, index)
    group.push(index)
    if (wordClass && classes.includes(wordClass)) return group
    if (wordClass !== 'degree') return undefined
  }
  return undefined
}

function orderAdjectives({ groups, isJoined }: Adjectives): number[] {
  return (isJoined ? groups : groups.toReversed()).flat()
}

function isJoiningWord(units: readonly Unit[], index: number): boolean {
  return units[index]!.adjoins && ['and', 'or', 'e', 'ou'].includes(units[index]!.token.value.toLowerCase())
}

function classAt(units: readonly Unit[], index: number): WordClass | undefined {
  return units[index]?.sense?.class
}
