import { passkeyRunOf } from '../../kernel/audit/audit-run.ts'
import { type AuditContext, appendAudit } from '../../kernel/audit/record-audit.ts'
import type { LedgerTransaction } from '../../kernel/ledger/ledger.ts'
import { newId } from '../../lib/ids.ts'
import { timestampAfter } from '../../lib/timestamp.ts'
import { PASSKEY_COLUMNS, type PasskeyRow } from './passkey-row.ts'

/**
 * Removes a passkey of an account, or all of them where `id` is null, inside the caller's transaction. Each is told in its own
 * run, for whoever verifies a signature of it, and in the audit log.
 */
export async function removePasskeys(
  transaction: LedgerTransaction,
  context: AuditContext,
  userId: string,
  id: string | null,
): Promise<PasskeyRow[]> {
  const { clock, principal } = context
  const rows = await transaction.query<PasskeyRow>(
    `DELETE FROM webauthn_credentials WHERE tenant_id = $1 AND user_id = $2 AND ($3::uuid IS NULL OR id = $3)
     RETURNING ${PASSKEY_COLUMNS}`,
    [principal.tenantId, userId, id],
  )
  for (const row of rows) {
    await transaction.append(passkeyRunOf(row.credential_id), (head) => [
      {
        kind: 'passkey_removed',
        eventId: newId('evt'),
        occurredAt: timestampAfter(clock.now(), head.newestNs).iso,
        actor: principal.id,
        payload: { credential_id: row.credential_id, owner: `user:${userId}` },
      },
    ])
    await appendAudit(transaction, context, {
      action: 'delete',
      resourceType: 'passkey',
      resourceId: row.id,
      changes: { name: row.name },
    })
  }
  return rows
}
