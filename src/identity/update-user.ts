import type { Principal } from '../kernel/schema.ts'
import { requireUser } from './authorize-access.ts'
import { changeWithAudit } from './change-with-audit.ts'
import { checkPassword } from './check-password.ts'
import type { Identity } from './context.ts'
import { type Client, UNKNOWN_CLIENT } from './open-session.ts'
import type { User, UserChange } from './schema.ts'
import { presentUser, USER_COLUMNS, type UserRow } from './user-row.ts'

/**
 * Changes the user's own name, picture or password. A new password needs the current one and ends every other session;
 * API keys and passkeys stay, since they are revoked by name; a passkey that is being made is not taken in any more.
 *
 * @throws AppError WRONG_PASSWORD, with nothing changed; RATE_LIMITED when too many passwords are being hashed.
 */
export async function updateUser(
  identity: Identity,
  principal: Principal,
  sessionId: string | null,
  change: UserChange,
  client: Client = UNKNOWN_CLIENT,
): Promise<User> {
  const userId = requireUser(principal)
  const passwordHash = await replacePassword(identity, principal, change)
  return changeWithAudit(identity, principal.tenantId, client, async (transaction, audit) => {
    const [row] = await transaction.query<UserRow>(
      `UPDATE users SET name = coalesce($3, name), avatar_url = CASE WHEN $4 THEN $5 ELSE avatar_url END,
         password_hash = coalesce($6, password_hash)
       WHERE tenant_id = $1 AND id = $2 RETURNING ${USER_COLUMNS}`,
      [
        principal.tenantId,
        userId,
        change.name ?? null,
        change.avatar_url !== undefined,
        change.avatar_url ?? null,
        passwordHash,
      ],
    )
    if (passwordHash !== null) {
      await transaction.query(
        'UPDATE sessions SET revoked_at = $3 WHERE user_id = $1 AND id IS DISTINCT FROM $2 AND revoked_at IS NULL',
        [userId, sessionId, new Date(identity.clock.now()).toISOString()],
      )
      // Whoever knew the old password may have begun to make a passkey with it.
      await transaction.query('DELETE FROM webauthn_challenges WHERE tenant_id = $1 AND user_id = $2', [
        principal.tenantId,
        userId,
      ])
    }
    const members = Object.keys(change).filter((name) => name !== 'current_password')
    await audit(principal, {
      action: 'update',
      resourceType: 'user',
      resourceId: userId,
      changes: { members },
    })
    return presentUser(row!)
  })
}

async function replacePassword(
  identity: Identity,
  principal: Principal,
  { current_password: current, new_password: next }: UserChange,
): Promise<string | null> {
  if (current === undefined || next === undefined) return null
  await checkPassword(identity, principal, current, 'current_password')
  return identity.passwords.hashPassword(next)
}
