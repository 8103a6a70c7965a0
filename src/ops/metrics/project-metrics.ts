import { openCanon } from '../../kernel/ledger/seal-event.ts'
import type { Session } from '../../store/database.ts'
import type { ChannelSettings } from '../alerts/destinations.ts'
import { noticeTokenReuse } from '../alerts/notice-token-reuse.ts'
import type { LeafedEvent, Projection } from '../project-events.ts'
import { COUNTED_KINDS, type CountedKind, countEvent, TOKEN_REUSE, timeOf } from './count-event.ts'
import { addToMetrics } from './metric-rows.ts'

// When a step began is needed once it ends.
type Wanted = CountedKind | 'step_started'

/** What events add up to, by name, label and minute; and the alert that waits for no interval. */
export const createMetricsProjection = (channels: ChannelSettings): Projection<Wanted> => ({
  name: 'metrics',
  kinds: [...COUNTED_KINDS, 'step_started'],
  async takeIn(session, tenantId, events) {
    const runs = await readRunStarts(session, tenantId, events)
    const steps = await readStepStarts(session, tenantId, events)
    const increments = events.flatMap((event) => {
      if (event.kind === 'step_started') {
        steps.set(stepKey(event.runId, event.payload.step_id), timeOf(event))
        return []
      }
      const step =
        event.kind === 'step_completed' ? steps.get(stepKey(event.runId, event.payload.step_id)) : undefined
      const began = { run: runs.get(event.runId) ?? null, step: step ?? null }
      const at = Date.parse(event.recordedAt)
      return countEvent(event, began).map((increment) => ({ ...increment, at }))
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
  events: LeafedEvent<Wanted>[],
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

const stepKey = (runId: string, stepId: string) => `${runId}\n${stepId}`

/** When steps began that end here and began in an earlier batch. */
async function readStepStarts(
  session: Session,
  tenantId: string,
  events: LeafedEvent<Wanted>[],
): Promise<Map<string, number>> {
  const known = new Set<string>()
  const missing = new Map<string, number>()
  for (const { runId, seq, kind, payload } of events) {
    if (kind === 'step_started') known.add(stepKey(runId, payload.step_id))
    if (kind !== 'step_completed' || payload.reused || known.has(stepKey(runId, payload.step_id))) continue
    if (!missing.has(runId)) missing.set(runId, seq)
  }
  if (missing.size === 0) return new Map()
  const rows = await session.query<{ canon: Buffer; prev_hash: Buffer; hash: Buffer }>(
    `SELECT e.canon, e.prev_hash, e.hash FROM unnest($2::text[], $3::bigint[]) wanted(run_id, below)
     CROSS JOIN LATERAL (SELECT * FROM events x WHERE x.tenant_id = $1 AND x.run_id = wanted.run_id
       AND x.seq < wanted.below AND x.kind = 'step_started' ORDER BY x.seq LIMIT 100000) e`,
    [tenantId, [...missing.keys()], [...missing.values()]],
  )
  const starts = new Map<string, number>()
  for (const row of rows) {
    const event = openCanon(row.canon, row.prev_hash, row.hash)
    if (event.kind === 'step_started') starts.set(stepKey(event.runId, event.payload.step_id), timeOf(event))
  }
  return starts
}
