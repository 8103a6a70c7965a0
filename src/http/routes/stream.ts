import { shownRunId } from '../../engine/demo/demo-run.ts'
import { followEvents } from '../../kernel/ledger/follow-events.ts'
import { contextFor } from '../authenticate.ts'
import { openEventStream } from '../open-event-stream.ts'
import { errors, type Routes } from '../route.ts'
import type { LedgerTick } from '../schema.ts'

export const streamRoutes: Routes = (app, http) => {
  // A stream never ends by itself, and closing waits for every answer under way.
  app.addHook('preClose', async () => {
    for (const stream of http.openStreams) stream.destroy()
  })

  app.get(
    '/v1/stream',
    {
      schema: {
        tags: ['ledger'],
        summary: 'Tells of every event after it committed (server-sent events)',
        description:
          '`event: ledger`, data `{run_id, seq, event_id, kind}`. Read everything anew after a reconnect.',
        response: errors(401, 500),
      },
    },
    async (request, reply) => {
      const closed = new AbortController()
      reply.raw.on('close', () => closed.abort())
      const context = contextFor(request, http)
      // Before the answer begins: whoever has it may rely on hearing of everything from then on.
      const events = await followEvents(context, context.principal.tenantId, { signal: closed.signal })
      const stream = openEventStream(request, reply, http, closed)
      try {
        let id = 0
        for await (const event of events) {
          const data: LedgerTick = {
            run_id: shownRunId(event.runId),
            seq: event.seq,
            event_id: event.eventId,
            kind: event.kind,
          }
          id++
          if (!stream.send({ id, name: 'ledger', data })) break
        }
      } catch (error) {
        request.log.info({ error: (error as Error).message }, 'a stream ended')
      } finally {
        stream.end()
      }
    },
  )
}
