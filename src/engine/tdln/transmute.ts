import { agreeWord } from './agree-words.ts'
import { findPhrases, type Phrase } from './find-phrases.ts'
import { formatTime } from './format-time.ts'
import { pairOf } from './languages.ts'
import type { Language } from './lexicon.ts'
import { caseStyleOf, writeInCase } from './match-case.ts'
import { readLexicon } from './read-lexicon.ts'
import { readWords, type Unit } from './read-words.ts'
import { isWord, type Token } from './token.ts'
import { translateNegation } from './translate-negation.ts'

/** One phrase whose words changed places. */
export type AppliedRule = { rule: Phrase['rule']; phases: number[]; before: string; after: string }

export type Transmutation = {
  tokens: Token[]
  /** Words that stayed because the dictionary does not have them, each once, in the order of the text. */
  unknownWords: string[]
  /** What each changed or known value became. */
  lexicalMap: Record<string, string>
  syntaxRules: AppliedRule[]
}

/**
 * Turns tokens into those of another language. Addresses, identifiers, numbers, punctuation and white space are kept as
 * they are; words are looked up; dates and times become ISO 8601; adjectives change sides with their noun and "not" with its
 * verb, which shows in the phases and not in the order of the list.
 *
 * @throws Error when there is no dictionary for the pair, naming those that exist.
 */
export function transmute(tokens: readonly Token[], source: string, target: string): Token[] {
  return transmuteAndTrace(tokens, source, target).tokens
}

export function transmuteAndTrace(tokens: readonly Token[], source: string, target: string): Transmutation {
  const [from, to] = pairOf(source, target)
  const inOrder = tokens.toSorted((one, other) => one.phase - other.phase)
  const units = readWords(inOrder, readLexicon(from), { keepsFrequencies: true })
  const values = units.map((_, index) => translateUnit(units, index, from, to))
  const phases = units.map(({ token }) => token.phase)
  const syntaxRules = findPhrases(units, from).map((phrase) => applyPhrase(phrase, units, values, phases))
  const changed = new Map(
    units.map(({ token }, index) => [token, { ...token, value: values[index]!, phase: phases[index]! }]),
  )
  return {
    tokens: tokens.map((token) => changed.get(token) ?? { ...token }),
    unknownWords: [...new Set(units.filter(isUnknown).map(({ token }) => token.value))],
    lexicalMap: Object.fromEntries(
      units.flatMap(({ token, sense }, index) => (sense ? [[token.value, values[index]!]] : [])),
    ),
    syntaxRules,
  }
}

function translateUnit(units: readonly Unit[], index: number, source: Language, target: Language): string {
  const { token, sense } = units[index]!
  if (token.frequency === 'F_TEMP') return formatTime(token.value, source)
  if (!sense) return token.value
  const word =
    target === 'pt' ? agreeWord(units, index, sense) : (translateNegation(units, index) ?? sense.target)
  // "I" is always a capital in English and says nothing about the style of the text.
  const isOnlyCapital = token.value === 'I' && source === 'en' && units[index - 1] !== undefined
  return writeInCase(word, isOnlyCapital ? 'lower' : caseStyleOf(token.value))
}

/** Moves the words of a phrase to the phases of their new places. */
function applyPhrase(
  phrase: Phrase,
  units: readonly Unit[],
  values: string[],
  phases: number[],
): AppliedRule {
  const slots = phrase.from.map((index) => phases[index]!)
  const before = phrase.from.map((index) => units[index]!.token.value).join(' ')
  moveCapital(phrase, units, values)
  for (const [place, index] of phrase.to.entries()) phases[index] = slots[place]!
  return {
    rule: phrase.rule,
    phases: slots,
    before,
    after: phrase.to.map((index) => values[index]!).join(' '),
  }
}

/** A capital that marks the beginning of a sentence belongs to the place and not to the word. */
function moveCapital({ from, to }: Phrase, units: readonly Unit[], values: string[]): void {
  const [first, ...others] = from.map((index) => caseStyleOf(units[index]!.token.value))
  if (first !== 'capitalised' || others.some((style) => style !== 'lower')) return
  const leaving = from[0]!
  const leading = to[0]!
  values[leaving] = values[leaving]!.charAt(0).toLowerCase() + values[leaving]!.slice(1)
  values[leading] = writeInCase(values[leading]!, 'capitalised')
}

const isUnknown = ({ token, sense }: Unit) => isWord(token) && !sense
