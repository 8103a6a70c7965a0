import { z } from 'zod'
import { shownRunId } from '../../engine/demo/demo-run.ts'
import { approvalNotFound } from '../../kernel/approvals/find-gate.ts'
import { exportDecision } from '../../kernel/ledger/export-run.ts'
import { renderReceipt } from '../../kernel/ledger/render-receipt.ts'
import { decisionOf } from '../../kernel/ledger/seal-event.ts'
import { formatBundle } from '../../verifier/build-bundle.ts'
import { BundleLine } from '../../verifier/schema.ts'
import { contextFor } from '../authenticate.ts'
import { errors, type Routes } from '../route.ts'

const AuditExport = z.object({
  decision_id: z.string(),
  run_id: z.string(),
  event_count: z.number(),
  events: z.array(
    z.object({
      event_id: z.string(),
      run_id: z.string(),
      decision_id: z.string(),
      action_type: z.string(),
      kind: z.string(),
      actor: z.string(),
      authenticated_as: z.string(),
      timestamp: z.string(),
      reason: z.string(),
      prev_hash: z.string(),
      hash: z.string(),
    }),
  ),
  bundle: z.array(BundleLine),
})

export const auditExportRoutes: Routes = (app, http) => {
  app.get(
    '/v1/approvals/decisions/:decision_id/audit-export',
    {
      schema: {
        tags: ['approvals'],
        summary: 'Every event of a decision, and a bundle that proves them offline',
        description:
          'JSON with the events and the bundle as lines; with `Accept: application/x-ndjson` the bundle alone, ready for `countersign verify`.',
        params: z.object({ decision_id: z.string().min(1) }),
        querystring: z.strictObject({ since: z.coerce.number().int().min(0).optional() }),
        response: {
          200: {
            content: {
              'application/json': { schema: AuditExport },
              'application/x-ndjson': { schema: z.string() },
            },
          },
          ...errors(404, 422, 500),
        },
      },
    },
    async (request, reply) => {
      const decisionId = request.params.decision_id
      const exported = await exportDecision(
        contextFor(request, http),
        decisionId,
        request.query.since ?? null,
      )
      if (!exported) throw approvalNotFound({ decisionId })
      if (request.headers.accept?.includes('application/x-ndjson')) {
        return reply.type('application/x-ndjson').send(formatBundle(exported.lines))
      }
      const events = exported.events.filter((event) => decisionOf(event) === decisionId)
      const gate =
        events.find((event) => renderReceipt(event, event).type === 'approval_requested') ?? events[0]!
      return {
        decision_id: decisionId,
        run_id: shownRunId(gate.runId),
        event_count: events.length,
        // In the order of the chain, run by run: an event that came late is no break.
        events: events.map((event) => {
          const receipt = renderReceipt(event, event)
          return {
            event_id: event.eventId,
            run_id: shownRunId(event.runId),
            decision_id: decisionId,
            action_type: receipt.type,
            kind: event.kind,
            actor: receipt.actor,
            authenticated_as: event.actor,
            timestamp: receipt.timestamp,
            reason: receipt.details,
            prev_hash: event.prevHash.toString('hex'),
            hash: event.hash.toString('hex'),
          }
        }),
        bundle: exported.lines,
      }
    },
  )
}
