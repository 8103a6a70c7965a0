import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export type RpcCall = { method: string; params: unknown[] }

/** What to do with a call: pass it on, maybe changed, answer it, refuse it, or fail as a server. */
export type RpcReaction =
  | undefined
  | { pass: RpcCall }
  | { result: unknown }
  | { error: { code: number; message: string; data?: unknown } }
  | { status: number }

export type RpcProxy = {
  url: string
  calls: RpcCall[]
  /** How many requests there were: several calls may come in one. */
  requests(): number
  stop(): Promise<void>
}
type Sent = RpcCall & { id: unknown; jsonrpc: string }

/** A node that can less than the one behind it, or lies about it. */
export async function startRpcProxy(
  target: string,
  react: (call: RpcCall) => RpcReaction | Promise<RpcReaction> = () => undefined,
): Promise<RpcProxy> {
  const calls: RpcCall[] = []
  let requests = 0
  /** What is answered, or the status that the whole request fails with. */
  async function answer(call: Sent): Promise<object | number> {
    calls.push({ method: call.method, params: call.params ?? [] })
    const reaction = (await react({ method: call.method, params: call.params ?? [] })) ?? { pass: call }
    if ('status' in reaction) return reaction.status
    if (!('pass' in reaction)) return { jsonrpc: '2.0', id: call.id, ...reaction }
    const body = JSON.stringify({ ...call, ...reaction.pass })
    const headers = { 'content-type': 'application/json' }
    return (await fetch(target, { method: 'POST', headers, body })).json() as Promise<object>
  }
  const server = createServer(async (request, response) => {
    requests++
    const body = JSON.parse((await buffer(request)).toString()) as Sent | Sent[]
    const answers = await Promise.all([body].flat().map(answer))
    const failed = answers.find((one) => typeof one === 'number')
    if (failed !== undefined) {
      response.writeHead(failed).end('no')
      return
    }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(Array.isArray(body) ? answers : answers[0]))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    requests: () => requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
