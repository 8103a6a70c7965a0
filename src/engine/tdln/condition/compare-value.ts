import type { Json } from '../../../lib/canonical-json.ts'
import { FALSE_WORDS, TRUE_WORDS } from './condition-words.ts'
import { areTranslations, isKnownWord, mayBeSynonyms, translationsOf } from './link-words.ts'
import type { Clause, Operand } from './read-condition.ts'
import { splitWords } from './split-words.ts'

export type Verdict = 'true' | 'false' | 'unknown'
export type Compared = { verdict: Verdict; reason?: string }

/** What comparing needs to know beside the value. */
export type Surroundings = {
  language: 'en' | 'pt'
  /** Whether words are a name in the data: "buyer is seller" may compare two fields. */
  namesField: (words: readonly string[]) => boolean
}

const TRUE: Compared = { verdict: 'true' }
const FALSE: Compared = { verdict: 'false' }
const unknown = (reason: string): Compared => ({ verdict: 'unknown', reason })
const toVerdict = (holds: boolean): Compared => (holds ? TRUE : FALSE)

/** What a clause says about a value, its negation included. */
export function compareValue(clause: Clause, value: Json, surroundings: Surroundings): Compared {
  const compared = compareAsserted(clause, value, surroundings)
  if (!clause.negated || compared.verdict === 'unknown') return compared
  return toVerdict(compared.verdict === 'false')
}

function compareAsserted(clause: Clause, value: Json, surroundings: Surroundings): Compared {
  const [operand] = clause.operands
  switch (clause.operator) {
    case 'exists':
      return sayState(clause, value) ?? toVerdict(value !== null)
    case 'is_empty':
      return sayState(clause, value) ?? compareEmpty(value)
    case 'equals':
      return compareEqual(operand!, value, surroundings)
    case 'one_of':
      return anyOf(clause.operands.map((one) => compareEqual(one, value, surroundings)))
    case 'contains':
      return compareContained(operand!, value, surroundings)
    case 'less_than':
      return compareNumbers(operand!, value, (one, other) => one < other)
    case 'greater_than':
      return compareNumbers(operand!, value, (one, other) => one > other)
    case 'at_most':
      return compareNumbers(operand!, value, (one, other) => one <= other)
    case 'at_least':
      return compareNumbers(operand!, value, (one, other) => one >= other)
  }
}

/** True when one is, false when all are. */
export function anyOf(compared: readonly Compared[]): Compared {
  if (compared.some(({ verdict }) => verdict === 'true')) return TRUE
  return compared.find(({ verdict }) => verdict === 'unknown') ?? FALSE
}

/** "is missing" of {"status": "missing"}: the word is its value as well as our operator. */
function sayState({ stateWord }: Clause, value: Json): Compared | undefined {
  const isValue = typeof value === 'string' && value.toLowerCase() === stateWord
  return isValue ? unknown('the value is the very word of the comparison') : undefined
}

function compareEmpty(value: Json): Compared {
  if (value === null) return TRUE
  if (typeof value === 'string') return toVerdict(value.trim() === '')
  if (typeof value === 'object') return toVerdict(Object.keys(value).length === 0)
  return unknown(`a ${typeof value} is neither empty nor full`)
}

function compareNumbers(
  operand: Operand,
  value: Json,
  holds: (one: number, other: number) => boolean,
): Compared {
  if (operand.kind !== 'number') return unknown('it is not compared with a number')
  if (typeof value !== 'number') return unknown('the value is not a number')
  return agreeing(operand.readings.map((reading) => holds(value, reading)))
}

function agreeing(answers: readonly boolean[]): Compared {
  if (new Set(answers).size > 1) return unknown('the number can be read in two ways')
  return toVerdict(answers[0]!)
}

function compareEqual(operand: Operand, value: Json, surroundings: Surroundings): Compared {
  if (value === null) return unknown('there is no value')
  if (typeof value === 'object') return unknown('the value is a list or an object')
  if (typeof value === 'boolean') return compareBoolean(operand, value)
  if (typeof value === 'number') {
    if (operand.kind !== 'number') return unknown('a number is compared with words')
    return agreeing(operand.readings.map((reading) => reading === value))
  }
  if (operand.kind === 'quoted') return compareQuoted(operand.text, value)
  if (operand.kind === 'number')
    return operand.text === value.trim() ? TRUE : unknown('a text is compared with a number')
  return compareWords(operand.words, value, surroundings)
}

