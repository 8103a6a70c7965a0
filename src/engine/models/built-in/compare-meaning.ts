import { CONCEPTS, STOP_WORDS } from './concepts.ts'
import { findPhrases, type ReadText, readText } from './read-text.ts'

/**
 * What a text is about: concepts by name, and words outside of any concept by their stem. A topic is `declined` when the
 * text says it is not wanted; a thing that did not happen ("not delivered") is still what the text is about.
 */
export type Meaning = Map<string, { quote: string; declined: boolean; implied?: boolean }>

/** Concepts that say who or what form, not what about: alone they are no agreement. */
const WEAK = new Set(['customer', 'message', 'question', 'fetch', 'list', 'name', 'count', 'human', 'change'])

export function readMeaning(source: string | ReadText): Meaning {
  const text = typeof source === 'string' ? readText(source) : source
  const meaning: Meaning = new Map()
  const covered = new Set<number>()
  for (const { name, phrases } of CONCEPTS) {
    for (const match of findPhrases(text, phrases)) {
      for (let index = match.first; index <= match.last; index++) covered.add(index)
      const known = meaning.get(name)
      const declined = isDeclined(text, match.first, match.last)
      // Wanted once is wanted.
      if (!known || (known.declined && !declined)) meaning.set(name, { quote: match.quote, declined })
    }
  }
  text.words.forEach((word, index) => {
    if (covered.has(index) || word.text.length < 3 || STOP_WORDS.has(word.text)) return
    const quote = text.source.slice(word.start, word.end)
    const key = `~${stemWord(word.text)}`
    if (!meaning.has(key)) meaning.set(key, { quote, declined: false })
  })
  return meaning
}

const DECLINED_BEFORE =
  /(?:^| )(?:(?:dont|doesnt|didnt|wont|do not|does not|did not|will not|not|no longer|never|nao|ja nao) (?:[a-z]+ )?(?:want|wants|need|needs|require|ask|asking|interested|looking|about|quero|queremos|quer|preciso|precisamos|precisa|pretendo|e sobre)(?: [a-z0-9]+){0,3}|(?:no|without|sem|nor|nem|dont|do not|never|not)(?: (?:a|an|any|the|o|a|um|uma))?)$/
const DECLINED_AFTER =
  /^(?:is |are |was |e |esta )?(?:not|nao|no longer) (?:e )?(?:needed|required|necessary|wanted|preciso|necessari[oa])/

/** Whether a text says it does not want what begins here: "no parking", "I do not need a taxi", "breakfast is not needed". */
function isDeclined(text: ReadText, first: number, last: number): boolean {
  const words = (from: number, to: number) => text.words.slice(Math.max(0, from), to).map((word) => word.text)
  const before = words(first - 6, first)
    .join(' ')
    .split(/ [.?,] |[.?,] /)
    .at(-1)!
  return DECLINED_BEFORE.test(before) || DECLINED_AFTER.test(words(last + 1, last + 6).join(' '))
}

/** Cuts the endings of number, tense and adverbs, enough to bring the forms of one word together. */
export function stemWord(word: string): string {
  if (word.length <= 4) return word.replace(/(?<=..)s$/, '')
  return word
    .replace(/(coes|cao)$/, 'c')
    .replace(/(mente|ings?|ments?|ed|ly|es|s)$/, '')
    .replace(/(ies|y)$/, 'i')
    .replace(/(.)\1$/, '$1')
    .replace(/[aeo]$/, '')
}

export type Agreement = { score: number; shared: { key: string; quote: string }[]; strong: number }

/** How much of what `wanted` is about is also in `given`: 0 nothing, 1 everything. */
export function compareMeaning(wanted: Meaning, given: Meaning): Agreement {
  let strong = 0
  const shared: Agreement['shared'] = []
  // A word of several meanings asks for one of them: "broken" is met by a repair as well as by damage.
  const asked = new Map<string, { weight: number; met: number }>()
  for (const [key, { quote }] of wanted) {
    const weight = WEAK.has(key) ? 0.25 : key.startsWith('~') ? 0.6 : 1
    const word = asked.get(quote) ?? { weight: 0, met: 0 }
    word.weight = Math.max(word.weight, weight)
    asked.set(quote, word)
    const there = given.get(key)
    if (!there || there.declined) continue
    // What only follows from the words counts half of what they say.
    const share = there.implied ? weight / 2 : weight
    word.met = Math.max(word.met, share)
    if (!WEAK.has(key)) strong += share
    shared.push({ key, quote: there.quote })
  }
  const sum = (of: 'weight' | 'met') => [...asked.values()].reduce((total, word) => total + word[of], 0)
  const [total, met] = [sum('weight'), sum('met')]
  return { score: total === 0 ? 0 : met / total, shared, strong }
}
