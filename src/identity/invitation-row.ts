import type { Invitation, Role } from './schema.ts'

/** An invitation as the database keeps it, without the hash of its token. */
export type InvitationRow = {
  id: string
  email: string
  role: Role
  created_by: string
  created_at: Date
  expires_at: Date
  accepted_at: Date | null
  revoked_at: Date | null
}

export const INVITATION_COLUMNS =
  'id, email, role, created_by, created_at, expires_at, accepted_at, revoked_at'

export function presentInvitation(row: InvitationRow, now: number): Invitation {
  return {
    id: row.id,
    email: row.email,
    role: row.role,
    status: statusOf(row, now),
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    accepted_at: row.accepted_at?.toISOString() ?? null,
    revoked_at: row.revoked_at?.toISOString() ?? null,
  }
}

function statusOf(row: InvitationRow, now: number): Invitation['status'] {
  if (row.accepted_at) return 'accepted'
  if (row.revoked_at) return 'revoked'
  return row.expires_at.getTime() <= now ? 'expired' : 'pending'
}
