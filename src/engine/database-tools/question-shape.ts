import { CATALOGUE, type ColumnName, TABLE_NAMES } from './catalogue.ts'
import { type Draft, type Meant, skipFillers } from './question-draft.ts'
import { isAggregate, ofKind, readBy, readGroups, readSorted } from './question-groups.ts'
import type { Piece } from './read-pieces.ts'

type Aggregate = 'sum' | 'avg' | 'min' | 'max'

/** What is asked for: rows or figures, by what, in which order, how many. False when the next piece says none of it. */
export function readShape(draft: Draft): boolean {
  const piece = draft.pieces[draft.at]!
  switch (piece.is) {
    case 'count':
      return readCount(draft)
    case 'spent':
      return measure(draft, 'sum', { columns: measures(), at: draft.at }, draft.at + 1)
    case 'sum':
    case 'avg':
    case 'min':
    case 'max':
      return readAggregate(draft, piece.is)
    case 'column':
      return readColumnShape(draft, piece.columns)
    case 'distinct':
      return readDistinct(draft)
    case 'per':
      return readGroups(draft)
    case 'by':
      return readBy(draft)
    case 'sorted':
      return readSorted(draft)
    case 'newest':
    case 'oldest':
      return readAge(draft, piece.is === 'newest' ? 'DESC' : 'ASC', draft.at + 1)
    case 'last':
      return readLast(draft)
    case 'first':
      draft.notes.push('say which come first: "oldest 5 tickets" or "newest 5 tickets"')
      return false
    case 'most':
    case 'fewest':
      return readMost(draft, piece.is === 'most' ? 'DESC' : 'ASC')
    case 'top': {
      draft.top = true
      draft.at++
      return true
    }
    case 'limit':
      return readLimit(draft, skipFillers(draft, draft.at + 1))
    case 'number':
      return readLeadingNumber(draft)
    case 'everything':
      draft.everything = true
      draft.at = skipFillers(draft, draft.at + 1)
      return true
    case 'when':
      return readWhen(draft)
    case 'showing':
      if (draft.pieces[skipFillers(draft, draft.at + 1)]?.is !== 'column') return false
      draft.showing = true
      draft.at++
      return true
    default:
      return false
  }
}

/** "when was T-1 created": the moment is asked for that the verb behind it names. */
function readWhen(draft: Draft): boolean {
  const at = draft.pieces.findIndex((piece, index) => index > draft.at && piece.is === 'column' && piece.verb)
  const verb = draft.pieces[at]
  if (verb?.is !== 'column' || draft.fields.length > 0 || draft.measure) {
    draft.notes.push('only when something was created or updated is kept')
    return false
  }
  draft.fields.push({ columns: verb.columns, at: draft.at })
  draft.pieces.splice(at, 1)
  draft.at++
  return true
}

const measures = (): ColumnName[] =>
  TABLE_NAMES.flatMap((table) => {
    const { measure: column } = CATALOGUE[table]
    return column ? [{ table, column }] : []
  })

function measure(draft: Draft, is: Aggregate, of: Meant, next: number): boolean {
  if (draft.measure || of.columns.length === 0) return false
  draft.measure = { is, of }
  if (draft.top) draft.rank = 'DESC'
  draft.at = next
  return true
}

/** "how many tickets", "how many different hotels". */
function readCount(draft: Draft): boolean {
  if (draft.measure) return false
  const next = skipFillers(draft, draft.at + 1, ['distinct', 'preposition'])
  const piece = draft.pieces[next]
  const columns = piece?.is === 'column' ? ofKind(piece.columns, 'text', 'choice') : []
  if (columns.length > 0) {
    draft.measure = { is: 'count', of: { columns, at: next } }
    draft.at = next + 1
    // "how many hotels have open tickets"
    if (draft.pieces[skipFillers(draft, draft.at)]?.is === 'with') draft.at = skipFillers(draft, draft.at) + 1
    return true
  }
  draft.measure = { is: 'count' }
  if (draft.top) draft.rank = 'DESC'
  draft.at++
  return true
}

