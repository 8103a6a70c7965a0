import { DEFAULT_TENANT } from '../../kernel/schema.ts'
import { newId } from '../../lib/ids.ts'
import type { Session } from '../../store/database.ts'
import { TOKEN_REUSE } from '../metrics/count-event.ts'
import type { TimedIncrement } from '../metrics/metric-rows.ts'
import { readAdministrators, upsertAlert } from './alert-rows.ts'
import { type ChannelSettings, findDestination } from './destinations.ts'
import { AlertChannel, AlertConfigInput } from './schema.ts'

/**
 * Has the alerts on reuse looked at without waiting for their turn, and makes one for a tenant that has none the first time
 * it happens there; whoever deletes it is not given another. Belongs into the transaction that counts: who finds an alert
 * due then finds the count too.
 *
 * @param reuses what was just counted.
 */
export async function noticeTokenReuse(
  session: Session,
  tenantId: string,
  reuses: TimedIncrement[],
  settings: ChannelSettings,
): Promise<void> {
  const [known] = await session.query<{ is_first: boolean; has_alert: boolean }>(
    `SELECT count = $3 AS is_first, EXISTS (SELECT FROM alert_configs WHERE tenant_id = $1 AND rule_type = 'token_reuse') AS has_alert
     FROM metric_totals WHERE tenant_id = $1 AND name = $2`,
    [tenantId, TOKEN_REUSE, reuses.length],
  )
  if (known!.is_first && !known!.has_alert) {
    await makeAlert(session, tenantId, new Date(reuses.at(-1)!.at), settings)
  }
  await session.query(
    `UPDATE alert_configs SET due_since = least(due_since, $2::timestamptz)
     WHERE tenant_id = $1 AND rule_type = 'token_reuse' AND enabled`,
    [tenantId, new Date(Math.min(...reuses.map(({ at }) => at)))],
  )
}

async function makeAlert(
  session: Session,
  tenantId: string,
  at: Date,
  settings: ChannelSettings,
): Promise<void> {
  const owner = {
    destinations: {},
    ofInstallation: tenantId === DEFAULT_TENANT,
    administrators: await readAdministrators(session, tenantId),
  }
  const configured = AlertChannel.options.filter((channel) => findDestination(channel, owner, settings))
  const input = AlertConfigInput.parse({
    name: 'Refresh token reuse',
    description:
      'A refresh token came back after it was spent: two hold it, and one may have stolen it. The session has ended; whose it was stands in the audit log under token_reused.',
    rule_type: 'token_reuse',
    threshold: 0,
    notification_channels: configured.length > 0 ? configured : ['webhook'],
  })
  await upsertAlert(session, {
    ...input,
    id: newId('alert'),
    tenant_id: tenantId,
    last_checked_at: null,
    created_at: at,
    updated_at: at,
  })
}
