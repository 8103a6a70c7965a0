import type { Sense, WordClass } from './lexicon.ts'
import type { Unit } from './read-words.ts'

/** What the word before turned out to be; `name` is a word outside the dictionary, `value` an address, code or number. */
type Before = WordClass | 'name' | 'value' | undefined

const NAMES_SOMETHING = new Set<Before>(['noun', 'pronoun', 'name', 'value'])
const BEGINS_OBJECT = new Set<WordClass>(['determiner', 'noun', 'adjective', 'number', 'pronoun'])

/**
 * Which reading of a word its neighbours make likeliest. English decides by place what Portuguese decides by form: an
 * "order" is a noun unless something before it asks for a verb, "approved" a state unless somebody approved something.
 */
export function chooseSense(
  senses: readonly Sense[],
  previous: Unit | undefined,
  next: Unit | undefined,
): Sense | undefined {
  if (senses.length < 2) return senses[0]
  const find = (wordClass: WordClass) => senses.find((sense) => sense.class === wordClass)
  const before = classBefore(previous)
  const object = next !== undefined && beginsObject(next)

  const verb = find('verb')
  if (verb && asksForVerb(before, previous, next)) return verb
  // "Users report problems": what several do, where something follows that it is done to.
  if (verb && previous?.sense?.class === 'noun' && previous.sense.plural && object) return verb
  const third = find('third')
  if (third && NAMES_SOMETHING.has(before) && object) return third
  const past = find('past')
  const participle = find('participle') ?? find('adjective')
  if (past && participle) return choosePast(past, participle, before, object, next)
  const noun = find('noun')
  const adjective = find('adjective') ?? find('determiner')
  if (noun && adjective) {
    const isFollowed = next !== undefined && hasClass(next, ['noun', 'adjective'])
    const isCounted =
      before === 'determiner' || before === 'number' || before === 'value' || before === 'adjective'
    return isCounted && !isFollowed ? noun : adjective
  }
  return senses[0]
}

function choosePast(
  past: Sense,
  participle: Sense,
  before: Before,
  object: boolean,
  next: Unit | undefined,
): Sense {
  if (before === 'pronoun') return past
  if (NAMES_SOMETHING.has(before)) return object || past.intransitive ? past : participle
  if (before === 'adverb' || before === 'conjunction') return object || past.intransitive ? past : participle
  if (before !== undefined) return participle
  const isFollowed = next !== undefined && hasClass(next, ['noun'])
  return past.intransitive && !isFollowed ? past : participle
}

function asksForVerb(before: Before, previous: Unit | undefined, next: Unit | undefined): boolean {
  if (before === 'modal' || before === 'pronoun') return true
  if (previous?.token.value.toLowerCase() === 'to') return true
  // At the beginning of a sentence or after "and": "Open the door", "lock it".
  const isRequest = before === undefined || before === 'conjunction'
  return isRequest && next !== undefined && hasClass(next, ['determiner', 'pronoun'])
}

function beginsObject({ token, senses }: Unit): boolean {
  if (senses.length === 0) return token.frequency !== 'F_META'
  return senses.some((sense) => BEGINS_OBJECT.has(sense.class))
}

function classBefore(previous: Unit | undefined): Before {
  if (previous === undefined) return undefined
  if (previous.sense) return previous.sense.class
  const { frequency } = previous.token
  return frequency === 'F_KEY' || frequency === 'F_ADJ' || frequency === 'F_NOUN' ? 'name' : 'value'
}

function hasClass({ senses }: Unit, classes: readonly WordClass[]): boolean {
  return senses.some((sense) => classes.includes(sense.class))
}
