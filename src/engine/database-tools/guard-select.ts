import type { Expr, From, FromTable, SelectedColumn, SelectFromStatement } from 'pgsql-ast-parser'
import {
  CATALOGUE,
  type ColumnName,
  columnNamed,
  relationBetween,
  type TableName,
  tableNamed,
} from './catalogue.ts'
import { listTables, refuseSql } from './refuse-sql.ts'
import { quoteName, renderExpression, type Scope } from './render-expression.ts'
import { type SqlType, typeOf } from './sql-types.ts'

export type GuardedSelect = {
  /** Without LIMIT and OFFSET. `$1` is the tenant. */
  text: string
  limit: number | null
  offset: number
  /** What each column of the answer holds, by its name. */
  types: Map<string, SqlType>
}

type Source = { alias: string; table: TableName; used: Set<string>; quoted: string }

const CLAUSES = new Set([
  ...['type', 'columns', 'from', 'where', 'groupBy', 'having', 'limit', 'orderBy', 'distinct'],
])
const MAX_OFFSET = 10_000

/**
 * Writes a SELECT anew so that it can only read: catalogued tables, each replaced by its rows of the one tenant and the
 * columns that may be seen, joined along their relation. Everything else is refused.
 */
export function guardSelect(statement: SelectFromStatement, now: Date): GuardedSelect {
  const unknown = Object.keys(statement).filter(
    (key) => !CLAUSES.has(key) && statement[key as keyof typeof statement],
  )
  if (unknown.length > 0)
    refuseSql(`${unknown.join(', ').toUpperCase()} may not be used: only reading is done`)
  if (Array.isArray(statement.distinct)) refuseSql('DISTINCT ON may not be used: say DISTINCT or GROUP BY')
  const sources = readSources(statement.from ?? [])
  const scope = makeScope(sources, now)
  const columns = (statement.columns ?? []).flatMap((column) => expandStar(column, sources))
  if (columns.length === 0) refuseSql('a SELECT names at least one column')
  const types = new Map<string, SqlType>()
  const selected = columns.map((column) => renderSelected(column, scope, types))
  const names = new Set(types.keys())

  const render = (node: Expr) => renderExpression(node, scope)
  const position = (node: Expr) => {
    if (node.type !== 'integer') return undefined
    if (node.value < 1 || node.value > columns.length)
      refuseSql(`there is no column ${node.value} to order by`)
    return String(node.value)
  }
  // PostgreSQL looks for the name of an answer first when it orders, and last when it groups.
  const answerName = (node: Expr) =>
    node.type === 'ref' && !node.table && names.has(node.name) ? quoteName(node.name) : undefined
  const isColumn = (node: Expr) =>
    node.type === 'ref' && sources.some(({ table }) => columnNamed(CATALOGUE[table], node.name))

  const joins = renderConditions(sources, statement.from ?? [], render)
  const where = statement.where ? ` WHERE ${render(statement.where)}` : ''
  const groups = (statement.groupBy ?? []).map(
    (node) => position(node) ?? (isColumn(node) ? undefined : answerName(node)) ?? render(node),
  )
  const having = statement.having ? ` HAVING ${render(statement.having)}` : ''
  const orders = (statement.orderBy ?? []).map(
    ({ by, order, nulls }) =>
      `${position(by) ?? answerName(by) ?? render(by)}${order ? ` ${order}` : ''}${nulls ? ` NULLS ${nulls}` : ''}`,
  )
  const from = joins.map((write) => write()).join(' ')
  const text = [
    `SELECT ${statement.distinct === 'distinct' ? 'DISTINCT ' : ''}${selected.join(', ')} FROM ${from}${where}`,
    groups.length > 0 ? ` GROUP BY ${groups.join(', ')}` : '',
    having,
    orders.length > 0 ? ` ORDER BY ${orders.join(', ')}` : '',
  ].join('')
  return {
    text,
    limit: readCount(statement.limit?.limit, 'LIMIT'),
    offset: Math.min(readCount(statement.limit?.offset, 'OFFSET') ?? 0, MAX_OFFSET),
    types,
  }
}

function readSources(from: From[]): Source[] {
  if (from.length === 0) refuseSql(`a SELECT reads from a table: ${listTables()}`)
  const sources: Source[] = []
  for (const item of from) {
    if (item.type !== 'table')
      refuseSql('only tables may be read from: no functions and no statements in FROM')
    const { name, lateral } = item as FromTable
    const table = checkTable(name)
    if (lateral || name.columnNames) refuseSql('FROM takes the name of a table and at most an alias')
    if (sources.some((source) => source.table === table))
      refuseSql(`${table} may be read once in a statement`)
    const alias = name.alias ?? table
    if (sources.some((source) => source.alias === alias)) refuseSql(`two tables are called ${alias}`)
    sources.push({ alias, table, used: new Set(), quoted: alias === table ? table : quoteName(alias) })
  }
  return sources
}

/** The table of this name, where it is one that may be spoken of. */
export function checkTable({ name, schema }: { name: string; schema?: string }): TableName {
  if (schema !== undefined) refuseSql('tables are written without a schema')
  if (!tableNamed(name)) refuseSql(`there is no table ${name} here; these may be used: ${listTables()}`)
  return name as TableName
}

