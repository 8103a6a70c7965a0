import type { Kernel } from '../../kernel/context.ts'
import type { Database } from '../../store/database.ts'

const DAY_MS = 86_400_000
const BATCH = 5_000

/**
 * Deletes audit rows that are older than they are kept, unless a hold is open over them. The events they were made
 * from stay in the ledger, which forgets nothing.
 *
 * @returns how many rows were deleted.
 */
export async function pruneAudit(
  { database, clock }: Pick<Kernel, 'database' | 'clock'>,
  retentionDays: number,
): Promise<number> {
  const before = new Date(clock.now() - retentionDays * DAY_MS)
  const tenants = await database.statement<{ tenant_id: string }>(
    'SELECT tenant_id FROM find_old_audit_logs($1)',
    [before],
  )
  let deleted = 0
  for (const { tenant_id: tenantId } of tenants) {
    for (let batch = BATCH; batch === BATCH; deleted += batch)
      batch = await deleteBatch(database, tenantId, before)
  }
  return deleted
}

function deleteBatch(database: Database, tenantId: string, before: Date): Promise<number> {
  return database.transaction(tenantId, async (session) => {
    const gone = await session.query(
      `DELETE FROM audit_logs WHERE tenant_id = $1 AND leaf IN (
         SELECT a.leaf FROM audit_logs a WHERE a.tenant_id = $1 AND a.created_at < $2 AND NOT EXISTS (
           SELECT FROM audit_holds h WHERE h.tenant_id = $1 AND h.released_at IS NULL
             AND (h.from_at IS NULL OR h.from_at <= a.created_at) AND (h.until_at IS NULL OR h.until_at >= a.created_at))
         ORDER BY a.created_at LIMIT $3) RETURNING 1`,
      [tenantId, before, BATCH],
    )
    return gone.length
  })
}
