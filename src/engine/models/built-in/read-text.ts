/**
 * A text cut into words that can be compared (lower case, no accents) while each still knows where it stood, so that
 * a rule can quote what it decided by.
 */
export type ReadText = {
  source: string
  /** Words and clause marks (`.` `?` `,`) joined by one space each: what phrases are looked for in. */
  line: string
  words: { text: string; start: number; end: number }[]
  /** Which word begins at an offset of `line`. */
  wordAt: Map<number, number>
}

export type Match = { quote: string; first: number; last: number; negated: boolean }

/** Longer texts are cut: what matters in a message stands in its beginning, and time must stay bounded. */
const MAX_LENGTH = 20_000

const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/g
const PIECES = /[\p{L}\p{N}\p{M}]+(?:['’´`][\p{L}\p{M}]+)*|[?？]+|[.!;\n。！[\]{}]+|[,:()"—–]|\s-\s/gu

export function foldWord(word: string): string {
  return word
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9\p{L}\p{N}]/gu, '')
}

export function readText(text: string): ReadText {
  const source = text.slice(0, MAX_LENGTH).replace(INVISIBLE, '')
  const words: ReadText['words'] = []
  const wordAt = new Map<number, number>()
  let line = ''
  for (const match of source.matchAll(PIECES)) {
    const piece = match[0]
    const word = foldWord(piece)
    const text = word !== '' ? word : /[?？]/.test(piece) ? '?' : /[.!;\n。！[\]{}]/.test(piece) ? '.' : ','
    if (line !== '') line += ' '
    wordAt.set(line.length, words.length)
    line += text
    words.push({ text, start: match.index, end: match.index + piece.length })
  }
  return { source, line, words, wordAt }
}

/**
 * Makes one expression of many phrases. Phrases are parted by commas or lines and written in folded words; `*` stands
 * for the rest of a word, ` .. ` for up to four words of the same clause; the rest is the notation of expressions, so
 * that `(a|b)` is a choice and `(a )*` a repetition.
 */
export function compilePhrases(list: string): RegExp {
  const phrases = list
    .split(/[,\n]/)
    .map((phrase) => phrase.trim().replace(/\s+/g, ' '))
    .filter(Boolean)
    // The longest first: an alternation takes the first that fits, and the longest is the most telling quote.
    .sort((left, right) => right.length - left.length)
    .map((phrase) => phrase.replace(/(?<![)\]])\*/g, '[a-z0-9]*').replaceAll(' .. ', '(?: [a-z0-9]+){0,4} '))
  return new RegExp(`(?<= |^)(?:${phrases.join('|')})(?= |$)`, 'g')
}

const NEGATORS = new Set(
  `not no never without isnt arent wasnt werent aint neither nor none nothing hardly nao nunca sem nem nenhum nenhuma
   jamais nada`.split(/\s+/),
)
/** Words after which a negator says something else: "not only", "não só", "no doubt". */
const NOT_NEGATING = /^(only|just|sure|certain|merely|doubt|so|somente|apenas|duvida|know|sei)$/
const CONTRAST =
  /^(but|however|yet|though|although|because|since|mas|porem|contudo|todavia|porque|pois|[.?,])$/
const HYPOTHETICAL =
  /(?:^| )(in case (?:of|there is)|if there (?:is|was|were) an?|what (?:happens )?if|em caso de|caso haja|e se houver)$/
/** Verbs that carry a negation to what follows: "I don't think it is urgent". */
const CARRYING =
  /(?:^| )(?:dont|doesnt|didnt|do not|does not|did not|nao) (?:think|believe|consider|see|need|smell|seem|look|find|feel|have|acho|creio|penso|considero|vejo|preciso|parece|ha|tem|tenho|temos|e|esta|foi|houve|existe)(?: [a-z0-9]+){0,3}$/

/** Whether what begins at this word is denied or merely supposed: "no longer urgent", "not a fire", "in case of fire". */
export function isNegated(text: ReadText, first: number): boolean {
  const before: string[] = []
  for (let index = first - 1; index >= 0 && before.length < 5; index--) {
    const word = text.words[index]!.text
    if (CONTRAST.test(word) || isConjunction(text, index)) break
    before.unshift(word)
  }
  const phrase = before.join(' ')
  if (CARRYING.test(phrase) || HYPOTHETICAL.test(phrase)) return true
  const near = before.slice(-4)
  return near.some(
    (word, index) =>
      NEGATORS.has(word) && !NOT_NEGATING.test(near[index + 1] ?? '') && !isDouble(near, index),
  )
}

/** A new statement begins: "and", and "e" where it is not "é" written without its accent, as in "nao e urgente". */
function isConjunction(text: ReadText, index: number): boolean {
  const { text: word, start, end } = text.words[index]!
  if (word === 'and') return true
  const before = text.words[index - 1]?.text ?? ''
  return word === 'e' && /^e$/i.test(text.source.slice(start, end)) && !/^(nao|nem|ja|nada)$/.test(before)
}

/** "No one" and "not ... without" deny twice or deny somebody, not the thing that follows. */
function isDouble(near: string[], index: number): boolean {
  return near[index] === 'no' && near[index + 1] === 'one'
}

/** Every place where one of the phrases stands. Matches do not overlap. */
export function findPhrases(text: ReadText, phrases: RegExp): Match[] {
  const found: Match[] = []
  for (const match of text.line.matchAll(phrases)) {
    const first = text.wordAt.get(match.index)
    if (first === undefined) continue
    const last = first + match[0].split(' ').length - 1
    found.push({ quote: quoteWords(text, first, last), first, last, negated: isNegated(text, first) })
  }
  return found
}

export function quoteWords(text: ReadText, first: number, last: number): string {
  return text.source.slice(text.words[first]!.start, text.words[last]!.end).replace(/\s+/g, ' ')
}

const PORTUGUESE = compilePhrases(
  `nao, que, de, para, com, uma, um, o, os, as, esta, estou, tem, tenho, dia, chegamos, somos, pessoas, noites, pelas, vossa, vosso, por, favor, obrigado, obrigada, ola, quero,
   preciso, qual, quanto, onde, quando, meu, minha, do, da, no quarto, na, em, foi, ha, sem, ja, e, se, ao, pela`,
)
const ENGLISH = compilePhrases(
  `the, is, are, was, of, to, and, a, an, in, it, i, my, we, our, you, your, please, for, with, not, have, has, this,
   that, what, how, when, where, can, on, at, there, be, if`,
)

/** The language of an answer or a question back: that of the text it answers. */
export function detectLanguage(text: string): 'en' | 'pt' {
  const { line } = readText(text)
  const count = (phrases: RegExp) => [...line.matchAll(phrases)].length
  const accents = /[ãõçáéíóúâêô]/i.test(text) ? 1.5 : 0
  return count(PORTUGUESE) + accents > count(ENGLISH) ? 'pt' : 'en'
}
