import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { resolvePrincipal } from '../identity/resolve-principal.ts'
import { CredentialsChangedError } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import type { Principal } from '../kernel/schema.ts'
import { equalSecrets } from '../lib/hash.ts'
import { makeKeyAudit } from './audit-identity.ts'
import { clientOf } from './client-of.ts'
import { forbidden, unauthenticated } from './errors.ts'
import { contextOf, type HttpContext } from './http-context.ts'
import { findOauthClient, withChallenge } from './oauth-resource.ts'
import { refuseForeignPage } from './refuse-foreign-page.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers without any credential. */
    public?: boolean
    /** Needs a credential even where the local administrator is at home. */
    credential?: boolean
    /** Needs no more than `read` whatever its method, because what it calls asks for more itself. */
    reads?: boolean
    /** Tries a password or a one-time token, so that guesses are counted by the address they come from. */
    attempt?: boolean
    /** Counts against no limit: what probes and pages ask for again and again. */
    unlimited?: boolean
    /** Takes access tokens of the provider of sign-ins too, and says where clients get one (RFC 9728). */
    oauthResource?: boolean
    /** `Authorization` carries an execution token here, so the caller shows an API key or a session. */
    authorizationIsToken?: boolean
    /** Does nothing but ask the gate, which finds out whether a remembered credential still stands. Handled by `askGate`. */
    asksGate?: boolean
  }
  interface FastifyRequest {
    principal: Principal | null
    sessionId: string | null
    /** Where the principal was remembered: of the tenant's credentials, when it was found out. */
    credentialRevision: number | null
  }
}

/** The `__Host-` prefix makes a browser refuse the cookie from anywhere but this very host over https (RFC 6265bis). */
export const sessionCookie = (secure: boolean) => `${secure ? '__Host-' : ''}countersign_session`

/** Whether browsers reach this server over https, directly or through the proxy that PUBLIC_URL names. */
export const isSecure = (request: FastifyRequest, { publicUrl }: HttpContext) =>
  request.protocol === 'https' || publicUrl?.startsWith('https:') === true

/** Finds out who asks, from the credential alone, before anything of the request is read. */
export function authenticateRequests(app: FastifyInstance, http: HttpContext): void {
  app.decorateRequest('principal', null)
  app.decorateRequest('sessionId', null)
  app.decorateRequest('credentialRevision', null)
  const auditKey = makeKeyAudit(http)
  app.addHook('onRequest', async (request, reply) => {
    refuseForeignPage(request, http)
    await authenticate(request, http)
    const { config } = request.routeOptions
    await limitRate(request, reply, http)
    if (
      config.public ||
      isDocumentation(request.routeOptions.url) ||
      request.method === 'OPTIONS' ||
      !request.routeOptions.url
    )
      return
    refuseWithoutLeave(request, http)
    await auditKey(request)
    await http.seedTenant(request.principal!.tenantId)
  })
}

/** Finds out whose the request is. Where the gate is asked, what was found out last is enough at first. */
async function authenticate(request: FastifyRequest, http: HttpContext, recall = true): Promise<void> {
  const { asksGate } = request.routeOptions.config
  const lookUp = () => findPrincipal(request, http, { recall: recall && asksGate === true })
  const credential = sentCredential(request, http)
  const found = await (credential
    ? http.rateLimits.countGuess(credential, request.ip, lookUp)
    : lookUp()
  ).catch((error) => {
    throw withChallenge(error, request, http)
  })
  request.principal = found.principal
  request.sessionId = found.sessionId
  request.credentialRevision = asksGate ? (found.credentialRevision ?? null) : null
}

function refuseWithoutLeave(request: FastifyRequest, http: HttpContext): void {
  const { config } = request.routeOptions
  if (!request.principal || (config.credential && request.principal.kind === 'local')) {
    const refusal = unauthenticated(
      'expected a credential: Authorization: Bearer <access token or API key>, or X-API-Key',
    )
    throw withChallenge(refusal, request, http)
  }
  const reads = request.method === 'GET' || request.method === 'HEAD' || config.reads
  const needed = reads ? 'read' : 'write'
  if (!request.principal.permissions.includes(needed)) {
    throw forbidden(
      `this key may ${request.principal.permissions.join(' and ') || 'do nothing'}; ${request.method} needs ${needed}`,
    )
  }
}

