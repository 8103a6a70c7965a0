import type { Principal } from '../kernel/schema.ts'
import { API_KEY_COLUMNS, type ApiKeyRow, presentApiKey } from './api-key-row.ts'
import { requireUser } from './authorize-access.ts'
import type { Identity } from './context.ts'
import type { ApiKey } from './schema.ts'

/** The signed-in user's own keys, revoked and expired ones too, newest first. */
export async function listApiKeys({ database }: Identity, principal: Principal): Promise<ApiKey[]> {
  const userId = requireUser(principal)
  const rows = await database.transaction(principal.tenantId, (transaction) =>
    transaction.query<ApiKeyRow>(
      `SELECT ${API_KEY_COLUMNS} FROM api_keys WHERE tenant_id = $1 AND user_id = $2 ORDER BY created_at DESC, id`,
      [principal.tenantId, userId],
    ),
  )
  return rows.map(presentApiKey)
}
