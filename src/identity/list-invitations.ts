import type { Principal } from '../kernel/schema.ts'
import { requireRole, requireUser } from './authorize-access.ts'
import type { Identity } from './context.ts'
import { INVITATION_COLUMNS, type InvitationRow, presentInvitation } from './invitation-row.ts'
import type { Invitation } from './schema.ts'

const MOST = 200

/** The newest invitations into the administrator's tenant, those that are over too. */
export async function listInvitations(
  { database, clock }: Identity,
  principal: Principal,
): Promise<Invitation[]> {
  requireUser(principal)
  requireRole(principal, ['admin'])
  const rows = await database.transaction(principal.tenantId, (transaction) =>
    transaction.query<InvitationRow>(
      `SELECT ${INVITATION_COLUMNS} FROM invitations WHERE tenant_id = $1 ORDER BY created_at DESC, id LIMIT $2`,
      [principal.tenantId, MOST],
    ),
  )
  return rows.map((row) => presentInvitation(row, clock.now()))
}
