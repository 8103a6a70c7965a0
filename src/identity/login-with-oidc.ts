import { DEFAULT_TENANT } from '../kernel/schema.ts'
import { stateConflict } from '../lib/errors.ts'
import type { Session } from '../store/database.ts'
import { changeWithAudit, personOf } from './change-with-audit.ts'
import type { Identity } from './context.ts'
import { findAccount } from './find-account.ts'
import type { OidcClaims } from './oidc.ts'
import { answerSession, type Client, type OpenedSession, openSession } from './open-session.ts'
import { enterUser } from './register-user.ts'
import type { SessionAnswer } from './schema.ts'
import { unauthorized } from './unauthorized.ts'
import { USER_COLUMNS, type UserRow } from './user-row.ts'

type OidcLogin = {
  claims: OidcClaims
  /** Whoever was signed in when it began: the provider's account is added to theirs. */
  userId: string | null
  /** New accounts join the installation's tenant, because the operator vouches for their domains. */
  joinsDefaultTenant: boolean
}

/**
 * Signs in whoever a provider vouches for; somebody new gets an account without a password. An account that has the
 * e-mail already is never taken over: anybody could have registered it with a password of theirs before.
 *
 * @throws AppError OIDC_EMAIL_TAKEN.
 */
export async function loginWithOidc(
  identity: Identity,
  { claims, userId, joinsDefaultTenant }: OidcLogin,
  client: Client,
): Promise<SessionAnswer> {
  const { database } = identity
  const [known] = await database.statement<{ tenant_id: string; user_id: string }>(
    'SELECT tenant_id, user_id FROM find_user_by_identity($1, $2)',
    [claims.issuer, claims.subject],
  )
  if (known) {
    const at = { tenantId: known.tenant_id, userId: known.user_id }
    return answerSession(identity, await enterAgain(identity, at, client))
  }
  const account = await findAccount(identity, claims.email)
  if (account) {
    if (account.userId !== userId) throw emailTaken()
    const opened = await enterAgain(identity, account, client, (transaction, session) =>
      insertIdentity(identity, transaction, session, claims),
    )
    return answerSession(identity, opened)
  }
  const newUser = { email: claims.email, name: claims.name, passwordHash: null }
  const place = joinsDefaultTenant ? ({ tenantId: DEFAULT_TENANT, role: 'user' } as const) : null
  const opened = await enterUser(identity, newUser, client, { place }, (transaction, session) =>
    insertIdentity(identity, transaction, session, claims),
  )
  return answerSession(identity, opened)
}

/** Opens a session of an account that is there already. */
function enterAgain(
  identity: Identity,
  { tenantId, userId }: { tenantId: string; userId: string },
  client: Client,
  alongside: (transaction: Session, opened: OpenedSession) => Promise<void> = async () => {},
): Promise<OpenedSession> {
  return changeWithAudit(identity, tenantId, client, async (transaction, audit) => {
    const [row] = await transaction.query<UserRow>(`SELECT ${USER_COLUMNS} FROM users WHERE id = $1`, [
      userId,
    ])
    if (!row) throw unauthorized('OIDC_REFUSED', 'the account is gone', 'code')
    const session = await openSession(identity, transaction, row, client)
    await alongside(transaction, session)
    await audit(personOf(userId), { action: 'login', resourceType: 'user', resourceId: userId })
    return session
  })
}

async function insertIdentity(
  { clock }: Identity,
  transaction: Session,
  { user }: OpenedSession,
  { issuer, subject }: OidcClaims,
): Promise<void> {
  await transaction.query(
    'INSERT INTO user_identities (tenant_id, issuer, subject, user_id, created_at) VALUES ($1, $2, $3, $4, $5)',
    [user.tenant_id, issuer, subject, user.id, new Date(clock.now()).toISOString()],
  )
}

function emailTaken() {
  const message =
    'expected an e-mail without an account, got one that has a password: sign in with it, then start this sign-in again'
  return stateConflict('OIDC_EMAIL_TAKEN', message, { path: 'email' })
}
