import type { Kernel } from '../../kernel/context.ts'
import type { Session } from '../../store/database.ts'
import type { Increment } from './count-event.ts'
import type { Measured } from './durations.ts'

const MINUTE_MS = 60_000

export type TimedIncrement = Increment & { at: number }
export type MetricRow = { name: string; label: string; count: number; sum: number }

/** Steps are many, and nobody looks at how long they take by the minute. */
const ONLY_IN_TOTAL: Measured = 'step_duration_ms'

/** Adds to the counts of a tenant, since ever and by the minute. Rows are written in one order, so that two writers never wait for each other. */
export async function addToMetrics(
  session: Session,
  tenantId: string,
  increments: TimedIncrement[],
): Promise<void> {
  if (increments.length === 0) return
  await session.query(
    `INSERT INTO metric_totals AS m (tenant_id, name, label, count, sum)
     SELECT $1, r.* FROM json_to_recordset($2) r(name text, label text, count bigint, sum double precision)
     ON CONFLICT (tenant_id, name, label) DO UPDATE SET count = m.count + EXCLUDED.count, sum = m.sum + EXCLUDED.sum`,
    [tenantId, JSON.stringify(sumUp(increments, () => ''))],
    'add_to_metric_totals',
  )
  const byMinute = increments.filter(({ name }) => name !== ONLY_IN_TOTAL)
  await session.query(
    `INSERT INTO metric_minutes AS m (tenant_id, minute, name, label, count, sum)
     SELECT $1, r.minute, r.name, r.label, r.count, r.sum
     FROM json_to_recordset($2) r(minute timestamptz, name text, label text, count bigint, sum double precision)
     ON CONFLICT (tenant_id, minute, name, label) DO UPDATE SET count = m.count + EXCLUDED.count, sum = m.sum + EXCLUDED.sum`,
    [tenantId, JSON.stringify(sumUp(byMinute, ({ at }) => new Date(at - (at % MINUTE_MS)).toISOString()))],
    'add_to_metric_minutes',
  )
}

function sumUp(increments: TimedIncrement[], minuteOf: (increment: TimedIncrement) => string) {
  const sums = new Map<string, MetricRow & { minute: string }>()
  for (const increment of increments) {
    const { name, count, sum } = increment
    // What PostgreSQL cannot hold must not keep later events from being counted.
    const label = increment.label.replaceAll('\0', '\ufffd').toWellFormed()
    const minute = minuteOf(increment)
    const key = [minute, name, label].join('\n')
    const known = sums.get(key)
    sums.set(key, { minute, name, label, count: (known?.count ?? 0) + count, sum: (known?.sum ?? 0) + sum })
  }
  return [...sums.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}

export const readTotals = (session: Session, tenantId: string): Promise<MetricRow[]> =>
  session.query<MetricRow>('SELECT name, label, count, sum FROM metric_totals WHERE tenant_id = $1', [
    tenantId,
  ])

/** The counts of the minutes since a moment, that one's own included. */
export const readSince = (session: Session, tenantId: string, since: number): Promise<MetricRow[]> =>
  session.query<MetricRow>(
    `SELECT name, label, sum(count)::bigint AS count, sum(sum) AS sum FROM metric_minutes
     WHERE tenant_id = $1 AND minute >= $2 GROUP BY name, label`,
    [tenantId, minuteOf(since)],
  )

/** The same piece by piece, so that several who look back differently far read once. */
export const readPieces = (
  session: Session,
  tenantId: string,
  since: number,
  names: string[],
): Promise<(MetricRow & { minute: Date })[]> =>
  session.query(
    'SELECT minute, name, label, count, sum FROM metric_minutes WHERE tenant_id = $1 AND minute >= $2 AND name = ANY ($3)',
    [tenantId, new Date(since), names],
  )

/** The same over all tenants. */
export async function readInstallation(
  { database }: Pick<Kernel, 'database'>,
  since: number,
): Promise<{ totals: MetricRow[]; recent: MetricRow[] }> {
  const [totals, recent] = await Promise.all([
    database.statement<MetricRow>('SELECT * FROM sum_metric_totals()'),
    database.statement<MetricRow>('SELECT * FROM sum_metric_minutes($1)', [minuteOf(since)]),
  ])
  return { totals, recent }
}

const minuteOf = (at: number) => new Date(at - (at % MINUTE_MS))
