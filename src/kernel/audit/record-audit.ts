import type { Json } from '../../lib/canonical-json.ts'
import { AppError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { timestampAfter } from '../../lib/timestamp.ts'
import type { Context, Kernel } from '../context.ts'
import type { LedgerTransaction } from '../ledger/ledger.ts'
import type { NewEvent, RunHead } from '../ledger/seal-event.ts'
import { auditRunAt } from './audit-run.ts'
import type { AuditAction } from './schema.ts'

export type AuditEntry = {
  action: AuditAction
  resourceType: string
  resourceId: string | null
  changes?: Record<string, Json> | null
  /** Recorded once under this name, however often it is told. */
  onceAs?: string
}

/** Who did it and where from. An ordinary context is one. */
export type AuditContext = Pick<Kernel, 'clock'> & {
  principal: Pick<Context['principal'], 'id' | 'ownerId' | 'tenantId'>
  client?: Context['client']
}

/**
 * Appends an entry to the tenant's audit log, which is part of the ledger: the same chain, the same proofs.
 *
 * @throws AppError 500 STORAGE_WRITE_ERROR
 */
export async function recordAudit(
  context: AuditContext & Pick<Kernel, 'ledger'>,
  entry: AuditEntry,
): Promise<void> {
  const { ledger, clock, principal } = context
  try {
    await ledger.append(principal.tenantId, auditRunAt(clock.now()), (head) => [
      eventOf(context, entry, head),
    ])
  } catch (error) {
    if (!entry.onceAs || !(error instanceof AppError) || error.code !== 'DUPLICATE_EVENT_ID') throw error
  }
}

/** The same in the transaction of the change that it tells of: both are written or neither. Comes last in it. */
export async function appendAudit(
  transaction: LedgerTransaction,
  context: AuditContext,
  entry: AuditEntry,
): Promise<void> {
  await transaction.append(auditRunAt(context.clock.now()), (head) => [eventOf(context, entry, head)])
}

function eventOf({ clock, principal, client }: AuditContext, entry: AuditEntry, head: RunHead): NewEvent {
  return {
    kind: 'audit_recorded',
    eventId: entry.onceAs ?? newId('evt'),
    occurredAt: timestampAfter(clock.now(), head.newestNs).iso,
    actor: principal.id,
    payload: {
      action: entry.action,
      resource_type: entry.resourceType,
      resource_id: entry.resourceId,
      changes: entry.changes ?? null,
      owner: principal.ownerId,
      ip_address: client?.ip ?? null,
      user_agent: client?.userAgent ?? null,
    },
  }
}
