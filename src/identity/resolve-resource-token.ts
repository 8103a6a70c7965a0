import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose'
import { z } from 'zod'
import type { Principal } from '../kernel/schema.ts'
import type { Identity } from './context.ts'
import { isAllowedEmail, type Oidc } from './oidc.ts'
import { type Permission, Permission as PermissionSchema, type Role } from './schema.ts'
import { unauthorized } from './unauthorized.ts'

/** Signatures that a public key checks: with a shared secret whoever verifies could also sign. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA']

const Claims = z.object({
  iss: z.string(),
  sub: z.string().min(1),
  scope: z.string().default(''),
  client_id: z.string().optional(),
  azp: z.string().optional(),
  email: z.string().optional(),
  email_verified: z.boolean().optional(),
})

/** Whether a credential claims to come from this issuer; nothing of it is believed yet. */
export function isTokenOf(issuer: string, token: string): boolean {
  try {
    return sameIssuer(decodeJwt(token).iss, issuer)
  } catch {
    return false
  }
}

const sameIssuer = (left: string | undefined, right: string) =>
  left?.replace(/\/$/, '') === right.replace(/\/$/, '')

/**
 * Finds out who asks by an access token that the provider of sign-ins gave to a client for this very resource (RFC 8707,
 * RFC 9068). The client is an agent of the person who let it in, and may do what its scopes `read` and `write` say.
 *
 * @throws AppError UNAUTHENTICATED when signature, issuer, audience or time do not hold, the person has no account here, or
 * the operator no longer lets e-mails of their domain in.
 */
export async function resolveResourceToken(
  identity: Identity,
  oidc: Oidc,
  token: string,
  audience: string,
): Promise<Principal> {
  const claims = Claims.safeParse(await verify(oidc, token, audience))
  if (!claims.success) throw invalid('it names nobody')
  const { iss, sub, scope, client_id: clientId, azp } = claims.data
  const [found] = await identity.database.statement<{ tenant_id: string; user_id: string }>(
    'SELECT tenant_id, user_id FROM find_user_by_identity($1, $2)',
    [iss, sub],
  )
  if (!found) throw invalid('whom it names never signed in here')
  const [user] = await identity.database.transaction(found.tenant_id, (transaction) =>
    transaction.query<{ name: string; email: string; role: Role; logline_id: string | null }>(
      'SELECT name, email, role, logline_id FROM users WHERE id = $1',
      [found.user_id],
    ),
  )
  // The e-mail of the account may be another one than that at the provider, which many access tokens do not tell.
  const { email = user!.email, email_verified: isVerified = true } = claims.data
  if (!isVerified || !isAllowedEmail(oidc.settings, email)) {
    throw invalid('people with an e-mail of this domain may not come in by the provider')
  }
  const client = clientId ?? azp ?? 'unknown'
  return {
    id: `client:${client}:${found.user_id}`,
    ownerId: `user:${found.user_id}`,
    kind: 'agent',
    tenantId: found.tenant_id,
    role: user!.role,
    permissions: permissionsOf(scope),
    name: `${client} for ${user!.name}`,
    loglineId: user!.logline_id,
  }
}

async function verify(oidc: Oidc, token: string, audience: string): Promise<JWTPayload> {
  const { issuer, keys } = await oidc.readKeys()
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ALGORITHMS,
      issuer,
      audience,
      requiredClaims: ['exp'],
    })
    return payload
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error
    throw invalid('its signature, audience or time does not hold', error)
  }
}

const permissionsOf = (scope: string): Permission[] =>
  PermissionSchema.options.filter((permission) => scope.split(' ').includes(permission))

const invalid = (why: string, cause?: unknown) =>
  unauthorized(
    'UNAUTHENTICATED',
    `the access token is not for us, or no longer: ${why}`,
    'authorization',
    cause,
  )
