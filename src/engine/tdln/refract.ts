import { languageOf } from './languages.ts'
import type { Lexicon } from './lexicon.ts'
import { PATTERNS, punctuationPattern, WORD } from './patterns.ts'
import { readLexicon } from './read-lexicon.ts'
import { keyOf, readWords } from './read-words.ts'
import type { Frequency, Token } from './token.ts'

/**
 * Takes a text apart into tokens. Nothing is lost: their values in the order of their phases are the text, whatever stands
 * in it. Words get their part of speech from the dictionary of the language; in a language without one they are F_KEY.
 *
 * @example refract('Error: Network 10.0.0.1 failed')
 */
export function refract(text: string, language = 'en'): Token[] {
  const known = languageOf(language)
  const lexicon: Lexicon = known ? readLexicon(known) : new Map()
  const tokens: Token[] = []
  const push = (frequency: Frequency, value: string) =>
    tokens.push({ frequency, value, phase: tokens.length })
  let position = 0
  while (position < text.length) {
    const [frequency, value] = readToken(text, position)
    if (frequency === 'F_KEY') splitWord(value, lexicon, push)
    else push(frequency, value)
    position += value.length
  }
  return withPartsOfSpeech(tokens, lexicon)
}

function readToken(text: string, position: number): [Frequency, string] {
  for (const { frequency, pattern, accept } of PATTERNS) {
    const matched = matchAt(pattern, text, position)
    const length = matched && (accept ? accept(matched) : matched.length)
    if (length) return [frequency, matched.slice(0, length)]
  }
  const word = matchAt(WORD, text, position)
  return word ? ['F_KEY', word] : ['F_META', matchAt(punctuationPattern(), text, position)]
}

function matchAt(pattern: RegExp, text: string, position: number): string {
  pattern.lastIndex = position
  return pattern.exec(text)?.[0] ?? ''
}

/** "check-in" is a word of the dictionary; "front-desk" is two with a hyphen between them. */
function splitWord(
  word: string,
  lexicon: Lexicon,
  push: (frequency: Frequency, value: string) => void,
): void {
  if (lexicon.has(keyOf(word))) return void push('F_KEY', word)
  for (const part of word.split(/(-)/)) push(part === '-' ? 'F_META' : 'F_KEY', part)
}

function withPartsOfSpeech(tokens: readonly Token[], lexicon: Lexicon): Token[] {
  const senses = new Map(
    readWords(tokens, lexicon, { keepsFrequencies: false }).map(({ token, sense }) => [token.phase, sense]),
  )
  return tokens.map((token) => ({
    ...token,
    frequency: senses.get(token.phase)?.frequency ?? token.frequency,
  }))
}
