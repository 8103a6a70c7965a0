import { passkeyRunOf } from '../../kernel/audit/audit-run.ts'
import { appendAudit } from '../../kernel/audit/record-audit.ts'
import type { Context } from '../../kernel/context.ts'
import { newId } from '../../lib/ids.ts'
import { timestampAfter } from '../../lib/timestamp.ts'
import { requireUser } from '../authorize-access.ts'
import { isUuid } from '../is-uuid.ts'
import { PASSKEY_COLUMNS, type PasskeyRow, passkeyNotFound, presentPasskey } from './passkey-row.ts'
import type { Passkey } from './schema.ts'

/**
 * Removes a passkey of the signed-in user: it proves nothing from now on, which the run of the passkey tells whoever verifies
 * a signature of it. What it signed before stays in the ledger with its public key.
 *
 * @throws AppError 404 PASSKEY_NOT_FOUND
 */
export async function deletePasskey(context: Context, id: string): Promise<Passkey> {
  const { ledger, clock, principal } = context
  const { tenantId } = principal
  const userId = requireUser(principal)
  if (!isUuid(id)) throw passkeyNotFound()
  return ledger.transaction(tenantId, async (transaction) => {
    const [row] = await transaction.query<PasskeyRow>(
      `DELETE FROM webauthn_credentials WHERE tenant_id = $1 AND id = $2 AND user_id = $3
       RETURNING ${PASSKEY_COLUMNS}`,
      [tenantId, id, userId],
    )
    if (!row) throw passkeyNotFound()
    await transaction.append(passkeyRunOf(row.credential_id), (head) => [
      {
        kind: 'passkey_removed',
        eventId: newId('evt'),
        occurredAt: timestampAfter(clock.now(), head.newestNs).iso,
        actor: principal.id,
        payload: { credential_id: row.credential_id, owner: principal.id },
      },
    ])
    await appendAudit(transaction, context, {
      action: 'delete',
      resourceType: 'passkey',
      resourceId: row.id,
      changes: { name: row.name },
    })
    return presentPasskey(row)
  })
}
