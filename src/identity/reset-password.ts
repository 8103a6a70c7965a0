import { type Actor, changeWithAudit } from './change-with-audit.ts'
import type { Identity } from './context.ts'
import { findAccount } from './find-account.ts'
import { removePasskeys } from './passkeys/remove-passkeys.ts'

/**
 * Gives an account a new password, as whoever owns the database. What somebody else may have made in its name is over: all its
 * sessions, its passkeys and the registration of one that was begun. Null: nobody has this e-mail.
 */
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
    await transaction.query('DELETE FROM webauthn_challenges WHERE tenant_id = $1 AND user_id = $2', [
      tenantId,
      userId,
    ])
    const context = { clock: identity.clock, principal: { ...by, tenantId } }
    const removed = await removePasskeys(transaction, context, userId, null)
    const changes = { members: ['password', ...(removed.length > 0 ? ['passkeys'] : [])] }
    await audit(by, { action: 'update', resourceType: 'user', resourceId: userId, changes })
  })
  return account
}
