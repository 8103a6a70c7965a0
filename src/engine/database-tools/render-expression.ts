import type { Expr, ExprCall, ExprList } from 'pgsql-ast-parser'
import type { ColumnName } from './catalogue.ts'
import { refuseSql } from './refuse-sql.ts'

/** What an expression may speak of where it stands. */
export type Scope = {
  /** Finds a column by its name, and refuses those that are not there or could be two. */
  columnOf(name: string, table?: string): ColumnName
  /** The same as text, noted as used. */
  renderColumn(name: string, table?: string): string
  /** What `now()` means: the clock of the program and not the database's. */
  now: Date
}

const OPERATORS = new Set([
  ...['AND', 'OR', '=', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', '||'],
  ...['LIKE', 'NOT LIKE', 'ILIKE', 'NOT ILIKE'],
])
const PREFIXES = new Set(['NOT', '-', '+'])
const POSTFIXES = new Set(['IS NULL', 'IS NOT NULL', 'IS TRUE', 'IS NOT TRUE', 'IS FALSE', 'IS NOT FALSE'])
const AGGREGATES = new Set(['count', 'sum', 'avg', 'min', 'max'])
/** Functions that look at their arguments alone and whose answers are no larger than those. */
const FUNCTIONS = new Set([
  ...AGGREGATES,
  ...['lower', 'upper', 'length', 'char_length', 'btrim', 'left', 'right'],
  ...['coalesce', 'nullif', 'greatest', 'least', 'round', 'abs', 'floor', 'ceil', 'ceiling', 'date_trunc'],
])
const TYPES = new Set([
  ...['text', 'int', 'integer', 'bigint', 'numeric', 'date', 'interval'],
  ...['timestamp', 'timestamptz', 'timestamp with time zone', 'timestamp without time zone'],
])
const INTERVAL = /^\s*(-?\d{1,6}\s+(minute|hour|day|week|month|year)s?\s*)+$/i
const FIELDS = new Set([
  'year',
  'quarter',
  'month',
  'week',
  'day',
  'dow',
  'isodow',
  'hour',
  'minute',
  'epoch',
])
const TRUNCATIONS = new Set(['year', 'quarter', 'month', 'week', 'day', 'hour'])
const ZONE = /^[A-Za-z_+-]+(\/[A-Za-z_+-]+){0,2}$/
const MAX_DEPTH = 60
const MAX_LIST = 200

/**
 * Writes an expression anew from its tree. Whatever is not known by name here is refused, so no text of a caller
 * reaches the database except inside quoted literals.
 */
export function renderExpression(node: Expr, scope: Scope, depth = 0): string {
  if (depth > MAX_DEPTH) refuseSql(`the statement nests deeper than ${MAX_DEPTH} levels: make it simpler`)
  const render = (other: Expr) => renderExpression(other, scope, depth + 1)
  switch (node.type) {
    case 'ref':
      return scope.renderColumn(node.name, tableOf(node))
    case 'integer':
      if (!Number.isSafeInteger(node.value))
        refuseSql('a whole number is too large: 9007199254740991 at most')
      return String(node.value)
    case 'numeric':
      if (!Number.isFinite(node.value)) refuseSql('a number is too large')
      return String(node.value)
    case 'string':
      return quoteLiteral(node.value)
    case 'boolean':
      return node.value ? 'true' : 'false'
    case 'null':
      return 'null'
    case 'unary':
      if (node.opSchema !== undefined) refuseSql('operators are written without a schema')
      if (PREFIXES.has(node.op)) return `(${node.op} ${render(node.operand)})`
      if (POSTFIXES.has(node.op)) return `(${render(node.operand)} ${node.op})`
      return refuseSql(`the operator ${node.op} is not among those that may be used`)
    case 'binary':
      if (node.opSchema !== undefined) refuseSql('operators are written without a schema')
      if (node.op === 'IN' || node.op === 'NOT IN')
        return `(${render(node.left)} ${node.op} (${renderList(node.right, render)}))`
      if (node.op === 'AT TIME ZONE') return `(${render(node.left)} AT TIME ZONE ${renderZone(node.right)})`
      if (!OPERATORS.has(node.op)) refuseSql(`the operator ${node.op} is not among those that may be used`)
      return `(${render(node.left)} ${node.op} ${render(node.right)})`
    case 'ternary':
      return `(${render(node.value)} ${node.op} ${render(node.lo)} AND ${render(node.hi)})`
    case 'case': {
      const whens = node.whens.map(({ when, value }) => `WHEN ${render(when)} THEN ${render(value)}`)
      const parts = ['CASE', ...(node.value ? [render(node.value)] : []), ...whens]
      return `(${[...parts, ...(node.else ? [`ELSE ${render(node.else)}`] : []), 'END'].join(' ')})`
    }
    case 'cast':
      return `${render(node.operand)}::${checkType(node)}`
    case 'extract': {
      const field = node.field.name.toLowerCase()
      if (!FIELDS.has(field)) refuseSql(`extract knows ${[...FIELDS].join(', ')}; "${field}" came`)
      return `extract(${field} FROM ${render(node.from)})`
    }
    case 'keyword':
      if (node.keyword === 'current_date') return `'${scope.now.toISOString().slice(0, 10)}'::date`
      if (node.keyword === 'current_timestamp') return renderNow(scope)
      return refuseSql(`"${node.keyword}" may not be used`)
    case 'call':
      return renderCall(node, scope, render)
    case 'select':
    case 'union':
    case 'union all':
    case 'with':
    case 'with recursive':
    case 'values':
    case 'array select':
      return refuseSql('a statement inside a statement may not be used: join the tables instead')
    case 'parameter':
      return refuseSql('parameters such as $1 may not be used: write the value')
    default:
      return refuseSql(`"${node.type}" is not among the forms that may be used`)
  }
}

function renderCall(node: ExprCall, scope: Scope, render: (node: Expr) => string): string {
  const { name, schema } = node.function
  if (schema !== undefined) refuseSql('functions are written without a schema')
  if (name === 'now' && node.args.length === 0) return renderNow(scope)
  if (!FUNCTIONS.has(name))
    refuseSql(`the function ${name} may not be used; these may: ${[...FUNCTIONS].join(', ')}, now`)
  if (node.over || node.withinGroup || node.orderBy)
    refuseSql('windows and ordered aggregates may not be used: group and order the statement instead')
  const aggregate = AGGREGATES.has(name)
  if (!aggregate && (node.distinct || node.filter)) refuseSql(`${name} takes neither distinct nor filter`)
  const [first] = node.args
  if (name === 'date_trunc' && !(first?.type === 'string' && TRUNCATIONS.has(first.value)))
    refuseSql(`date_trunc takes ${[...TRUNCATIONS].join(', ')} first, in quotes`)
  const everything = name === 'count' && node.args.length === 1 && first?.type === 'ref' && first.name === '*'
  if (everything && (first as { table?: unknown }).table) refuseSql('count(*) takes no table name')
  const args = everything ? '*' : node.args.map(render).join(', ')
  const filter = node.filter ? ` FILTER (WHERE ${render(node.filter)})` : ''
  return `${name}(${node.distinct === 'distinct' ? 'DISTINCT ' : ''}${args})${filter}`
}

const renderNow = (scope: Scope) => `'${scope.now.toISOString()}'::timestamptz`

function tableOf(node: { table?: { name: string; schema?: string } }): string | undefined {
  if (node.table?.schema !== undefined) refuseSql('tables are written without a schema')
  return node.table?.name
}

/** A single value in parentheses comes as that value and not as a list. */
function renderList(node: Expr, render: (node: Expr) => string): string {
  const expressions = node.type === 'list' ? (node as ExprList).expressions : [node]
  if (expressions.length === 0 || expressions.length > MAX_LIST)
    refuseSql(`IN takes 1 to ${MAX_LIST} values; ${expressions.length} came`)
  return expressions.map(render).join(', ')
}

function renderZone(node: Expr): string {
  if (node.type === 'string' && ZONE.test(node.value)) return quoteLiteral(node.value)
  return refuseSql("AT TIME ZONE takes the name of a zone in quotes, such as 'UTC'")
}

function checkType({ to, operand }: Extract<Expr, { type: 'cast' }>): string {
  if (to.kind === 'array' || to.schema !== undefined || to.doubleQuoted || to.config || !TYPES.has(to.name))
    return refuseSql(`a value may be cast to ${[...TYPES].join(', ')} and to nothing else`)
  if (to.name === 'interval' && !(operand.type === 'string' && INTERVAL.test(operand.value)))
    refuseSql("an interval is written as a number and a unit, such as interval '7 days'")
  return to.name
}

/** A literal that means the same under every setting of backslashes. */
export function quoteLiteral(value: string): string {
  if (value.includes('\0')) refuseSql('a text holds a zero byte, which the database cannot keep')
  const doubled = value.replaceAll("'", "''")
  return value.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`
}

const NAME = /^[a-z_][a-z0-9_]{0,62}$/

export function quoteName(name: string): string {
  if (!NAME.test(name)) refuseSql(`"${name}" cannot be a name here: small letters, digits and _ are used`)
  return `"${name}"`
}
