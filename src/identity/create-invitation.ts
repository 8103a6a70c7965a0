import { randomUUID } from 'node:crypto'
import { describeChanges } from '../kernel/audit/describe-changes.ts'
import type { Principal } from '../kernel/schema.ts'
import { requireRole, requireUser } from './authorize-access.ts'
import { changeWithAudit } from './change-with-audit.ts'
import type { Identity } from './context.ts'
import { INVITATION_COLUMNS, type InvitationRow, presentInvitation } from './invitation-row.ts'
import { hashOpaqueSecret, newOpaqueSecret } from './opaque-secret.ts'
import { type Client, UNKNOWN_CLIENT } from './open-session.ts'
import type { InvitationCreated, InvitationInput } from './schema.ts'

const LIFE_MS = 7 * 24 * 3_600_000

/**
 * Invites somebody into the administrator's tenant. The answer is the only place where the token ever stands; whoever
 * has it may register under the invited e-mail, once, within seven days.
 *
 * @throws AppError FORBIDDEN for anyone but a signed-in administrator.
 */
export async function createInvitation(
  identity: Identity,
  principal: Principal,
  { email, role }: InvitationInput,
  client: Client = UNKNOWN_CLIENT,
): Promise<InvitationCreated> {
  requireUser(principal)
  requireRole(principal, ['admin'])
  const now = identity.clock.now()
  const token = newOpaqueSecret('csi')
  return changeWithAudit(identity, principal.tenantId, client, async (transaction, audit) => {
    const [row] = await transaction.query<InvitationRow>(
      `INSERT INTO invitations (tenant_id, id, email, role, token_hash, created_by, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING ${INVITATION_COLUMNS}`,
      [
        principal.tenantId,
        randomUUID(),
        email,
        role,
        hashOpaqueSecret(token),
        principal.id,
        new Date(now).toISOString(),
        new Date(now + LIFE_MS).toISOString(),
      ],
    )
    const created = presentInvitation(row!, now)
    await audit(principal, {
      action: 'create',
      resourceType: 'invitation',
      resourceId: created.id,
      changes: describeChanges(null, created, { told: ['email', 'role', 'expires_at'] }),
    })
    return { ...created, invitation_token: token }
  })
}
