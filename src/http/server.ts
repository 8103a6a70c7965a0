import cookie from '@fastify/cookie'
import cors from '@fastify/cors'
import fastify, {
  type FastifyBaseLogger,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { DEFAULT_TENANT } from '../kernel/schema.ts'
import { parseIJson } from '../lib/i-json.ts'
import { newId } from '../lib/ids.ts'
import { maskBeginning } from '../lib/mask-credentials.ts'
import { answerWrongMethods } from './answer-wrong-methods.ts'
import { authenticateRequests } from './authenticate.ts'
import { endUnusedConnections } from './end-unused-connections.ts'
import { badRequest, sendError } from './errors.ts'
import type { HttpContext } from './http-context.ts'
import { logRuns } from './log-runs.ts'
import { documentApi } from './openapi.ts'
import { type App, type Routes, validateWithZod } from './route.ts'
import { ROUTES } from './routes.ts'
import { serveStudio } from './serve-studio.ts'

const BODY_LIMIT = 1024 * 1024
/** A request that has not arrived whole by then is cut off. */
const REQUEST_TIMEOUT_MS = 15_000
/** Of a path that nothing answers to, in the log. */
const LONGEST_PATH = 200

/** Builds the HTTP server: who asks, what they may, one envelope for every error, then the routes. */
export async function createServer(
  http: HttpContext,
  logger: FastifyBaseLogger,
  moreRoutes: Routes[] = [],
): Promise<App> {
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    trustProxy: http.trustedProxies.length > 0 ? http.trustedProxies : false,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // A purchase under way is not cut off: closing waits for it, and only idle connections end at once.
    forceCloseConnections: 'idle',
    genReqId: ({ headers }) => readRequestId(headers['x-request-id']) ?? newId('req'),
    routerOptions: { maxParamLength: 1024, ignoreTrailingSlash: true },
    http: { headersTimeout: REQUEST_TIMEOUT_MS, connectionsCheckingInterval: 1000 },
    clientErrorHandler: answerBrokenRequest,
    // What fails before a route is found, e.g. broken percent-encoding.
    frameworkErrors: (error, request, reply) => {
      sendError(error, request, reply as FastifyReply)
    },
  }).withTypeProvider<ZodTypeProvider>() as unknown as App

  app.setValidatorCompiler(validateWithZod)
  // Answers are built from typed values; running them through their schema again would only cost time.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.setErrorHandler(sendError)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
    try {
      done(null, body.length === 0 ? undefined : parseIJson(body))
    } catch (error) {
      done(error as Error)
    }
  })

  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    refuseNul(request)
  })
  logRuns(app)
  endUnusedConnections(app)
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  app.addHook('onSend', async (_request, reply, payload) => {
    // A connection kept alive would be waited for.
    if (closing) reply.header('connection', 'close')
    reply.header('x-content-type-options', 'nosniff')
    reply.header('referrer-policy', 'no-referrer')
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
    return payload
  })
  app.addHook('onResponse', async (request, reply) => {
    if (reply.statusCode === 429)
      http.operations.meter.count(request.principal?.tenantId ?? DEFAULT_TENANT, 'rate_limited_total')
    request.log.info(
      {
        method: request.method,
        path: request.routeOptions.url ?? maskBeginning(request.url.split('?')[0]!, LONGEST_PATH),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'request',
    )
  })

  await app.register(cookie)
  await app.register(cors, { origin: http.corsOrigins, credentials: false, strictPreflight: false })
  const methods = answerWrongMethods(app)
  authenticateRequests(app, http)
  await documentApi(app, http.version)
  await app.register(async (scope) => {
    for (const routes of [...ROUTES, ...moreRoutes]) routes(scope as App, http)
    await serveStudio(scope as App, http)
    methods.close(scope as App)
  })
  return app
}

/** No name holds one: PostgreSQL cannot store it, and a query with it would fail as if the database were at fault. */
function refuseNul({ url }: FastifyRequest): void {
  if (url.includes('%00')) throw badRequest('expected a path and query without NUL (%00)')
}

/** A caller may name its request and finds that name in the answer and in the log (AuthZEN 1.0 asks for it); only plain names. */
function readRequestId(sent: string | string[] | undefined): string | null {
  return typeof sent === 'string' && /^[\w.:-]{1,128}$/.test(sent) ? sent : null
}

/** What does not even parse as HTTP, or is too slow, never reaches a route: the same envelope, then goodbye. */
function answerBrokenRequest(
  this: unknown,
  error: Error & { code?: string },
  socket: import('node:net').Socket,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const slow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW'
  const [status, code, message] = slow
    ? [
        '408 Request Timeout',
        'REQUEST_TIMEOUT',
        `expected the whole request within ${REQUEST_TIMEOUT_MS / 1000} s`,
      ]
    : tooLarge
      ? ['431 Request Header Fields Too Large', 'HEADERS_TOO_LARGE', 'expected at most 16 KiB of headers']
      : ['400 Bad Request', 'BAD_REQUEST', 'expected an HTTP/1.1 request']
  const body = JSON.stringify({
    error: { code, message, details: [{ path: '', message, type: 'request_error', code }] },
  })
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}
