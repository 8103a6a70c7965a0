import { changeWithAudit, personOf } from './change-with-audit.ts'
import type { Identity } from './context.ts'
import { emailKey } from './email-key.ts'
import { answerSession, type Client, openSession, UNKNOWN_CLIENT } from './open-session.ts'
import type { LoginInput, SessionAnswer } from './schema.ts'
import { unauthorized } from './unauthorized.ts'
import { USER_COLUMNS, type UserRow } from './user-row.ts'

/** Nobody: looked up in place of an unknown e-mail, so that both ways make the same calls. */
const NOBODY = { tenant_id: 'nobody', user_id: '00000000-0000-0000-0000-000000000000' }

/**
 * Signs a user in. An unknown e-mail and a wrong password get the same answer after the same work.
 *
 * @throws AppError INVALID_CREDENTIALS; RATE_LIMITED when too many passwords are being hashed.
 */
export async function loginUser(
  identity: Identity,
  input: LoginInput,
  client: Client = UNKNOWN_CLIENT,
): Promise<SessionAnswer> {
  const { database, passwords } = identity
  const [found = NOBODY] = await database.statement<typeof NOBODY>(
    'SELECT tenant_id, user_id FROM find_user_by_email($1)',
    [emailKey(input.email)],
  )
  const [row] = await database.transaction(found.tenant_id, (transaction) =>
    transaction.query<UserRow & { password_hash: string }>(
      `SELECT ${USER_COLUMNS}, password_hash FROM users WHERE id = $1`,
      [found.user_id],
    ),
  )
  const matches = await passwords.verifyPassword(row?.password_hash ?? null, input.password)
  if (!row || !matches) {
    throw unauthorized('INVALID_CREDENTIALS', 'no account has this e-mail and password', 'email')
  }
  const opened = await changeWithAudit(identity, row.tenant_id, client, async (transaction, audit) => {
    const session = await openSession(identity, transaction, row, client)
    await audit(personOf(row.id), { action: 'login', resourceType: 'user', resourceId: row.id })
    return session
  })
  return answerSession(identity, opened)
}
