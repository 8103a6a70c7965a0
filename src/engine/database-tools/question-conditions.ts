import { CATALOGUE, type ColumnName, columnNamed, TABLE_NAMES } from './catalogue.ts'
import { type Comparison, type Draft, skipFillers, type Test } from './question-draft.ts'
import type { Piece } from './read-pieces.ts'
import { readTime } from './read-time.ts'

const COMPARISONS: Partial<Record<Piece['is'], Comparison>> = {
  gt: '>',
  lt: '<',
  gte: '>=',
  lte: '<=',
  eq: '=',
  neq: '!=',
}
/** Between a column and its value. */
const LINKING: Piece['is'][] = ['is', 'to', 'eq']
/** Between the values of one column. */
const LISTING: Piece['is'][] = ['and', 'or', 'nor']

const definitionOf = ({ table, column }: ColumnName) => columnNamed(CATALOGUE[table], column)!
const isKind = (columns: ColumnName[], kind: string) =>
  columns.filter((name) => definitionOf(name).kind === kind)
const same = (first: ColumnName[], second: ColumnName[]) =>
  first.filter((one) => second.some((other) => one.table === other.table && one.column === other.column))

function add(draft: Draft, columns: ColumnName[], test: Test, negated: boolean, next: number): true {
  draft.conditions.push({ columns, at: draft.at, test, negated })
  draft.afterMove = definitionOf(columns[0]!).moves ?? false
  draft.at = next
  return true
}

/** Reads one condition from here on; false when there is none. */
export function readCondition(draft: Draft, negated = false): boolean {
  const piece = draft.pieces[draft.at]
  switch (piece?.is) {
    case 'not':
      return !negated && readNegated(draft)
    case 'value':
      return readValues(draft, piece.columns, draft.at, negated)
    case 'column':
      return readColumnCondition(draft, piece.columns, negated)
    case 'unassigned':
      return readAssignee(draft, true)
    case 'assigned':
      return readAssignee(draft, negated)
    case 'about':
      return readMention(draft, searchedColumns(), draft.at + 1, negated)
    case 'empty':
      return false
    default:
      return (!negated && readBareTime(draft)) || readMeasured(draft, negated)
  }
}

function readNegated(draft: Draft): boolean {
  const start = draft.at
  draft.at = skipFillers(draft, start + 1, ['preposition'])
  if (readCondition(draft, true)) return true
  draft.at = start
  return false
}

/** "open", "open or in progress", "in VV-LISBON", "status open": values of one column. */
function readValues(draft: Draft, among: ColumnName[], start: number, negated: boolean): boolean {
  const values: string[] = []
  let columns = among
  let end = start
  for (let next: number | undefined = start; next !== undefined; ) {
    const at = skipFillers(draft, next, values.length > 0 ? ['preposition'] : [])
    const piece = draft.pieces[at]
    const shared = piece?.is === 'value' ? same(columns, piece.columns) : []
    if (piece?.is !== 'value' || shared.length === 0) break
    columns = shared
    values.push(piece.value)
    end = at + 1
    const joint = skipFillers(draft, end)
    const is = draft.pieces[joint]?.is
    if (negated && is === 'and' && nextIsValueOf(draft, joint + 1, columns)) {
      draft.notes.push('after "not", join values by "or": not closed or resolved')
      return false
    }
    next = is && LISTING.includes(is) ? joint + 1 : undefined
  }
  if (values.length === 0) return false
  // "high priority": the name of the column adds nothing.
  const named = draft.pieces[end]
  if (named?.is === 'column' && same(columns, named.columns).length > 0) end++
  return add(draft, columns, { is: 'one of', values }, negated, end)
}

function nextIsValueOf(draft: Draft, at: number, columns: ColumnName[]): boolean {
  const piece = draft.pieces[skipFillers(draft, at, ['preposition'])]
  return piece?.is === 'value' && same(columns, piece.columns).length > 0
}

