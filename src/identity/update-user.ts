import type { Principal } from '../kernel/schema.ts'
import { AppError } from '../lib/errors.ts'
import { requireUser } from './authorize-access.ts'
import type { Identity } from './context.ts'
import type { User, UserChange } from './schema.ts'
import { presentUser, USER_COLUMNS, type UserRow } from './user-row.ts'

/**
 * Changes the user's own name, picture or password. A new password needs the current one and ends every other session;
 * API keys stay, since they are revoked by name.
 *
 * @throws AppError WRONG_PASSWORD, with nothing changed; RATE_LIMITED when too many passwords are being hashed.
 */
export async function updateUser(
  identity: Identity,
  principal: Principal,
  sessionId: string | null,
  change: UserChange,
): Promise<User> {
  const userId = requireUser(principal)
  const passwordHash = await replacePassword(identity, principal.tenantId, userId, change)
  return identity.database.transaction(principal.tenantId, async (transaction) => {
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
    }
    return presentUser(row!)
  })
}

async function replacePassword(
  { database, passwords }: Identity,
  tenantId: string,
  userId: string,
  { current_password: current, new_password: next }: UserChange,
): Promise<string | null> {
  if (current === undefined || next === undefined) return null
  const [row] = await database.transaction(tenantId, (transaction) =>
    transaction.query<{ password_hash: string | null }>('SELECT password_hash FROM users WHERE id = $1', [
      userId,
    ]),
  )
  if (!(await passwords.verifyPassword(row!.password_hash, current))) throw wrongPassword()
  return passwords.hashPassword(next)
}

/** Not 401: the session is good, and a client must not take it for over. */
function wrongPassword(): AppError {
  const code = 'WRONG_PASSWORD'
  const message = 'expected the current password, got another: nothing was changed'
  return new AppError({
    code,
    status: 403,
    message,
    details: [{ path: 'current_password', message, type: 'forbidden', code }],
  })
}
