import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { DEFAULT_TENANT, type Principal } from '../../kernel/schema.ts'
import { readMetrics } from '../../ops/metrics/read-metrics.ts'
import { readSeries } from '../../ops/metrics/read-series.ts'
import { renderPrometheus } from '../../ops/metrics/render-prometheus.ts'
import { Metrics, MetricsSeries, MetricsSeriesQuery } from '../../ops/metrics/schema.ts'
import { contextFor } from '../authenticate.ts'
import { errors, type Routes } from '../route.ts'

const Query = z.strictObject({
  format: z.enum(['json', 'prometheus']).default('json'),
  scope: z
    .enum(['tenant', 'installation'])
    .optional()
    .describe('installation is for administrators of the first tenant, who get it when they do not say'),
})
const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8'
const tags = ['operation']

export const metricRoutes: Routes = (app, http) => {
  /** Numbers of other tenants are for whoever runs the installation; a scraper asks with a key of theirs. */
  const read = async (request: FastifyRequest, scope: Metrics['scope'] | undefined): Promise<Metrics> => {
    const context = contextFor(request, http)
    const { tenantId } = context.principal
    const all = scope !== 'tenant' && runsInstallation(context.principal)
    await http.operations.catchUp(all ? null : tenantId)
    return readMetrics(context, tenantId, all ? 'installation' : 'tenant')
  }
  const sendText = (reply: FastifyReply, metrics: Metrics) =>
    reply.type(PROMETHEUS).send(renderPrometheus(metrics))

  app.get(
    '/api/v1/metrics',
    {
      schema: {
        tags,
        summary: 'What happened, in numbers',
        querystring: Query,
        response: {
          200: {
            content: { 'application/json': { schema: Metrics }, 'text/plain': { schema: z.string() } },
          },
          ...errors(401, 422),
        },
      },
    },
    async (request, reply) => {
      const { format, scope } = request.query
      const metrics = await read(request, scope)
      return format === 'json' ? metrics : sendText(reply, metrics)
    },
  )

  app.get(
    '/api/v1/metrics/series',
    {
      schema: {
        tags,
        summary: 'What happened in your tenant, piece by piece',
        description:
          'Counts are kept by the minute for two hours, by ten minutes for a day, by the hour for a week and by six hours for 31 days. Where nothing happened stands a point with zeros.',
        querystring: MetricsSeriesQuery,
        response: { 200: MetricsSeries, ...errors(401, 422) },
      },
    },
    async (request) => {
      const context = contextFor(request, http)
      const { tenantId } = context.principal
      await http.operations.catchUp(tenantId)
      return readSeries(context, tenantId, request.query)
    },
  )

  app.get(
    '/metrics',
    {
      schema: {
        tags,
        summary: 'The same for Prometheus',
        response: { 200: { content: { 'text/plain': { schema: z.string() } } }, ...errors(401) },
      },
    },
    async (request, reply) => sendText(reply, await read(request, undefined)),
  )
}

const runsInstallation = ({ role, tenantId }: Principal) => role === 'admin' && tenantId === DEFAULT_TENANT
