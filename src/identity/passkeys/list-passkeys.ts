import type { Principal } from '../../kernel/schema.ts'
import { requireUser } from '../authorize-access.ts'
import type { Identity } from '../context.ts'
import { PASSKEY_COLUMNS, type PasskeyRow, presentPasskey } from './passkey-row.ts'
import type { Passkey } from './schema.ts'

/** The passkeys of the signed-in user, the newest first. */
export async function listPasskeys({ database }: Identity, principal: Principal): Promise<Passkey[]> {
  const userId = requireUser(principal)
  const rows = await database.transaction(principal.tenantId, (transaction) =>
    transaction.query<PasskeyRow>(
      `SELECT ${PASSKEY_COLUMNS} FROM webauthn_credentials WHERE tenant_id = $1 AND user_id = $2
       ORDER BY created_at DESC, id`,
      [principal.tenantId, userId],
    ),
  )
  return rows.map(presentPasskey)
}