/** "total amount", "average order amount", "largest orders". */
function readAggregate(draft: Draft, is: Aggregate): boolean {
  let next = skipFillers(draft, draft.at + 1, ['preposition'])
  const table = draft.pieces[next]
  if (table?.is === 'table') next = skipFillers(draft, next + 1, ['preposition'])
  const piece = draft.pieces[next]
  if (piece?.is === 'column') {
    const columns = ofKind(piece.columns, 'number', ...(is === 'min' || is === 'max' ? ['time'] : []))
    if (columns.length === 0) return false
    if (table?.is === 'table' && draft.mentions.length > 0) return false
    const at = draft.at
    if (!measure(draft, is, { columns, at: next }, next + 1)) return false
    if (table?.is === 'table') draft.mentions.push({ table: table.table, at, many: table.many })
    return true
  }
  if (is === 'min' || is === 'max') {
    // "largest orders", and in Portuguese "pedidos mais caros".
    const before = draft.pieces[draft.at - 1]
    const rows = table?.is === 'table' ? table : before?.is === 'table' ? before : undefined
    return rows !== undefined && readExtreme(draft, is, rows)
  }
  if (table?.is !== 'table') return false
  if (is === 'avg') return false
  if (CATALOGUE[table.table].measure) {
    draft.notes.push('a total of rows or of amounts? Say "how many orders" or "total amount of orders"')
    return false
  }
  if (draft.measure) return false
  draft.measure = { is: 'count' }
  draft.at++
  return true
}

function readExtreme(draft: Draft, is: 'min' | 'max', table: Extract<Piece, { is: 'table' }>): boolean {
  const { measure: column } = CATALOGUE[table.table]
  if (!column || draft.orders.length > 0) return false
  const columns = [{ table: table.table, column }]
  draft.orders.push({ columns, at: draft.at, direction: is === 'max' ? 'DESC' : 'ASC' })
  if (!table.many) draft.limit ??= 1
  draft.at++
  return true
}

/** Portuguese puts the figure after its column: "valor total", "valor médio". */
function readColumnShape(draft: Draft, columns: ColumnName[]): boolean {
  const next = draft.pieces[draft.at + 1]
  const numbers = ofKind(columns, 'number')
  if (!isAggregate(next) || numbers.length === 0) return false
  return measure(draft, next.is, { columns: numbers, at: draft.at }, draft.at + 2)
}

function readDistinct(draft: Draft): boolean {
  const before = draft.pieces[draft.at - 1]?.is === 'column' && draft.fields.length > 0
  const after = draft.pieces[skipFillers(draft, draft.at + 1)]?.is === 'column'
  if (draft.distinct || !(before || after)) return false
  draft.distinct = true
  draft.at++
  return true
}

/** "newest tickets", "the newest ticket": by when a row was created. */
function readAge(draft: Draft, direction: 'ASC' | 'DESC', next: number): boolean {
  if (draft.orders.length > 0) return false
  const columns = TABLE_NAMES.map((table) => ({ table, column: CATALOGUE[table].time }))
  draft.orders.push({ columns, at: draft.at, direction })
  // "the newest ticket", and in Portuguese "o chamado mais recente".
  const ahead = draft.pieces[skipOverValues(draft, next)]
  const table = ahead?.is === 'table' ? ahead : draft.mentions[0]
  if (table && !table.many && draft.limit === undefined) draft.limit = 1
  draft.at = next
  return true
}

/** "last 5 tickets", "the last ticket", "latest 5 orders". A time such as "last 7 days" is none of this. */
function readLast(draft: Draft): boolean {
  const number = draft.pieces[draft.at + 1]
  const counted = number?.is === 'number'
  const table = draft.pieces[skipOverValues(draft, draft.at + (counted ? 2 : 1))]
  if (table?.is !== 'table') return false
  return readAge(draft, 'DESC', draft.at + 1)
}

function skipOverValues(draft: Draft, at: number): number {
  return skipFillers(draft, at, ['value', 'number', 'not'])
}

/** "which hotel has the most open tickets": every hotel, the first one first, so that equals are seen. */
function readMost(draft: Draft, direction: 'ASC' | 'DESC'): boolean {
  if (draft.measure || draft.fields.length === 0 || draft.mentions.length > 0) return false
  draft.groups = draft.fields.map((field) => ({ by: 'column', ...field }))
  draft.fields = []
  draft.measure = { is: 'count' }
  draft.rank = direction
  draft.top = false
  draft.at++
  return true
}

function readLimit(draft: Draft, at: number): boolean {
  const piece = draft.pieces[at]
  if (piece?.is !== 'number' || !Number.isInteger(piece.value) || piece.value < 1) return false
  if (draft.limit !== undefined) return false
  draft.limit = piece.value
  draft.at = at + 1
  return true
}

/** "top 5", "5 newest tickets", "5 open tickets": a number that counts what follows. */
function readLeadingNumber(draft: Draft): boolean {
  const before = draft.pieces[draft.at - 1]
  const next = draft.pieces[skipFillers(draft, draft.at + 1, ['value', 'not'])]
  const counts = ['table', 'max', 'min', 'newest', 'oldest', 'column'].includes(next?.is ?? '')
  if (before?.is !== 'top' && !counts) return false
  if (next?.is === 'column' && !draft.top) return false
  return readLimit(draft, draft.at)
}
