import { CONCEPTS, STOP_WORDS } from './concepts.ts'
import { findPhrases, type ReadText, readText } from './read-text.ts'

/** What a text is about: concepts by name, and words outside of any concept by their stem. */
export type Meaning = Map<string, { quote: string; negated: boolean }>

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
      // Said once without a negation is said.
      if (!known || (known.negated && !match.negated)) {
        meaning.set(name, { quote: match.quote, negated: match.negated })
      }
    }
  }
  text.words.forEach((word, index) => {
    if (covered.has(index) || word.text.length < 3 || STOP_WORDS.has(word.text)) return
    const quote = text.source.slice(word.start, word.end)
    const key = `~${stemWord(word.text)}`
    if (!meaning.has(key)) meaning.set(key, { quote, negated: false })
  })
  return meaning
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
  let total = 0
  let met = 0
  let strong = 0
  const shared: Agreement['shared'] = []
  for (const key of wanted.keys()) {
    const weight = WEAK.has(key) ? 0.25 : key.startsWith('~') ? 0.6 : 1
    total += weight
    const there = given.get(key)
    if (!there || there.negated) continue
    met += weight
    if (!WEAK.has(key)) strong += weight
    shared.push({ key, quote: there.quote })
  }
  return { score: total === 0 ? 0 : met / total, shared, strong }
}
