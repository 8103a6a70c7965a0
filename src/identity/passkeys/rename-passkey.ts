import type { Principal } from '../../kernel/schema.ts'
import { requireUser } from '../authorize-access.ts'
import type { Identity } from '../context.ts'
import { isUuid } from '../is-uuid.ts'
import { PASSKEY_COLUMNS, type PasskeyRow, passkeyNotFound, presentPasskey } from './passkey-row.ts'
import type { Passkey } from './schema.ts'

/** Gives a passkey of the signed-in user another name. @throws AppError 404 PASSKEY_NOT_FOUND */
export async function renamePasskey(
  { database }: Identity,
  principal: Principal,
  id: string,
  name: string,
): Promise<Passkey> {
  const userId = requireUser(principal)
  if (!isUuid(id)) throw passkeyNotFound()
  const [row] = await database.transaction(principal.tenantId, (transaction) =>
    transaction.query<PasskeyRow>(
      `UPDATE webauthn_credentials SET name = $4 WHERE tenant_id = $1 AND id = $2 AND user_id = $3
       RETURNING ${PASSKEY_COLUMNS}`,
      [principal.tenantId, id, userId, name],
    ),
  )
  if (!row) throw passkeyNotFound()
  return presentPasskey(row)
}