/** A column and what is said of it. Without that it is no condition. */
function readColumnCondition(draft: Draft, columns: ColumnName[], negated: boolean): boolean {
  const start = draft.at
  let next = skipFillers(draft, start + 1, LINKING)
  let not = negated
  if (draft.pieces[next]?.is === 'not') {
    if (negated) return false
    not = true
    next = skipFillers(draft, next + 1, LINKING)
  }
  const piece = draft.pieces[next]
  if (piece?.is === 'empty' || piece?.is === 'nobody')
    return add(draft, columns, { is: 'empty' }, not, next + 1)
  if (piece?.is === 'value' && same(columns, piece.columns).length > 0)
    return readValues(draft, same(columns, piece.columns), next, not)
  const moments = isKind(columns, 'time')
  if (moments.length > 0 && !not) {
    const time = readTime(draft.pieces, start + 1, draft.now)
    if (time) return add(draft, moments, { is: 'during', range: time.range }, false, time.next)
  }
  const numbers = isKind(columns, 'number')
  if (numbers.length > 0 && readNumbers(draft, numbers, start + 1, not)) return true
  const texts = isKind(columns, 'text')
  if (texts.length === 0) return false
  if (piece?.is === 'about') return readMention(draft, texts, next + 1, not)
  if (piece?.is === 'neq' && not) return false
  const from = piece?.is === 'neq' ? skipFillers(draft, next + 1) : next
  const linked = piece?.is === 'neq' || not || next > start + 1 || leadsToValue(draft)
  const text = readTexts(draft, from, linked)
  if (!text) return false
  return add(draft, texts, { is: 'one of', values: text.values }, not || piece?.is === 'neq', text.next)
}

/** "305 or 306". What follows an "or" and is no value is left for others to place. */
function readTexts(
  draft: Draft,
  at: number,
  linked: boolean,
): { values: string[]; next: number } | undefined {
  const first = readText(draft, at, linked)
  if (!first) return undefined
  const values = [first.value]
  let { next } = first
  while (draft.pieces[next]?.is === 'or') {
    const more = readText(draft, skipFillers(draft, next + 1), linked)
    if (!more) break
    values.push(more.value)
    next = more.next
  }
  return { values, next }
}

/**
 * Whether a word behind this column can only be its value. "guest nationality" asks for something that is not kept,
 * "from guest maria" and "assigned to maria" do not.
 */
function leadsToValue(draft: Draft): boolean {
  if (/ (to|by|a)$/.test(draft.pieces[draft.at]!.words.map(({ folded }) => folded).join(' '))) return true
  return draft.mentions.length > 0 && draft.pieces[draft.at - 1]?.is === 'preposition'
}

/**
 * A value in quotes, a number, or a word that means nothing else, with the capitalised words after it. Where nothing
 * leads to it, a plain word is not enough.
 */
export function readText(
  draft: Draft,
  at: number,
  linked: boolean,
): { value: string; next: number } | undefined {
  const piece = draft.pieces[at]
  if (piece?.is === 'number') return { value: piece.words[0]!.text, next: at + 1 }
  if (piece?.is !== 'text') return undefined
  if (piece.quoted) return piece.value === '' ? undefined : { value: piece.value, next: at + 1 }
  if (!/[\p{L}\p{N}]/u.test(piece.value)) return undefined
  const capital = /^\p{Lu}/u
  if (!linked && !capital.test(piece.value) && !/\d/.test(piece.value)) {
    draft.notes.push(`put "is" before a value, or quotes around it: is "${piece.value}"`)
    return undefined
  }
  const words = [piece.value]
  let next = at + 1
  for (; capital.test(piece.value); next++) {
    const more = draft.pieces[next]
    if (more?.is !== 'text' || more.quoted || !capital.test(more.value)) break
    words.push(more.value)
  }
  return { value: words.join(' '), next }
}

const searchedColumns = (): ColumnName[] =>
  TABLE_NAMES.flatMap((table) =>
    Object.entries(CATALOGUE[table].columns)
      .filter(([, { searched }]) => searched)
      .map(([column]) => ({ table, column })),
  )

