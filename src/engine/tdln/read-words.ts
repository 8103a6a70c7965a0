import { chooseSense } from './choose-sense.ts'
import type { Lexicon, Sense } from './lexicon.ts'
import { isWord, type Token } from './token.ts'

/** A token that is not white space, with its readings and the one that its neighbours make likeliest. */
export type Unit = {
  token: Token
  senses: readonly Sense[]
  sense: Sense | undefined
  /** Whether nothing but blanks on the same line stands between it and the unit before. */
  adjoins: boolean
}

/**
 * Looks up every word of a text and reads it by its neighbours. Tokens come in the order of their phases. With
 * `keepsFrequencies` a token keeps its part of speech where the dictionary has such a reading.
 */
export function readWords(
  tokens: readonly Token[],
  lexicon: Lexicon,
  { keepsFrequencies }: { keepsFrequencies: boolean },
): Unit[] {
  const units: Unit[] = []
  let gap = ''
  for (const token of tokens) {
    if (token.frequency === 'F_VOID') {
      gap += token.value
      continue
    }
    const previous = units.at(-1)
    const adjoins =
      gap !== '' &&
      !/[\n\r\u2028\u2029]/.test(gap) &&
      previous !== undefined &&
      !isBreak(previous.token) &&
      !isBreak(token)
    units.push({
      token,
      senses: isWord(token) ? (lexicon.get(keyOf(token.value)) ?? []) : [],
      sense: undefined,
      adjoins,
    })
    gap = ''
  }
  for (const [index, unit] of units.entries()) {
    const sense = senseAt(units, index, unit.senses)
    const isKept = !keepsFrequencies || sense === undefined || sense.frequency === unit.token.frequency
    const matching = unit.senses.filter(({ frequency }) => frequency === unit.token.frequency)
    unit.sense = isKept ? sense : (senseAt(units, index, matching) ?? sense)
  }
  for (const index of units.keys()) readFixedPhrase(units, index, lexicon)
  return units
}

function senseAt(units: readonly Unit[], index: number, senses: readonly Sense[]): Sense | undefined {
  const previous = units[index]!.adjoins ? units[index - 1] : undefined
  const next = units[index + 1]?.adjoins ? units[index + 1] : undefined
  return chooseSense(senses, previous, next)
}

/** "Good morning": each of the two words becomes one of the two that say it in the other language. */
function readFixedPhrase(units: readonly Unit[], index: number, lexicon: Lexicon): void {
  const [first, second] = [units[index]!, units[index + 1]]
  if (!second?.adjoins || !isWord(first.token) || !isWord(second.token)) return
  const sense = lexicon.get(`${keyOf(first.token.value)} ${keyOf(second.token.value)}`)?.[0]
  const [one, other] = sense?.target.split(' ') ?? []
  if (!sense || !one || !other) return
  first.sense = { class: sense.class, frequency: sense.frequency, target: one }
  second.sense = { class: sense.class, frequency: sense.frequency, target: other }
}

/** How a word stands in the dictionary. */
export function keyOf(word: string): string {
  return word.toLowerCase().normalize('NFC').replaceAll('’', "'")
}

const isBreak = ({ frequency }: Token) => frequency === 'F_META'
