import type { Expr, FromTable, OrderByStatement, SelectedColumn, SelectFromStatement } from 'pgsql-ast-parser'
import { CATALOGUE, type ColumnName, columnNamed, relationBetween } from './catalogue.ts'
import { checkDraft } from './check-draft.ts'
import { compileCondition } from './compile-condition.ts'
import { parseQuestion } from './parse-question.ts'
import type { Draft, Grouping, Ordering } from './question-draft.ts'
import { readPieces } from './read-pieces.ts'
import { refuseQuestion, refuseUnplaced } from './refuse-question.ts'
import { chooseTables, resolveColumn, type Tables } from './resolve-columns.ts'
import { binary, call, chain, number, ref, text } from './sql-nodes.ts'

type Parts = Pick<SelectFromStatement, 'columns' | 'groupBy' | 'having' | 'orderBy' | 'distinct'>

/**
 * Turns a question in English or Portuguese into one SELECT, by rules alone: the same question gives the same statement.
 *
 * @throws ToolError question_not_understood when a word cannot be placed or could be meant in two ways.
 */
export function compileQuestion(question: string, now: Date): SelectFromStatement {
  const draft = parseQuestion(readPieces(question), now)
  refuseUnplaced(draft)
  const tables = chooseTables(draft)
  const conditions = draft.conditions.map((condition) => compileCondition(draft, tables, condition))
  checkDraft(draft, tables, conditions)
  const { second } = tables
  // Without a single fitting comment is not the same as with none at all: its conditions belong to the join.
  const onJoin = conditions.filter(
    ({ column }) =>
      (second?.link.role === 'without' || second?.link.role === 'ranked') && column.table === second.table,
  )
  const where = conditions
    .filter((condition) => !onJoin.includes(condition))
    .map(({ expression }) => expression)
  if (second?.link.role === 'without')
    where.push({ type: 'unary', op: 'IS NULL', operand: ref(idOf(second.table)) })
  where.push(...namesThatExist(draft, tables))
  const parts = draft.measure || draft.groups.length > 0 ? figures(draft, tables) : rows(draft, tables)
  return {
    type: 'select',
    from: compileFrom(
      tables,
      onJoin.map(({ expression }) => expression),
    ),
    where: chain('AND', where) ?? null,
    ...(draft.limit !== undefined && { limit: { limit: number(draft.limit) } }),
    ...parts,
  }
}

/** "hotels with open tickets", "top 3 merchants": a row without a merchant adds none to the list. */
function namesThatExist(draft: Draft, tables: Tables): Expr[] {
  const groups = draft.rank ? draft.groups.filter((group) => group.by === 'column') : []
  return (draft.distinct ? draft.fields : groups)
    .map((meant) => resolveColumn(draft, tables, meant))
    .filter(({ table, column }) => columnNamed(CATALOGUE[table], column)!.nullable)
    .map((column) => ({ type: 'unary', op: 'IS NOT NULL', operand: ref(column) }))
}

const idOf = (table: Tables['main']): ColumnName => ({ table, column: CATALOGUE[table].id })

function compileFrom({ main, second }: Tables, onJoin: Expr[]): FromTable[] {
  const from: FromTable[] = [{ type: 'table', name: { name: main } }]
  if (!second) return from
  const { child, column, parent } = relationBetween(main, second.table)!
  const on = chain('AND', [binary(ref({ table: child, column }), '=', ref(idOf(parent))), ...onJoin])!
  const outer = second.link.role === 'without' || second.link.role === 'ranked'
  const type = outer ? ('LEFT JOIN' as const) : ('INNER JOIN' as const)
  return [...from, { type: 'table', name: { name: second.table }, join: { type, on } }]
}

const select = (expr: Expr, name?: string): SelectedColumn => ({ expr, ...(name && { alias: { name } }) })

/** Rows as they are: the columns that were asked for, or those that tell what a row is about. */
function rows(draft: Draft, tables: Tables): Parts {
  const { main, second } = tables
  const { link } = second ?? {}
  const shown = (table: Tables['main']) =>
    draft.everything ? Object.keys(CATALOGUE[table].columns) : CATALOGUE[table].brief
  const fields = draft.fields.map((field) => resolveColumn(draft, tables, field))
  const asked =
    fields.length > 0 ? fields : shown(main).map((column): ColumnName => ({ table: main, column }))
  const columns = asked.map((column) => select(ref(column)))
  if (link?.role === 'their')
    for (const column of shown(second!.table)) {
      const name = asked.some((own) => own.column === column) ? `${second!.table}_${column}` : column
      columns.push(select(ref({ table: second!.table, column }), name))
    }
  if (draft.distinct)
    return {
      distinct: 'distinct',
      columns,
      orderBy: orderBy(draft, tables, draft.orders, asked),
    }
  const orders = draft.orders.map((order) => resolveOrder(draft, tables, order))
  const byAge = { column: { table: main, column: CATALOGUE[main].time }, direction: 'DESC' as const }
  const ordered = [
    ...(orders.length > 0 ? orders : [byAge]),
    { column: idOf(main), direction: 'ASC' as const },
  ]
  const sorted = ordered.map(({ column, direction }) => sort(column, direction))
  if (link?.role !== 'with' && link?.role !== 'ranked') {
    if (link?.role === 'their')
      sorted.push(sort({ table: second!.table, column: CATALOGUE[second!.table].time }, 'ASC'))
    return { columns, orderBy: sorted }
  }
  // A row may match several times over; grouping shows it once and counts.
  const grouped = [...asked, ...ordered.map(({ column }) => column)]
  const count = call('count', [ref(idOf(second!.table))])
  const { atLeast, direction } = link
  return {
    columns: link.role === 'ranked' ? [...columns, select(count, 'count')] : columns,
    groupBy: unique(grouped).map(ref),
    ...(atLeast && { having: binary(count, atLeast.operator, number(atLeast.value)) }),
    orderBy: link.role === 'ranked' ? [{ by: count, order: direction! }, ...sorted] : sorted,
  }
}

