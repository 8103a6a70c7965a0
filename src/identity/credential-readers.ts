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
 */
export type CredentialReaders = {
  session(tenantId: string, sessionId: string): Promise<SessionState | undefined>
  apiKey(keyHash: string): Promise<ApiKeyState | undefined>
}

const UUID_LENGTH = 36

export function createCredentialReaders(database: Database): CredentialReaders {
  const readSession = shareReads(async (keys: string[]) => {
    const rows = await database.statement<SessionState & { key: string }>(
      `SELECT k.session || k.tenant AS key, s.user_id, s.name, s.role, s.logline_id, s.expires_at, s.revoked_at, s.last_used_at
       FROM unnest($1::text[], $2::text[]) AS k (session, tenant), LATERAL resolve_session(k.tenant, k.session::uuid) s`,
      [keys.map((key) => key.slice(0, UUID_LENGTH)), keys.map((key) => key.slice(UUID_LENGTH))],
      'resolve-sessions',
    )
    return new Map(rows.map((row) => [row.key, row]))
  })
  const readApiKey = shareReads(async (hashes: string[]) => {
    const rows = await database.statement<ApiKeyState & { key: string }>(
      `SELECT k.key, a.tenant_id, a.id, a.user_id, a.name, a.role, a.logline_id, a.permissions, a.policies, a.expires_at,
         a.revoked_at, a.last_used_at
       FROM unnest($1::text[]) AS k (key), LATERAL resolve_api_key(k.key) a`,
      [hashes],
      'resolve-api-keys',
    )
    return new Map(rows.map((row) => [row.key, row]))
  })
  return {
    session: (tenantId, sessionId) => readSession(sessionId + tenantId),
    apiKey: readApiKey,
  }
}
