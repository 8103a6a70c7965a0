import { DEFAULT_TENANT } from '../../kernel/schema.ts'
import { newId } from '../../lib/ids.ts'
import type { Session } from '../../store/database.ts'
import { readPieces } from '../metrics/metric-rows.ts'
import { countMemoryItems } from '../metrics/read-metrics.ts'
import type { Operations } from '../operations.ts'
import { ALERT_COLUMNS, type AlertRow, readAdministrators } from './alert-rows.ts'
import { beginOfWindow, describeAlert, isRaised, METRICS, measure, windowOf } from './decide-alert.ts'
import { findDestination } from './destinations.ts'

const DAY_MS = 86_400_000

/**
 * Looks at the enabled alerts of a tenant and raises those whose number is over their threshold and that are not raised
 * already. Who is to be told is written down with that, and told afterwards.
 *
 * @param before only alerts that nobody has looked at since then or for as long as their window, or that shall not wait.
 * @returns the ids under which alerts were raised.
 */
export async function checkAlerts(operations: Operations, tenantId: string, before: Date): Promise<string[]> {
  const { database, clock } = operations.kernel
  await operations.catchUp(tenantId)
  return database.transaction(tenantId, async (session) => {
    const now = new Date(clock.now())
    // Whoever changes the moment of the last look has the alert to itself: no other process looks at it too.
    const due = await session.query<AlertRow & { due_since: Date | null }>(
      `WITH due (due_id, due_since) AS (
         SELECT id, due_since FROM alert_configs WHERE tenant_id = $1 AND enabled AND (due_since IS NOT NULL OR last_checked_at IS NULL
           OR last_checked_at <= $3 OR last_checked_at <= $2::timestamptz - make_interval(secs => window_seconds)) FOR UPDATE)
       UPDATE alert_configs SET last_checked_at = $2, due_since = NULL FROM due WHERE tenant_id = $1 AND id = due_id
       RETURNING ${ALERT_COLUMNS}, due.due_since`,
      [tenantId, now, before],
    )
    await session.query('DELETE FROM alert_history WHERE tenant_id = $1 AND resolved_at < $2', [
      tenantId,
      new Date(now.getTime() - operations.settings.historyDays * DAY_MS),
    ])
    if (due.length === 0) return []
    const alerts = due.map(({ due_since: dueSince, ...alert }) => {
      const window_seconds = windowOf(alert, dueSince, now.getTime())
      return { ...alert, window_seconds, begin: beginOfWindow(now.getTime(), window_seconds) }
    })
    const metrics = new Set(alerts.flatMap(({ rule_type: rule }) => METRICS[rule] ?? []))
    const pieces = await readPieces(session, tenantId, Math.min(...alerts.map(({ begin }) => begin)), [
      ...metrics,
    ])
    const memoryItems = await countMemoryItems(session, tenantId)
    const raised: string[] = []
    for (const alert of alerts) {
      const recent = pieces.filter(({ minute }) => minute.getTime() >= alert.begin)
      const value = measure(alert.rule_type, { recent, memoryItems })
      if (value === null || !isRaised(alert, value)) continue
      const id = await raise(session, alert, value, now)
      if (!id) continue
      await noteDeliveries(session, operations, alert, id, now)
      raised.push(id)
    }
    return raised
  })
}

/** Null when it is raised already. */
async function raise(session: Session, alert: AlertRow, value: number, now: Date): Promise<string | null> {
  const { rule_type, comparison_operator, threshold, window_seconds } = alert
  const [row] = await session.query<{ id: string }>(
    `INSERT INTO alert_history (tenant_id, id, alert_config_id, triggered_at, message, metadata)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, alert_config_id) WHERE resolved_at IS NULL DO NOTHING RETURNING id`,
    [
      alert.tenant_id,
      newId('raised'),
      alert.id,
      now,
      describeAlert(alert, value),
      JSON.stringify({ rule_type, comparison_operator, threshold, value, window_seconds }),
    ],
  )
  return row?.id ?? null
}

async function noteDeliveries(
  session: Session,
  { settings }: Operations,
  alert: AlertRow,
  historyId: string,
  now: Date,
): Promise<void> {
  const owner = {
    destinations: alert.destinations,
    ofInstallation: alert.tenant_id === DEFAULT_TENANT,
    administrators: await readAdministrators(session, alert.tenant_id),
  }
  for (const channel of alert.notification_channels) {
    const isConfigured = findDestination(channel, owner, settings.channels) !== null
    await session.query(
      `INSERT INTO alert_deliveries (tenant_id, history_id, channel, status, attempts, reason, due_at)
       VALUES ($1, $2, $3, $4, 0, $5, $6)`,
      [
        alert.tenant_id,
        historyId,
        channel,
        isConfigured ? 'pending' : 'not_delivered',
        isConfigured ? null : 'unconfigured',
        isConfigured ? now : null,
      ],
    )
  }
}

/**
 * The scheduler: looks at every alert that nobody has looked at for the interval, or for its own window where that is
 * shorter, so that no minute is passed over. One tenant that fails keeps no other from it.
 */
export async function checkDueAlerts(operations: Operations): Promise<void> {
  const { kernel, settings } = operations
  if (settings.alertIntervalMs === 0) return
  const now = kernel.clock.now()
  const before = new Date(now - settings.alertIntervalMs)
  const tenants = await kernel.database.statement<{ tenant_id: string }>(
    'SELECT tenant_id FROM find_due_alerts($1, $2)',
    [before, new Date(now)],
  )
  for (const { tenant_id: tenantId } of tenants) {
    await checkAlerts(operations, tenantId, before).catch((error) =>
      kernel.log.warn(
        { error: (error as Error).message },
        'alerts could not be looked at; it is tried again',
      ),
    )
  }
}
