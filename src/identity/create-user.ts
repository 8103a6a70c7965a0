import { DEFAULT_TENANT } from '../kernel/schema.ts'
import { notFound } from '../lib/errors.ts'
import { type Actor, changeWithAudit } from './change-with-audit.ts'
import type { Identity } from './context.ts'
import { findAccount } from './find-account.ts'
import { emailTaken, insertUser, isFirstUser, tellTakenEmail } from './insert-user.ts'
import type { Role } from './schema.ts'
import type { UserRow } from './user-row.ts'

type CreateUser = {
  email: string
  name: string
  password: string
  tenantId: string
  /** Null: `admin` for the first account of the installation, else `user`. */
  role: Role | null
  /** Who makes it. */
  by: Actor
}

/**
 * Makes an account for somebody, as whoever owns the database; nobody is signed in by it.
 *
 * @throws AppError EMAIL_TAKEN; TENANT_NOT_FOUND.
 */
export async function createUser(
  identity: Identity,
  { email, name, password, tenantId, role, by }: CreateUser,
): Promise<UserRow> {
  if (await findAccount(identity, email)) throw emailTaken()
  const passwordHash = await identity.passwords.hashPassword(password)
  try {
    return await changeWithAudit(identity, tenantId, null, async (transaction, audit) => {
      const first = await isFirstUser(transaction)
      const found = await transaction.query('SELECT FROM tenants WHERE tenant_id = $1', [tenantId])
      if (found.length === 0 && tenantId !== DEFAULT_TENANT) {
        throw notFound('TENANT_NOT_FOUND', `no tenant has the id '${tenantId}'`, 'tenant', 'unknown tenant')
      }
      const place = { tenantId, role: role ?? (first ? 'admin' : 'user') }
      const user = await insertUser(identity, transaction, { email, name, passwordHash }, place)
      const changes = { role: { to: user.role } }
      await audit(by, { action: 'create', resourceType: 'user', resourceId: user.id, changes })
      return user
    })
  } catch (error) {
    throw tellTakenEmail(error)
  }
}
