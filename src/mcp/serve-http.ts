import type { IncomingMessage, ServerResponse } from 'node:http'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  FastifyTypeProvider,
  RawServerDefault,
} from 'fastify'
import type { PurchaseConnector } from '../engine/purchase/connector.ts'
import type { Context } from '../kernel/context.ts'
import { createMcpServer } from './create-mcp-server.ts'

type McpHttp = {
  contextOf(request: FastifyRequest): Context
  purchaseConnector: PurchaseConnector
  resolvesApprovals: boolean
  version: string
}

type AnyApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  FastifyTypeProvider
>

/**
 * MCP over streamable HTTP at `/mcp`, without sessions: each request stands for itself and carries its credential, so
 * any process can answer it and a revoked key is dead at once.
 */
export function serveMcpHttp(app: AnyApp, http: McpHttp): void {
  app.post(
    '/mcp',
    {
      config: { reads: true, oauthResource: true },
      schema: { tags: ['mcp'], summary: 'Model Context Protocol (streamable HTTP)' },
    },
    async (request, reply) => {
      const server = createMcpServer(
        {
          context: http.contextOf(request),
          purchaseConnector: http.purchaseConnector,
          resolvesApprovals: http.resolvesApprovals,
        },
        http.version,
      )
      const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true } as never)
      reply.hijack()
      reply.raw.on('close', () => void server.close())
      await server.connect(transport as never)
      await transport.handleRequest(request.raw, reply.raw, request.body)
    },
  )
}
