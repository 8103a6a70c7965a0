import { project } from './project.ts'
import { refract } from './refract.ts'
import type { Token } from './token.ts'
import { type AppliedRule, transmuteAndTrace } from './transmute.ts'

export type TranslationTrace = {
  /** The tokens of the original. */
  tokens: Token[]
  lexical_map: Record<string, string>
  syntax_rules: AppliedRule[]
  /** The tokens of the translation, in the order of the original; their phases give the order of the words. */
  projection: Token[]
}

export type Translation = {
  original: string
  translated: string
  method: 'tdln-t'
  /** In cents. No model is asked. */
  cost: 0
  /** Words that the dictionary does not have; they stand in the translation as they were. */
  unknown_words: string[]
  trace?: TranslationTrace
}

/**
 * Translates word by word with a dictionary and a few rules of order and agreement: the same text always gives the same
 * translation, nothing is sent anywhere and nothing is made up.
 *
 * @example translate('Red File', 'en', 'pt').translated // 'Arquivo Vermelho'
 * @throws Error when there is no dictionary for the pair, naming those that exist.
 */
export function translate(
  text: string,
  source: string,
  target: string,
  { trace = false }: { trace?: boolean } = {},
): Translation {
  const tokens = refract(text, source)
  const {
    tokens: projection,
    unknownWords,
    lexicalMap,
    syntaxRules,
  } = transmuteAndTrace(tokens, source, target)
  return {
    original: text,
    translated: project(projection),
    method: 'tdln-t',
    cost: 0,
    unknown_words: unknownWords,
    ...(trace ? { trace: { tokens, lexical_map: lexicalMap, syntax_rules: syntaxRules, projection } } : {}),
  }
}
