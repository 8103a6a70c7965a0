import type { Language } from './lexicon.ts'

const LANGUAGES: readonly Language[] = ['en', 'pt']

/** The language of a tag such as `pt-BR`; undefined when there is no dictionary for it. */
export function languageOf(tag: string): Language | undefined {
  const primary = tag.trim().toLowerCase().split(/[-_]/)[0]
  return LANGUAGES.find((language) => language === primary)
}

/** @throws Error naming the pairs that exist. */
export function pairOf(source: string, target: string): [Language, Language] {
  const from = languageOf(source)
  const to = languageOf(target)
  if (from && to && from !== to) return [from, to]
  const pairs = LANGUAGES.flatMap((one) =>
    LANGUAGES.filter((other) => other !== one).map((other) => `${one} to ${other}`),
  )
  throw new Error(
    `expected a pair of languages with a dictionary (${pairs.join(', ')}), got ${source} to ${target}`,
  )
}
