import type { FastifyReply, FastifyRequest } from 'fastify'
import type { SessionAnswer } from '../identity/schema.ts'
import { isSecure, sessionCookie } from './authenticate.ts'
import type { HttpContext } from './http-context.ts'

export const refreshCookie = (secure: boolean) => `${secure ? '__Host-' : ''}countersign_refresh`

/** The Studio's page never holds a token: the browser keeps both in cookies that no script can read. */
export function setSessionCookies(
  request: FastifyRequest,
  reply: FastifyReply,
  http: HttpContext,
  session: SessionAnswer,
): void {
  const secure = isSecure(request, http)
  const options = { httpOnly: true, sameSite: 'strict', secure, path: '/' } as const
  const { sessionTtlSeconds } = http.identity.settings
  reply.setCookie(sessionCookie(secure), session.access_token, { ...options, maxAge: session.expires_in })
  reply.setCookie(refreshCookie(secure), session.refresh_token, { ...options, maxAge: sessionTtlSeconds })
}
