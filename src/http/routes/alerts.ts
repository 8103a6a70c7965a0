import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { requirePerson, requireRole } from '../../identity/authorize-access.ts'
import type { Context } from '../../kernel/context.ts'
import { readHistory } from '../../ops/alerts/alert-rows.ts'
import { checkAlerts } from '../../ops/alerts/check-alerts.ts'
import { deliverAlerts } from '../../ops/alerts/deliver-alerts.ts'
import {
  changeAlert,
  createAlert,
  listAlerts,
  listChannels,
  removeAlert,
  resolveAlert,
} from '../../ops/alerts/save-alert.ts'
import {
  AlertChannelState,
  AlertConfig,
  AlertConfigInput,
  AlertConfigPatch,
  AlertHistory,
} from '../../ops/alerts/schema.ts'
import { contextFor } from '../authenticate.ts'
import { Page, PageQuery } from '../page.ts'
import { errors, type Routes } from '../route.ts'

const Params = z.object({ id: z.string().min(1).max(256) })
const HistoryQuery = PageQuery.extend({
  alert_config_id: z.string().min(1).max(256).optional(),
  open: z.stringbool().optional().describe('true: those that are not resolved; false: the others'),
})
const tags = ['alerts']

export const alertRoutes: Routes = (app, http) => {
  const { operations } = http
  const contextOf = (request: FastifyRequest): Context => {
    requirePerson(request.principal!)
    requireRole(request.principal!, ['admin', 'developer'])
    return contextFor(request, http)
  }

  app.get(
    '/api/v1/alerts/configs',
    {
      schema: {
        tags,
        summary: 'What is watched',
        response: { 200: z.object({ data: z.array(AlertConfig), total: z.number() }), ...errors(401) },
      },
    },
    async (request) => {
      const data = await listAlerts(contextFor(request, http), operations)
      return { data, total: data.length }
    },
  )

  app.get(
    '/api/v1/alerts/channels',
    {
      schema: {
        tags,
        summary: 'Which channels lead somewhere where an alert names no destination of its own',
        response: { 200: z.object({ data: z.array(AlertChannelState) }), ...errors(401) },
      },
    },
    async (request) => ({ data: await listChannels(contextFor(request, http), operations) }),
  )

  app.post(
    '/api/v1/alerts/configs',
    {
      schema: {
        tags,
        summary: 'Watch something (administrators and developers)',
        description:
          'Every rule looks back as far as its window_seconds, memory_usage at what is kept now. A channel that is not configured is a warning in the answer.',
        body: AlertConfigInput,
        response: { 201: AlertConfig, ...errors(401, 403, 422) },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await createAlert(contextOf(request), operations, request.body)),
  )

  app.patch(
    '/api/v1/alerts/configs/:id',
    {
      schema: {
        tags,
        summary: 'Change what is watched (administrators and developers)',
        params: Params,
        body: AlertConfigPatch,
        response: { 200: AlertConfig, ...errors(401, 403, 404, 422) },
      },
    },
    (request) => changeAlert(contextOf(request), operations, request.params.id, request.body),
  )

  app.delete(
    '/api/v1/alerts/configs/:id',
    {
      schema: {
        tags,
        summary: 'Stop watching something, and forget what it raised (administrators and developers)',
        params: Params,
        response: { 204: z.undefined().describe('It is gone'), ...errors(401, 403, 404) },
      },
    },
    async (request, reply) => {
      await removeAlert(contextOf(request), request.params.id)
      return reply.code(204).send()
    },
  )

  app.post(
    '/api/v1/alerts/check',
    {
      schema: {
        tags,
        summary:
          'Look at every enabled alert now; answers those raised by it (administrators and developers)',
        body: z.strictObject({}).nullish(),
        response: { 200: z.object({ triggered: z.array(AlertHistory) }), ...errors(401, 403, 422) },
      },
    },
    async (request) => {
      const { database, clock, principal } = contextOf(request)
      const { tenantId } = principal
      const id = await checkAlerts(operations, tenantId, new Date(clock.now()))
      await deliverAlerts(operations, tenantId)
      const { history } = await database.transaction(tenantId, (session) =>
        readHistory(session, tenantId, { id, offset: 0, limit: 1000 }),
      )
      return { triggered: history }
    },
  )

  app.get(
    '/api/v1/alerts/history',
    {
      schema: {
        tags,
        summary: 'When alerts were raised and who was told, youngest first',
        querystring: HistoryQuery,
        response: { 200: Page(AlertHistory), ...errors(401, 422) },
      },
    },
    async (request) => {
      const { database, principal } = contextFor(request, http)
      const { page, limit, alert_config_id: configId, open } = request.query
      const which = {
        ...(configId !== undefined && { configId }),
        ...(open !== undefined && { isOpen: open }),
        offset: (page - 1) * limit,
        limit,
      }
      const { history, total } = await database.transaction(principal.tenantId, (session) =>
        readHistory(session, principal.tenantId, which),
      )
      return { data: history, total, page, limit }
    },
  )

  app.post(
    '/api/v1/alerts/history/:id/resolve',
    {
      schema: {
        tags,
        summary: 'Say that it is over: it may be raised again (administrators and developers)',
        params: Params,
        body: z.strictObject({}).nullish(),
        response: { 200: AlertHistory, ...errors(401, 403, 404, 422) },
      },
    },
    (request) => resolveAlert(contextOf(request), request.params.id),
  )
}
