/**
 * What a token is about:
 * F_NET addresses (IP, URL, host, e-mail), F_CODE identifiers, F_KEY keywords, verbs and every other word, F_ADJ
 * adjectives, F_NOUN things that adjectives go with, F_META punctuation, F_VOID white space, F_TEMP dates and times,
 * F_NUM numbers.
 */
export type Frequency =
  | 'F_NET'
  | 'F_CODE'
  | 'F_KEY'
  | 'F_ADJ'
  | 'F_NOUN'
  | 'F_META'
  | 'F_VOID'
  | 'F_TEMP'
  | 'F_NUM'

/** A piece of a text and its place: reading the values in the order of their phases gives the text. */
export type Token = { frequency: Frequency; value: string; phase: number }

export const isWord = ({ frequency }: Token): boolean =>
  frequency === 'F_KEY' || frequency === 'F_ADJ' || frequency === 'F_NOUN'
