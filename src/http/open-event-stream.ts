import type { FastifyReply, FastifyRequest } from 'fastify'
import { findPrincipal } from './authenticate.ts'
import type { HttpContext } from './http-context.ts'

const HEARTBEAT_MS = 15_000
const MAX_UNREAD_BYTES = 1024 * 1024

/** A connection over which the server tells of things as they come (server-sent events). */
export type EventStream = {
  /** Sends one event. False when its reader does not keep up, and the stream must end. */
  send(event: { id?: string | number; name?: string; data: unknown }): boolean
  end(): void
}

/**
 * Turns an answer into a stream of events. Its heartbeat looks whether the credential still holds and ends the stream
 * when it does not.
 *
 * @param closed is aborted when the reader is gone or the stream must end.
 */
export function openEventStream(
  request: FastifyRequest,
  reply: FastifyReply,
  http: HttpContext,
  closed: AbortController,
): EventStream {
  const { raw } = reply
  const principalId = request.principal!.id
  reply.hijack()
  raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  raw.write('retry: 1000\n\n')
  const end = () => {
    clearInterval(heartbeat)
    closed.abort()
    if (!raw.writableEnded) raw.end()
  }
  const beat = async () => {
    const found = await findPrincipal(request, http).catch(() => null)
    if (raw.writableEnded) return
    if (found?.principal?.id === principalId) raw.write(': alive\n\n')
    else end()
  }
  const heartbeat = setInterval(() => void beat(), HEARTBEAT_MS)
  http.openStreams.add(raw)
  raw.on('close', () => {
    http.openStreams.delete(raw)
    clearInterval(heartbeat)
    closed.abort()
  })
  return {
    send({ id, name, data }) {
      const lines = [
        ...(id === undefined ? [] : [`id: ${id}`]),
        ...(name === undefined ? [] : [`event: ${name}`]),
      ]
      raw.write(`${[...lines, `data: ${JSON.stringify(data)}`].join('\n')}\n\n`)
      // A reader that does not keep up would fill the memory: it reconnects and goes on where it was.
      return raw.writableLength <= MAX_UNREAD_BYTES
    },
    end,
  }
}
