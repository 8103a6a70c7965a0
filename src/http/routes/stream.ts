import type { ServerResponse } from 'node:http'
import { shownRunId } from '../../engine/demo/demo-run.ts'
import type { LedgerEvent } from '../../kernel/ledger/seal-event.ts'
import { contextFor, findPrincipal } from '../authenticate.ts'
import type { Routes } from '../route.ts'
import type { LedgerTick } from '../schema.ts'

const HEARTBEAT_MS = 15_000

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
      },
    },
    (request, reply) => {
      const { principal, ledger } = contextFor(request, http)
      const { raw } = reply.hijack()
      raw.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      raw.write('retry: 1000\n\n')
      let count = 0
      const unsubscribe = ledger.subscribe((events: LedgerEvent[]) => {
        for (const event of events) {
          if (event.tenantId !== principal.tenantId) continue
          const tick: LedgerTick = {
            run_id: shownRunId(event.runId),
            seq: event.seq,
            event_id: event.eventId,
            kind: event.kind,
          }
          count++
          raw.write(`id: ${count}\nevent: ledger\ndata: ${JSON.stringify(tick)}\n\n`)
        }
        // A reader that does not keep up would fill the memory: it reconnects and reads anew.
        if (raw.writableLength > 1024 * 1024) raw.destroy()
      })
      // A credential that was revoked meanwhile ends the stream with the next heartbeat.
      const beat = async () => {
        const found = await findPrincipal(request, http).catch(() => null)
        if (found?.principal?.id === principal.id) raw.write(': alive\n\n')
        else raw.end()
      }
      const heartbeat = setInterval(() => void beat(), HEARTBEAT_MS)
      open.add(raw)
      raw.on('close', () => {
        open.delete(raw)
        clearInterval(heartbeat)
        unsubscribe()
      })
    },
  )
}
