import type { Database, Session } from '../../store/database.ts'
import type { JsonObject } from '../tools/tool-handler.ts'
import { explainDatabaseError } from './explain-database-error.ts'
import type { GuardedSelect } from './guard-select.ts'
import { presentRows } from './present-rows.ts'

export const MAX_ROWS = 200
const DEFAULT_ROWS = 100
const TIME_LIMIT_MS = 2_000

export type Answer = { sql: string; results: JsonObject[]; rowCount: number; truncated: boolean }

/**
 * Runs a guarded SELECT as the application role, in a transaction that can only read and sees the rows of one tenant.
 * The embedded database knows no time limit for a statement; there the guard alone keeps statements small.
 */
export async function runSelect(
  database: Database,
  tenantId: string,
  select: GuardedSelect,
  wanted: number | undefined,
): Promise<Answer> {
  const cap = Math.min(wanted ?? DEFAULT_ROWS, MAX_ROWS)
  const limit = Math.min(select.limit ?? cap, cap)
  const sqlOf = (count: number, offset: number) =>
    `${select.text} LIMIT ${count}${offset > 0 ? ` OFFSET ${offset}` : ''}`
  const sql = sqlOf(limit, select.offset)
  try {
    return await database.transaction(tenantId, async (session) => {
      await session.query('SET TRANSACTION READ ONLY')
      await limitStatements(session)
      // A value beside the text makes node-postgres use the protocol that runs a single statement only.
      const rows = await session.query(sql, [tenantId])
      const answeredAsAsked = select.limit !== null && select.limit <= cap
      const more =
        rows.length === limit && !answeredAsAsked
          ? await session.query(sqlOf(1, select.offset + limit), [tenantId])
          : []
      return {
        sql,
        results: presentRows(rows, select.types),
        rowCount: rows.length,
        truncated: more.length > 0,
      }
    })
  } catch (error) {
    throw explainDatabaseError(error)
  }
}

/** For this transaction: how long a statement may take, and UTC wherever a day begins. */
export async function limitStatements(session: Session): Promise<void> {
  await session.query(
    "SELECT set_config('statement_timeout', $1, true), set_config('TimeZone', 'UTC', true)",
    [String(TIME_LIMIT_MS)],
  )
}
