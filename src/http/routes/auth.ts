import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { createApiKey } from '../../identity/create-api-key.ts'
import { listApiKeys } from '../../identity/list-api-keys.ts'
import { listSessions } from '../../identity/list-sessions.ts'
import { loginUser } from '../../identity/login-user.ts'
import { logoutSession } from '../../identity/logout-session.ts'
import { readUser } from '../../identity/read-user.ts'
import { refreshSession } from '../../identity/refresh-session.ts'
import { registerUser } from '../../identity/register-user.ts'
import { revokeApiKey } from '../../identity/revoke-api-key.ts'
import { revokeSession } from '../../identity/revoke-session.ts'
import {
  ApiKey,
  ApiKeyCreated,
  ApiKeyInput,
  LoginInput,
  RefreshInput,
  RegisterInput,
  SessionAnswer,
  SessionView,
  User,
  UserChange,
} from '../../identity/schema.ts'
import { updateUser } from '../../identity/update-user.ts'
import { refuseSignIn } from '../audit-identity.ts'
import { isSecure, sessionCookie } from '../authenticate.ts'
import { clientOf } from '../client-of.ts'
import { unauthenticated } from '../errors.ts'
import { limitAccount } from '../limit-account.ts'
import { proveAnew } from '../prove-anew.ts'
import { errors, type Routes } from '../route.ts'
import { refreshCookie, setSessionCookies } from '../session-cookies.ts'

const SignedOut = z.object({ status: z.literal('signed_out') })
const tags = ['identity']

export const authRoutes: Routes = (app, http) => {
  const { identity } = http
  const sentRefreshToken = (request: FastifyRequest, body: RefreshInput | null | undefined) =>
    body?.refresh_token ?? request.cookies[refreshCookie(isSecure(request, http))]

  app.post(
    '/api/v1/auth/register',
    {
      config: { public: true, attempt: true },
      schema: {
        tags,
        summary: 'Make an account; the first one administers the installation',
        body: RegisterInput,
        response: { 201: SessionAnswer, ...errors(403, 409, 422, 429) },
      },
    },
    async (request, reply) => {
      const session = await registerUser(identity, request.body, clientOf(request))
      await http.seedTenant(session.user.tenant_id)
      setSessionCookies(request, reply, http, session)
      return reply.code(201).send(session)
    },
  )

  app.post(
    '/api/v1/auth/login',
    {
      config: { public: true, attempt: true },
      schema: {
        tags,
        summary: 'Sign in',
        body: LoginInput,
        response: { 200: SessionAnswer, ...errors(401, 422, 429) },
      },
    },
    async (request, reply) => {
      await limitAccount(http, request, request.body.email)
      const session = await loginUser(identity, request.body, clientOf(request)).catch((error) =>
        refuseSignIn(http, request, request.body.email, error),
      )
      setSessionCookies(request, reply, http, session)
      return session
    },
  )

  app.post(
    '/api/v1/auth/refresh',
    {
      config: { public: true, attempt: true },
      schema: {
        tags,
        summary: 'A new access token for a refresh token, which is then spent',
        description:
          'A token that comes back after it was spent ends the session at once, is entered in the audit log (token_reused) and raises an alert (token_reuse).',
        body: RefreshInput.nullish(),
        response: { 200: SessionAnswer, ...errors(401, 422, 429) },
      },
    },
    async (request, reply) => {
      const token = sentRefreshToken(request, request.body)
      if (!token) throw unauthenticated('expected a refresh token, in the body or in the cookie')
      const session = await refreshSession(identity, token, clientOf(request))
      setSessionCookies(request, reply, http, session)
      return session
    },
  )

  app.post(
    '/api/v1/auth/logout',
    {
      config: { public: true },
      schema: {
        tags,
        summary: 'End the session',
        body: RefreshInput.nullish(),
        response: { 200: SignedOut, ...errors(422) },
      },
    },
    async (request, reply) => {
      const refreshToken = sentRefreshToken(request, request.body)
      const { principal, sessionId } = request
      const session = principal && sessionId ? { tenantId: principal.tenantId, sessionId } : undefined
      await logoutSession(identity, { session, refreshToken }, clientOf(request))
      const secure = isSecure(request, http)
      reply
        .clearCookie(sessionCookie(secure), { path: '/' })
        .clearCookie(refreshCookie(secure), { path: '/' })
      return { status: 'signed_out' as const }
    },
  )

  app.get(
    '/api/v1/auth/me',
    {
      config: { credential: true },
      schema: { tags, summary: 'Who I am', response: { 200: User, ...errors(401) } },
    },
    (request) => readUser(identity, request.principal!),
  )

  app.patch(
    '/api/v1/auth/me',
    {
      config: { credential: true },
      schema: {
        tags,
        summary: 'Change my name, picture or password; a new password ends my other sessions',
        body: UserChange,
        response: { 200: User, ...errors(401, 403, 422, 429) },
      },
    },
    async (request) => {
      const { principal, sessionId, body } = request
      const update = () => updateUser(identity, principal!, sessionId, body, clientOf(request))
      if (body.current_password === undefined) return update()
      const about = { resourceType: 'user', resourceId: principal!.id.replace(/^user:/, '') }
      return proveAnew(request, { http, method: 'password', about }, update)
    },
  )

  app.get(
    '/api/v1/auth/sessions',
    {
      config: { credential: true },
      schema: {
        tags,
        summary: 'Where I am signed in',
        response: { 200: z.object({ sessions: z.array(SessionView) }), ...errors(401, 403) },
      },
    },
    async (request) => ({ sessions: await listSessions(identity, request.principal!, request.sessionId) }),
  )

  app.post(
    '/api/v1/auth/sessions/:id/revoke',
    {
      config: { credential: true },
      schema: {
        tags,
        summary: 'End a session of mine, at once',
        params: z.object({ id: z.string() }),
        response: { 200: SessionView, ...errors(401, 403, 404) },
      },
    },
    async (request) => {
      const { principal, sessionId, params } = request
      return revokeSession(identity, principal!, params.id, sessionId, clientOf(request))
    },
  )

  app.post(
    '/api/v1/auth/api-keys',
    {
      config: { credential: true },
      schema: {
        tags,
        summary: 'Make an API key; it is shown this once',
        body: ApiKeyInput,
        response: { 201: ApiKeyCreated, ...errors(401, 403, 422) },
      },
    },
    async (request, reply) => {
      const created = await createApiKey(identity, request.principal!, request.body, clientOf(request))
      return reply.code(201).send(created)
    },
  )

  app.get(
    '/api/v1/auth/api-keys',
    {
      config: { credential: true },
      schema: {
        tags,
        summary: 'My API keys',
        response: { 200: z.object({ api_keys: z.array(ApiKey) }), ...errors(401) },
      },
    },
    async (request) => ({ api_keys: await listApiKeys(identity, request.principal!) }),
  )

  app.post(
    '/api/v1/auth/api-keys/:id/revoke',
    {
      config: { credential: true },
      schema: {
        tags,
        summary: 'Revoke an API key of mine, at once',
        params: z.object({ id: z.string() }),
        response: { 200: ApiKey, ...errors(401, 404) },
      },
    },
    (request) => revokeApiKey(identity, request.principal!, request.params.id, clientOf(request)),
  )
}
