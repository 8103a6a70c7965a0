import type { BinaryOperator, Expr, UnaryOperator } from 'pgsql-ast-parser'
import type { ColumnName } from './catalogue.ts'

/** Short ways to write the tree of a statement; the guard turns it into text. */
export const ref = ({ table, column }: ColumnName): Expr => ({
  type: 'ref',
  table: { name: table },
  name: column,
})
export const text = (value: string): Expr => ({ type: 'string', value })
export const number = (value: number): Expr =>
  Number.isInteger(value) ? { type: 'integer', value } : { type: 'numeric', value }
export const binary = (left: Expr, op: BinaryOperator, right: Expr): Expr => ({
  type: 'binary',
  left,
  op,
  right,
})
export const unary = (op: UnaryOperator, operand: Expr): Expr => ({ type: 'unary', op, operand })
export const list = (expressions: Expr[]): Expr => ({ type: 'list', expressions })
export const moment = (date: Date): Expr => ({
  type: 'cast',
  operand: text(date.toISOString()),
  to: { name: 'timestamptz' },
})
export const call = (name: string, args: Expr[], distinct?: 'distinct'): Expr => ({
  type: 'call',
  function: { name },
  args,
  ...(distinct && { distinct }),
})

/** Joined by AND or OR; undefined where there is nothing to join. */
export const chain = (op: 'AND' | 'OR', expressions: Expr[]): Expr | undefined =>
  expressions.length > 0 ? expressions.reduce((left, right) => binary(left, op, right)) : undefined
