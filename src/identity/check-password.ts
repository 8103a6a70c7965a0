import type { Principal } from '../kernel/schema.ts'
import { AppError } from '../lib/errors.ts'
import { requireUser } from './authorize-access.ts'
import type { Identity } from './context.ts'

/**
 * That the signed-in user knows their password, now. It is compared and forgotten.
 *
 * @throws AppError 403 WRONG_PASSWORD, for accounts without a password too; RATE_LIMITED when too many are being hashed.
 */
export async function checkPassword(
  { database, passwords }: Identity,
  principal: Principal,
  password: string,
  path: string,
): Promise<void> {
  const userId = requireUser(principal)
  const [row] = await database.transaction(principal.tenantId, (transaction) =>
    transaction.query<{ password_hash: string | null }>('SELECT password_hash FROM users WHERE id = $1', [
      userId,
    ]),
  )
  if (!(await passwords.verifyPassword(row?.password_hash ?? null, password))) throw wrongPassword(path)
}

/** Not 401: the session is good, and a client must not take it for over. */
function wrongPassword(path: string): AppError {
  const code = 'WRONG_PASSWORD'
  const message = 'expected the current password, got another: nothing was changed'
  return new AppError({
    code,
    status: 403,
    message,
    details: [{ path, message, type: 'forbidden', code }],
  })
}
