import { describeChanges } from '../kernel/audit/describe-changes.ts'
import type { Principal } from '../kernel/schema.ts'
import { notFound, stateConflict } from '../lib/errors.ts'
import { requireRole, requireUser } from './authorize-access.ts'
import { changeWithAudit } from './change-with-audit.ts'
import type { Identity } from './context.ts'
import { INVITATION_COLUMNS, type InvitationRow, presentInvitation } from './invitation-row.ts'
import { isUuid } from './is-uuid.ts'
import { type Client, UNKNOWN_CLIENT } from './open-session.ts'
import type { Invitation } from './schema.ts'

/**
 * Takes an invitation back; its token is dead at once. Revoking it again keeps the first time.
 *
 * @throws AppError INVITATION_NOT_FOUND; INVITATION_ACCEPTED when somebody has joined by it already.
 */
export async function revokeInvitation(
  identity: Identity,
  principal: Principal,
  invitationId: string,
  client: Client = UNKNOWN_CLIENT,
): Promise<Invitation> {
  requireUser(principal)
  requireRole(principal, ['admin'])
  const now = identity.clock.now()
  const revoked = isUuid(invitationId)
    ? await changeWithAudit(identity, principal.tenantId, client, async (transaction, audit) => {
        const [row] = await transaction.query<InvitationRow>(
          `UPDATE invitations SET revoked_at = CASE WHEN accepted_at IS NULL THEN coalesce(revoked_at, $3) END
           WHERE tenant_id = $1 AND id = $2 RETURNING ${INVITATION_COLUMNS}`,
          [principal.tenantId, invitationId, new Date(now).toISOString()],
        )
        if (!row) return null
        if (row.accepted_at) throw invitationAccepted()
        const invitation = presentInvitation(row, now)
        await audit(principal, {
          action: 'delete',
          resourceType: 'invitation',
          resourceId: invitation.id,
          changes: describeChanges(invitation, null, { told: ['email', 'role'] }),
        })
        return invitation
      })
    : null
  if (revoked) return revoked
  throw notFound(
    'INVITATION_NOT_FOUND',
    'Invitation not found',
    'id',
    'no invitation of this tenant has this id',
  )
}

function invitationAccepted() {
  const message =
    'expected an invitation that nobody has used, got one by which somebody joined: change their role instead'
  return stateConflict('INVITATION_ACCEPTED', message, { path: 'id' })
}
