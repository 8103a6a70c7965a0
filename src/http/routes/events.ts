import { storedRunId } from '../../engine/demo/demo-run.ts'
import { EVENT_VOCABULARY } from '../../kernel/ledger/event-vocabulary.ts'
import { ingestEvent } from '../../kernel/ledger/ingest-event.ts'
import { Receipt } from '../../kernel/ledger/schema.ts'
import { contextFor } from '../authenticate.ts'
import { errors, type Routes } from '../route.ts'
import { EventAccepted } from '../schema.ts'

export const eventRoutes: Routes = (app, http) => {
  app.post(
    '/v1/events',
    {
      config: { vocabulary: EVENT_VOCABULARY },
      schema: {
        tags: ['ledger'],
        summary: 'Store one event of a run, as evidence',
        body: Receipt,
        response: { 201: EventAccepted, ...errors(409, 422, 500) },
      },
    },
    async (request, reply) => {
      const context = contextFor(request, http)
      const event = await ingestEvent(context, {
        ...request.body,
        run_id: await storedRunId(context, request.body.run_id),
      })
      return reply.code(201).send({
        status: 'accepted' as const,
        event_id: event.eventId,
        integrity_warning: event.integrityWarning,
      })
    },
  )
}
