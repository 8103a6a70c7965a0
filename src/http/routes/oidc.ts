import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { loginWithOidc } from '../../identity/login-with-oidc.ts'
import { ATTEMPT_SECONDS, type Oidc } from '../../identity/oidc.ts'
import { OidcFault } from '../../identity/schema.ts'
import { AppError, notFound } from '../../lib/errors.ts'
import { isSecure } from '../authenticate.ts'
import { clientOf } from '../client-of.ts'
import { sendError } from '../errors.ts'
import { errors, type Routes } from '../route.ts'
import { setSessionCookies } from '../session-cookies.ts'

const tags = ['identity']
const CALLBACK = '/api/v1/auth/oidc/callback'
const COOKIE = 'countersign_oidc'

/** Sign-in at an OpenID provider, for the Studio: it ends in the cookies that a password would have got. */
export const oidcRoutes: Routes = (app, http) => {
  const required = (): Oidc => {
    if (http.oidc) return http.oidc
    throw notFound('OIDC_NOT_CONFIGURED', 'no provider is configured here', '', 'set OIDC_ISSUER')
  }
  const redirectUri = (request: FastifyRequest) =>
    new URL(CALLBACK, http.publicUrl ?? `${request.protocol}://${request.headers.host}`).href

  app.get(
    '/api/v1/auth/oidc/start',
    {
      config: { public: true, attempt: true },
      errorHandler: tellBrowser,
      schema: {
        tags,
        summary: 'Go to the provider and sign in there; who is signed in already adds it to their account',
        response: { 302: z.null().describe('to the provider'), ...errors(404, 429, 503) },
      },
    },
    async (request, reply) => {
      const { principal } = request
      const userId = principal?.kind === 'user' ? principal.id.replace(/^user:/, '') : null
      const { location, sealed } = await required().begin(redirectUri(request), userId)
      // Lax: the way back from the provider is a navigation from another site.
      reply.setCookie(COOKIE, sealed, {
        httpOnly: true,
        sameSite: 'lax',
        secure: isSecure(request, http),
        path: CALLBACK,
        maxAge: ATTEMPT_SECONDS,
      })
      return reply.redirect(location) as never
    },
  )

  app.get(
    CALLBACK,
    {
      config: { public: true, attempt: true },
      errorHandler: tellBrowser,
      schema: {
        tags,
        summary: 'Where the provider sends the browser back to',
        response: { 302: z.null().describe('to the Studio'), ...errors(401, 404, 409, 429, 503) },
      },
    },
    async (request, reply) => {
      const oidc = required()
      const search = request.url.slice(request.url.indexOf('?'))
      const { claims, userId } = await oidc.finish(request.cookies[COOKIE], search)
      const joinsDefaultTenant = !oidc.settings.allowedDomains.includes('*')
      const login = { claims, userId, joinsDefaultTenant }
      const session = await loginWithOidc(http.identity, login, clientOf(request))
      await http.seedTenant(session.user.tenant_id)
      setSessionCookies(request, reply, http, session)
      reply.clearCookie(COOKIE, { path: CALLBACK })
      return reply.redirect('/studio/') as never
    },
  )
}

/** A person's browser is led back to the page of signing in, which says what happened; everything else gets the envelope. */
function tellBrowser(
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (!(error instanceof AppError) || !request.headers.accept?.includes('text/html')) {
    return sendError(error, request, reply)
  }
  const fault = OidcFault.safeParse(error.code === 'OIDC_REFUSED' ? error.details[0]?.code : error.code)
  if (!fault.success) return sendError(error, request, reply)
  request.log.warn({ error, fault: fault.data }, 'sign-in at the provider refused')
  return reply.redirect(`/studio/sign-in?fault=${fault.data}`)
}
