import type { Principal } from '../kernel/schema.ts'
import { ownerIdOf } from './authorize-access.ts'
import type { Identity } from './context.ts'
import type { User } from './schema.ts'
import { presentUser, USER_COLUMNS, type UserRow } from './user-row.ts'

/** The user behind a principal: themselves, or the owner of the API key. */
export async function readUser({ database }: Identity, principal: Principal): Promise<User> {
  const userId = ownerIdOf(principal)
  const [row] = await database.transaction(principal.tenantId, (transaction) =>
    transaction.query<UserRow>(`SELECT ${USER_COLUMNS} FROM users WHERE id = $1`, [userId]),
  )
  return presentUser(row!)
}
