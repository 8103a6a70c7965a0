import { ADJECTIVES } from './dictionary/adjectives.ts'
import { FIXED_PHRASES } from './dictionary/fixed-phrases.ts'
import { NOUNS } from './dictionary/nouns.ts'
import { PORTUGUESE_ONLY, SMALL_WORDS } from './dictionary/small-words.ts'
import { TERMS } from './dictionary/terms.ts'
import { VERBS } from './dictionary/verbs.ts'
import { inflectEnglishVerb, pluralizeEnglish } from './inflect-english.ts'
import {
  type FourForms,
  inflectAdjective,
  inflectPortugueseVerb,
  pluralizePortuguese,
} from './inflect-portuguese.ts'
import type { Gender, Language, Lexicon, Sense, WordClass } from './lexicon.ts'

/** An English form and the Portuguese ones it stands for; the first is written, all are understood. */
type Pair = {
  english: string
  portuguese: readonly string[]
  /** Whether the first four of `portuguese` agree with a noun. */
  agrees?: boolean
  persons?: FourForms
  class: WordClass
  frequency: Sense['frequency']
  gender?: Gender
  plural?: boolean
  intransitive?: boolean
  base?: string
  /** False: only from English to Portuguese, or only back. */
  forwards?: boolean
  backwards?: boolean
}

const lexicons = new Map<Language, Lexicon>()

/** The dictionary of a language, made of the word lists the first time that it is asked for. */
export function readLexicon(language: Language): Lexicon {
  const known = lexicons.get(language)
  if (known) return known
  const lexicon = language === 'en' ? readEnglish() : readPortuguese()
  lexicons.set(language, lexicon)
  return lexicon
}

/** How many words somebody wrote down, each counted once and without the forms that follow from it. */
export function countHeadwords(): number {
  return [SMALL_WORDS, TERMS, ADJECTIVES, NOUNS, VERBS].reduce((sum, list) => sum + linesOf(list).length, 0)
}

function readEnglish(): Lexicon {
  const lexicon = new Map<string, Sense[]>()
  for (const pair of readPairs()) {
    if (pair.forwards === false) continue
    const {
      english,
      portuguese,
      agrees,
      backwards: _backwards,
      forwards: _forwards,
      base: _base,
      ...sense
    } = pair
    const forms = agrees ? { forms: portuguese as unknown as FourForms } : {}
    addSense(lexicon, english, { ...sense, target: portuguese[0]!, ...forms })
  }
  return lexicon
}

/** The same list read backwards: where several English words share a Portuguese one, the first of them stays. */
function readPortuguese(): Lexicon {
  const lexicon = new Map<string, Sense[]>()
  const pairs = readPairs()
  for (const pair of [...pairs.filter(({ forwards }) => forwards === false), ...pairs]) {
    if (pair.backwards === false) continue
    const { class: wordClass, frequency, english, base } = pair
    for (const word of pair.portuguese)
      addSense(lexicon, word, { class: wordClass, frequency, target: english, ...(base && { base }) })
  }
  return lexicon
}

/** A second reading of the same class would never be chosen. */
function addSense(lexicon: Map<string, Sense[]>, word: string, sense: Sense): void {
  const key = word.toLowerCase().normalize('NFC')
  const senses = lexicon.get(key)
  if (!senses) lexicon.set(key, [sense])
  else if (!senses.some((other) => other.class === sense.class)) senses.push(sense)
}

function readPairs(): Pair[] {
  return [
    ...readSmallWords(),
    ...readNouns(TERMS, 'F_KEY'),
    ...readAdjectives(),
    ...readNouns(NOUNS, 'F_NOUN'),
    ...readVerbs(),
    ...readFixedPhrases(),
  ]
}

function readFixedPhrases(): Pair[] {
  return FIXED_PHRASES.trim()
    .split('\n')
    .map((line) => line.split('|'))
    .map(([english = '', ...portuguese]) => ({ english, portuguese, class: 'adverb', frequency: 'F_KEY' }))
}

function readSmallWords(): Pair[] {
  const read = (list: string, more: Partial<Pair>) =>
    linesOf(list).map(([mark = '', first = '', second = '']): Pair => {
      const wordClass = mark.replace('>', '') as WordClass
      const [english, portuguese] = more.forwards === false ? [second, first] : [first, second]
      const [word = '', persons] = portuguese.split(':')
      const forms = word.split('/')
      const acting = persons?.split('/') as FourForms | undefined
      return {
        english,
        portuguese: [...forms, ...(acting ?? [])],
        agrees: forms.length === 4,
        ...(acting ? { persons: acting } : {}),
        class: wordClass,
        frequency: 'F_KEY',
        backwards: !mark.endsWith('>'),
        ...more,
      }
    })
  return [...read(SMALL_WORDS, {}), ...read(PORTUGUESE_ONLY, { forwards: false })]
}

function readNouns(list: string, frequency: Sense['frequency']): Pair[] {
  return linesOf(list).flatMap(([english = '', portuguese = '', mark = '']) => {
    const gender = mark[0] as Gender
    const pair = (one: string, other: string, plural: boolean): Pair => ({
      english: one,
      portuguese: [other],
      class: 'noun',
      frequency,
      gender,
      plural,
    })
    const [one = '', many = pluralizeEnglish(one)] = english.split('/')
    const [um = '', muitos = pluralizePortuguese(um)] = portuguese.split('/')
    if (mark.endsWith('p')) return [pair(one, um, true)]
    return [pair(one, um, false), pair(many, muitos, true)]
  })
}

function readAdjectives(): Pair[] {
  return linesOf(ADJECTIVES).map(([english = '', portuguese = '']) => ({
    english,
    portuguese: inflectAdjective(portuguese),
    agrees: true,
    class: 'adjective',
    frequency: 'F_ADJ',
  }))
}

function readVerbs(): Pair[] {
  return linesOf(VERBS).flatMap(([english = '', portuguese = '', mark]): Pair[] => {
    const from = inflectEnglishVerb(english)
    const to = inflectPortugueseVerb(portuguese)
    const base = { frequency: 'F_KEY' as const, intransitive: mark === 'i' }
    return [
      {
        ...base,
        class: 'verb',
        english: from.base,
        // "aprova" is read as "approves"; the other persons as "approve".
        portuguese: [to.infinitive, ...to.present.toSpliced(1, 1), ...to.request],
        persons: to.present,
      },
      { ...base, class: 'third', english: from.third, portuguese: [to.present[1]], base: from.base },
      {
        ...base,
        class: 'participle',
        frequency: 'F_ADJ',
        english: from.participle,
        portuguese: to.participle,
        agrees: true,
      },
      {
        ...base,
        class: 'past',
        english: from.past,
        portuguese: [to.past[1], ...to.past],
        persons: to.past,
        base: from.base,
      },
      { ...base, class: 'gerund', english: from.gerund, portuguese: [to.gerund] },
    ]
  })
}

/** The lines of a word list as lists of their columns, without headings and empty lines. */
function linesOf(list: string): string[][] {
  return list
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' '))
}
