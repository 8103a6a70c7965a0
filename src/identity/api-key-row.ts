import type { ApiKey, Permission } from './schema.ts'

/** An API key as the database keeps it, without its hash. */
export type ApiKeyRow = {
  id: string
  name: string
  prefix: string
  permissions: Permission[]
  policies: string[]
  created_at: Date
  expires_at: Date | null
  last_used_at: Date | null
  revoked_at: Date | null
}

/** The columns of `ApiKeyRow`, named so that no `*` can carry the hash along. */
export const API_KEY_COLUMNS =
  'id, name, prefix, permissions, policies, created_at, expires_at, last_used_at, revoked_at'

export function presentApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    permissions: row.permissions,
    policies: row.policies,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at?.toISOString() ?? null,
    last_used_at: row.last_used_at?.toISOString() ?? null,
    revoked_at: row.revoked_at?.toISOString() ?? null,
  }
}
