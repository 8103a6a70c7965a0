import { z } from 'zod'
import { type Routes, UNDER_BOTH_ROOTS } from '../route.ts'
import { Health } from '../schema.ts'

/** A database that has not answered by then counts as unavailable. */
const PATIENCE_MS = 3_000
const JwkSet = z.object({ keys: z.array(z.looseObject({ kty: z.string().optional() })) })
const startedAt = performance.now()

export const healthRoutes: Routes = (app, { kernel, version }) => {
  for (const root of UNDER_BOTH_ROOTS) {
    app.get(
      `${root}/healthz`,
      {
        config: { public: true, unlimited: true },
        schema: {
          tags: ['operation'],
          summary: 'Whether the server and its database answer',
          response: { 200: Health, 503: Health },
        },
      },
      async (_request, reply) => {
        const available = await Promise.race([
          kernel.database.statement('SELECT 1', [], 'health').then(
            () => true,
            () => false,
          ),
          new Promise<boolean>((resolve) => setTimeout(resolve, PATIENCE_MS, false).unref()),
        ])
        return reply.code(available ? 200 : 503).send({
          status: available ? 'ok' : 'degraded',
          database: available ? 'ok' : 'unavailable',
          version,
          uptime_seconds: Math.round((performance.now() - startedAt) / 1000),
        })
      },
    )
  }

  app.get(
    '/.well-known/jwks.json',
    {
      config: { public: true },
      schema: {
        tags: ['tokens'],
        summary: 'Public keys of execution tokens (RFC 7517)',
        response: { 200: JwkSet },
      },
    },
    () => kernel.tokenKeys.publicKeys(),
  )

  app.get('/', { config: { public: true }, schema: { hide: true } }, (_request, reply) =>
    reply.redirect('/studio/'),
  )
}
