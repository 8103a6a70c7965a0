import type { Kernel } from '../../kernel/context.ts'
import type { Session } from '../../store/database.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Counts get coarser with age: what is older than `afterMs` stands at the beginning of its piece of `stepMs`. Coarsest first. */
const PIECES = [
  { afterMs: 8 * DAY_MS, stepMs: 6 * HOUR_MS },
  { afterMs: 25 * HOUR_MS, stepMs: HOUR_MS },
  { afterMs: 2 * HOUR_MS, stepMs: 10 * MINUTE_MS },
]
/** How far back somebody may look. */
export const METRICS_KEPT_MS = 31 * DAY_MS
// Whoever looks that far back is given whole pieces.
const DELETED_AFTER_MS = METRICS_KEPT_MS + DAY_MS

/** How long the pieces are in which counts of this age are kept, at most. */
export const stepOfAge = (ageMs: number): number =>
  PIECES.find(({ afterMs }) => ageMs > afterMs)?.stepMs ?? MINUTE_MS

/** Makes older counts coarser and forgets those that nobody may look at any more; the totals stay. */
export async function pruneMetrics({ database, clock }: Pick<Kernel, 'database' | 'clock'>): Promise<void> {
  const now = clock.now()
  const tenants = await database.statement<{ tenant_id: string }>(
    'SELECT tenant_id FROM find_old_metrics($1)',
    [new Date(now - PIECES.at(-1)!.afterMs)],
  )
  for (const { tenant_id: tenantId } of tenants) {
    await database.transaction(tenantId, async (session) => {
      await session.query('DELETE FROM metric_minutes WHERE tenant_id = $1 AND minute < $2', [
        tenantId,
        new Date(now - DELETED_AFTER_MS),
      ])
      for (const { afterMs, stepMs } of PIECES) {
        await gather(session, tenantId, new Date(now - afterMs), stepMs)
      }
    })
  }
}

/** What stands at the beginning of its piece already stays as it is, so that doing it again changes nothing. */
async function gather(session: Session, tenantId: string, before: Date, stepMs: number): Promise<void> {
  const piece = 'to_timestamp(floor(extract(epoch FROM minute) / $3::float8) * $3::float8)'
  await session.query(
    `WITH moved AS (
       DELETE FROM metric_minutes WHERE tenant_id = $1 AND minute < $2 AND minute <> ${piece}
       RETURNING ${piece} AS piece, name, label, count, sum)
     INSERT INTO metric_minutes AS m (tenant_id, minute, name, label, count, sum)
     SELECT $1, piece, name, label, sum(count), sum(sum) FROM moved GROUP BY piece, name, label ORDER BY piece, name, label
     ON CONFLICT (tenant_id, minute, name, label) DO UPDATE SET count = m.count + EXCLUDED.count, sum = m.sum + EXCLUDED.sum`,
    [tenantId, before, stepMs / 1000],
  )
}
