import type { Language, WordClass } from './lexicon.ts'
import type { Unit } from './read-words.ts'

/** Words that change places with each other, as places in the list of units. */
export type Phrase = {
  rule:
    | 'adjective-noun to noun-adjective'
    | 'noun-adjective to adjective-noun'
    | 'verb-not to not-verb'
    | 'not-verb to verb-not'
  /** All places of the phrase as they stand. */
  from: number[]
  /** The same places in the order of the other language. */
  to: number[]
}

/** More than anybody writes. Bounded, so that a text of nothing but adjectives is read in proportion to its length. */
const MOST_ADJECTIVES = 8
const MOST_DEGREES = 3
const MOST_NOUNS = 4

/**
 * Finds where words have to change places. Of nouns in a row the last is what is spoken of, in Portuguese the first
 * ("error message", "mensagem erro"); "not" stands behind "is" and before "é". The adjective nearest to the noun stays nearest, so a row of them is
 * mirrored ("big red file", "arquivo vermelho grande"); joined by "and" they keep their order. What stands between two
 * words of a phrase is a blank: punctuation and line breaks end it.
 */
export function findPhrases(units: readonly Unit[], source: Language): Phrase[] {
  const phrases: Phrase[] = []
  let index = 0
  while (index < units.length) {
    const phrase =
      readNegation(units, index, source) ??
      (source === 'en' ? readAdjectivesThenNoun(units, index) : readNounThenAdjectives(units, index))
    if (phrase) phrases.push(phrase)
    index = phrase ? phrase.from.at(-1)! + 1 : index + 1
  }
  return phrases
}

function readAdjectivesThenNoun(units: readonly Unit[], start: number): Phrase | undefined {
  const adjectives = readAdjectives(units, start, ['adjective', 'participle'])
  const first = adjectives?.next ?? start
  if (adjectives && !units[first]?.adjoins) return undefined
  const last = lastOfCompound(units, first)
  if (last === undefined || (!adjectives && last === first)) return undefined
  const nouns = Array.from({ length: last - first + 1 }, (_, place) => first + place)
  const rule = 'adjective-noun to noun-adjective'
  return {
    rule,
    from: [...(adjectives?.groups.flat() ?? []), ...nouns],
    to: [...nouns.toReversed(), ...(adjectives ? orderAdjectives(adjectives) : [])],
  }
}

/**
 * The noun that a row of nouns is about, when one begins here: "payment request". What stands before it is in the
 * singular; "users" is not what "problems" are of.
 */
export function lastOfCompound(units: readonly Unit[], first: number): number | undefined {
  if (classAt(units, first) !== 'noun') return undefined
  let last = first
  while (
    last - first + 1 < MOST_NOUNS &&
    !units[last]!.sense!.plural &&
    units[last + 1]?.adjoins &&
    classAt(units, last + 1) === 'noun'
  )
    last++
  return last
}

const NEGATED: WordClass[] = ['copula', 'modal', 'auxiliary']

/** "is not" and "não é". What needs "do" in English keeps its place, see translate-negation.ts. */
function readNegation(units: readonly Unit[], start: number, source: Language): Phrase | undefined {
  const next = units[start + 1]
  if (!next?.adjoins) return undefined
  const isNot = (index: number, word: string) => units[index]!.token.value.toLowerCase() === word
  const isVerb = (index: number, classes: WordClass[]) => classes.includes(classAt(units, index)!)
  const swapped = { from: [start, start + 1], to: [start + 1, start] }
  if (source === 'en' && isVerb(start, NEGATED) && isNot(start + 1, 'not'))
    return { rule: 'verb-not to not-verb', ...swapped }
  if (source === 'pt' && isNot(start, 'não') && isVerb(start + 1, ['copula', 'modal']))
    return { rule: 'not-verb to verb-not', ...swapped }
  return undefined
}

/** A participle stays: "pagamento aprovado" is as well a payment that was approved as an approved payment. */
function readNounThenAdjectives(units: readonly Unit[], start: number): Phrase | undefined {
  if (classAt(units, start) !== 'noun' || !units[start + 1]?.adjoins) return undefined
  const adjectives = readAdjectives(units, start + 1, ['adjective'])
  if (!adjectives) return undefined
  const words = adjectives.groups.flat()
  const rule = 'noun-adjective to adjective-noun'
  return { rule, from: [start, ...words], to: [...orderAdjectives(adjectives), start] }
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
