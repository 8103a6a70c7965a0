import type { Principal } from '../kernel/schema.ts'
import { AppError, notFound, stateConflict } from '../lib/errors.ts'
import type { Session } from '../store/database.ts'
import { isOperator, requireRole, requireUser } from './authorize-access.ts'
import { changeWithAudit } from './change-with-audit.ts'
import type { Identity } from './context.ts'
import { isUuid } from './is-uuid.ts'
import { type Client, UNKNOWN_CLIENT } from './open-session.ts'
import type { Role, User } from './schema.ts'
import { presentUser, USER_COLUMNS, type UserRow } from './user-row.ts'

/**
 * Gives a member of the administrator's tenant another role; it holds from their next request on, for their keys too.
 * Administrators of the installation may do so in every tenant: one that somebody registered for themselves has no
 * administrator until then.
 *
 * @throws AppError FORBIDDEN unless a signed-in administrator asks; OWN_ROLE; MEMBER_NOT_FOUND; LAST_ADMIN.
 */
export async function changeRole(
  identity: Identity,
  principal: Principal,
  userId: string,
  role: Role,
  client: Client = UNKNOWN_CLIENT,
): Promise<User> {
  const ownId = requireUser(principal)
  requireRole(principal, ['admin'])
  if (!isUuid(userId)) throw memberNotFound()
  if (userId.toLowerCase() === ownId) throw ownRole()
  let { tenantId } = principal
  if (isOperator(principal)) {
    const [found] = await identity.database.statement<{ tenant_id: string }>(
      'SELECT tenant_id FROM find_user_by_id($1)',
      [userId],
    )
    if (!found) throw memberNotFound()
    tenantId = found.tenant_id
  }
  return changeWithAudit(identity, tenantId, client, async (transaction, audit) => {
    // Two administrators who demote each other at once wait here, so that the second one finds a last one.
    await transaction.query('SELECT FROM tenants WHERE tenant_id = $1 FOR UPDATE', [tenantId])
    const [row] = await transaction.query<UserRow>(
      `SELECT ${USER_COLUMNS} FROM users WHERE tenant_id = $1 AND id = $2`,
      [tenantId, userId],
    )
    if (!row) throw memberNotFound()
    if (row.role === 'admin' && role !== 'admin') await keepAnAdmin(transaction, tenantId)
    await transaction.query('UPDATE users SET role = $3 WHERE tenant_id = $1 AND id = $2', [
      tenantId,
      userId,
      role,
    ])
    // The installation's administrator does so in every tenant: it is told where the person is.
    const changes = { role: { to: role } }
    await audit(principal, { action: 'update', resourceType: 'user', resourceId: row.id, changes })
    return presentUser({ ...row, role })
  })
}

async function keepAnAdmin(transaction: Session, tenantId: string): Promise<void> {
  const admins = await transaction.query(
    "SELECT id FROM users WHERE tenant_id = $1 AND role = 'admin' LIMIT 2",
    [tenantId],
  )
  if (admins.length > 1) return
  const message =
    'expected another administrator to remain, got the last one: give somebody else the role first'
  throw stateConflict('LAST_ADMIN', message, { path: 'role' })
}

const memberNotFound = () =>
  notFound('MEMBER_NOT_FOUND', 'Member not found', 'id', 'nobody in this tenant has this id')

function ownRole(): AppError {
  const code = 'OWN_ROLE'
  const message = 'expected somebody else, got yourself: another administrator changes your role'
  return new AppError({
    code,
    status: 403,
    message,
    details: [{ path: 'id', message, type: 'forbidden', code }],
  })
}
