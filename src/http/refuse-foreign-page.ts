import type { FastifyRequest } from 'fastify'
import { isLoopbackHost } from '../lib/loopback.ts'
import { forbidden } from './errors.ts'
import type { HttpContext } from './http-context.ts'

/**
 * Keeps web pages of other sites away from an installation that trusts its loopback port or a cookie. A page can make
 * a browser send requests here: its own name in `Host` (DNS rebinding) or in `Origin` gives it away.
 */
export function refuseForeignPage(
  request: FastifyRequest,
  { localPrincipal, corsOrigins }: HttpContext,
): void {
  const { host, origin } = request.headers
  if (localPrincipal && host && !isLoopbackHost(host)) {
    throw forbidden(
      `this installation answers to loopback names only, got Host '${host}'; set AUTH_SECRET to serve other names`,
    )
  }
  if (!origin || request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS') return
  const own = host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)
  if (!own && !corsOrigins.includes(origin)) {
    throw forbidden(`a page of ${origin} may not call this server; CORS_ORIGINS lists those that may`)
  }
}