/** "about hot water": words that mean nothing else, or anything in quotes. */
function readMention(draft: Draft, columns: ColumnName[], start: number, negated: boolean): boolean {
  const words: string[] = []
  let next = skipFillers(draft, start, ['is'])
  const first = draft.pieces[next]
  if (first?.is === 'text' && first.quoted) {
    words.push(first.value)
    next++
  } else {
    for (let piece = first; piece?.is === 'text' && !piece.quoted; piece = draft.pieces[next]) {
      words.push(piece.value)
      next++
    }
    // "about window open" could be a text of two words, or tickets that are open.
    const follower = draft.pieces[next]
    if (words.length === 0 || ['value', 'table', 'column', 'number'].includes(follower?.is ?? '')) {
      draft.notes.push('put the text that is looked for in quotes: about "hot water"')
      return false
    }
  }
  if (words.join('').trim() === '') return false
  return add(draft, columns, { is: 'mentions', text: words.join(' ') }, negated, next)
}

function readAssignee(draft: Draft, negated: boolean): boolean {
  const columns: ColumnName[] = [{ table: 'tickets', column: 'assignee' }]
  const next = draft.at + 1
  if (draft.pieces[next]?.is === 'to') {
    const text = readTexts(draft, skipFillers(draft, next + 1), true)
    return (
      text !== undefined && add(draft, columns, { is: 'one of', values: text.values }, negated, text.next)
    )
  }
  return add(draft, columns, { is: 'empty' }, !negated, next)
}

/** A comparison with a number and no column: the one number that a table is measured by. */
function readMeasured(draft: Draft, negated: boolean): boolean {
  const measures = TABLE_NAMES.flatMap((table) => {
    const { measure } = CATALOGUE[table]
    return measure ? [{ table, column: measure }] : []
  })
  const piece = draft.pieces[draft.at]
  const compares = piece && (COMPARISONS[piece.is] || piece.is === 'between')
  return Boolean(compares) && readNumbers(draft, measures, draft.at, negated)
}

function readNumbers(draft: Draft, columns: ColumnName[], start: number, negated: boolean): boolean {
  const at = skipFillers(draft, start, ['is', 'preposition'])
  const piece = draft.pieces[at]
  const number = (index: number) => {
    const found = draft.pieces[index]
    return found?.is === 'number' ? found.value : undefined
  }
  const operator = piece && COMPARISONS[piece.is]
  if (operator) {
    const value = number(at + 1)
    if (value === undefined || countsRows(draft, at + 2)) return false
    return add(draft, columns, { is: 'compared', operator, value }, negated, at + 2)
  }
  if (piece?.is === 'between') {
    const [low, high] = [number(at + 1), number(at + 3)]
    if (low === undefined || high === undefined || draft.pieces[at + 2]?.is !== 'and') return false
    if (countsRows(draft, at + 4)) return false
    return add(draft, columns, { is: 'between', low, high }, negated, at + 4)
  }
  const value = number(at)
  // "amount 100" says equal. A number with no column says nothing, and "amount of 5 orders" something else.
  if (value === undefined || start === draft.at || draft.pieces[at - 1]?.is === 'preposition') return false
  return add(draft, columns, { is: 'compared', operator: '=', value }, negated, at + 1)
}

/** "at least 3 orders" and "more than 3 days" are about numbers of rows and days, not about amounts. */
function countsRows(draft: Draft, at: number): boolean {
  const piece = draft.pieces[skipFillers(draft, at, ['value'])]
  return ['table', 'hour', 'day', 'week', 'month', 'year'].includes(piece?.is ?? '')
}

function readBareTime(draft: Draft): boolean {
  const time = readTime(draft.pieces, draft.at, draft.now)
  if (!time) return false
  // "abertos há mais de 2 dias": in Portuguese what is open is what was opened, and since when that is says when.
  const since = ['older', 'newer'].includes(draft.pieces[draft.at]!.is)
  const opened = since && /^abert[oa]s?$/.test(draft.pieces[draft.at - 1]?.words[0]?.folded ?? '')
  if (draft.afterMove && !opened) {
    draft.notes.push('a time goes with "created" or "updated": "closed tickets updated today"')
    return false
  }
  const columns = TABLE_NAMES.map((table) => ({ table, column: CATALOGUE[table].time }))
  add(draft, columns, { is: 'during', range: time.range }, false, time.next)
  draft.conditions.at(-1)!.bare = true
  return true
}
