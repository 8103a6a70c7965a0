import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { createMcpServer } from './create-mcp-server.ts'
import { createStdioTransport } from './stdio-transport.ts'
import type { ToolContext } from './tools.ts'

/** Serves one client over this process's standard input and output until it hangs up. */
export async function serveStdio(server: Server): Promise<void> {
  const transport = createStdioTransport(process.stdin, process.stdout)
  const closed = new Promise<void>((resolve) => {
    server.onclose = resolve
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  await server.connect(transport)
  await closed
}

export const serveOwnStdio = (toolContext: ToolContext, version: string) =>
  serveStdio(createMcpServer(toolContext, version))

/**
 * Serves a client by passing everything on to the server that has the data folder open: one folder, one process, any
 * number of MCP clients.
 */
export async function forwardStdio(
  address: string,
  headers: Record<string, string>,
  version: string,
): Promise<void> {
  const client = new Client({ name: 'countersign-stdio', version })
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${address}/mcp`), { requestInit: { headers } }) as never,
  )
  const server = new Server(
    { name: 'countersign', version, title: 'Countersign' },
    { capabilities: { tools: { listChanged: false } }, instructions: client.getInstructions() ?? '' },
  )
  server.setRequestHandler(ListToolsRequestSchema, ({ params }) => client.listTools(params))
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => client.callTool(params))
  await serveStdio(server)
  await client.close()
}
