import type { Context } from '../../kernel/context.ts'
import { requireUser } from '../authorize-access.ts'
import { isUuid } from '../is-uuid.ts'
import { passkeyNotFound, presentPasskey } from './passkey-row.ts'
import { removePasskeys } from './remove-passkeys.ts'
import type { Passkey } from './schema.ts'

/**
 * Removes a passkey of the signed-in user: it proves nothing from now on. What it signed before stays in the ledger with its
 * public key.
 *
 * @throws AppError 404 PASSKEY_NOT_FOUND
 */
export async function deletePasskey(context: Context, id: string): Promise<Passkey> {
  const { ledger, principal } = context
  const userId = requireUser(principal)
  if (!isUuid(id)) throw passkeyNotFound()
  return ledger.transaction(principal.tenantId, async (transaction) => {
    const [row] = await removePasskeys(transaction, context, userId, id)
    if (!row) throw passkeyNotFound()
    return presentPasskey(row)
  })
}
