import type { Session } from '../../store/database.ts'
import type { ChannelSettings } from '../alerts/destinations.ts'
import { noticeTokenReuse } from '../alerts/notice-token-reuse.ts'
import type { LeafedEvent, Projection } from '../project-events.ts'
import { COUNTED_KINDS, type CountedKind, countEvent, TOKEN_REUSE, timeOf } from './count-event.ts'
import { addToMetrics } from './metric-rows.ts'

/** What events add up to, by name, label and minute; and the alert that waits for no interval. */
export const createMetricsProjection = (channels: ChannelSettings): Projection<CountedKind> => ({
  name: 'metrics',
  kinds: COUNTED_KINDS,
  async takeIn(session, tenantId, events) {
    const runs = await readRunStarts(session, tenantId, events)
    const increments = events.flatMap((event) => {
      const at = Date.parse(event.recordedAt)
      return countEvent(event, runs.get(event.runId) ?? null).map((increment) => ({ ...increment, at }))
    })
    await addToMetrics(session, tenantId, increments)
    const reuses = increments.filter(({ name }) => name === TOKEN_REUSE)
    if (reuses.length > 0) await noticeTokenReuse(session, tenantId, reuses, channels)
  },
})

const ENDS = new Set<string>(['run_completed', 'run_failed', 'run_cancelled'])

/** When runs began that end here. Most began in the same batch. */
async function readRunStarts(
  session: Session,
  tenantId: string,
  events: LeafedEvent<CountedKind>[],
): Promise<Map<string, number>> {
  const starts = new Map<string, number>()
  const missing = new Set<string>()
  for (const event of events) {
    if (event.kind === 'run_started') starts.set(event.runId, Math.floor(timeOf(event)))
    else if (ENDS.has(event.kind) && !starts.has(event.runId)) missing.add(event.runId)
  }
  if (missing.size === 0) return starts
  const rows = await session.query<{ run_id: string; created_at: Date }>(
    'SELECT run_id, created_at FROM runs WHERE tenant_id = $1 AND run_id = ANY ($2)',
    [tenantId, [...missing]],
  )
  for (const row of rows) starts.set(row.run_id, row.created_at.getTime())
  return starts
}
