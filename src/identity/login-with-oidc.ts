import { DEFAULT_TENANT } from '../kernel/schema.ts'
import { stateConflict } from '../lib/errors.ts'
import type { Session } from '../store/database.ts'
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
): Promise<{ session: SessionAnswer; isNew: boolean }> {
  const { database } = identity
  const [known] = await database.statement<{ tenant_id: string; user_id: string }>(
    'SELECT tenant_id, user_id FROM find_user_by_identity($1, $2)',
    [claims.issuer, claims.subject],
  )
  if (known) {
    const opened = await database.transaction(known.tenant_id, (transaction) =>
      openSessionOf(identity, transaction, known.user_id, client),
    )
    return { session: await answerSession(identity, opened), isNew: false }
  }
  const account = await findAccount(identity, claims.email)
  if (account) {
    if (account.userId !== userId) throw emailTaken()
    const opened = await database.transaction(account.tenantId, async (transaction) => {
      const session = await openSessionOf(identity, transaction, account.userId, client)
      await insertIdentity(identity, transaction, session, claims)
      return session
    })
    return { session: await answerSession(identity, opened), isNew: false }
  }
  const newUser = { email: claims.email, name: claims.name, passwordHash: null }
  const place = joinsDefaultTenant ? ({ tenantId: DEFAULT_TENANT, role: 'user' } as const) : null
  const opened = await enterUser(identity, newUser, client, { place }, (transaction, session) =>
    insertIdentity(identity, transaction, session, claims),
  )
  return { session: await answerSession(identity, opened), isNew: true }
}

async function openSessionOf(
  identity: Identity,
  transaction: Session,
  userId: string,
  client: Client,
): Promise<OpenedSession> {
  const [row] = await transaction.query<UserRow>(`SELECT ${USER_COLUMNS} FROM users WHERE id = $1`, [userId])
  if (!row) throw unauthorized('OIDC_REFUSED', 'the account is gone', 'code')
  return openSession(identity, transaction, row, client)
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