/**
 * Asks the gate for a request. Its principal may be a remembered one: the gate compares where the credentials stand in the
 * statement that it needs anyway, and where they were changed the credential is looked up anew before anything is decided.
 */
export async function askGate<T>(
  request: FastifyRequest,
  http: HttpContext,
  ask: (context: Context) => Promise<T>,
): Promise<T> {
  for (;;) {
    const { credentialRevision } = request
    try {
      return await ask({
        ...contextOf(http.kernel, request.principal!),
        client: clientOf(request),
        ...(credentialRevision !== null && { credentialRevision }),
      })
    } catch (error) {
      if (!(error instanceof CredentialsChangedError)) throw error
      await authenticate(request, http, false)
      refuseWithoutLeave(request, http)
    }
  }
}

/** Before the body is read and any password is hashed. */
async function limitRate(
  request: FastifyRequest,
  reply: FastifyReply,
  { rateLimits }: HttpContext,
): Promise<void> {
  const { config, url } = request.routeOptions
  const { principal } = request
  if (config.unlimited || isDocumentation(url) || principal?.kind === 'local') return
  const allowance = config.attempt
    ? await rateLimits.countAttempt(request.ip)
    : await rateLimits.countRequest(principal, request.ip)
  if (!allowance) return
  reply.header('ratelimit-limit', allowance.limit)
  reply.header('ratelimit-remaining', allowance.remaining)
  reply.header('ratelimit-reset', allowance.resetSeconds)
}

/** What of a request has to be looked up: the credential that decides, as it was sent. */
function sentCredential(request: FastifyRequest, http: HttpContext): string | undefined {
  const { authorization, 'x-api-key': apiKey } = request.headers
  return (
    single(apiKey) ??
    (request.routeOptions.config.authorizationIsToken ? undefined : authorization) ??
    request.cookies[sessionCookie(isSecure(request, http))]
  )
}

const isDocumentation = (url: string | undefined) => url === '/docs' || url?.startsWith('/docs/')

/** Who a request's credential stands for at this moment. */
export async function findPrincipal(
  request: FastifyRequest,
  http: HttpContext,
  freshness: { recall?: boolean } = {},
): Promise<{ principal: Principal | null; sessionId: string | null; credentialRevision?: number }> {
  const { identity, localPrincipal, localSecret } = http
  const { authorization } = request.headers
  const apiKey = single(request.headers['x-api-key'])
  const sentSecret = single(request.headers['x-countersign-local'])
  if (sentSecret && localSecret && equalSecrets(sentSecret, localSecret)) {
    return { principal: localAdministrator(), sessionId: null }
  }
  const client = authorization && !apiKey ? await findOauthClient(request, http, authorization) : null
  if (client) return { principal: client, sessionId: null }
  const cookieToken = request.cookies[sessionCookie(isSecure(request, http))]
  const { authorizationIsToken } = request.routeOptions.config
  const credentials = {
    ...(authorization && !authorizationIsToken && { authorization }),
    ...(apiKey && { apiKey }),
    ...(cookieToken && { cookieToken }),
  }
  const resolved = await resolvePrincipal(identity, credentials, freshness).catch((error) => {
    // A stale cookie must not keep anybody from signing in, nor a local administrator out.
    if (request.routeOptions.config.public || (localPrincipal && !authorization && !apiKey)) return null
    throw error
  })
  if (resolved) return resolved
  return { principal: localPrincipal, sessionId: null }
}

/** Whoever reaches the loopback port of an installation without a secret, or reads the secret beside its lock. */
export function localAdministrator(): Principal {
  return {
    id: 'local',
    ownerId: 'local',
    kind: 'local',
    tenantId: 'default',
    role: 'admin',
    permissions: ['read', 'write'],
    name: 'local administrator',
    loglineId: null,
  }
}

/** The context of a request whose principal is known, for the functions that do the work. */
export function contextFor(request: FastifyRequest, http: HttpContext): Context {
  if (!request.principal) throw unauthenticated('expected a credential')
  if (request.credentialRevision !== null) throw new Error('a route that asks the gate is handled by askGate')
  return { ...contextOf(http.kernel, request.principal), client: clientOf(request) }
}

const single = (header: string | string[] | undefined) => (Array.isArray(header) ? header[0] : header)
