import {
  CATALOGUE,
  type ColumnName,
  columnNamed,
  relationBetween,
  TABLE_NAMES,
  type TableName,
} from './catalogue.ts'
import type { Draft, Link, Meant } from './question-draft.ts'
import { refuseQuestion } from './refuse-question.ts'

/** The tables of a question: the one that is asked for, and at most one that it is joined with. */
export type Tables = {
  main: TableName
  second?: { table: TableName; link: Link; at: number }
}

export function chooseTables(draft: Draft): Tables {
  const { mentions } = draft
  const main = mentions[0]?.table ?? inferTable(draft)
  const others = mentions.filter(({ table }) => table !== main)
  const [second] = others
  if (new Set(others.map(({ table }) => table)).size > 1 || others.length > 1)
    return refuseQuestion('a question may be about two kinds of rows at most')
  // "comments in VV-LISBON": the hotel is that of the ticket, and a comment has one ticket only.
  const parent = CATALOGUE[main].parent?.table
  const inherits = meants(draft).some(
    ({ columns }) =>
      !columns.some(({ table }) => table === main) &&
      columns.some(
        ({ table, column }) => table === parent && columnNamed(CATALOGUE[table], column)!.inherited,
      ),
  )
  if (!second && parent && inherits) return { main, second: { table: parent, link: { role: 'of' }, at: -1 } }
  if (!second) return { main }
  const relation = relationBetween(main, second.table)
  if (!relation) return refuseQuestion(`${nameOf(main)} and ${nameOf(second.table)} have nothing in common`)
  const { role } = second.link!
  if (relation.child === main && role === 'with')
    return { main, second: { ...second, link: { ...second.link, role: 'of' } } }
  if (role !== 'their' && (role === 'of') !== (relation.child === main))
    return refuseQuestion(
      `${nameOf(relation.child)} belong to ${nameOf(relation.parent)}: ask for "${nameOf(relation.child)} of ${nameOf(relation.parent)}" or "${nameOf(relation.parent)} with ${nameOf(relation.child)}"`,
    )
  return { main, second: { table: second.table, link: second.link!, at: second.at } }
}

export const nameOf = (table: TableName) => CATALOGUE[table].many[0]!

const meants = (draft: Draft): Meant[] => [
  ...draft.fields,
  ...draft.conditions,
  ...draft.orders,
  ...draft.groups.filter((group) => group.by === 'column'),
  ...(draft.measure?.of ? [draft.measure.of] : []),
]

/** Without the name of a table, one row must be named by its id, or a figure asked for that one table alone has. */
function inferTable(draft: Draft): TableName {
  const named = draft.conditions.some(
    ({ columns, test }) =>
      test.is === 'one of' && columns.some(({ table, column }) => column === CATALOGUE[table].id),
  )
  const figure = draft.measure !== undefined && draft.measure.is !== 'count'
  const asked = figure || (named && draft.fields.length > 0)
  const found = TABLE_NAMES.filter((table) =>
    meants(draft).every(({ columns }) => columns.some((column) => column.table === table)),
  )
  // "T-1" is a ticket before it is what a comment belongs to.
  const byId = found.filter((table) =>
    draft.conditions.some(({ columns }) =>
      columns.some((column) => column.table === table && column.column === CATALOGUE[table].id),
    ),
  )
  const [only, other] = byId.length > 0 ? byId : found
  if (asked && only && !other) return only
  return refuseQuestion(`the question names no kind of rows: say ${TABLE_NAMES.map(nameOf).join(', ')}`)
}

/** The one column that is meant: of the table named last before the word, or of the first one after it. */
export function resolveColumn(draft: Draft, tables: Tables, { columns, at }: Meant): ColumnName {
  const inUse = columns.filter(({ table }) => table === tables.main || table === tables.second?.table)
  if (inUse.length === 0) {
    const [first] = columns
    if (!first) return refuseQuestion('a column is missing')
    return refuseQuestion(
      `${nameOf(tables.main)} have no ${first.column}, which belongs to ${nameOf(first.table)}`,
    )
  }
  const before = draft.mentions.filter((mention) => mention.at < at).reverse()
  const nearest = [...before, ...draft.mentions.filter((mention) => mention.at >= at)].find(({ table }) =>
    inUse.some((column) => column.table === table),
  )
  return inUse.find(({ table }) => table === nearest?.table) ?? inUse[0]!
}