/** Which column a name means among these tables. Shared with changes, which have one table. */
export function makeScope(sources: Pick<Source, 'alias' | 'table' | 'used' | 'quoted'>[], now: Date): Scope {
  const find = (name: string, alias?: string): { source: (typeof sources)[number]; column: ColumnName } => {
    const among = alias === undefined ? sources : sources.filter((source) => source.alias === alias)
    if (alias !== undefined && among.length === 0) refuseSql(`no table is called ${alias} in this statement`)
    const owners = among.filter(({ table }) => columnNamed(CATALOGUE[table], name))
    if (owners.length > 1) refuseSql(`${name} is a column of two tables: put the table in front`)
    const [source] = owners
    if (source) return { source, column: { table: source.table, column: name } }
    const choices = among.flatMap(({ table }) => Object.keys(CATALOGUE[table].columns))
    return refuseSql(
      choices.length > 0
        ? `there is no column ${name} here; these may be used: ${[...new Set(choices)].join(', ')}`
        : `${name} is the name of a column, where only values may stand`,
    )
  }
  return {
    now,
    columnOf: (name, alias) => find(name, alias).column,
    renderColumn(name, alias) {
      const { source } = find(name, alias)
      source.used.add(name)
      return `${source.quoted}.${name}`
    },
  }
}

function expandStar(column: SelectedColumn, sources: Source[]): SelectedColumn[] {
  const { expr } = column
  if (expr.type !== 'ref' || expr.name !== '*') return [column]
  if (expr.table?.schema !== undefined) refuseSql('tables are written without a schema')
  const alias = expr.table?.name
  const among = sources.filter((source) => alias === undefined || source.alias === alias)
  if (among.length === 0) refuseSql(`no table is called ${alias} in this statement`)
  return among.flatMap((source) =>
    Object.keys(CATALOGUE[source.table].columns).map((name) => {
      const twice = among.some(
        (other) => other !== source && columnNamed(CATALOGUE[other.table], name) !== undefined,
      )
      return {
        expr: { type: 'ref' as const, table: { name: source.alias }, name },
        ...(twice && { alias: { name: `${source.table}_${name}` } }),
      }
    }),
  )
}

function renderSelected({ expr, alias }: SelectedColumn, scope: Scope, types: Map<string, SqlType>): string {
  const wanted = alias?.name ?? nameOf(expr) ?? `column_${types.size + 1}`
  if (alias && types.has(wanted)) refuseSql(`two columns of the answer are called ${wanted}`)
  let name = wanted
  for (let copy = 2; types.has(name); copy++) name = `${wanted}_${copy}`
  const type = typeOf(expr, scope.columnOf)
  types.set(name, type)
  const text = renderExpression(expr, scope)
  if (expr.type === 'ref' && expr.name === name) return text
  return `${type === 'local' ? `(${text})::text` : text} AS ${quoteName(name)}`
}

function nameOf(node: Expr): string | undefined {
  if (node.type === 'ref') return node.name
  if (node.type === 'call') return node.function.name
  return node.type === 'cast' ? nameOf(node.operand) : undefined
}

/** How each table is written, once all that is used of it is known. */
function renderConditions(sources: Source[], from: From[], render: (node: Expr) => string): (() => string)[] {
  return sources.map((source, index) => {
    const { join } = from[index] as FromTable
    const write = () => {
      const columns = Object.keys(CATALOGUE[source.table].columns).filter((name) => source.used.has(name))
      const shown = columns.length > 0 ? columns : [CATALOGUE[source.table].id]
      return `(SELECT ${shown.join(', ')} FROM ${source.table} WHERE tenant_id = $1) AS ${source.quoted}`
    }
    if (index === 0) return write
    const relation = relationBetween(source.table, sources[0]!.table)
    if (!join?.on || join.using || join.type === 'CROSS JOIN' || !relation)
      return refuseSql('tables are joined with JOIN ... ON along their relation')
    if (!conjunctsOf(join.on).some((node) => isRelation(node, sources, relation)))
      return refuseSql(
        `${relation.child} and ${relation.parent} are joined ON ${relation.child}.${relation.column} = ${relation.parent}.${CATALOGUE[relation.parent].id}`,
      )
    const condition = render(join.on)
    return () => `${join.type} ${write()} ON ${condition}`
  })
}

const conjunctsOf = (node: Expr): Expr[] =>
  node.type === 'binary' && node.op === 'AND'
    ? [...conjunctsOf(node.left), ...conjunctsOf(node.right)]
    : [node]

/** Without this equality a join would pair every row with every other, which no time limit stops in the embedded database. */
function isRelation(
  node: Expr,
  sources: Source[],
  relation: NonNullable<ReturnType<typeof relationBetween>>,
): boolean {
  if (node.type !== 'binary' || node.op !== '=') return false
  const { columnOf } = makeScope(sources, new Date(0))
  const sides = [node.left, node.right].map((side) =>
    side.type === 'ref' ? columnOf(side.name, side.table?.name) : undefined,
  )
  const has = (table: string, column: string) =>
    sides.some((side) => side?.table === table && side.column === column)
  return has(relation.child, relation.column) && has(relation.parent, CATALOGUE[relation.parent].id)
}

function readCount(node: Expr | null | undefined, clause: string): number | null {
  if (!node) return null
  if (node.type !== 'integer' || node.value < 0) return refuseSql(`${clause} takes a whole number`)
  return node.value
}
