import type { ServerResponse } from 'node:http'
import { shownRunId } from '../../engine/demo/demo-run.ts'
import { followEvents } from '../../kernel/ledger/follow-events.ts'
import { contextFor, findPrincipal } from '../authenticate.ts'
import { errors, type Routes } from '../route.ts'
import type { LedgerTick } from '../schema.ts'

const HEARTBEAT_MS = 15_000
const MAX_UNREAD_BYTES = 1024 * 1024

export const streamRoutes: Routes = (app, http) => {
  const open = new Set<ServerResponse>()
  // A stream never ends by itself, and closing waits for every answer under way.
  app.addHook('preClose', async () => {
    for (const stream of open) stream.destroy()
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
      const { raw } = reply
      const closed = new AbortController()
      raw.on('close', () => closed.abort())
      const context = contextFor(request, http)
      const { principal } = context
      // Before the answer begins: whoever has it may rely on hearing of everything from then on.
      const events = await followEvents(context, principal.tenantId, { signal: closed.signal })
      reply.hijack()
      raw.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      raw.write('retry: 1000\n\n')
      // A credential that was revoked meanwhile ends the stream with the next heartbeat.
      const beat = async () => {
        const found = await findPrincipal(request, http).catch(() => null)
        if (found?.principal?.id === principal.id) raw.write(': alive\n\n')
        else {
          closed.abort()
          raw.end()
        }
      }
      const heartbeat = setInterval(() => void beat(), HEARTBEAT_MS)
      open.add(raw)
      try {
        let count = 0
        for await (const event of events) {
          const tick: LedgerTick = {
            run_id: shownRunId(event.runId),
            seq: event.seq,
            event_id: event.eventId,
            kind: event.kind,
          }
          count++
          raw.write(`id: ${count}\nevent: ledger\ndata: ${JSON.stringify(tick)}\n\n`)
          // A reader that does not keep up would fill the memory: it reconnects and reads anew.
          if (raw.writableLength > MAX_UNREAD_BYTES) break
        }
      } catch (error) {
        request.log.info({ error: (error as Error).message }, 'a stream ended')
      } finally {
        open.delete(raw)
        clearInterval(heartbeat)
        if (!raw.writableEnded) raw.destroy()
      }
    },
  )
}
