import type { Json } from '../../lib/canonical-json.ts'
import type { Row } from '../../store/database.ts'
import type { JsonObject } from '../tools/tool-handler.ts'
import type { SqlType } from './sql-types.ts'

/** Rows as JSON: moments in UTC, numbers as numbers where JSON carries them exactly and as text where it does not. */
export function presentRows(rows: Row[], types?: ReadonlyMap<string, SqlType>): JsonObject[] {
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, present(value, types?.get(name))])),
  )
}

function present(value: unknown, type: SqlType | undefined): Json {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'string') return type === 'number' ? readNumber(value) : value
  if (typeof value === 'number' || typeof value === 'boolean') return value
  return 'toPostgres' in (value as object)
    ? (value as { toPostgres(): string }).toPostgres()
    : JSON.stringify(value)
}

/** Fifteen digits always survive the way through a double. */
function readNumber(text: string): Json {
  const digits = text.replace(/^-?0*\.?0*/, '').replace('.', '')
  const number = Number(text)
  return Number.isFinite(number) && digits.length <= 15 ? number : text
}
