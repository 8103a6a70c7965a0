import type { Expr } from 'pgsql-ast-parser'
import { CATALOGUE, type ColumnName, columnNamed } from './catalogue.ts'
import type { Condition, Draft } from './question-draft.ts'
import { resolveColumn, type Tables } from './resolve-columns.ts'
import { binary, call, chain, list, moment, number, ref, text, unary } from './sql-nodes.ts'

export type Compiled = { expression: Expr; column: ColumnName }

/** One condition of a question as an expression over its column, or over the columns that are searched. */
export function compileCondition(draft: Draft, tables: Tables, condition: Condition): Compiled {
  const column = resolveColumn(draft, tables, condition)
  const definition = columnNamed(CATALOGUE[column.table], column.column)!
  const { test, negated } = condition
  if (test.is === 'empty')
    return { column, expression: unary(negated ? 'IS NOT NULL' : 'IS NULL', ref(column)) }
  if (test.is === 'mentions') {
    const searched = condition.columns.filter(({ table }) => table === column.table)
    return { column, expression: mentions(searched, test.text, negated) }
  }
  const positive = compileTest(column, condition)
  if (!negated) return { column, expression: positive }
  const not = unary('NOT', positive)
  // A ticket without a priority is not urgent either; SQL alone would leave it out.
  return {
    column,
    expression: definition.nullable ? binary(unary('IS NULL', ref(column)), 'OR', not) : not,
  }
}

function compileTest(column: ColumnName, { test }: Condition): Expr {
  const operand = ref(column)
  switch (test.is) {
    case 'one of': {
      // Codes and names are typed in any case; the database folds both sides alike.
      const exact = columnNamed(CATALOGUE[column.table], column.column)!.kind === 'choice'
      const left = exact ? operand : call('lower', [operand])
      const values = test.values.map((value) => (exact ? text(value) : call('lower', [text(value)])))
      return values.length === 1 ? binary(left, '=', values[0]!) : binary(left, 'IN', list(values))
    }
    case 'compared':
      return binary(operand, test.operator, number(test.value))
    case 'between':
      return { type: 'ternary', op: 'BETWEEN', value: operand, lo: number(test.low), hi: number(test.high) }
    case 'during': {
      const { from, until } = test.range
      return chain('AND', [
        ...(from ? [binary(operand, '>=', moment(from))] : []),
        ...(until ? [binary(operand, '<', moment(until))] : []),
      ])!
    }
    default:
      throw new Error(`${test.is} is compiled elsewhere`)
  }
}

function mentions(columns: ColumnName[], wanted: string, negated: boolean): Expr {
  const pattern = text(`%${wanted.replaceAll(/[\\%_]/g, '\\$&')}%`)
  return chain(
    negated ? 'AND' : 'OR',
    columns.map((column) => {
      const like = binary(ref(column), negated ? 'NOT ILIKE' : 'ILIKE', pattern)
      const { nullable } = columnNamed(CATALOGUE[column.table], column.column)!
      return negated && nullable ? binary(unary('IS NULL', ref(column)), 'OR', like) : like
    }),
  )!
}
