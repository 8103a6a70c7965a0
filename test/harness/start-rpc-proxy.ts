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

export type RpcProxy = { url: string; calls: RpcCall[]; stop(): Promise<void> }

/** A node that can less than the one behind it, or lies about it. */
export async function startRpcProxy(
  target: string,
  react: (call: RpcCall) => RpcReaction = () => undefined,
): Promise<RpcProxy> {
  const calls: RpcCall[] = []
  const server = createServer(async (request, response) => {
    const call = JSON.parse((await buffer(request)).toString()) as RpcCall & { id: unknown; jsonrpc: string }
    calls.push({ method: call.method, params: call.params ?? [] })
    const reaction = react({ method: call.method, params: call.params ?? [] }) ?? { pass: call }
    if ('status' in reaction) {
      response.writeHead(reaction.status).end('no')
      return
    }
    response.setHeader('content-type', 'application/json')
    if ('pass' in reaction) {
      const body = JSON.stringify({ ...call, ...reaction.pass })
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(target, { method: 'POST', headers, body })
      response.end(await answer.text())
      return
    }
    response.end(JSON.stringify({ jsonrpc: '2.0', id: call.id, ...reaction }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
