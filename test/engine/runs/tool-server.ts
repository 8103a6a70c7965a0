import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type ToolCall = { path: string; key: string; body: unknown }
export type Answering = (call: ToolCall, response: ServerResponse) => void | Promise<void>

/**
 * The world outside: a server that tools call. It honours the idempotency key: what was done once under a key is
 * answered again and not done again. `calls` are all requests, `effects` what they did.
 */
export async function openToolServer() {
  const done = new Map<string, unknown>()
  const world = {
    origin: '',
    url: (path = '/do') => world.origin + path,
    calls: [] as ToolCall[],
    effects: [] as ToolCall[],
    /** Requests to this path. */
    callsTo: (path: string) => world.calls.filter((call) => call.path === path),
    effectsOf: (path: string) => world.effects.filter((call) => call.path === path),
    /** How requests to a path are answered instead. */
    answers: new Map<string, Answering>(),
    /** Resolves when the next request to a path has arrived; it is answered when the result is called. */
    hold(path: string) {
      const arrived = Promise.withResolvers<ToolCall>()
      const released = Promise.withResolvers<unknown>()
      world.answers.set(path, async (call, response) => {
        world.answers.delete(path)
        arrived.resolve(call)
        const body = await released.promise
        perform(call)
        send(response, 200, body)
      })
      return { arrived: arrived.promise, release: (body: unknown = { ok: true }) => released.resolve(body) }
    },
    /** Resolves when the next request to a path has arrived; it is answered as always. */
    expectCall(path: string): Promise<ToolCall> {
      const arrived = Promise.withResolvers<ToolCall>()
      world.answers.set(path, (call, response) => {
        world.answers.delete(path)
        arrived.resolve(call)
        send(response, 200, perform(call))
      })
      return arrived.promise
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  function perform(call: ToolCall): unknown {
    const known = `${call.path} ${call.key}`
    if (!done.has(known)) {
      world.effects.push(call)
      done.set(known, { ok: true, number: world.effectsOf(call.path).length, got: call.body })
    }
    return done.get(known)
  }
  const server = createServer(async (request, response) => {
    const call = await readCall(request)
    world.calls.push(call)
    const answer = world.answers.get(call.path)
    if (answer) await answer(call, response)
    else send(response, 200, perform(call))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  world.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return world
}

export type ToolServer = Awaited<ReturnType<typeof openToolServer>>

async function readCall(request: IncomingMessage): Promise<ToolCall> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  return {
    path: request.url!,
    key: String(request.headers['idempotency-key']),
    body: text === '' ? null : JSON.parse(text),
  }
}

export function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
