import { CATALOGUE, type ColumnName, columnNamed } from './catalogue.ts'
import { readText } from './question-conditions.ts'
import { type DatePart, type Draft, type Grouping, skipFillers } from './question-draft.ts'
import type { Piece } from './read-pieces.ts'

const PARTS: DatePart[] = ['day', 'week', 'month', 'year']
const AGGREGATES = ['sum', 'avg', 'min', 'max'] as const
type Aggregate = (typeof AGGREGATES)[number]

export function isAggregate(piece: Piece | undefined): piece is Piece & { is: Aggregate } {
  return AGGREGATES.some((name) => name === piece?.is)
}

/** Those of the columns that hold one of these kinds. */
export function ofKind(columns: ColumnName[], ...kinds: string[]): ColumnName[] {
  return columns.filter(({ table, column }) => kinds.includes(columnNamed(CATALOGUE[table], column)!.kind))
}

/** "per status", "per hotel and status", "per day", "per ticket". */
export function readGroups(draft: Draft): boolean {
  const groups: Grouping[] = []
  let next = draft.at + 1
  for (;;) {
    const at = skipFillers(draft, next)
    const piece = draft.pieces[at]
    const part = PARTS.find((name) => name === piece?.is)
    const columns = piece?.is === 'column' ? ofKind(piece.columns, 'text', 'choice') : []
    if (part) groups.push({ by: part, at })
    else if (columns.length > 0) groups.push({ by: 'column', columns, at })
    else if (piece?.is === 'table') groups.push({ by: 'row', table: piece.table })
    else break
    next = at + 1
    if (draft.pieces[next]?.is !== 'and') break
    next++
  }
  if (groups.length === 0) return false
  // An "and" that no further group followed belongs to what comes next.
  if (draft.pieces[next - 1]?.is === 'and') next--
  draft.groups.push(...groups)
  draft.at = next
  return true
}

/** "by" groups figures, orders a top list, and names an author. Of plain rows it could be the first two: refused. */
export function readBy(draft: Draft): boolean {
  const next = skipFillers(draft, draft.at + 1)
  const piece = draft.pieces[next]
  if (draft.top && !draft.measure && draft.groups.length === 0) return readTopBy(draft, next)
  if (piece?.is === 'text' || piece?.is === 'pronoun') return readAuthor(draft, next)
  if (draft.measure) return readGroups(draft)
  draft.notes.push(
    'say "per" for one line for each ("tickets per status") or "sorted by" for an order ("tickets sorted by status")',
  )
  return false
}

function readTopBy(draft: Draft, next: number): boolean {
  const piece = draft.pieces[next]
  if (piece?.is === 'column') {
    draft.orders.push({
      columns: ofKind(piece.columns, 'number', 'choice', 'time'),
      at: next,
      direction: 'DESC',
    })
    draft.at = next + 1
    return draft.orders.at(-1)!.columns.length > 0
  }
  if (piece?.is !== 'count' && !isAggregate(piece)) return false
  if (draft.fields.length === 0) return false
  draft.groups = draft.fields.map((field) => ({ by: 'column', ...field }))
  draft.fields = []
  // The figure itself is read next; it ranks, since "top" came before.
  draft.at = next
  return true
}

function readAuthor(draft: Draft, next: number): boolean {
  const table = draft.mentions.at(-1)?.table
  const column = table && CATALOGUE[table].by
  const author = column && readText(draft, next, true)
  if (!column || !author) return false
  const test = { is: 'one of' as const, values: [author.value] }
  draft.conditions.push({ columns: [{ table, column }], at: draft.at, test, negated: false })
  draft.at = author.next
  return true
}

export function readSorted(draft: Draft): boolean {
  const orders: Draft['orders'] = []
  let next = draft.at + 1
  for (;;) {
    const at = skipFillers(draft, next)
    const piece = draft.pieces[at]
    if (piece?.is !== 'column') break
    const end = draft.pieces[at + 1]
    const direction = end?.is === 'ascending' ? 'ASC' : end?.is === 'descending' ? 'DESC' : null
    orders.push({ columns: piece.columns, at, direction })
    next = at + (direction ? 2 : 1)
    if (draft.pieces[next]?.is !== 'and') break
    next++
  }
  if (orders.length === 0) return false
  if (draft.pieces[next - 1]?.is === 'and') next--
  draft.orders.push(...orders)
  draft.at = next
  return true
}
