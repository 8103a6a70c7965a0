import type { FourForms } from './inflect-portuguese.ts'
import type { Token } from './token.ts'

/** The languages that there is a dictionary for. */
export type Language = 'en' | 'pt'

/** Part of speech, finer than a frequency: `third` is "approves", `past` "approved" as in "she approved it". */
export type WordClass =
  | 'noun'
  | 'adjective'
  | 'participle'
  | 'verb'
  | 'third'
  | 'past'
  | 'gerund'
  | 'determiner'
  | 'number'
  | 'pronoun'
  | 'copula'
  | 'auxiliary'
  | 'modal'
  | 'adverb'
  | 'degree'
  | 'conjunction'
  | 'preposition'

export type Gender = 'm' | 'f'

/** One reading of a word, with what it becomes in the other language. */
export type Sense = {
  class: WordClass
  frequency: Extract<Token['frequency'], 'F_KEY' | 'F_ADJ' | 'F_NOUN'>
  target: string
  /** Of a target that agrees with a noun. */
  forms?: FourForms
  /** Of a target that agrees with who acts: I, you or she, we, they. */
  persons?: FourForms
  /** Of the target of a noun. */
  gender?: Gender
  plural?: boolean
  /** Of a verb that takes no object. */
  intransitive?: boolean
  /** Of an English verb in another form: the form that stands after "do not". */
  base?: string
}

/** The readings of each word, and of two words that belong together, in small letters and Unicode form NFC, the likeliest first. */
export type Lexicon = ReadonlyMap<string, readonly Sense[]>
