import { readLexicon } from '../read-lexicon.ts'

/** Whether the dictionary has one word as a translation of the other, in any of its forms: high and alta. */
export function areTranslations(one: string, other: string): boolean {
  return translationsOf(one).has(other) || translationsOf(other).has(one)
}

/** Whether two words have a translation in common and so may mean the same: cancelled and canceled, pending and unpaid. */
export function mayBeSynonyms(one: string, other: string): boolean {
  return translationsOf(one).intersection(translationsOf(other)).size > 0
}

export function isKnownWord(word: string, language: 'en' | 'pt'): boolean {
  return readLexicon(language).has(word)
}

const NONE: ReadonlySet<string> = new Set()
/** Only words of the dictionary are kept, so it never holds more than that. */
const known = new Map<string, ReadonlySet<string>>()

export function translationsOf(word: string): ReadonlySet<string> {
  const found = known.get(word)
  if (found) return found
  const senses = [...(readLexicon('en').get(word) ?? []), ...(readLexicon('pt').get(word) ?? [])]
  if (senses.length === 0) return NONE
  const texts = senses.flatMap(({ target, forms = [], persons = [] }) => [target, ...forms, ...persons])
  const translations = new Set(texts.map((text) => text.toLowerCase()))
  known.set(word, translations)
  return translations
}
