import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { EXECUTOR_BODY_LIMIT } from '../lib/executor-signature.ts'
import { newId } from '../lib/ids.ts'
import { VERSION } from '../lib/version.ts'
import { admitCall, readSignedHeaders, type SignedHeaders } from './check-signature.ts'
import { executeCall, parseCall } from './execute-call.ts'
import { rememberNonces } from './nonces.ts'
import type { ExecutorTool } from './tool.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a call to the executor, before its body was read. */
    signed?: SignedHeaders
  }
}

const REQUEST_TIMEOUT_MS = 30_000

export type ExecutorServer = {
  app: FastifyInstance
  /** Refuses what is new, waits for what runs, and closes. */
  stop(): Promise<void>
}

/**
 * The executor over HTTP: `GET /health` for everybody, `POST /execute` for whoever shares the secret. It has no database
 * and decides nothing: whether a call may be made was decided by whoever signed it.
 */
export function createExecutorServer(
  { secrets, tools, clock }: { secrets: string[]; tools: ExecutorTool[]; clock: Clock },
  logger: FastifyBaseLogger,
): ExecutorServer {
  const startedAt = clock.now()
  const nonces = rememberNonces()
  const byId = new Map(tools.map((tool) => [tool.id, tool]))
  const running = new Set<Promise<unknown>>()
  let stopping = false

  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: EXECUTOR_BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    genReqId: () => newId('req'),
    http: { headersTimeout: REQUEST_TIMEOUT_MS, connectionsCheckingInterval: 1000 },
    // Longer than callers keep theirs, so that none is closed while a call is on its way.
    keepAliveTimeout: 30_000,
  }) as unknown as FastifyInstance
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  )
  app.setErrorHandler(sendError)
  app.setNotFoundHandler((request) => {
    throw new AppError({
      code: 'NOT_FOUND',
      status: 404,
      message: `expected GET /health or POST /execute, got ${request.method}`,
    })
  })
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        path: request.routeOptions.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'request',
    )
  })

  app.get('/health', (_request, reply) =>
    reply.code(stopping ? 503 : 200).send({
      status: stopping ? 'stopping' : 'ok',
      version: VERSION,
      tools: tools.map(({ id, availability }) => ({ id, ...availability })),
    }),
  )
  app.post(
    '/execute',
    {
      async onRequest(request, reply) {
        if (stopping) {
          reply.header('connection', 'close')
          throw new AppError({
            code: 'EXECUTOR_STOPPING',
            status: 503,
            message: 'this executor is shutting down: try again when it is back; nothing was run',
          })
        }
        request.signed = readSignedHeaders(request.headers, clock.now(), startedAt)
      },
    },
    async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      admitCall(request.signed!, body, secrets, nonces, clock.now())
      const call = parseCall(request.headers, body)
      const work = executeCall(byId, call, hangUpOf(request, reply), request.log)
      running.add(work)
      try {
        return reply.send({ status: 'success', result: await work })
      } finally {
        running.delete(work)
      }
    },
  )
  return {
    app,
    async stop() {
      stopping = true
      await Promise.allSettled(running)
      await app.close()
    },
  }
}

/** Aborts when the caller hangs up: nobody is left who wants the answer. */
function hangUpOf(request: FastifyRequest, reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new Error('the caller hung up'))
  })
  if (request.raw.destroyed && !request.raw.complete) gone.abort(new Error('the caller hung up'))
  return gone.signal
}

function sendError(error: FastifyError | AppError, request: FastifyRequest, reply: FastifyReply) {
  const known = error instanceof AppError ? error : explain(error)
  if (known.code === 'INTERNAL_ERROR') request.log.error({ error }, 'a call failed')
  return reply.code(known.status).send({ status: 'error', ...known.toEnvelope() })
}

function explain({ statusCode = 500, code }: FastifyError): AppError {
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new AppError({
      code: 'BODY_TOO_LARGE',
      status: 413,
      message: `expected a body of at most ${EXECUTOR_BODY_LIMIT} bytes; nothing was run`,
    })
  }
  if (statusCode < 500) {
    return new AppError({
      code: 'BAD_REQUEST',
      status: statusCode,
      message: 'expected POST with content-type application/json and a body as long as content-length says',
    })
  }
  return new AppError({
    code: 'INTERNAL_ERROR',
    status: 500,
    message: 'the executor failed; its log says more',
  })
}
