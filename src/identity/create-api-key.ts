import { randomUUID } from 'node:crypto'
import { describeChanges } from '../kernel/audit/describe-changes.ts'
import type { Principal } from '../kernel/schema.ts'
import { AppError } from '../lib/errors.ts'
import type { Session } from '../store/database.ts'
import { API_KEY_COLUMNS, type ApiKeyRow, presentApiKey } from './api-key-row.ts'
import { requireUser } from './authorize-access.ts'
import { changeWithAudit } from './change-with-audit.ts'
import type { Identity } from './context.ts'
import { hashOpaqueSecret, newOpaqueSecret } from './opaque-secret.ts'
import { type Client, UNKNOWN_CLIENT } from './open-session.ts'
import type { ApiKeyCreated, ApiKeyInput } from './schema.ts'

const PREFIX_LENGTH = 12

/**
 * Creates an API key of the signed-in user. The answer is the only place where the key ever stands.
 *
 * @throws AppError 422 for an end in the past or a policy that does not exist; FORBIDDEN for anyone but a signed-in user: a key that makes keys would outlive its own revocation.
 */
export async function createApiKey(
  identity: Identity,
  principal: Principal,
  input: ApiKeyInput,
  client: Client = UNKNOWN_CLIENT,
): Promise<ApiKeyCreated> {
  const userId = requireUser(principal)
  const now = identity.clock.now()
  const expiresAt = input.expires_at ? new Date(input.expires_at) : null
  if (expiresAt && expiresAt.getTime() <= now)
    throw inputInvalid('expires_at', `expected a time in the future, got ${input.expires_at}`)
  const key = newOpaqueSecret('csk')
  return changeWithAudit(identity, principal.tenantId, client, async (transaction, audit) => {
    await requirePolicies(transaction, input.policies)
    const [row] = await transaction.query<ApiKeyRow>(
      `INSERT INTO api_keys (tenant_id, id, user_id, name, key_hash, prefix, permissions, policies, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING ${API_KEY_COLUMNS}`,
      [
        principal.tenantId,
        randomUUID(),
        userId,
        input.name,
        hashOpaqueSecret(key),
        key.slice(0, PREFIX_LENGTH),
        input.permissions,
        input.policies,
        new Date(now).toISOString(),
        expiresAt?.toISOString() ?? null,
      ],
    )
    const created = presentApiKey(row!)
    await audit(principal, {
      action: 'create',
      resourceType: 'api_key',
      resourceId: created.id,
      changes: describeChanges(null, created, { told: ['name', 'prefix', 'permissions', 'expires_at'] }),
    })
    return { ...created, key }
  })
}

/** A misspelt id would leave the key without the bounds its maker meant. */
async function requirePolicies(transaction: Session, ids: string[]): Promise<void> {
  if (ids.length === 0) return
  const found = await transaction.query<{ id: string }>(
    "SELECT id FROM policies WHERE id = ANY ($1) AND scope = 'agent'",
    [ids],
  )
  const known = new Set(found.map(({ id }) => id))
  const position = ids.findIndex((id) => !known.has(id))
  if (position === -1) return
  throw inputInvalid(
    `policies.${position}`,
    `expected the id of a policy of scope 'agent', got '${ids[position]}'`,
  )
}

function inputInvalid(path: string, message: string): AppError {
  const code = 'REQUEST_VALIDATION_ERROR'
  return new AppError({
    code,
    status: 422,
    message: 'API key payload failed validation',
    details: [{ path, message, type: 'value_error', code }],
  })
}
