import { createRemoteJWKSet, EncryptJWT, type JWTVerifyGetKey, jwtDecrypt } from 'jose'
import * as client from 'openid-client'
import { z } from 'zod'
import { AppError } from '../lib/errors.ts'
import { sha256 } from '../lib/hash.ts'
import { isLoopbackHost } from '../lib/loopback.ts'
import type { OidcFault } from './schema.ts'
import { unauthorized } from './unauthorized.ts'

export type OidcSettings = {
  issuer: string
  clientId: string
  /** Undefined for a public client, which PKCE alone protects. */
  clientSecret: string | undefined
  /** E-mail domains that may sign in; `*` for all. */
  allowedDomains: string[]
}

/** What an ID token proves, once it was checked. */
export type OidcClaims = { issuer: string; subject: string; email: string; name: string }

/** What is remembered between leaving for the issuer and coming back. */
const Attempt = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  redirectUri: z.string(),
  userId: z.string().nullable(),
})
type Attempt = z.infer<typeof Attempt>

export type Oidc = {
  settings: OidcSettings
  /** Where to send the browser, and what it carries back sealed. `userId`: whose account the sign-in is added to. */
  begin(redirectUri: string, userId: string | null): Promise<{ location: string; sealed: string }>
  /** What the provider signs access tokens with; keys it does not have yet are fetched when a token names them. */
  readKeys(): Promise<{ issuer: string; keys: JWTVerifyGetKey }>
  /** @throws AppError OIDC_REFUSED when anything about the answer does not hold. */
  finish(sealed: string | undefined, search: string): Promise<{ claims: OidcClaims; userId: string | null }>
}

/** How long a person may take at the issuer. */
export const ATTEMPT_SECONDS = 600

const SCOPE = 'openid email profile'

/**
 * Sign-in at an OpenID provider: authorization code with PKCE, state and nonce. What binds the answer to the browser that
 * asked goes with the browser, encrypted, so that any server of the installation can finish what another began.
 */
export function createOidc(settings: OidcSettings, authSecret: Uint8Array): Oidc {
  const key = sha256('oidc attempt', authSecret)
  const issuer = new URL(settings.issuer)
  let discovered: Promise<client.Configuration> | null = null
  let keys: JWTVerifyGetKey | null = null

  const discover = (): Promise<client.Configuration> => {
    discovered ??= client
      .discovery(issuer, settings.clientId, undefined, authenticationOf(settings), {
        timeout: 10,
        // In the clear only where nobody can listen.
        ...(issuer.protocol === 'http:' &&
          isLoopbackHost(issuer.host) && { execute: [client.allowInsecureRequests] }),
      })
      .then((configuration) => {
        // The signature too, which OpenID Connect lets a client skip where the token came over TLS.
        client.enableNonRepudiationChecks(configuration)
        return configuration
      })
      .catch((error) => {
        discovered = null
        throw new AppError({
          code: 'OIDC_UNAVAILABLE',
          status: 503,
          message: 'the provider of sign-ins does not answer: try again, or sign in with a password',
          cause: error,
        })
      })
    return discovered
  }

  return {
    settings,
    async readKeys() {
      const metadata = (await discover()).serverMetadata()
      if (!metadata.jwks_uri) throw refused('OIDC_ANSWER', 'the provider publishes no keys')
      keys ??= createRemoteJWKSet(new URL(metadata.jwks_uri))
      return { issuer: metadata.issuer, keys }
    },
    async begin(redirectUri, userId) {
      const configuration = await discover()
      const verifier = client.randomPKCECodeVerifier()
      const attempt: Attempt = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier,
        redirectUri,
        userId,
      }
      const location = client.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: SCOPE,
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      })
      const sealed = await new EncryptJWT({ attempt })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setExpirationTime(`${ATTEMPT_SECONDS}s`)
        .encrypt(key)
      return { location: location.href, sealed }
    },
    async finish(sealed, search) {
      const attempt = await unseal(sealed, key)
      const configuration = await discover()
      const url = new URL(attempt.redirectUri)
      url.search = search
      const tokens = await client
        .authorizationCodeGrant(configuration, url, {
          pkceCodeVerifier: attempt.verifier,
          expectedState: attempt.state,
          expectedNonce: attempt.nonce,
          idTokenExpected: true,
        })
        .catch((error) => {
          throw error instanceof client.AuthorizationResponseError
            ? refused('OIDC_DECLINED', 'the provider did not sign anybody in', error)
            : refused('OIDC_ANSWER', 'the answer of the provider does not hold: start again', error)
        })
      return { claims: readClaims(tokens.claims(), settings), userId: attempt.userId }
    },
  }
}

const authenticationOf = ({ clientSecret }: OidcSettings) =>
  clientSecret === undefined ? client.None() : client.ClientSecretPost(clientSecret)

async function unseal(sealed: string | undefined, key: Uint8Array): Promise<Attempt> {
  try {
    const { payload } = await jwtDecrypt(sealed ?? '', key)
    return Attempt.parse(payload.attempt)
  } catch (error) {
    const message = 'no sign-in was begun in this browser within ten minutes: start again'
    throw refused('OIDC_TOO_LATE', message, error)
  }
}

const IdToken = z.object({
  iss: z.string().min(1),
  sub: z.string().min(1).max(255),
  email: z.email().max(254),
  email_verified: z.literal(true),
  name: z.string().trim().min(1).max(200).optional().catch(undefined),
})

function readClaims(token: unknown, settings: OidcSettings): OidcClaims {
  const parsed = IdToken.safeParse(token)
  if (!parsed.success) {
    throw refused(
      'OIDC_EMAIL_UNVERIFIED',
      'expected an account with an e-mail that the provider has verified',
    )
  }
  const { iss, sub, email, name } = parsed.data
  if (!isAllowedEmail(settings, email)) {
    throw refused('OIDC_DOMAIN', `accounts of ${domainOf(email)} may not sign in here`)
  }
  return { issuer: iss, subject: sub, email, name: name ?? email.split('@')[0]! }
}

/** Whether the operator lets people with this e-mail in by the provider. */
export const isAllowedEmail = ({ allowedDomains }: OidcSettings, email: string): boolean =>
  allowedDomains.includes('*') || allowedDomains.includes(domainOf(email))

const domainOf = (email: string) => email.slice(email.lastIndexOf('@') + 1).toLowerCase()

/** The code of the detail says which of the ways it was. */
function refused(detailCode: OidcFault, message: string, cause?: unknown): AppError {
  const error = unauthorized('OIDC_REFUSED', message, 'code', cause)
  for (const detail of error.details) detail.code = detailCode
  return error
}
