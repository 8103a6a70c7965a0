import type { Expr, InsertStatement, Statement, UpdateStatement } from 'pgsql-ast-parser'
import { CATALOGUE, type TableName } from './catalogue.ts'
import { checkTable, makeScope } from './guard-select.ts'
import { refuseSql } from './refuse-sql.ts'
import { quoteName, renderExpression } from './render-expression.ts'

/** A change of rows in one table, as the pieces of SQL that are put together when it runs. */
export type GuardedWrite =
  | { is: 'insert'; table: TableName; columns: Map<string, string> }
  | { is: 'update'; table: TableName; alias: string; columns: Map<string, string>; where: string }

const INSERT_PARTS = new Set(['type', 'into', 'columns', 'insert'])
const UPDATE_PARTS = new Set(['type', 'table', 'sets', 'where'])

/** Writes an INSERT or UPDATE anew: one table, columns that may be written, and for an UPDATE which rows it is about. */
export function guardWrite(statement: Statement, now: Date): GuardedWrite {
  if (statement.type === 'insert') return guardInsert(statement, now)
  if (statement.type === 'update') return guardUpdate(statement, now)
  return refuseSql(
    `one INSERT or one UPDATE is run; ${statement.type.toUpperCase()} came: rows are never deleted here`,
  )
}

function refuseParts(statement: object, known: Set<string>): void {
  const unknown = Object.entries(statement).filter(([key, value]) => value && !known.has(key))
  if (unknown.length > 0)
    refuseSql(
      `${unknown.map(([key]) => key.replace(/[A-Z]/, ' $&').toUpperCase()).join(', ')} may not be used in a change`,
    )
}

function writableOf(table: TableName, kind: 'insert' | 'update'): string[] {
  const { writable } = CATALOGUE[table]
  return writable ? writable[kind] : refuseSql(`${table} may be read and not changed`)
}

function checkColumn(
  table: TableName,
  kind: 'insert' | 'update',
  name: string,
  seen: Map<string, string>,
): void {
  const columns = writableOf(table, kind)
  if (!columns.includes(name))
    refuseSql(`${name} of ${table} may not be written; these may: ${columns.join(', ')}`)
  if (seen.has(name)) refuseSql(`${name} is given twice`)
}

function guardInsert(statement: InsertStatement, now: Date): GuardedWrite {
  refuseParts(statement, INSERT_PARTS)
  const { into, insert } = statement
  const table = checkTable(into)
  writableOf(table, 'insert')
  if (into.alias) refuseSql('INSERT takes no alias')
  if (insert.type !== 'values' || insert.values.length !== 1)
    return refuseSql('INSERT takes one row of VALUES: send rows one by one')
  const names = (statement.columns ?? []).map(({ name }) => name)
  const [row] = insert.values as [Expr[]]
  if (names.length === 0 || names.length !== row.length)
    refuseSql(`INSERT names its columns: ${names.length} are named and ${row.length} values given`)
  const scope = makeScope([], now)
  const columns = new Map<string, string>()
  names.forEach((name, index) => {
    checkColumn(table, 'insert', name, columns)
    columns.set(name, renderExpression(row[index]!, scope))
  })
  return { is: 'insert', table, columns }
}

function guardUpdate(statement: UpdateStatement, now: Date): GuardedWrite {
  refuseParts(statement, UPDATE_PARTS)
  const table = checkTable(statement.table)
  writableOf(table, 'update')
  const alias = statement.table.alias ?? table
  const source = {
    alias,
    table,
    used: new Set<string>(),
    quoted: alias === table ? table : quoteName(alias),
  }
  const scope = makeScope([source], now)
  if (!statement.where) return refuseSql('an UPDATE says which rows it is about: add WHERE')
  const where = renderExpression(statement.where, scope)
  if (source.used.size === 0) refuseSql('WHERE looks at no column, so it would mean every row')
  const columns = new Map<string, string>()
  for (const { column, value } of statement.sets) {
    checkColumn(table, 'update', column.name, columns)
    columns.set(column.name, renderExpression(value, scope))
  }
  return { is: 'update', table, alias: source.quoted, columns, where }
}
