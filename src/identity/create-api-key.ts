import { randomUUID } from 'node:crypto'
import type { Principal } from '../kernel/schema.ts'
import { AppError } from '../lib/errors.ts'
import { API_KEY_COLUMNS, type ApiKeyRow, presentApiKey } from './api-key-row.ts'
import { requireUser } from './authorize-access.ts'
import type { Identity } from './context.ts'
import { hashOpaqueSecret, newOpaqueSecret } from './opaque-secret.ts'
import type { ApiKeyCreated, ApiKeyInput } from './schema.ts'

const PREFIX_LENGTH = 12

/**
 * Creates an API key of the signed-in user. The answer is the only place where the key ever stands.
 *
 * @throws AppError FORBIDDEN for anyone but a signed-in user: a key that makes keys would outlive its own revocation.
 */
export async function createApiKey(
  { database, clock }: Identity,
  principal: Principal,
  input: ApiKeyInput,
): Promise<ApiKeyCreated> {
  const userId = requireUser(principal)
  const now = clock.now()
  const expiresAt = input.expires_at ? new Date(input.expires_at) : null
  if (expiresAt && expiresAt.getTime() <= now) throw expiryInThePast(input.expires_at!)
  const key = newOpaqueSecret('csk')
  const [row] = await database.transaction(principal.tenantId, (transaction) =>
    transaction.query<ApiKeyRow>(
      `INSERT INTO api_keys (tenant_id, id, user_id, name, key_hash, prefix, permissions, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${API_KEY_COLUMNS}`,
      [
        principal.tenantId,
        randomUUID(),
        userId,
        input.name,
        hashOpaqueSecret(key),
        key.slice(0, PREFIX_LENGTH),
        input.permissions,
        new Date(now).toISOString(),
        expiresAt?.toISOString() ?? null,
      ],
    ),
  )
  return { ...presentApiKey(row!), key }
}

function expiryInThePast(text: string): AppError {
  const code = 'REQUEST_VALIDATION_ERROR'
  const message = `expected a time in the future, got ${text}`
  return new AppError({
    code,
    status: 422,
    message: 'API key payload failed validation',
    details: [{ path: 'expires_at', message, type: 'value_error', code }],
  })
}
