import { AppError } from '../lib/errors.ts'
import type { Session } from '../store/database.ts'
import type { Identity } from './context.ts'
import { emailKey } from './email-key.ts'
import { hashOpaqueSecret, isOpaqueSecret } from './opaque-secret.ts'
import type { Role } from './schema.ts'

/** What somebody joins by an invitation that is still good. */
export type OpenInvitation = { tenantId: string; invitationId: string; role: Role }

type InvitationState = {
  email: string
  role: Role
  expires_at: Date
  accepted_at: Date | null
  revoked_at: Date | null
}

/**
 * Finds the invitation that a token and an e-mail are for. It is used up later, in the transaction that registers.
 *
 * @throws AppError INVITATION_INVALID, which does not say why: the token alone must not tell for whom it is.
 */
export async function findInvitation(
  { database, clock }: Identity,
  token: string,
  email: string,
): Promise<OpenInvitation> {
  if (!isOpaqueSecret('csi', token)) throw invitationInvalid()
  const [found] = await database.statement<{ tenant_id: string; invitation_id: string }>(
    'SELECT tenant_id, invitation_id FROM find_invitation_by_hash($1)',
    [hashOpaqueSecret(token)],
  )
  if (!found) throw invitationInvalid()
  const [row] = await database.transaction(found.tenant_id, (transaction) =>
    transaction.query<InvitationState>(
      'SELECT email, role, expires_at, accepted_at, revoked_at FROM invitations WHERE id = $1',
      [found.invitation_id],
    ),
  )
  const open = row && !row.accepted_at && !row.revoked_at && row.expires_at.getTime() > clock.now()
  if (!open || emailKey(row.email) !== emailKey(email)) throw invitationInvalid()
  return { tenantId: found.tenant_id, invitationId: found.invitation_id, role: row.role }
}

/**
 * Uses an invitation up, inside the caller's transaction: of those who come at once one gets it.
 *
 * @returns the id of whoever invited.
 */
export async function acceptInvitation(
  { clock }: Identity,
  transaction: Session,
  { tenantId, invitationId }: OpenInvitation,
): Promise<string> {
  const [row] = await transaction.query<{ created_by: string }>(
    `UPDATE invitations SET accepted_at = $3
     WHERE tenant_id = $1 AND id = $2 AND accepted_at IS NULL AND revoked_at IS NULL
       -- Whoever invited must still be one who may.
       AND EXISTS (SELECT FROM users u WHERE u.tenant_id = $1 AND created_by = 'user:' || u.id AND u.role = 'admin')
     RETURNING created_by`,
    [tenantId, invitationId, new Date(clock.now()).toISOString()],
  )
  if (!row) throw invitationInvalid()
  return row.created_by.slice('user:'.length)
}

function invitationInvalid(): AppError {
  const code = 'INVITATION_INVALID'
  const message =
    'expected an invitation for this e-mail that is neither used, revoked nor expired: ask for a new one'
  return new AppError({
    code,
    status: 403,
    message,
    details: [{ path: 'invitation_token', message, type: 'forbidden', code }],
  })
}
