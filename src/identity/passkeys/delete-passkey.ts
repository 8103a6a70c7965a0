import type { Principal } from '../../kernel/schema.ts'
import { requireUser } from '../authorize-access.ts'
import type { Identity } from '../context.ts'
import { isUuid } from '../is-uuid.ts'
import { PASSKEY_COLUMNS, type PasskeyRow, passkeyNotFound, presentPasskey } from './passkey-row.ts'
import type { Passkey } from './schema.ts'

/**
 * Removes a passkey of the signed-in user: it proves nothing from now on. What it signed before stays in the ledger with
 * its public key. @throws AppError 404 PASSKEY_NOT_FOUND
 */
export async function deletePasskey(
  { database }: Identity,
  principal: Principal,
  id: string,
): Promise<Passkey> {
  const userId = requireUser(principal)
  if (!isUuid(id)) throw passkeyNotFound()
  const [row] = await database.transaction(principal.tenantId, (transaction) =>
    transaction.query<PasskeyRow>(
      `DELETE FROM webauthn_credentials WHERE tenant_id = $1 AND id = $2 AND user_id = $3
       RETURNING ${PASSKEY_COLUMNS}`,
      [principal.tenantId, id, userId],
    ),
  )
  if (!row) throw passkeyNotFound()
  return presentPasskey(row)
}
