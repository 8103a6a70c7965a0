import { appendAudit } from '../../kernel/audit/record-audit.ts'
import type { Context } from '../../kernel/context.ts'
import { requireUser } from '../authorize-access.ts'
import { isUuid } from '../is-uuid.ts'
import { PASSKEY_COLUMNS, type PasskeyRow, passkeyNotFound, presentPasskey } from './passkey-row.ts'
import type { Passkey } from './schema.ts'

/** Gives a passkey of the signed-in user another name. @throws AppError 404 PASSKEY_NOT_FOUND */
export async function renamePasskey(context: Context, id: string, name: string): Promise<Passkey> {
  const { ledger, principal } = context
  const userId = requireUser(principal)
  if (!isUuid(id)) throw passkeyNotFound()
  return ledger.transaction(principal.tenantId, async (transaction) => {
    const [row] = await transaction.query<PasskeyRow>(
      `UPDATE webauthn_credentials SET name = $4 WHERE tenant_id = $1 AND id = $2 AND user_id = $3
       RETURNING ${PASSKEY_COLUMNS}`,
      [principal.tenantId, id, userId, name],
    )
    if (!row) throw passkeyNotFound()
    await appendAudit(transaction, context, {
      action: 'update',
      resourceType: 'passkey',
      resourceId: row.id,
      changes: { name },
    })
    return presentPasskey(row)
  })
}
