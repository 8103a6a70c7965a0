import type { HTTPMethods } from 'fastify'
import { AppError } from '../lib/errors.ts'
import type { App } from './route.ts'

const METHODS: HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/**
 * Answers 405 with `Allow` where a path exists and the method does not (RFC 9110 §15.5.6), and 404 elsewhere. Watches
 * routes as they are added; `close` adds the missing methods to each path.
 */
export function answerWrongMethods(app: App): { close(scope: App): void } {
  const known = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = known.get(url) ?? new Set()
    for (const one of [method].flat()) methods.add(one)
    known.set(url, methods)
  })
  app.setNotFoundHandler((request, reply) => {
    const message = `no such path: ${request.method} ${request.url.split('?')[0]!.slice(0, 200)}; /docs lists what there is`
    return reply.code(404).send(
      new AppError({
        code: 'NOT_FOUND',
        status: 404,
        message,
        details: [{ path: '', message, type: 'not_found', code: 'NOT_FOUND' }],
      }).toEnvelope(),
    )
  })
  return {
    close(scope) {
      for (const [url, methods] of [...known]) {
        const missing = METHODS.filter((method) => !methods.has(method))
        if (missing.length === 0 || url.includes('*')) continue
        const allow = [...methods].filter((method) => method !== 'OPTIONS').join(', ')
        scope.route({
          method: missing,
          url,
          schema: { hide: true },
          config: { public: true },
          // Before the body is read: nothing of it matters.
          onRequest: async (request) => {
            const message = `${request.method} is not possible here; expected ${allow}`
            throw new AppError({
              code: 'METHOD_NOT_ALLOWED',
              status: 405,
              message,
              details: [{ path: '', message, type: 'request_error', code: 'METHOD_NOT_ALLOWED' }],
              headers: { allow },
            })
          },
          handler: () => {},
        })
      }
    },
  }
}
