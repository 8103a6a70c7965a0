import type { Session } from '../../store/database.ts'
import type { AlertConfigInput, AlertHistory } from './schema.ts'

export type AlertRow = AlertConfigInput & {
  id: string
  tenant_id: string
  last_checked_at: Date | null
  created_at: Date
  updated_at: Date
}

export const ALERT_COLUMNS = `id, tenant_id, name, description, rule_type, threshold, comparison_operator, window_seconds,
  notification_channels, destinations, enabled, last_checked_at, created_at, updated_at`

export const listAlertRows = (session: Session, tenantId: string): Promise<AlertRow[]> =>
  session.query<AlertRow>(
    `SELECT ${ALERT_COLUMNS} FROM alert_configs WHERE tenant_id = $1 ORDER BY created_at, id LIMIT 1000`,
    [tenantId],
  )

/** The alert as it is until this transaction changes it. */
export async function lockAlert(session: Session, tenantId: string, id: string): Promise<AlertRow | null> {
  const [row] = await session.query<AlertRow>(
    `SELECT ${ALERT_COLUMNS} FROM alert_configs WHERE tenant_id = $1 AND id = $2 FOR UPDATE`,
    [tenantId, id],
  )
  return row ?? null
}

export async function upsertAlert(session: Session, row: AlertRow): Promise<void> {
  await session.query(
    `INSERT INTO alert_configs (${ALERT_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     ON CONFLICT (tenant_id, id) DO UPDATE SET name = EXCLUDED.name, description = EXCLUDED.description,
       rule_type = EXCLUDED.rule_type, threshold = EXCLUDED.threshold, comparison_operator = EXCLUDED.comparison_operator,
       window_seconds = EXCLUDED.window_seconds, notification_channels = EXCLUDED.notification_channels, destinations = EXCLUDED.destinations,
       enabled = EXCLUDED.enabled, updated_at = EXCLUDED.updated_at`,
    [
      row.id,
      row.tenant_id,
      row.name,
      row.description,
      row.rule_type,
      row.threshold,
      row.comparison_operator,
      row.window_seconds,
      row.notification_channels,
      JSON.stringify(row.destinations),
      row.enabled,
      row.last_checked_at,
      row.created_at,
      row.updated_at,
    ],
  )
}

/** Who is told by e-mail where nobody else is named. */
export async function readAdministrators(session: Session, tenantId: string): Promise<string[]> {
  const rows = await session.query<{ email: string }>(
    "SELECT email FROM users WHERE tenant_id = $1 AND role = 'admin' ORDER BY created_at LIMIT 20",
    [tenantId],
  )
  return rows.map(({ email }) => email)
}

type HistoryRow = Omit<AlertHistory, 'triggered_at' | 'resolved_at' | 'deliveries'> & {
  triggered_at: Date
  resolved_at: Date | null
}
type DeliveryRow = Omit<AlertHistory['deliveries'][number], 'delivered_at'> & {
  history_id: string
  delivered_at: Date | null
}

/** Times that alerts were raised, youngest first, each with whom was told. */
export async function readHistory(
  session: Session,
  tenantId: string,
  which: { id?: string[]; configId?: string; isOpen?: boolean; offset: number; limit: number },
): Promise<{ history: AlertHistory[]; total: number }> {
  const where = `h.tenant_id = $1 AND ($2::text[] IS NULL OR h.id = ANY ($2)) AND ($3::text IS NULL OR h.alert_config_id = $3)
    AND ($4::boolean IS NULL OR (h.resolved_at IS NULL) = $4)`
  const values = [tenantId, which.id ?? null, which.configId ?? null, which.isOpen ?? null]
  const rows = await session.query<HistoryRow>(
    `SELECT id, alert_config_id, triggered_at, resolved_at, resolved_by, message, metadata FROM alert_history h
     WHERE ${where} ORDER BY triggered_at DESC, id LIMIT $5 OFFSET $6`,
    [...values, which.limit, which.offset],
  )
  const [count] = await session.query<{ total: number }>(
    `SELECT count(*)::int AS total FROM alert_history h WHERE ${where}`,
    values,
  )
  const deliveries = await session.query<DeliveryRow>(
    `SELECT history_id, channel, status, attempts, reason, delivered_at FROM alert_deliveries
     WHERE tenant_id = $1 AND history_id = ANY ($2) ORDER BY channel`,
    [tenantId, rows.map(({ id }) => id)],
  )
  const byHistory = Map.groupBy(deliveries, ({ history_id: id }) => id)
  const history = rows.map((row) => ({
    ...row,
    triggered_at: row.triggered_at.toISOString(),
    resolved_at: row.resolved_at?.toISOString() ?? null,
    deliveries: (byHistory.get(row.id) ?? []).map(({ history_id: _, delivered_at, ...delivery }) => ({
      ...delivery,
      delivered_at: delivered_at?.toISOString() ?? null,
    })),
  }))
  return { history, total: count!.total }
}
