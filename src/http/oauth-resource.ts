import type { FastifyRequest } from 'fastify'
import { isTokenOf, resolveResourceToken } from '../identity/resolve-resource-token.ts'
import type { Principal } from '../kernel/schema.ts'
import { AppError } from '../lib/errors.ts'
import type { HttpContext } from './http-context.ts'

/** The one resource that clients of an authorization server use. */
const RESOURCE = '/mcp'
/** RFC 9728 puts the name of the document before the path of the resource. */
export const RESOURCE_METADATA = `/.well-known/oauth-protected-resource${RESOURCE}`

const originOf = (request: FastifyRequest, { publicUrl }: HttpContext) =>
  publicUrl ?? `${request.protocol}://${request.headers.host}`

/** What this resource is and where its tokens come from, for clients that know nothing but its address. */
export function describeResource(request: FastifyRequest, http: HttpContext) {
  return {
    resource: new URL(RESOURCE, originOf(request, http)).href,
    resource_name: 'Countersign',
    ...(http.oidc && http.publicUrl && { authorization_servers: [http.oidc.settings.issuer] }),
    bearer_methods_supported: ['header'],
    scopes_supported: ['read', 'write'],
  }
}

/**
 * Who asks by an access token of the provider; null for every other credential. Only where PUBLIC_URL is set: the
 * audience must be ours, and the name in `Host` is the caller's to choose.
 */
export async function findOauthClient(
  request: FastifyRequest,
  { identity, oidc, publicUrl }: HttpContext,
  authorization: string,
): Promise<Principal | null> {
  if (!request.routeOptions.config.oauthResource || !oidc || !publicUrl) return null
  const token = /^Bearer +(\S+)$/i.exec(authorization.trim())?.[1]
  if (!token || !isTokenOf(oidc.settings.issuer, token)) return null
  return resolveResourceToken(identity, oidc, token, new URL(RESOURCE, publicUrl).href)
}

/** Tells a client that was refused where it learns how to get a token. */
export function withChallenge(error: unknown, request: FastifyRequest, http: HttpContext): unknown {
  if (!request.routeOptions.config.oauthResource) return error
  if (!(error instanceof AppError) || error.status !== 401) return error
  const metadata = new URL(RESOURCE_METADATA, originOf(request, http)).href
  const sent = request.headers.authorization !== undefined || request.headers['x-api-key'] !== undefined
  const { code, status, message, details, cause } = error
  return new AppError({
    code,
    status,
    message,
    details,
    cause,
    headers: {
      'www-authenticate': `Bearer resource_metadata="${metadata}"${sent ? ', error="invalid_token"' : ''}`,
    },
  })
}
