import type { Database } from '../../store/database.ts'
import { lockHead, type StagedRun } from './write-events.ts'

const SNAPSHOT_EVERY = 1000

/** Keeps the folded state every so many events. Losing one costs a longer refold, so failures are nobody's concern. */
export async function snapshotIfDue(
  database: Database,
  tenantId: string,
  { head, events }: StagedRun,
): Promise<void> {
  const before = head.seq - events.length
  if (Math.floor(before / SNAPSHOT_EVERY) === Math.floor(head.seq / SNAPSHOT_EVERY)) return
  await database
    .transaction(tenantId, async (session) => {
      await lockHead(session, tenantId, head.runId)
      await session.query(
        `INSERT INTO run_snapshots (tenant_id, run_id, newest_ns, seq, folded)
           SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (
             SELECT FROM events WHERE tenant_id = $1 AND run_id = $2 AND seq > $4 AND integrity_warning)
           ON CONFLICT DO NOTHING`,
        [tenantId, head.runId, head.newestNs!.toString(), head.seq, JSON.stringify(head.state)],
      )
    })
    .catch(() => {})
}
