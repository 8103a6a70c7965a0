import { errors, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import type { Identity } from './context.ts'
import { unauthorized } from './unauthorized.ts'
import type { UserRow } from './user-row.ts'

const ALGORITHM = 'HS256'
/** RFC 9068: no other kind of JWT that the same key may ever sign passes for an access token. */
const TYPE = 'at+jwt'

const Claims = z.object({ sub: z.uuid(), sid: z.uuid(), tenant_id: z.string().min(1) })

/** What an access token proves. Role and name are read afresh: what the token says of them is for its bearer only. */
type AccessTokenClaims = { userId: string; sessionId: string; tenantId: string }

/**
 * Tokens whose signature held, until they expire. Whether the session is still there is no part of it: that is asked with each
 * request, so that signing out and revoking act at once.
 */
export type VerifiedTokens = Map<string, AccessTokenClaims & { expiresAt: number }>
const MAX_REMEMBERED = 10_000

/** Signs an access token for a session; it never outlives the session. */
export async function signAccessToken(
  { clock, settings }: Identity,
  { user, sessionId, sessionExpiresAt }: { user: UserRow; sessionId: string; sessionExpiresAt: Date },
): Promise<{ token: string; expiresIn: number }> {
  const issuedAt = Math.floor(clock.now() / 1000)
  const expiresAt = Math.min(
    issuedAt + settings.accessTokenTtlSeconds,
    Math.floor(sessionExpiresAt.getTime() / 1000),
  )
  const token = await new SignJWT({
    sid: sessionId,
    tenant_id: user.tenant_id,
    role: user.role,
    email: user.email,
    logline_id: user.logline_id,
  })
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
    .setIssuer(settings.issuer)
    .setSubject(user.id)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(settings.authSecret)
  return { token, expiresIn: expiresAt - issuedAt }
}

/**
 * Checks signature, algorithm, type, issuer and time.
 *
 * @throws AppError UNAUTHENTICATED when any of them does not hold.
 */
export async function verifyAccessToken(
  { clock, settings, verifiedTokens }: Identity,
  token: string,
): Promise<AccessTokenClaims> {
  const known = verifiedTokens.get(token)
  if (known && known.expiresAt > Math.floor(clock.now() / 1000)) return known
  verifiedTokens.delete(token)
  try {
    const { payload } = await jwtVerify(token, settings.authSecret, {
      algorithms: [ALGORITHM],
      typ: TYPE,
      issuer: settings.issuer,
      currentDate: new Date(clock.now()),
      requiredClaims: ['iat', 'exp'],
    })
    const { sub, sid, tenant_id } = Claims.parse(payload)
    const verified = { userId: sub, sessionId: sid, tenantId: tenant_id, expiresAt: payload.exp! }
    if (verifiedTokens.size >= MAX_REMEMBERED) verifiedTokens.clear()
    verifiedTokens.set(token, verified)
    return verified
  } catch (error) {
    if (!(error instanceof errors.JOSEError || error instanceof z.ZodError)) throw error
    throw unauthorized(
      'UNAUTHENTICATED',
      'the access token is malformed, expired or not ours: sign in again or refresh the session',
      'authorization',
    )
  }
}
