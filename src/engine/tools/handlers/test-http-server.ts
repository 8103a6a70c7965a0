import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Received = { method: string; url: string; headers: IncomingMessage['headers']; body: string }

/** A server on a free port that writes down what it gets and answers as it is told. */
export async function startHttpServer() {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    started.received.push({ method: request.method!, url: request.url!, headers: request.headers, body })
    started.answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const started = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [] as Received[],
    answer: answerJson({ ok: true }) as (response: ServerResponse) => void,
    reset() {
      started.received = []
      started.answer = answerJson({ ok: true })
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
  return started
}

export function answerJson(value: unknown) {
  return (response: ServerResponse) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(value))
  }
}
