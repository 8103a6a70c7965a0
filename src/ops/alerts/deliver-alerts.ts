import { DEFAULT_TENANT } from '../../kernel/schema.ts'
import type { Operations } from '../operations.ts'
import { readAdministrators } from './alert-rows.ts'
import { type Destination, findDestination } from './destinations.ts'
import { explainFailure } from './explain-failure.ts'
import type { AlertChannel, AlertDestinations, AlertOperator, AlertRule } from './schema.ts'
import { type AlertMessage, sendMessage } from './send-message.ts'

/** How long after each attempt the next one follows; after the last one nothing more is tried. */
const RETRY_AFTER_MS = [10_000, 60_000, 300_000, 1_800_000]
/** While a process sends, no other does; one that dies meanwhile leaves the message to whoever comes then. */
const LEASE_MS = 60_000

type Claimed = {
  history_id: string
  channel: AlertChannel
  attempts: number
  message: string
  metadata: {
    value: number
    rule_type: AlertRule
    comparison_operator: AlertOperator
    threshold: number
    window_seconds: number
  }
  triggered_at: Date
  alert_config_id: string
  name: string
  destinations: AlertDestinations
}

/** Sends what is due in a tenant, all at once, and writes down how it went. A message may arrive twice, and says so by its id. */
export async function deliverAlerts(operations: Operations, tenantId: string): Promise<void> {
  const { database, clock, settings: kernelSettings } = operations.kernel
  const now = clock.now()
  const { claimed, administrators } = await database.transaction(tenantId, async (session) => ({
    claimed: await session.query<Claimed>(
      `UPDATE alert_deliveries d SET attempts = d.attempts + 1, due_at = $3
       FROM alert_history h JOIN alert_configs c ON c.tenant_id = h.tenant_id AND c.id = h.alert_config_id
       WHERE d.tenant_id = $1 AND h.tenant_id = $1 AND h.id = d.history_id AND (d.history_id, d.channel) IN (
         SELECT history_id, channel FROM alert_deliveries WHERE tenant_id = $1 AND due_at <= $2
         ORDER BY due_at LIMIT 50 FOR UPDATE SKIP LOCKED)
       RETURNING d.history_id, d.channel, d.attempts, h.message, h.metadata, h.triggered_at, h.alert_config_id, c.name,
         c.destinations`,
      [tenantId, new Date(now), new Date(now + LEASE_MS)],
    ),
    administrators: await readAdministrators(session, tenantId),
  }))
  await Promise.all(
    claimed.map(async (delivery) => {
      const owner = {
        destinations: delivery.destinations,
        ofInstallation: tenantId === DEFAULT_TENANT,
        administrators,
      }
      const destination = findDestination(delivery.channel, owner, operations.settings.channels)
      const message = messageOf(delivery, tenantId, kernelSettings.installation)
      await finish(operations, tenantId, delivery, await attempt(operations, destination, message))
    }),
  )
}

/** Null when it was delivered, else why not. */
async function attempt(
  { kernel: { log } }: Operations,
  destination: Destination | null,
  message: AlertMessage,
): Promise<string | null> {
  if (!destination) return 'unconfigured'
  try {
    await sendMessage(destination, message)
    return null
  } catch (error) {
    const { type: channel } = destination
    log.warn(
      { error, tenant_id: message.tenantId, alert: message.historyId, channel },
      'an alert could not be sent',
    )
    return explainFailure(error)
  }
}

async function finish(
  { kernel: { database, clock } }: Operations,
  tenantId: string,
  { history_id: historyId, channel, attempts }: Claimed,
  reason: string | null,
): Promise<void> {
  const now = clock.now()
  const next = reason === null ? undefined : RETRY_AFTER_MS[attempts - 1]
  const status =
    reason === null ? 'delivered' : reason === 'unconfigured' ? 'not_delivered' : next ? 'pending' : 'failed'
  const dueAt = status === 'pending' ? new Date(now + next!) : null
  await database.transaction(tenantId, (session) =>
    session.query(
      `UPDATE alert_deliveries SET status = $4, reason = $5, due_at = $6, delivered_at = $7
       WHERE tenant_id = $1 AND history_id = $2 AND channel = $3`,
      [tenantId, historyId, channel, status, reason, dueAt, reason === null ? new Date(now) : null],
    ),
  )
}

const messageOf = (delivery: Claimed, tenantId: string, installation: string): AlertMessage => ({
  historyId: delivery.history_id,
  alertId: delivery.alert_config_id,
  name: delivery.name,
  tenantId,
  installation,
  ruleType: delivery.metadata.rule_type,
  operator: delivery.metadata.comparison_operator,
  threshold: delivery.metadata.threshold,
  windowSeconds: delivery.metadata.window_seconds,
  value: delivery.metadata.value,
  text: delivery.message,
  triggeredAt: delivery.triggered_at.toISOString(),
})

/** Sends what is due in every tenant. */
export async function deliverDueAlerts(operations: Operations): Promise<void> {
  const { database, clock, log } = operations.kernel
  const tenants = await database.statement<{ tenant_id: string }>(
    'SELECT tenant_id FROM find_due_deliveries($1)',
    [new Date(clock.now())],
  )
  for (const { tenant_id: tenantId } of tenants) {
    await deliverAlerts(operations, tenantId).catch((error) =>
      log.warn({ error: (error as Error).message }, 'alerts could not be sent; it is tried again'),
    )
  }
}
