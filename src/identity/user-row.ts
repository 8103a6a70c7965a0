import type { Role, User } from './schema.ts'

/** A user as the database keeps it, without what must never leave it. */
export type UserRow = {
  id: string
  tenant_id: string
  email: string
  name: string
  avatar_url: string | null
  role: Role
  created_at: Date
  /** Null until they sign in, for those who registered before there were such ids. */
  logline_id: string | null
}

/** The columns of `UserRow`, named so that no `*` can carry a hash along. */
export const USER_COLUMNS = 'id, tenant_id, email, name, avatar_url, role, created_at, logline_id'

export function presentUser(row: UserRow): User {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    avatar_url: row.avatar_url,
    role: row.role,
    tenant_id: row.tenant_id,
    created_at: row.created_at.toISOString(),
    logline_id: row.logline_id,
  }
}
