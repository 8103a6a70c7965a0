import { describeChanges } from '../../kernel/audit/describe-changes.ts'
import { appendAudit } from '../../kernel/audit/record-audit.ts'
import type { Context } from '../../kernel/context.ts'
import type { LedgerTransaction } from '../../kernel/ledger/ledger.ts'
import { DEFAULT_TENANT } from '../../kernel/schema.ts'
import { notFound } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { Operations } from '../operations.ts'
import {
  type AlertRow,
  listAlertRows,
  lockAlert,
  readAdministrators,
  readHistory,
  upsertAlert,
} from './alert-rows.ts'
import { describeChannels, findDestination, shortenDestinations } from './destinations.ts'
import type {
  AlertChannelState,
  AlertConfig,
  AlertConfigInput,
  AlertConfigPatch,
  AlertHistory,
} from './schema.ts'

export function listAlerts(context: Context, operations: Operations): Promise<AlertConfig[]> {
  const { database, principal } = context
  return database.transaction(principal.tenantId, async (session) => {
    const administrators = await readAdministrators(session, principal.tenantId)
    const rows = await listAlertRows(session, principal.tenantId)
    return rows.map((row) => present(row, administrators, operations))
  })
}

/** Which channels lead somewhere without an alert saying where. */
export async function listChannels(
  { database, principal: { tenantId } }: Context,
  { settings }: Operations,
): Promise<AlertChannelState[]> {
  const administrators = await database.transaction(tenantId, (session) =>
    readAdministrators(session, tenantId),
  )
  return describeChannels({ ofInstallation: tenantId === DEFAULT_TENANT, administrators }, settings.channels)
}

/** Watches something from now on. A channel that nothing can be sent through yet is a warning, not a fault. */
export function createAlert(
  context: Context,
  operations: Operations,
  input: AlertConfigInput,
): Promise<AlertConfig> {
  const at = new Date(context.clock.now())
  const row: AlertRow = {
    ...input,
    id: newId('alert'),
    tenant_id: context.principal.tenantId,
    last_checked_at: null,
    created_at: at,
    updated_at: at,
  }
  return store(context, operations, async () => ({ before: null, after: row }))
}

/** Changes members of an alert, each replaced whole. What it has raised stays. */
export function changeAlert(
  context: Context,
  operations: Operations,
  id: string,
  patch: AlertConfigPatch,
): Promise<AlertConfig> {
  return store(context, operations, async (transaction) => {
    const before = await lockAlert(transaction, context.principal.tenantId, id)
    if (!before) throw alertNotFound(id)
    // What came as JSON has no member without a value.
    const changed = patch as Partial<AlertRow> as AlertRow
    return { before, after: { ...before, ...changed, updated_at: new Date(context.clock.now()) } }
  })
}

/** Removes an alert and what it has raised. */
export function removeAlert(context: Context, id: string): Promise<void> {
  const { ledger, principal } = context
  return ledger.transaction(principal.tenantId, async (transaction) => {
    const before = await lockAlert(transaction, principal.tenantId, id)
    if (!before) throw alertNotFound(id)
    await transaction.query('DELETE FROM alert_configs WHERE tenant_id = $1 AND id = $2', [
      principal.tenantId,
      id,
    ])
    await auditChange(transaction, context, before, null)
  })
}

/** Says that what was raised is over: it may be raised again from now on. Resolving it again changes nothing. */
export function resolveAlert(context: Context, historyId: string): Promise<AlertHistory> {
  const { ledger, principal, clock } = context
  const { tenantId } = principal
  return ledger.transaction(tenantId, async (transaction) => {
    const resolved = await transaction.query(
      `UPDATE alert_history SET resolved_at = $3, resolved_by = $4
       WHERE tenant_id = $1 AND id = $2 AND resolved_at IS NULL RETURNING 1`,
      [tenantId, historyId, new Date(clock.now()), principal.id],
    )
    const { history } = await readHistory(transaction, tenantId, { id: [historyId], offset: 0, limit: 1 })
    if (!history[0]) {
      const message = `No alert was raised under the id '${historyId}'`
      throw notFound('ALERT_HISTORY_NOT_FOUND', 'Alert not found', 'id', message)
    }
    if (resolved.length > 0) {
      await appendAudit(transaction, context, {
        action: 'update',
        resourceType: 'alert',
        resourceId: history[0].alert_config_id,
        changes: { resolved: historyId },
      })
    }
    return history[0]
  })
}

function store(
  context: Context,
  operations: Operations,
  change: (transaction: LedgerTransaction) => Promise<{ before: AlertRow | null; after: AlertRow }>,
): Promise<AlertConfig> {
  const { ledger, principal } = context
  return ledger.transaction(principal.tenantId, async (transaction) => {
    const { before, after } = await change(transaction)
    await upsertAlert(transaction, after)
    await auditChange(transaction, context, before, after)
    return present(after, await readAdministrators(transaction, principal.tenantId), operations)
  })
}

function auditChange(
  transaction: LedgerTransaction,
  context: Context,
  before: AlertRow | null,
  after: AlertRow | null,
): Promise<void> {
  return appendAudit(transaction, context, {
    action: before ? (after ? 'update' : 'delete') : 'create',
    resourceType: 'alert',
    resourceId: (after ?? before)!.id,
    changes: describeChanges(before, after, {
      told: [
        'name',
        'description',
        'rule_type',
        'threshold',
        'comparison_operator',
        'window_seconds',
        'notification_channels',
        'enabled',
      ],
      hashed: ['destinations'],
    }),
  })
}

function present(row: AlertRow, administrators: string[], { settings }: Operations): AlertConfig {
  const owner = {
    destinations: row.destinations,
    ofInstallation: row.tenant_id === DEFAULT_TENANT,
    administrators,
  }
  return {
    ...row,
    destinations: shortenDestinations(row.destinations),
    last_checked_at: row.last_checked_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    warnings: row.notification_channels
      .filter((channel) => findDestination(channel, owner, settings.channels) === null)
      .map((channel) => `${channel} is not configured: nothing will be sent through it`),
  }
}

const alertNotFound = (id: string) =>
  notFound('ALERT_NOT_FOUND', 'Alert not found', 'id', `No alert has the id '${id}'`)
