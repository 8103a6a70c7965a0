import { CATALOGUE, type ColumnName, columnNamed } from './catalogue.ts'
import { readCondition, readText } from './question-conditions.ts'
import { type Draft, type Meant, type Mention, skipFillers, startDraft } from './question-draft.ts'
import { readShape } from './question-shape.ts'
import type { Piece } from './read-pieces.ts'

/** Before the table that they narrow down: "the open urgent tickets". */
const BEFORE_A_TABLE: Piece['is'][] = ['filler', 'value', 'not', 'and', 'or', 'newest', 'oldest', 'distinct']

const AFTER_A_PREPOSITION: Piece['is'][] = [
  ...(['table', 'value', 'column', 'number', 'newest', 'oldest', 'min', 'max', 'not'] as const),
  ...(['gt', 'lt', 'gte', 'lte', 'eq', 'between', 'distinct'] as const),
]

/**
 * Places every piece of a question, from left to right; what cannot be placed is kept, so that the refusal can name all
 * of it.
 */
export function parseQuestion(pieces: Piece[], now: Date): Draft {
  const draft = startDraft(pieces, now)
  while (draft.at < pieces.length) {
    const before = draft.at
    draft.at = skipFillers(draft, before)
    if (draft.at >= pieces.length) break
    const start = draft.at
    const placed = draft.showing
      ? readShape(draft) || readField(draft)
      : readShape(draft) || readLink(draft) || readTable(draft) || readCondition(draft) || readField(draft)
    if (placed) {
      if (draft.at <= start) throw new Error('a piece was placed and not passed')
      continue
    }
    draft.at = start
    if (!readSmallWord(draft)) {
      draft.unplaced.push(pieces[start]!)
      draft.at = start + 1
    }
  }
  return draft
}

/** The table that values, counts or "newest" lead up to from here on. */
function tableAhead(draft: Draft, at: number): Extract<Piece, { is: 'table' }> | undefined {
  let next = at
  while (BEFORE_A_TABLE.includes(draft.pieces[next]?.is ?? 'text')) next++
  const piece = draft.pieces[next]
  return piece?.is === 'table' ? piece : undefined
}

function readTable(draft: Draft): boolean {
  const piece = draft.pieces[draft.at]
  if (piece?.is !== 'table') return false
  const main = draft.mentions[0]
  if (!main && !fieldsLeadTo(draft)) {
    draft.notes.push('put "of" between columns and their rows: status of tickets')
    return false
  }
  const mention: Mention = { table: piece.table, at: draft.at, many: piece.many }
  if (main && piece.table !== main.table) {
    if (draft.link) mention.link = draft.link
    else if (!haveAtTheEnd(draft)) return false
    else mention.link = { role: 'of' }
  } else if (main && draft.link && draft.link.role !== 'of') return false
  draft.link = undefined
  draft.mentions.push(mention)
  draft.afterMove = false
  draft.at++
  return true
}

/** "status of tickets" asks for a column; what "room tickets" asks for is anybody's guess. */
function fieldsLeadTo(draft: Draft): boolean {
  const last = draft.fields.at(-1)
  if (!last) return true
  const between = draft.pieces.slice(last.at, draft.at)
  return between.some(
    ({ is, words }) =>
      is === 'preposition' || is === 'with' || is === 'when' || /^(to|by)$/.test(words.at(-1)!.folded),
  )
}

/** "how many comments does ticket T-1 have": the last word makes the second table the owner of the first. */
function haveAtTheEnd(draft: Draft): boolean {
  if (draft.pieces.at(-1)?.is !== 'with') return false
  draft.pieces.pop()
  return true
}

/** What joins a second table, or says that something is there or is missing. */
function readLink(draft: Draft): boolean {
  const piece = draft.pieces[draft.at]
  const main = draft.mentions[0]
  switch (piece?.is) {
    case 'their': {
      if (!main || !tableAhead(draft, draft.at + 1)) return false
      draft.link = { role: 'their' }
      draft.at++
      return true
    }
    case 'without': {
      const next = skipFillers(draft, draft.at + 1)
      const missing = draft.pieces[next]
      if (main && tableAhead(draft, next)) {
        draft.link = { role: 'without' }
        draft.at = next
        return true
      }
      return missing?.is === 'column' && readPresence(draft, missing.columns, next, false)
    }
    case 'with':
      return readWith(draft)
    case 'preposition': {
      if (main && tableAhead(draft, draft.at + 1)) draft.link = { role: 'of' }
      return readOwner(draft)
    }
    default:
      return false
  }
}