function compareBoolean(operand: Operand, value: boolean): Compared {
  const word = operand.kind === 'words' && operand.words.length === 1 ? operand.words[0]! : ''
  if (TRUE_WORDS.has(word)) return toVerdict(value)
  if (FALSE_WORDS.has(word)) return toVerdict(!value)
  return unknown('the value is true or false, and it is compared with something else')
}

function compareQuoted(text: string, value: string): Compared {
  const [one, other] = [text.normalize('NFC'), value.normalize('NFC')]
  if (one === other) return TRUE
  return one.toLowerCase() === other.toLowerCase() ? unknown('they differ in capital letters only') : FALSE
}

/**
 * Equal words are equal however they are joined or capitalised, and translations are. That two words differ says something
 * only where a value is one of several names ("high", "in_progress"): a text may mean what it does not say.
 */
function compareWords(
  words: readonly string[],
  value: string,
  { language, namesField }: Surroundings,
): Compared {
  const own = splitWords(value)
  if (own.join(' ') === words.join(' ')) return TRUE
  const [word] = words
  if (word === undefined || words.length > 1)
    return unknown('several words, and the value is not exactly them')
  if (own.length === 1 && areTranslations(word, own[0]!)) return TRUE
  if (!/^\p{L}[\p{L}\p{M}\p{N}_-]{0,39}$/u.test(value)) return unknown('the value is a text and not a name')
  if (own.some((part) => areRelated(word, part))) return unknown(`"${word}" and "${value}" may mean the same`)
  if (namesField(words)) return unknown(`"${word}" is also a name in the data`)
  if (!shareLanguage(word, own[0]!, language))
    return unknown(`"${value}" may be "${word}" in another language`)
  const opposite = withoutNegation(word) ?? withoutNegation(own[0]!)
  if (opposite !== undefined && opposite !== word && !own.includes(opposite))
    return unknown('one of them is a negation')
  return FALSE
}

/**
 * Whether two words that are no translations of each other are known to differ. They are when the dictionary has both;
 * else when both are English as far as we know. Data is often in English where a condition is not, so a Portuguese
 * condition needs the dictionary to know the value.
 */
function shareLanguage(word: string, value: string, language: 'en' | 'pt'): boolean {
  const isWordKnown = isKnownWord(word, 'en') || isKnownWord(word, 'pt')
  if (isKnownWord(value, 'en')) return language === 'en' || isWordKnown
  if (isKnownWord(value, 'pt')) return language === 'pt' || isWordKnown
  return language === 'en'
}

/** Forms of one word (approve, approved), words that share a translation, or the same one. */
function areRelated(one: string, other: string): boolean {
  if (one === other || mayBeSynonyms(one, other)) return true
  const [short, long] = one.length < other.length ? [one, other] : [other, one]
  return (
    short.length >= 4 &&
    long.startsWith(short.slice(0, Math.max(Math.min(5, short.length), short.length - 2)))
  )
}

/** What a word denies: "approved" for "unapproved". */
function withoutNegation(word: string): string | undefined {
  const rest = /^(?:un|non|dis|in|im|ir|des)(\p{L}{4,})$/u.exec(word)?.[1]
  return rest !== undefined && (isKnownWord(rest, 'en') || isKnownWord(rest, 'pt')) ? rest : undefined
}

function compareContained(operand: Operand, value: Json, surroundings: Surroundings): Compared {
  if (Array.isArray(value)) return anyOf(value.map((item) => compareEqual(operand, item, surroundings)))
  if (typeof value !== 'string') return unknown('the value is neither a text nor a list')
  if (operand.kind === 'quoted') {
    if (value.includes(operand.text)) return TRUE
    const isThere = value.toLowerCase().includes(operand.text.toLowerCase())
    return isThere ? unknown('they differ in capital letters only') : FALSE
  }
  const wanted = operand.kind === 'number' ? [operand.text] : operand.words
  const text = ` ${
    value
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu)
      ?.join(' ') ?? ''
  } `
  if (text.includes(` ${wanted.join(' ')} `)) return TRUE
  if (wanted.length > 1) return unknown('several words, and the text does not have exactly them')
  if (operand.kind === 'number') return unknown('a text may write a number in other ways')
  const [word] = wanted
  const others = [word!.slice(0, Math.max(4, word!.length - 2)), ...translationsOf(word!)]
  return others.some((other) => text.includes(other))
    ? unknown(`the text has something like "${word}"`)
    : FALSE
}
