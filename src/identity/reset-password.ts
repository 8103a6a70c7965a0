import { type Actor, changeWithAudit } from './change-with-audit.ts'
import type { Identity } from './context.ts'
import { findAccount } from './find-account.ts'

/** Gives an account a new password and ends all its sessions, as whoever owns the database. Null: nobody has this e-mail. */
export async function resetPassword(
  identity: Identity,
  email: string,
  password: string,
  by: Actor,
): Promise<{ tenantId: string; userId: string } | null> {
  const account = await findAccount(identity, email)
  if (!account) return null
  const { tenantId, userId } = account
  const passwordHash = await identity.passwords.hashPassword(password)
  await changeWithAudit(identity, tenantId, null, async (transaction, audit) => {
    await transaction.query('UPDATE users SET password_hash = $3 WHERE tenant_id = $1 AND id = $2', [
      tenantId,
      userId,
      passwordHash,
    ])
    await transaction.query('UPDATE sessions SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL', [
      userId,
      new Date(identity.clock.now()).toISOString(),
    ])
    const changes = { members: ['password'] }
    await audit(by, { action: 'update', resourceType: 'user', resourceId: userId, changes })
  })
  return account
}
