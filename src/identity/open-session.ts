import { randomUUID } from 'node:crypto'
import { issueLoglineId } from '../kernel/logline-id.ts'
import type { Session } from '../store/database.ts'
import { signAccessToken } from './access-token.ts'
import type { Identity, IdentitySettings } from './context.ts'
import { hashOpaqueSecret, newOpaqueSecret } from './opaque-secret.ts'
import type { SessionAnswer } from './schema.ts'
import { presentUser, type UserRow } from './user-row.ts'

/** Where a sign-in comes from, as the transport saw it. */
export type Client = { ip: string | null; userAgent: string | null }

export const UNKNOWN_CLIENT: Client = { ip: null, userAgent: null }

const MAX_USER_AGENT = 512

/** A session whose rows are written; it becomes an answer once they are committed. */
export type OpenedSession = { user: UserRow; sessionId: string; sessionExpiresAt: Date; refreshToken: string }

/** Writes a session and its first refresh token, inside the caller's transaction. */
export async function openSession(
  { clock, settings }: Identity,
  transaction: Session,
  known: UserRow,
  client: Client,
): Promise<OpenedSession> {
  const now = clock.now()
  const user = known.logline_id === null ? await nameUser(transaction, known, settings, now) : known
  const sessionId = randomUUID()
  const sessionExpiresAt = new Date(now + settings.sessionTtlSeconds * 1000)
  await transaction.query(
    `INSERT INTO sessions (tenant_id, id, user_id, created_at, expires_at, ip, user_agent)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [
      user.tenant_id,
      sessionId,
      user.id,
      new Date(now).toISOString(),
      sessionExpiresAt.toISOString(),
      client.ip,
      client.userAgent?.slice(0, MAX_USER_AGENT) ?? null,
    ],
  )
  const refreshToken = await issueRefreshToken(transaction, user.tenant_id, sessionId, now)
  return { user, sessionId, sessionExpiresAt, refreshToken }
}

/** Gives a LogLine ID to somebody who registered before there were any. */
async function nameUser(
  transaction: Session,
  user: UserRow,
  { loglinePepper }: IdentitySettings,
  now: number,
): Promise<UserRow> {
  const loglineId = await issueLoglineId(transaction, loglinePepper, 'BR', now)
  const [row] = await transaction.query<{ logline_id: string }>(
    'UPDATE users SET logline_id = coalesce(logline_id, $2) WHERE id = $1 RETURNING logline_id',
    [user.id, loglineId],
  )
  return { ...user, logline_id: row!.logline_id }
}

/** Writes the next refresh token of a session; only its hash is kept. */
export async function issueRefreshToken(
  transaction: Session,
  tenantId: string,
  sessionId: string,
  now: number,
): Promise<string> {
  const refreshToken = newOpaqueSecret('csr')
  await transaction.query(
    'INSERT INTO refresh_tokens (tenant_id, token_hash, session_id, issued_at) VALUES ($1, $2, $3, $4)',
    [tenantId, hashOpaqueSecret(refreshToken), sessionId, new Date(now).toISOString()],
  )
  return refreshToken
}

export async function answerSession(identity: Identity, opened: OpenedSession): Promise<SessionAnswer> {
  const { token, expiresIn } = await signAccessToken(identity, opened)
  return {
    user: presentUser(opened.user),
    access_token: token,
    refresh_token: opened.refreshToken,
    token_type: 'Bearer',
    expires_in: expiresIn,
  }
}
