import type { DatabaseError } from 'pg'
import { ToolError } from '../tools/tool-handler.ts'

/** What the database said against a statement that passed the guard, as an error of the call. */
export function explainDatabaseError(cause: unknown, { writing = false } = {}): ToolError {
  if (cause instanceof ToolError) return cause
  const { code = '', message, constraint } = cause as DatabaseError
  if (code === '57014') {
    const text = 'the statement took longer than it may and was stopped: narrow it down by a condition'
    return new ToolError('statement_too_slow', text, { cause })
  }
  if (code === '23503') {
    const text = 'there is no such ticket: give the id of one, such as T-1'
    return new ToolError('ticket_not_found', text, { cause })
  }
  if (code === '23514') {
    const text = `a value is none that its column takes (${constraint}): status and priority have fixed values, and required texts are not empty`
    return new ToolError('invalid_value', text, { cause })
  }
  if (code === '23502') return new ToolError('invalid_value', `a value is missing: ${message}`, { cause })
  // Classes of PostgreSQL: 21 cardinality, 22 data, 42 syntax and names. They speak of the statement alone.
  if (/^(21|22|42)/.test(code))
    return new ToolError('sql_refused', `the database does not accept the statement: ${message}`, { cause })
  // A lost answer to COMMIT leaves open whether it happened; the idempotency key makes asking again safe.
  return new ToolError('database_unavailable', 'the database did not answer: try again', {
    retryable: true,
    outcomeUnknown: writing,
    cause,
  })
}
