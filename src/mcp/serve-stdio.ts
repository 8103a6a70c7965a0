import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { describeFailure } from './describe-failure.ts'
import { createStdioTransport } from './stdio-transport.ts'

/**
 * Serves one client over this process's standard input and output until it hangs up, by passing every message on to the
 * server that has the data folder open, unchanged: one folder, one process, any number of MCP clients.
 */
export async function forwardStdio(address: string, headers: Record<string, string>): Promise<void> {
  const client = createStdioTransport(process.stdin, process.stdout)
  const server = new StreamableHTTPClientTransport(new URL(`${address}/mcp`), { requestInit: { headers } })
  const closed = new Promise<void>((resolve) => {
    client.onclose = resolve
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  const underWay = new Set<Promise<void>>()
  client.onmessage = (message) => {
    const passed = server
      .send(message)
      .catch((error: Error) => answerFailure(message, error))
      .finally(() => underWay.delete(passed))
    underWay.add(passed)
  }
  server.onmessage = (message) => void client.send(message)
  await server.start()
  await client.start()
  await closed
  await Promise.all(underWay)
  await server.close()

  /** A request that the server did not take still gets an answer: what was wrong, in the words of JSON-RPC. */
  async function answerFailure(message: JSONRPCMessage, error: Error): Promise<void> {
    if (!('id' in message) || !('method' in message)) return
    await client.send({ jsonrpc: '2.0', id: message.id, error: describeFailure(error) })
  }
}
