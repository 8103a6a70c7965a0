import { randomUUID } from 'node:crypto'
import { issueLoglineId } from '../kernel/logline-id.ts'
import { DEFAULT_TENANT } from '../kernel/schema.ts'
import { type AppError, stateConflict } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import type { Session } from '../store/database.ts'
import { acceptInvitation, findInvitation, type OpenInvitation } from './accept-invitation.ts'
import type { Identity } from './context.ts'
import { emailKey } from './email-key.ts'
import {
  answerSession,
  type Client,
  type OpenedSession,
  openSession,
  UNKNOWN_CLIENT,
} from './open-session.ts'
import type { RegisterInput, Role, SessionAnswer } from './schema.ts'
import type { UserRow } from './user-row.ts'

type NewUser = { email: string; name: string; passwordHash: string; client: Client }

/**
 * Registers a user and signs them in. The first one of an installation becomes the administrator of the default
 * tenant; everybody later gets the role `user` and a tenant of their own, unless an invitation says otherwise.
 *
 * @throws AppError EMAIL_TAKEN; INVITATION_INVALID; RATE_LIMITED when too many passwords are being hashed.
 */
export async function registerUser(
  identity: Identity,
  input: RegisterInput,
  client: Client = UNKNOWN_CLIENT,
): Promise<SessionAnswer> {
  const { database, passwords } = identity
  const taken = await database.statement('SELECT user_id FROM find_user_by_email($1)', [
    emailKey(input.email),
  ])
  if (taken.length > 0) throw emailTaken()
  // Before anything is hashed, and once more when the account is written.
  const invitation =
    input.invitation_token === undefined
      ? null
      : await findInvitation(identity, input.invitation_token, input.email)
  const passwordHash = await passwords.hashPassword(input.password)
  const newUser = { email: input.email, name: input.name, passwordHash, client }
  try {
    const opened = invitation
      ? await insertInvitedUser(identity, newUser, invitation)
      : ((await insertFirstUser(identity, newUser)) ??
        (await insertUser(identity, newUser, { tenantId: newId('ten'), role: 'user' })))
    return await answerSession(identity, opened)
  } catch (error) {
    throw isTakenEmail(error) ? emailTaken() : error
  }
}

/** Answers null when the installation has users already. */
async function insertFirstUser(identity: Identity, newUser: NewUser): Promise<OpenedSession | null> {
  if (await hasUsers(identity.database.statement)) return null
  return identity.database.transaction(DEFAULT_TENANT, async (transaction) => {
    // Whoever registers at the same moment waits here, then sees the first one.
    await transaction.query("SELECT pg_advisory_xact_lock(hashtextextended('first user', 0))")
    if (await hasUsers(transaction.query)) return null
    return insertRows(identity, transaction, newUser, { tenantId: DEFAULT_TENANT, role: 'admin' })
  })
}

async function hasUsers(query: Session['query']): Promise<boolean> {
  const [answer] = await query<{ found: boolean }>('SELECT installation_has_users() AS found')
  return answer!.found
}

function insertUser(identity: Identity, newUser: NewUser, place: Place): Promise<OpenedSession> {
  return identity.database.transaction(place.tenantId, (transaction) =>
    insertRows(identity, transaction, newUser, place),
  )
}

function insertInvitedUser(
  identity: Identity,
  newUser: NewUser,
  invitation: OpenInvitation,
): Promise<OpenedSession> {
  return identity.database.transaction(invitation.tenantId, async (transaction) => {
    await acceptInvitation(identity, transaction, invitation)
    return insertRows(identity, transaction, newUser, invitation)
  })
}

type Place = { tenantId: string; role: Role }

async function insertRows(
  identity: Identity,
  transaction: Session,
  { email, name, passwordHash, client }: NewUser,
  { tenantId, role }: Place,
): Promise<OpenedSession> {
  const now = identity.clock.now()
  const createdAt = new Date(now)
  const user: UserRow = {
    id: randomUUID(),
    tenant_id: tenantId,
    email,
    name,
    avatar_url: null,
    role,
    created_at: createdAt,
    logline_id: await issueLoglineId(transaction, identity.settings.loglinePepper, 'BR', now),
  }
  await transaction.query(
    'INSERT INTO tenants (tenant_id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [tenantId, tenantId === DEFAULT_TENANT ? DEFAULT_TENANT : name, createdAt.toISOString()],
  )
  await transaction.query(
    `INSERT INTO users (tenant_id, id, email, email_key, password_hash, name, role, created_at, logline_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      tenantId,
      user.id,
      email,
      emailKey(email),
      passwordHash,
      name,
      role,
      createdAt.toISOString(),
      user.logline_id,
    ],
  )
  return openSession(identity, transaction, user, client)
}

function isTakenEmail(error: unknown): boolean {
  const { code, constraint } = error as { code?: string; constraint?: string }
  return code === '23505' && constraint === 'users_email_key'
}

function emailTaken(): AppError {
  const message = 'expected an e-mail that nobody registered, got one that is taken: sign in, or use another'
  return stateConflict('EMAIL_TAKEN', message, { path: 'email' })
}
