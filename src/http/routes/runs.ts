import { z } from 'zod'
import { shownRunId, storedRunId } from '../../engine/demo/demo-run.ts'
import { exportRun } from '../../kernel/ledger/export-run.ts'
import { listRuns } from '../../kernel/ledger/list-runs.ts'
import { readCheckpoint } from '../../kernel/ledger/read-checkpoint.ts'
import { readEventsByTime, runNotFound } from '../../kernel/ledger/read-run.ts'
import { readRunStatus } from '../../kernel/ledger/read-status.ts'
import { renderReceipt } from '../../kernel/ledger/render-receipt.ts'
import type { Gate } from '../../kernel/ledger/run-state.ts'
import { RunStatus } from '../../kernel/ledger/schema.ts'
import { notFound } from '../../lib/errors.ts'
import { formatBundle } from '../../verifier/build-bundle.ts'
import { contextFor } from '../authenticate.ts'
import { createJournalCache } from '../journal-cache.ts'
import { errors, type Routes } from '../route.ts'
import { Journal, RunEvents, RunList, RunStatusView } from '../schema.ts'
import { streamCopilotRun } from '../stream-copilot-run.ts'

const RunParams = z.object({ run_id: z.string().min(1) })
const ListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().optional(),
  status: RunStatus.or(z.literal('inconsistent')).optional(),
  search: z.string().min(1).max(256).optional(),
})
const ExportQuery = z.strictObject({ since: z.coerce.number().int().min(0).optional() })

export const runRoutes: Routes = (app, http) => {
  const journals = createJournalCache()

  app.get(
    '/v1/runs',
    {
      schema: {
        tags: ['ledger'],
        summary: 'Runs, youngest first',
        querystring: ListQuery,
        response: { 200: RunList },
      },
    },
    async (request) => {
      const { limit, cursor, status, search } = request.query
      const page = await listRuns(contextFor(request, http), {
        limit,
        cursor: cursor ?? null,
        status: status ?? null,
        search: search ?? null,
      })
      return {
        runs: page.runs.map((run) => ({
          run_id: shownRunId(run.runId),
          status: run.status,
          event_count: run.eventCount,
          started_at: run.startedAt,
          newest_event_at: run.newestEventAt,
          pending_approval: presentGate(run.gate),
        })),
        next_cursor: page.nextCursor,
      }
    },
  )

  app.get(
    '/v1/checkpoint',
    {
      schema: {
        tags: ['ledger'],
        summary: 'The newest signed checkpoint of the log (C2SP tlog-checkpoint)',
        response: { 200: { content: { 'text/plain': { schema: z.string() } } }, ...errors(404, 500) },
      },
    },
    async (request, reply) => {
      const note = await readCheckpoint(contextFor(request, http))
      if (!note)
        throw notFound('CHECKPOINT_NOT_FOUND', 'No checkpoint yet', '', 'there is no event yet to be signed')
      return reply.type('text/plain; charset=utf-8').send(note)
    },
  )

  app.get(
    '/v1/runs/:run_id/events',
    {
      schema: {
        tags: ['ledger'],
        summary: 'The events of a run in order of time',
        description:
          'With `Accept: text/event-stream` the steps of a run of the copilot and where it stands, as they come.',
        params: RunParams,
        response: { 200: RunEvents, ...errors(404, 500) },
      },
    },
    async (request, reply) => {
      const context = contextFor(request, http)
      const runId = request.params.run_id
      if (request.headers.accept?.includes('text/event-stream')) {
        await streamCopilotRun(request, reply, http, runId)
        return reply as never
      }
      const stored = await storedRunId(context, runId)
      const events = await readEventsByTime(context.database, context.principal.tenantId, stored)
      return {
        run_id: runId,
        event_count: events.length,
        events: events.map((event) => {
          const payload = renderReceipt(event, event)
          return {
            id: event.eventId,
            timestamp: payload.timestamp,
            run_id: runId,
            payload: { ...payload, run_id: runId },
            integrity_warning: event.integrityWarning,
            kind: event.kind,
            seq: event.seq,
            recorded_at: event.recordedAt,
            authenticated_as: event.actor,
            prev_hash: event.prevHash.toString('hex'),
            hash: event.hash.toString('hex'),
          }
        }),
      }
    },
  )

  app.get(
    '/v1/runs/:run_id/status',
    {
      schema: {
        tags: ['ledger'],
        summary: 'Where a run stands',
        params: RunParams,
        response: { 200: RunStatusView, ...errors(404, 409, 500) },
      },
    },
    async (request) => {
      const context = contextFor(request, http)
      const { status, gate } = await readRunStatus(context, await storedRunId(context, request.params.run_id))
      return {
        run_id: request.params.run_id,
        status,
        pending_approval: status === 'paused' ? presentGate(gate) : null,
      }
    },
  )

  app.get(
    '/v1/runs/:run_id/journal',
    {
      schema: {
        tags: ['ledger'],
        summary: 'A run told in entries that a human can read',
        params: RunParams,
        response: {
          200: Journal,
          304: z.undefined().describe('Nothing was added since'),
          ...errors(404, 409, 500),
        },
      },
    },
    async (request, reply) => {
      const context = contextFor(request, http)
      const { head } = await readRunStatus(context, await storedRunId(context, request.params.run_id))
      const etag = `"${head.hash.toString('hex')}"`
      reply.header('etag', etag).header('cache-control', 'no-cache').type('application/json; charset=utf-8')
      if (request.headers['if-none-match'] === etag) return reply.code(304).send()
      // The bytes of a Journal.
      return reply.send((await journals.read(context, head, request.params.run_id)) as never)
    },
  )

  app.get(
    '/v1/runs/:run_id/export',
    {
      schema: {
        tags: ['ledger'],
        summary: 'A bundle that `countersign verify` checks offline (NDJSON)',
        description: 'since: the size of an earlier checkpoint, to prove that nothing before it changed',
        params: RunParams,
        querystring: ExportQuery,
        response: {
          200: { content: { 'application/x-ndjson': { schema: z.string() } } },
          ...errors(404, 422, 500),
        },
      },
    },
    async (request, reply) => {
      const runId = request.params.run_id
      const context = contextFor(request, http)
      const lines = await exportRun(context, await storedRunId(context, runId), request.query.since ?? null)
      if (!lines) throw runNotFound(runId)
      return reply
        .type('application/x-ndjson')
        .header('content-disposition', `attachment; filename="${runId.replace(/[^\w.-]/g, '_')}.ndjson"`)
        .send(formatBundle(lines))
    },
  )
}

function presentGate(gate: Gate | null) {
  if (!gate) return null
  return {
    event_id: gate.event_id,
    requested_by: gate.requested_by,
    requested_at: gate.requested_at,
    reason: gate.reason,
  }
}