/** "orders from ACME": whose rows they are, by a name with a capital or in quotes. */
function readOwner(draft: Draft): boolean {
  const table = draft.mentions[0]?.table
  const column = table && CATALOGUE[table].from
  if (!column || !/^(?:from|at|d[aeo]s?|n[ao])$/.test(draft.pieces[draft.at]!.words[0]!.folded)) return false
  const name = draft.pieces[draft.at + 1]
  if (name?.is !== 'text' || !(name.quoted || /^\p{Lu}/u.test(name.value))) return false
  const owner = readText(draft, draft.at + 1, false)
  if (!owner) return false
  const test = { is: 'one of' as const, values: [owner.value] }
  draft.conditions.push({ columns: [{ table, column }], at: draft.at, test, negated: false })
  draft.at = owner.next
  return true
}

const AMOUNTS: Partial<Record<Piece['is'], '>' | '>=' | '<' | '<=' | '='>> = {
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  eq: '=',
}

function readWith(draft: Draft): boolean {
  const main = draft.mentions[0]
  const next = skipFillers(draft, draft.at + 1)
  const piece = draft.pieces[next]
  if (!piece) return false
  const amount = AMOUNTS[piece.is]
  const count = draft.pieces[next + 1]
  if (main && amount && count?.is === 'number' && draft.pieces[next + 2]?.is === 'table') {
    // "at most 2" would be true of rows with none, which a join never shows.
    if (amount === '<' || amount === '<=' || count.value < 1) return false
    draft.link = { role: 'with', atLeast: { operator: amount, value: count.value } }
    draft.at = next + 2
    return true
  }
  // "which hotels have more than 2 tickets": one line for each hotel with so many.
  if (!main && amount && count?.is === 'number' && draft.fields.length > 0 && tableAhead(draft, next + 2)) {
    if (draft.measure || amount === '<' || amount === '<=' || count.value < 1) return false
    draft.groups = draft.fields.map((field) => ({ by: 'column', ...field }))
    draft.fields = []
    draft.measure = { is: 'count' }
    draft.rank = 'DESC'
    draft.having = { operator: amount, value: count.value }
    draft.at = next + 2
    return true
  }
  if (main && (piece.is === 'most' || piece.is === 'fewest') && tableAhead(draft, next + 1)) {
    draft.link = { role: 'ranked', direction: piece.is === 'most' ? 'DESC' : 'ASC' }
    draft.at = next + 1
    return true
  }
  if (tableAhead(draft, next)) {
    if (main) draft.link = { role: 'with' }
    // "hotels with open tickets": each hotel once.
    else if (draft.fields.length > 0) draft.distinct = true
    else if (!draft.measure?.of) return false
    draft.at = next
    return true
  }
  if (piece.is === 'column') {
    const start = draft.at
    draft.at = next
    if (readCondition(draft)) return true
    draft.at = start
    return readPresence(draft, piece.columns, next, true)
  }
  // "with high priority", "with amounts over 100", "which hotel has the most tickets"
  if (!['value', 'most', 'fewest', 'gt', 'lt', 'gte', 'lte', 'eq', 'between', 'not'].includes(piece.is))
    return false
  draft.at = next
  return true
}

/** "with an assignee", "without a room". */
function readPresence(draft: Draft, columns: ColumnName[], at: number, present: boolean): boolean {
  const optional = columns.filter(({ table, column }) => columnNamed(CATALOGUE[table], column)!.nullable)
  if (optional.length === 0) return false
  draft.conditions.push({ columns: optional, at: draft.at, test: { is: 'empty' }, negated: present })
  draft.at = at + 1
  return true
}

const isCode = (piece: Piece) =>
  piece.is === 'value' &&
  piece.columns.some(({ table, column }) => columnNamed(CATALOGUE[table], column)!.form)

/** A column that is asked for: before the table, or after "showing". */
function readField(draft: Draft): boolean {
  const piece = draft.pieces[draft.at]
  if (piece?.is !== 'column' || piece.verb || draft.measure) return false
  if (draft.mentions.length > 0 && !draft.showing) return false
  const meant: Meant = { columns: piece.columns, at: draft.at }
  draft.fields.push(meant)
  draft.at++
  return true
}

/** Words that lead over to the next piece. They say nothing by themselves, so that piece must be there and placeable. */
function readSmallWord(draft: Draft): boolean {
  const piece = draft.pieces[draft.at]!
  const next = draft.pieces[skipFillers(draft, draft.at + 1)]
  if (!next) return false
  if (piece.is === 'preposition') {
    if (!AFTER_A_PREPOSITION.includes(next.is)) return false
    // In Portuguese "no" is "in the"; in English it denies what follows.
    const place = next.is === 'column' || (next.is === 'table' && draft.mentions.length > 0)
    if (piece.words[0]!.folded === 'no' && !place && !isCode(next)) return false
  } else if (piece.is === 'and') {
    if (draft.at === 0 || ['and', 'or', 'table'].includes(next.is)) return false
  } else return false
  draft.at++
  return true
}
