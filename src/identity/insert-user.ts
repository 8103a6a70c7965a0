import { randomUUID } from 'node:crypto'
import { issueLoglineId } from '../kernel/logline-id.ts'
import { DEFAULT_TENANT } from '../kernel/schema.ts'
import { type AppError, stateConflict } from '../lib/errors.ts'
import type { Session } from '../store/database.ts'
import type { Identity } from './context.ts'
import { emailKey } from './email-key.ts'
import type { Role } from './schema.ts'
import type { UserRow } from './user-row.ts'

/** Without a password hash the account can only be entered by another way of signing in. */
export type NewUser = { email: string; name: string; passwordHash: string | null }
export type Place = {
  tenantId: string
  role: Role
  /** The account that invited it, where one did. */
  invitedBy?: string
}

/** Writes an account, and its tenant where that is new, inside the caller's transaction. */
export async function insertUser(
  { clock, settings }: Identity,
  transaction: Session,
  { email, name, passwordHash }: NewUser,
  { tenantId, role, invitedBy }: Place,
): Promise<UserRow> {
  const now = clock.now()
  const createdAt = new Date(now)
  const user: UserRow = {
    id: randomUUID(),
    tenant_id: tenantId,
    email,
    name,
    avatar_url: null,
    role,
    created_at: createdAt,
    logline_id: await issueLoglineId(transaction, settings.loglinePepper, 'BR', now),
  }
  await transaction.query(
    'INSERT INTO tenants (tenant_id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [tenantId, tenantId === DEFAULT_TENANT ? DEFAULT_TENANT : name, createdAt.toISOString()],
  )
  await transaction.query(
    `INSERT INTO users (tenant_id, id, email, email_key, password_hash, name, role, created_at, logline_id, invited_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
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
      invitedBy ?? null,
    ],
  )
  return user
}

/** Whether nobody has an account yet. Whoever asks at the same moment waits until the transaction is over. */
export async function isFirstUser(transaction: Session): Promise<boolean> {
  await transaction.query("SELECT pg_advisory_xact_lock(hashtextextended('first user', 0))")
  return !(await hasUsers(transaction.query))
}

export async function hasUsers(query: Session['query']): Promise<boolean> {
  const [answer] = await query<{ found: boolean }>('SELECT installation_has_users() AS found')
  return answer!.found
}

/** Says that an e-mail is taken where that is what the database refused. */
export function tellTakenEmail(error: unknown): unknown {
  const { code, constraint } = error as { code?: string; constraint?: string }
  return code === '23505' && constraint === 'users_email_key' ? emailTaken() : error
}

export function emailTaken(): AppError {
  const message = 'expected an e-mail that nobody registered, got one that is taken: sign in, or use another'
  return stateConflict('EMAIL_TAKEN', message, { path: 'email' })
}
