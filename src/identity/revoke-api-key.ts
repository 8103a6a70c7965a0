import { describeChanges } from '../kernel/audit/describe-changes.ts'
import type { Principal } from '../kernel/schema.ts'
import { notFound } from '../lib/errors.ts'
import { API_KEY_COLUMNS, type ApiKeyRow, presentApiKey } from './api-key-row.ts'
import { requireUser } from './authorize-access.ts'
import { changeWithAudit } from './change-with-audit.ts'
import type { Identity } from './context.ts'
import { isUuid } from './is-uuid.ts'
import { type Client, UNKNOWN_CLIENT } from './open-session.ts'
import type { ApiKey } from './schema.ts'

/**
 * Revokes one of the signed-in user's own keys; it is dead at once. Revoking it again keeps the first time.
 *
 * @throws AppError API_KEY_NOT_FOUND when the id is unknown or somebody else's, which look the same.
 */
export async function revokeApiKey(
  identity: Identity,
  principal: Principal,
  apiKeyId: string,
  client: Client = UNKNOWN_CLIENT,
): Promise<ApiKey> {
  const userId = requireUser(principal)
  const key = isUuid(apiKeyId)
    ? await changeWithAudit(identity, principal.tenantId, client, async (transaction, audit) => {
        const [row] = await transaction.query<ApiKeyRow>(
          `UPDATE api_keys SET revoked_at = coalesce(revoked_at, $3) WHERE id = $1 AND user_id = $2
           RETURNING ${API_KEY_COLUMNS}`,
          [apiKeyId, userId, new Date(identity.clock.now()).toISOString()],
        )
        if (!row) return null
        const revoked = presentApiKey(row)
        await audit(principal, {
          action: 'delete',
          resourceType: 'api_key',
          resourceId: revoked.id,
          changes: describeChanges(revoked, null, { told: ['name', 'prefix'] }),
        })
        return revoked
      })
    : null
  if (!key) throw notFound('API_KEY_NOT_FOUND', 'API key not found', 'id', 'no key of yours has this id')
  return key
}
