import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { WireRequest } from './wire.ts'

/** How one request is answered: with a body, or with frames of a stream that may end before its time. */
export type WireAnswer =
  | { status?: number; headers?: Record<string, string>; body: object | string }
  | { frames: string[]; end?: 'cut' }

/** A server on loopback that stands for every provider, keeps what it was asked and answers what it was told to, in order. */
export async function openProviderServer() {
  const requests: WireRequest[] = []
  const answers: WireAnswer[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { method, url, headers } = request
    requests.push({ at: performance.now(), method: method!, path: url!, headers, body: JSON.parse(body) })
    const answer: WireAnswer = answers.shift() ?? { status: 500, body: 'this request was not expected' }
    if ('frames' in answer) await stream(response, answer)
    else {
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers })
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    willAnswer(...next: WireAnswer[]) {
      requests.length = 0
      answers.splice(0, answers.length, ...next)
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function stream(response: ServerResponse, { frames, end }: { frames: string[]; end?: 'cut' }) {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const frame of frames) await new Promise((resolve) => response.write(frame, resolve))
  if (end === 'cut') response.destroy()
  else response.end()
}
