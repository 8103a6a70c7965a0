import { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { requirePerson, requireRole } from '../../identity/authorize-access.ts'
import type { Role } from '../../identity/schema.ts'
import { recordAudit } from '../../kernel/audit/record-audit.ts'
import type { Context } from '../../kernel/context.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { validationError } from '../../lib/validation.ts'
import { createAuditHold, listAuditHolds, releaseAuditHold } from '../../ops/audit/audit-holds.ts'
import { exportAudit } from '../../ops/audit/export-audit.ts'
import { COUNTED_UP_TO, listAudit } from '../../ops/audit/list-audit.ts'
import { AuditFilter, AuditHold, AuditHoldInput, AuditLog } from '../../ops/audit/schema.ts'
import { contextFor } from '../authenticate.ts'
import { REQUEST_VOCABULARY } from '../errors.ts'
import { Page, PageQuery } from '../page.ts'
import { errors, type Routes } from '../route.ts'

const ListQuery = AuditFilter.extend(PageQuery.shape)
const ExportQuery = AuditFilter.extend({ format: z.enum(['ndjson', 'csv']).default('ndjson') })
const CONTENT_TYPE = { ndjson: 'application/x-ndjson', csv: 'text/csv; charset=utf-8' }
const tags = ['audit']

export const auditLogRoutes: Routes = (app, http) => {
  /** Keys must not read who did what with them; people may, by their role. */
  const contextOf = (request: FastifyRequest, roles: Role[]): Context => {
    requirePerson(request.principal!)
    requireRole(request.principal!, roles)
    return contextFor(request, http)
  }

  app.get(
    '/api/v1/audit/logs',
    {
      schema: {
        tags,
        summary: 'Who did what, newest first (administrators and developers)',
        description: `Reading is recorded too. \`total\` counts up to ${COUNTED_UP_TO}.`,
        querystring: ListQuery,
        response: { 200: Page(AuditLog), ...errors(401, 403, 422) },
      },
    },
    async (request) => {
      const context = contextOf(request, ['admin', 'developer'])
      const { page, limit, ...filter } = request.query
      const offset = (page - 1) * limit
      if (offset + limit > COUNTED_UP_TO) throw tooFar()
      const { tenantId } = context.principal
      await http.operations.catchUp(tenantId)
      const { logs, total } = await context.database.transaction(tenantId, (session) =>
        listAudit(session, tenantId, filter, { offset, limit }),
      )
      await recordReading(context, { ...filter, page, limit })
      return { data: logs, total, page, limit }
    },
  )

  app.get(
    '/api/v1/audit/logs/export',
    {
      schema: {
        tags,
        summary: 'Every entry that fits, as NDJSON or CSV (administrators and developers)',
        description:
          'Newest first. In CSV a cell that a spreadsheet would run as a formula begins with an apostrophe.',
        querystring: ExportQuery,
        response: {
          200: {
            content: {
              'application/x-ndjson': { schema: z.string() },
              'text/csv': { schema: z.string() },
            },
          },
          ...errors(401, 403, 422),
        },
      },
    },
    async (request, reply) => {
      const context = contextOf(request, ['admin', 'developer'])
      const { format, ...filter } = request.query
      const { tenantId } = context.principal
      await http.operations.catchUp(tenantId)
      await recordReading(context, { ...filter, export: format })
      return reply
        .type(CONTENT_TYPE[format])
        .header('content-disposition', `attachment; filename="audit-logs.${format}"`)
        .send(Readable.from(exportAudit(context.database, tenantId, filter, format)) as unknown as string)
    },
  )

  app.get(
    '/api/v1/audit/holds',
    {
      schema: {
        tags,
        summary: 'Holds on the audit log, youngest first (administrators)',
        response: { 200: z.object({ data: z.array(AuditHold), total: z.number() }), ...errors(401, 403) },
      },
    },
    async (request) => {
      const data = await listAuditHolds(contextOf(request, ['admin']))
      return { data, total: data.length }
    },
  )

  app.post(
    '/api/v1/audit/holds',
    {
      schema: {
        tags,
        summary: 'Keep entries of a span from being pruned (administrators)',
        body: AuditHoldInput,
        response: { 201: AuditHold, ...errors(401, 403, 422) },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await createAuditHold(contextOf(request, ['admin']), request.body)),
  )

  app.post(
    '/api/v1/audit/holds/:id/release',
    {
      schema: {
        tags,
        summary: 'End a hold (administrators)',
        params: z.object({ id: z.string().min(1) }),
        response: { 200: AuditHold, ...errors(401, 403, 404) },
      },
    },
    (request) => releaseAuditHold(contextOf(request, ['admin']), request.params.id),
  )
}

/** Nobody reads it without a trace: what cannot be recorded is not shown. */
const recordReading = (context: Context, query: object) =>
  recordAudit(context, {
    action: 'read_audit',
    resourceType: 'audit_log',
    resourceId: null,
    changes: JSON.parse(JSON.stringify(query)) as Record<string, Json>,
  })

const tooFar = () =>
  validationError(
    [
      {
        path: 'page',
        message: `expected a page within the first ${COUNTED_UP_TO} entries; narrow it by dates, or export`,
        type: 'value_error',
      },
    ],
    REQUEST_VOCABULARY,
  )
