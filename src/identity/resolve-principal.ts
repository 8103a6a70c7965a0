import type { Principal } from '../kernel/schema.ts'
import { verifyAccessToken } from './access-token.ts'
import type { Identity } from './context.ts'
import { hashOpaqueSecret, isOpaqueSecret } from './opaque-secret.ts'
import { recordUse, USE_PRECISION_MS } from './record-use.ts'
import { unauthorized } from './unauthorized.ts'

/** The credentials of a request, as its headers and cookie carry them. */
type Credentials = {
  authorization?: string | undefined
  apiKey?: string | undefined
  cookieToken?: string | undefined
}

/** Who asks, and in which session; an API key has none. `credentialRevision`: of the tenant's credentials, when it was found out. */
export type Resolved = { principal: Principal; sessionId: string | null; credentialRevision: number }

/** A caller who compares the revision before anything is done may be told what was found out last, for a minute at most. */
type Freshness = { recall?: boolean }

/**
 * Finds out who asks. `X-API-Key` decides before `Authorization`, which decides before the cookie; a bad one never
 * falls through to the next. Null when none was sent. Every call asks the database, so a revocation holds at once, but for
 * callers that `recall`.
 *
 * @throws AppError UNAUTHENTICATED when the credential is malformed, unknown, expired or revoked.
 */
export async function resolvePrincipal(
  identity: Identity,
  { authorization, apiKey, cookieToken }: Credentials,
  freshness: Freshness = {},
): Promise<Resolved | null> {
  if (apiKey !== undefined) return resolveApiKey(identity, apiKey, freshness)
  if (authorization !== undefined) {
    const token = /^Bearer +(\S+)$/i.exec(authorization.trim())?.[1]
    if (!token) throw unauthorized('UNAUTHENTICATED', "expected 'Bearer' and a token or key", 'authorization')
    return token.startsWith('csk_')
      ? resolveApiKey(identity, token, freshness)
      : resolveAccessToken(identity, token, freshness)
  }
  // A cookie that was cleared may still arrive, empty.
  return cookieToken ? resolveAccessToken(identity, cookieToken, freshness) : null
}

async function resolveAccessToken(
  identity: Identity,
  token: string,
  { recall }: Freshness,
): Promise<Resolved> {
  const { userId, sessionId, tenantId } = await verifyAccessToken(identity, token)
  const { credentials } = identity
  const recalled = recall && recent(identity, credentials.recallSession(tenantId, sessionId))
  const session = recalled || (await credentials.session(tenantId, sessionId))
  if (!session || session.user_id !== userId || isOver(identity, session)) {
    throw unauthorized('UNAUTHENTICATED', 'the session is over: sign in again', 'authorization')
  }
  await recordUse(identity, 'sessions', { tenantId, id: sessionId, lastUsedAt: session.last_used_at })
  const id = `user:${userId}`
  return {
    principal: {
      id,
      ownerId: id,
      kind: 'user',
      tenantId,
      role: session.role,
      permissions: ['read', 'write'],
      name: session.name,
      loglineId: session.logline_id,
    },
    sessionId,
    credentialRevision: session.revision,
  }
}

async function resolveApiKey(identity: Identity, key: string, { recall }: Freshness): Promise<Resolved> {
  const { credentials } = identity
  const hash = isOpaqueSecret('csk', key) ? hashOpaqueSecret(key) : null
  const recalled = recall && hash && recent(identity, credentials.recallApiKey(hash))
  const row = recalled || (hash ? await credentials.apiKey(hash) : undefined)
  if (!row || isOver(identity, row)) {
    throw unauthorized(
      'UNAUTHENTICATED',
      'the API key is unknown, expired or revoked: use another',
      'api_key',
    )
  }
  await recordUse(identity, 'api_keys', {
    tenantId: row.tenant_id,
    id: row.id,
    lastUsedAt: row.last_used_at,
  })
  return {
    principal: {
      id: `key:${row.id}`,
      ownerId: `user:${row.user_id}`,
      kind: 'agent',
      tenantId: row.tenant_id,
      role: row.role,
      permissions: row.permissions,
      name: row.name,
      loglineId: row.logline_id,
      ...(row.policies.length > 0 && { policies: row.policies }),
    },
    sessionId: null,
    credentialRevision: row.revision,
  }
}

/** What was used within the minute: older ones are looked up anew, and their use is recorded. */
function recent<Row extends { last_used_at: Date | null }>(
  { clock }: Identity,
  row: Row | undefined,
): Row | undefined {
  const isRecent = row?.last_used_at && clock.now() - row.last_used_at.getTime() < USE_PRECISION_MS
  return isRecent ? row : undefined
}

function isOver({ clock }: Identity, row: { expires_at: Date | null; revoked_at: Date | null }): boolean {
  return row.revoked_at !== null || (row.expires_at !== null && row.expires_at.getTime() <= clock.now())
}
