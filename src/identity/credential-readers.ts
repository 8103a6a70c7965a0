import { shareReads } from '../lib/share-reads.ts'
import type { Database } from '../store/database.ts'
import type { Permission, Role } from './schema.ts'

export type SessionState = {
  user_id: string
  name: string
  role: Role
  logline_id: string | null
  expires_at: Date
  revoked_at: Date | null
  last_used_at: Date | null
  /** Of the tenant's credentials, when this was read. */
  revision: number
}

export type ApiKeyState = SessionState & {
  tenant_id: string
  id: string
  permissions: Permission[]
  policies: string[]
}

/**
 * What stands behind a credential at this moment. Requests that come together share one statement, which was sent after each of
 * them came, so that what is revoked is dead at once. Measured with eight connections on PGlite, where statements follow each
 * other: a statement for each request costs a third of all requests.
 *
 * What was read last can be recalled by whoever compares its revision with the one of now before they do anything.
 */
export type CredentialReaders = {
  session(tenantId: string, sessionId: string): Promise<SessionState | undefined>
  apiKey(keyHash: string): Promise<ApiKeyState | undefined>
  recallSession(tenantId: string, sessionId: string): SessionState | undefined
  recallApiKey(keyHash: string): ApiKeyState | undefined
}

const UUID_LENGTH = 36
const MAX_REMEMBERED = 10_000

export function createCredentialReaders(database: Database): CredentialReaders {
  const sessions = new Map<string, SessionState & { key: string }>()
  const apiKeys = new Map<string, ApiKeyState & { key: string }>()
  const readSession = shareReads(async (keys: string[]) => {
    const rows = await database.statement<SessionState & { key: string }>(
      `SELECT k.session || k.tenant AS key, s.user_id, s.name, s.role, s.logline_id, s.expires_at, s.revoked_at, s.last_used_at, s.revision
       FROM unnest($1::text[], $2::text[]) AS k (session, tenant), LATERAL resolve_session(k.tenant, k.session::uuid) s`,
      [keys.map((key) => key.slice(0, UUID_LENGTH)), keys.map((key) => key.slice(UUID_LENGTH))],
      'resolve-sessions',
    )
    return remember(sessions, keys, rows)
  })
  const readApiKey = shareReads(async (hashes: string[]) => {
    const rows = await database.statement<ApiKeyState & { key: string }>(
      `SELECT k.key, a.tenant_id, a.id, a.user_id, a.name, a.role, a.logline_id, a.permissions, a.policies, a.expires_at,
         a.revoked_at, a.last_used_at, a.revision
       FROM unnest($1::text[]) AS k (key), LATERAL resolve_api_key(k.key) a`,
      [hashes],
      'resolve-api-keys',
    )
    return remember(apiKeys, hashes, rows)
  })
  return {
    session: (tenantId, sessionId) => readSession(sessionId + tenantId),
    apiKey: readApiKey,
    recallSession: (tenantId, sessionId) => sessions.get(sessionId + tenantId),
    recallApiKey: (keyHash) => apiKeys.get(keyHash),
  }
}

/** Keeps what was read just now, and forgets what is no longer there. Returns what was read. */
function remember<State extends { key: string }>(
  remembered: Map<string, State>,
  keys: string[],
  rows: State[],
): Map<string, State> {
  for (const key of keys) remembered.delete(key)
  if (remembered.size + rows.length > MAX_REMEMBERED) remembered.clear()
  for (const row of rows) remembered.set(row.key, row)
  return new Map(rows.map((row) => [row.key, row]))
}
