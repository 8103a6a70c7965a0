import type { Clock } from '../../lib/clock.ts'
import type { Database, Session } from '../../store/database.ts'
import type { JsonObject, ToolInvocation } from '../tools/tool-handler.ts'

const UNIQUE_VIOLATION = '23505'

/**
 * Writes to the database once per idempotency key: the change and what was answered about it commit together, and the
 * same key again gets that answer. Whoever comes second at the same moment is undone and told the first one's answer.
 */
export async function writeOnce(
  database: Database,
  clock: Clock,
  { tool, idempotencyKey, principal }: ToolInvocation,
  write: (session: Session) => Promise<JsonObject>,
): Promise<JsonObject> {
  const { tenantId } = principal
  const key = [tenantId, tool.id, idempotencyKey]
  const attempt = () =>
    database.transaction(tenantId, async (session) => {
      const [earlier] = await session.query<{ output: JsonObject }>(
        'SELECT output FROM database_writes WHERE tenant_id = $1 AND tool_id = $2 AND idempotency_key = $3',
        key,
      )
      if (earlier) return earlier.output
      const output = await write(session)
      await session.query(
        `INSERT INTO database_writes (tenant_id, tool_id, idempotency_key, output, written_at)
         VALUES ($1, $2, $3, $4, $5)`,
        [...key, JSON.stringify(output), new Date(clock.now())],
      )
      return output
    })
  try {
    return await attempt()
  } catch (error) {
    const { code, table } = error as { code?: string; table?: string }
    if (code !== UNIQUE_VIOLATION || table !== 'database_writes') throw error
    return attempt()
  }
}
