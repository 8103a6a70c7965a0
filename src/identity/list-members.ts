import type { Principal } from '../kernel/schema.ts'
import { requireUser } from './authorize-access.ts'
import type { Identity } from './context.ts'
import type { User } from './schema.ts'
import { presentUser, USER_COLUMNS, type UserRow } from './user-row.ts'

const MOST = 1000

/** The people of the user's tenant, in the order in which they came. */
export async function listMembers({ database }: Identity, principal: Principal): Promise<User[]> {
  requireUser(principal)
  const rows = await database.transaction(principal.tenantId, (transaction) =>
    transaction.query<UserRow>(
      `SELECT ${USER_COLUMNS} FROM users WHERE tenant_id = $1 ORDER BY created_at, id LIMIT $2`,
      [principal.tenantId, MOST],
    ),
  )
  return rows.map(presentUser)
}
