import type { SessionView } from './schema.ts'

/** A session as the database keeps it. */
export type SessionRow = {
  id: string
  created_at: Date
  last_used_at: Date | null
  expires_at: Date
  revoked_at: Date | null
  ip: string | null
  user_agent: string | null
}

export const SESSION_COLUMNS = 'id, created_at, last_used_at, expires_at, revoked_at, ip, user_agent'

export function presentSession(row: SessionRow, currentSessionId: string | null): SessionView {
  return {
    id: row.id,
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at?.toISOString() ?? null,
    expires_at: row.expires_at.toISOString(),
    revoked_at: row.revoked_at?.toISOString() ?? null,
    ip: row.ip,
    user_agent: row.user_agent,
    current: row.id === currentSessionId,
  }
}
