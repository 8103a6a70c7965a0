import type { Principal } from '../kernel/schema.ts'
import { type ApiKeyRow, presentApiKey } from './api-key-row.ts'
import { requireRole, requireUser } from './authorize-access.ts'
import type { Identity } from './context.ts'
import type { TenantApiKey } from './schema.ts'

type TenantKeyRow = ApiKeyRow & { owner_id: string; owner_name: string; owner_email: string }

const MOST = 1000

/**
 * The newest keys of the administrator's tenant with their owners, those that are over too.
 *
 * @throws AppError FORBIDDEN for anyone but a signed-in administrator.
 */
export async function listTenantKeys(identity: Identity, principal: Principal): Promise<TenantApiKey[]> {
  requireUser(principal)
  requireRole(principal, ['admin'])
  return readTenantKeys(identity, principal.tenantId, MOST)
}

/** The newest API keys of a tenant with their owners, as whoever owns the database. */
export async function readTenantKeys(
  { database }: Identity,
  tenantId: string,
  most: number | null,
): Promise<TenantApiKey[]> {
  const rows = await database.transaction(tenantId, (transaction) =>
    transaction.query<TenantKeyRow>(
      `SELECT k.id, k.name, k.prefix, k.permissions, k.policies, k.created_at, k.expires_at, k.last_used_at, k.revoked_at,
         u.id AS owner_id, u.name AS owner_name, u.email AS owner_email
       FROM api_keys k JOIN users u ON u.id = k.user_id WHERE k.tenant_id = $1 ORDER BY k.created_at DESC, k.id LIMIT $2`,
      [tenantId, most],
    ),
  )
  return rows.map((row) => ({
    ...presentApiKey(row),
    owner: { id: row.owner_id, name: row.owner_name, email: row.owner_email },
  }))
}
