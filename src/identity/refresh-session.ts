import type { AuditEntry } from '../kernel/audit/record-audit.ts'
import type { Session } from '../store/database.ts'
import { type Actor, changeWithAudit, personOf } from './change-with-audit.ts'
import type { Identity } from './context.ts'
import { hashOpaqueSecret, isOpaqueSecret } from './opaque-secret.ts'
import {
  answerSession,
  type Client,
  issueRefreshToken,
  type OpenedSession,
  UNKNOWN_CLIENT,
} from './open-session.ts'
import type { SessionAnswer } from './schema.ts'
import { unauthorized } from './unauthorized.ts'
import { USER_COLUMNS, type UserRow } from './user-row.ts'

/**
 * Trades a refresh token for the next one and a fresh access token. A token that comes back spent was stolen from
 * somebody, and nobody can tell from whom: the session ends for both, and the audit log tells of it. There is no grace
 * period, so a client must not send the same token twice at once.
 *
 * @param client where the token came from.
 *
 * @throws AppError INVALID_REFRESH_TOKEN when the token is missing, unknown, spent, expired or revoked.
 */
export async function refreshSession(
  identity: Identity,
  refreshToken: string | undefined,
  client: Client = UNKNOWN_CLIENT,
): Promise<SessionAnswer> {
  const { database } = identity
  if (refreshToken === undefined || !isOpaqueSecret('csr', refreshToken)) throw invalidRefreshToken()
  const tokenHash = hashOpaqueSecret(refreshToken)
  const [found] = await database.statement<{ tenant_id: string; session_id: string }>(
    'SELECT tenant_id, session_id FROM find_session_by_refresh_token($1)',
    [tokenHash],
  )
  if (!found) throw invalidRefreshToken()
  // Refused by a value, not by an error: an error would roll the revocation back.
  const opened = await changeWithAudit(identity, found.tenant_id, client, (transaction, audit) =>
    rotateRefreshToken(identity, transaction, audit, { sessionId: found.session_id, tokenHash }),
  )
  if (!opened) throw invalidRefreshToken()
  return answerSession(identity, opened)
}

type SessionRow = { tenant_id: string; user_id: string; expires_at: Date; revoked_at: Date | null }

async function rotateRefreshToken(
  { clock }: Identity,
  transaction: Session,
  audit: (by: Actor, entry: AuditEntry) => Promise<void>,
  { sessionId, tokenHash }: { sessionId: string; tokenHash: string },
): Promise<OpenedSession | null> {
  const now = clock.now()
  const nowIso = new Date(now).toISOString()
  // The lock makes parallel uses of one token wait for each other; the later ones then find it spent.
  const [session] = await transaction.query<SessionRow>(
    'SELECT tenant_id, user_id, expires_at, revoked_at FROM sessions WHERE id = $1 FOR UPDATE',
    [sessionId],
  )
  if (!session || session.revoked_at || session.expires_at.getTime() <= now) return null
  const spent = await transaction.query(
    'UPDATE refresh_tokens SET spent_at = $2 WHERE token_hash = $1 AND spent_at IS NULL RETURNING session_id',
    [tokenHash, nowIso],
  )
  if (spent.length === 0) {
    await transaction.query('UPDATE sessions SET revoked_at = $2 WHERE id = $1', [sessionId, nowIso])
    await audit(personOf(session.user_id), {
      action: 'token_reused',
      resourceType: 'session',
      resourceId: sessionId,
    })
    return null
  }
  const [user] = await transaction.query<UserRow>(`SELECT ${USER_COLUMNS} FROM users WHERE id = $1`, [
    session.user_id,
  ])
  const refreshToken = await issueRefreshToken(transaction, session.tenant_id, sessionId, now)
  return { user: user!, sessionId, sessionExpiresAt: session.expires_at, refreshToken }
}

function invalidRefreshToken() {
  return unauthorized(
    'INVALID_REFRESH_TOKEN',
    'the refresh token is missing, unknown, spent, expired or revoked: sign in again',
    'refresh_token',
  )
}
