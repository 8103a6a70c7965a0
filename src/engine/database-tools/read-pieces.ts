import { CATALOGUE, type ColumnName, TABLE_NAMES, type TableName } from './catalogue.ts'
import { type Category, MONTHS, QUESTION_WORDS } from './question-words.ts'
import { splitWords, type Word } from './split-words.ts'

/** What a run of words is, before it is known what it is for. */
export type Piece = { words: Word[] } & (
  | { is: Category }
  | { is: 'table'; table: TableName; many: boolean }
  /** The word may name columns of several tables; which one shows when the tables are known. */
  | { is: 'column'; columns: ColumnName[]; verb: boolean }
  | { is: 'value'; columns: ColumnName[]; value: string }
  | { is: 'number'; value: number }
  | { is: 'date'; value: Date }
  | { is: 'month name'; value: number }
  | { is: 'text'; value: string; quoted: boolean }
)

type Meaning =
  | { is: Category }
  | { is: 'table'; table: TableName; many: boolean }
  | { is: 'column'; columns: ColumnName[]; verb: boolean }
  | { is: 'value'; columns: ColumnName[]; value: string }
  | { is: 'month name'; value: number }

const LEXICON = makeLexicon()
const LONGEST = Math.max(...[...LEXICON.keys()].map((phrase) => phrase.split(' ').length))

function makeLexicon(): Map<string, Meaning> {
  const lexicon = new Map<string, Meaning>()
  for (const [category, phrases] of Object.entries(QUESTION_WORDS))
    for (const phrase of phrases) lexicon.set(phrase, { is: category as Category })
  MONTHS.forEach((names, index) => {
    for (const name of names) lexicon.set(name, { is: 'month name', value: index })
  })
  for (const table of TABLE_NAMES) {
    const { one, many, columns } = CATALOGUE[table]
    for (const phrase of one) lexicon.set(phrase, { is: 'table', table, many: false })
    for (const phrase of many) lexicon.set(phrase, { is: 'table', table, many: true })
    for (const [column, { words, verbs = [], values = {} }] of Object.entries(columns)) {
      for (const phrase of [...words, ...verbs]) {
        const known = lexicon.get(phrase)
        if (known?.is === 'column') known.columns.push({ table, column })
        else lexicon.set(phrase, { is: 'column', columns: [{ table, column }], verb: verbs.includes(phrase) })
      }
      for (const [value, phrases] of Object.entries(values))
        for (const phrase of phrases)
          lexicon.set(phrase, { is: 'value', columns: [{ table, column }], value })
    }
  }
  return lexicon
}

/** Cuts a question into known phrases, the longest first, and whatever else it holds. */
export function readPieces(question: string): Piece[] {
  const words = splitWords(question)
  const pieces: Piece[] = []
  for (let at = 0; at < words.length; ) {
    const piece = readPhrase(words, at) ?? readSingle(words[at]!)
    pieces.push(piece)
    at += piece.words.length
  }
  return pieces
}

function readPhrase(words: Word[], at: number): Piece | undefined {
  for (let length = Math.min(LONGEST, words.length - at); length > 0; length--) {
    const run = words.slice(at, at + length)
    if (run.some(({ quoted }) => quoted)) continue
    const meaning = LEXICON.get(run.map(({ folded }) => folded).join(' '))
    if (meaning) return { words: run, ...meaning }
  }
  return undefined
}

function readSingle(word: Word): Piece {
  const words = [word]
  const { text, quoted } = word
  if (quoted) return { words, is: 'text', value: text, quoted }
  if (/^\d{1,15}(\.\d{1,6})?$/.test(text)) return { words, is: 'number', value: Number(text) }
  const date = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined
  // 30 February rolls over to March; the round trip catches it.
  if (date && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text))
    return { words, is: 'date', value: date }
  const columns = TABLE_NAMES.flatMap((table) =>
    Object.entries(CATALOGUE[table].columns)
      .filter(([, { form }]) => form?.test(text))
      .map(([column]) => ({ table, column })),
  )
  if (columns.length > 0) return { words, is: 'value', columns, value: text }
  return { words, is: 'text', value: text, quoted }
}
