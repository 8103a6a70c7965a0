import type { Session } from '../../store/database.ts'

/**
 * The next short id of a tenant, such as T-12: people say it to each other. Writers of the same tenant wait for each
 * other until they commit, so that no number is given out twice.
 */
export async function nextId(
  session: Session,
  tenantId: string,
  table: 'tickets' | 'ticket_comments',
): Promise<string> {
  const prefix = table === 'tickets' ? 'T' : 'C'
  await session.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `countersign:${table}:${tenantId}`,
  ])
  const [row] = await session.query<{ next: number }>(
    `SELECT coalesce(max(substring(id FROM '^${prefix}-([0-9]{1,12})$')::bigint), 0) + 1 AS next
     FROM ${table} WHERE tenant_id = $1`,
    [tenantId],
  )
  return `${prefix}-${row!.next}`
}