const unique = (columns: ColumnName[]) =>
  columns.filter(
    (one, index) =>
      columns.findIndex(({ table, column }) => table === one.table && column === one.column) === index,
  )

/** Counts, sums and the like, one line for each group. */
function figures(draft: Draft, tables: Tables): Parts {
  const { main, second } = tables
  const measure = draft.measure ?? { is: 'count' as const }
  const of = measure.of && resolveColumn(draft, tables, measure.of)
  const groups = draft.groups.map((group) => compileGroup(draft, tables, group))
  const unit = of && measure.is !== 'count' && columnNamed(CATALOGUE[of.table], of.column)!.unit
  if (unit && !isSettled(draft, unit) && !groups.some(({ name }) => name === unit))
    groups.push({ name: unit, expression: ref({ table: of.table, column: unit }), part: false })
  const own = second?.link.role === 'with' ? call('count', [ref(idOf(main))], 'distinct') : undefined
  const everything: Expr = { type: 'ref', name: '*' }
  const figure =
    measure.is === 'count'
      ? of
        ? call('count', [ref(of)], 'distinct')
        : (own ?? call('count', [everything]))
      : call(measure.is, [ref(of!)])
  const name = measure.is === 'count' ? 'count' : `${measure.is}_${of!.column}`
  const rounded = measure.is === 'avg' ? call('round', [figure, number(2)]) : figure
  const columns = [...groups.map((group) => select(group.expression, group.name)), select(rounded, name)]
  if (groups.length === 0) return { columns }
  const byTime = groups.filter(({ part }) => part)
  const byName = groups.map(({ expression }) => ({
    by: expression,
    order: 'ASC' as const,
    nulls: 'LAST' as const,
  }))
  const orders = draft.orders.map((order) => resolveOrder(draft, tables, order))
  const asked = orders.map(({ column, direction }) => sort(column, direction))
  // Sums of different units are not compared, and days stand in their order.
  const unordered = byTime.length > 0 || draft.groups.length === 0
  const byFigure: OrderByStatement[] =
    unordered && !draft.rank ? [] : [{ by: figure, order: draft.rank ?? 'DESC', nulls: 'LAST' }]
  const { having } = draft
  return {
    columns,
    groupBy: groups.map(({ expression }) => expression),
    ...(having && { having: binary(figure, having.operator, number(having.value)) }),
    orderBy: asked.length > 0 ? [...asked, ...byName] : [...byFigure, ...byName],
  }
}

/** Whether the question itself keeps to one unit, such as "in EUR". */
const isSettled = (draft: Draft, unit: string) =>
  draft.conditions.some(
    ({ columns, test, negated }) =>
      columns[0]!.column === unit && test.is === 'one of' && test.values.length === 1 && !negated,
  )

function compileGroup(
  draft: Draft,
  tables: Tables,
  group: Grouping,
): { name: string; expression: Expr; part: boolean } {
  if (group.by === 'column') {
    const column = resolveColumn(draft, tables, group)
    return { name: column.column, expression: ref(column), part: false }
  }
  const { main } = tables
  if (group.by === 'row') {
    const { parent } = CATALOGUE[main]
    if (parent?.table !== group.table)
      return refuseQuestion(
        `${CATALOGUE[main].many[0]} cannot be counted per ${CATALOGUE[group.table].one[0]}`,
      )
    return { name: parent.column, expression: ref({ table: main, column: parent.column }), part: false }
  }
  const time = ref({ table: main, column: CATALOGUE[main].time })
  return { name: group.by, expression: call('date_trunc', [text(group.by), time]), part: true }
}

function resolveOrder(draft: Draft, tables: Tables, order: Ordering) {
  const column = resolveColumn(draft, tables, order)
  const { ranked } = columnNamed(CATALOGUE[column.table], column.column)!
  return { column, direction: order.direction ?? (ranked ? ('DESC' as const) : ('ASC' as const)) }
}

function orderBy(draft: Draft, tables: Tables, orders: Ordering[], fields: ColumnName[]): OrderByStatement[] {
  const asked = orders.map((order) => resolveOrder(draft, tables, order))
  return [
    ...asked.map(({ column, direction }) => ({ by: ref(column), order: direction, nulls: 'LAST' as const })),
    ...fields.map((column) => ({ by: ref(column), order: 'ASC' as const, nulls: 'LAST' as const })),
  ]
}

/** A ranked choice sorts by its rank and not by the alphabet. */
function sort(column: ColumnName, order: 'ASC' | 'DESC'): OrderByStatement {
  const { ranked, values } = columnNamed(CATALOGUE[column.table], column.column)!
  if (!ranked) return { by: ref(column), order, nulls: 'LAST' }
  const whens = Object.keys(values!).map((value, index) => ({ when: text(value), value: number(index) }))
  return { by: { type: 'case', value: ref(column), whens }, order, nulls: 'LAST' }
}
