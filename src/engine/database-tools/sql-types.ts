import type { Expr } from 'pgsql-ast-parser'
import { type ColumnName, columnNamed, tableNamed } from './catalogue.ts'

/**
 * What an expression answers with, as far as the result must know: exact numbers come from the database as text, and
 * moments without a zone would be read in the zone of this process.
 */
export type SqlType = 'number' | 'moment' | 'local' | 'other'

const NUMBERS = ['count', 'sum', 'avg', 'round', 'abs', 'floor', 'ceil', 'ceiling', 'length', 'char_length']
const LIKE_FIRST = ['min', 'max', 'coalesce', 'nullif', 'greatest', 'least']
const CASTS: Record<string, SqlType> = {
  int: 'number',
  integer: 'number',
  bigint: 'number',
  numeric: 'number',
  date: 'local',
  timestamp: 'local',
  'timestamp without time zone': 'local',
  timestamptz: 'moment',
  'timestamp with time zone': 'moment',
}

export function typeOf(node: Expr, columnOf: (name: string, table?: string) => ColumnName): SqlType {
  const of = (other: Expr) => typeOf(other, columnOf)
  switch (node.type) {
    case 'ref': {
      const { table, column } = columnOf(node.name, node.table?.name)
      const { kind } = columnNamed(tableNamed(table)!, column)!
      return kind === 'number' ? 'number' : kind === 'time' ? 'moment' : 'other'
    }
    case 'integer':
    case 'numeric':
    case 'extract':
      return 'number'
    case 'keyword':
      return node.keyword === 'current_date' ? 'local' : 'moment'
    case 'cast':
      return ('name' in node.to && CASTS[node.to.name]) || 'other'
    case 'case':
      return of(node.whens[0]!.value)
    case 'unary':
      return node.op === '-' || node.op === '+' ? of(node.operand) : 'other'
    case 'binary':
      if (node.op === 'AT TIME ZONE') return of(node.left) === 'moment' ? 'local' : 'moment'
      if (!['+', '-', '*', '/', '%'].includes(node.op)) return 'other'
      return node.op === '-' && of(node.left) === of(node.right) && of(node.left) !== 'number'
        ? 'other'
        : of(node.left)
    case 'call':
      if (NUMBERS.includes(node.function.name)) return 'number'
      if (node.function.name === 'now') return 'moment'
      if (node.function.name === 'date_trunc') return node.args[1] ? of(node.args[1]) : 'other'
      return LIKE_FIRST.includes(node.function.name) && node.args[0] ? of(node.args[0]) : 'other'
    default:
      return 'other'
  }
}
