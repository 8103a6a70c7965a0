import type { Principal } from '../kernel/schema.ts'
import { notFound, stateConflict } from '../lib/errors.ts'
import { requireRole, requireUser } from './authorize-access.ts'
import type { Identity } from './context.ts'
import { INVITATION_COLUMNS, type InvitationRow, presentInvitation } from './invitation-row.ts'
import { isUuid } from './is-uuid.ts'
import type { Invitation } from './schema.ts'

/**
 * Takes an invitation back; its token is dead at once. Revoking it again keeps the first time.
 *
 * @throws AppError INVITATION_NOT_FOUND; INVITATION_ACCEPTED when somebody has joined by it already.
 */
export async function revokeInvitation(
  { database, clock }: Identity,
  principal: Principal,
  invitationId: string,
): Promise<Invitation> {
  requireUser(principal)
  requireRole(principal, ['admin'])
  const now = clock.now()
  const [row] = isUuid(invitationId)
    ? await database.transaction(principal.tenantId, (transaction) =>
        transaction.query<InvitationRow>(
          `UPDATE invitations SET revoked_at = CASE WHEN accepted_at IS NULL THEN coalesce(revoked_at, $3) END
           WHERE tenant_id = $1 AND id = $2 RETURNING ${INVITATION_COLUMNS}`,
          [principal.tenantId, invitationId, new Date(now).toISOString()],
        ),
      )
    : []
  if (!row) {
    throw notFound(
      'INVITATION_NOT_FOUND',
      'Invitation not found',
      'id',
      'no invitation of this tenant has this id',
    )
  }
  if (row.accepted_at) {
    const message =
      'expected an invitation that nobody has used, got one by which somebody joined: change their role instead'
    throw stateConflict('INVITATION_ACCEPTED', message, { path: 'id' })
  }
  return presentInvitation(row, now)
}
