import type { Identity } from './context.ts'
import type { Permission } from './schema.ts'

export type TenantKey = {
  id: string
  prefix: string
  name: string
  email: string
  permissions: Permission[]
  expires_at: Date | null
  last_used_at: Date | null
  revoked_at: Date | null
}

/** Every API key of a tenant with the e-mail of its owner, the newest first, as whoever owns the database. */
export function listTenantKeys({ database }: Identity, tenantId: string): Promise<TenantKey[]> {
  return database.transaction(tenantId, (transaction) =>
    transaction.query<TenantKey>(
      `SELECT k.id, k.prefix, k.name, u.email, k.permissions, k.expires_at, k.last_used_at, k.revoked_at
       FROM api_keys k JOIN users u ON u.id = k.user_id WHERE k.tenant_id = $1 ORDER BY k.created_at DESC, k.id`,
      [tenantId],
    ),
  )
}
