import type { Kernel } from '../../kernel/context.ts'
import { DEFAULT_TENANT } from '../../kernel/schema.ts'
import type { McpServerConfig } from './handlers/check-mcp-config.ts'
import { makeCodeHandler } from './handlers/code-handler.ts'
import type { ListedMcpServer } from './handlers/describe-mcp-tools.ts'
import type { Fault } from './handlers/describe-schema-errors.ts'
import { makeHttpHandler } from './handlers/http-handler.ts'
import { openMcpConnections } from './handlers/mcp-handler.ts'
import { type ExecutorAccess, makeRemoteHandler, refuseRemote } from './handlers/remote-handler.ts'
import type { ToolHandler } from './tool-handler.ts'

export type ToolSettings = {
  /** Values that tools of the installation's own tenant may refer to by name. */
  secrets: Record<string, string>
  /** Origins that tools of the installation's own tenant may call although they are not public. */
  allowedOrigins: string[]
  /** Whether tools of the installation's own tenant may start programs on this machine. */
  allowCommands: boolean
  /** What those programs find them by: PATH and HOME. */
  environment: Record<string, string>
  /** Where tools of type `remote` run; null where there is no executor. Serves every tenant: it keeps them apart. */
  executor: ExecutorAccess | null
}

/** What performs calls, by the type of the tool's handler. */
export type Handlers = {
  http: ToolHandler
  code: ToolHandler
  mcp: ToolHandler
  remote: ToolHandler
  /** What an MCP server offers; nothing is called. */
  listMcpTools(tenantId: string, server: McpServerConfig): Promise<ListedMcpServer>
  /** Whether the code of a tool can be parsed. */
  checkCode(config: unknown): Promise<Fault[]>
  close(): Promise<void>
}

/**
 * Opens what tools need. Secrets, private addresses and programs are the operator's and serve the operator's own
 * tenant alone: the tool of another tenant could send a secret anywhere.
 */
export function openHandlers(
  settings: ToolSettings,
  { log, clock }: Pick<Kernel, 'log' | 'clock'>,
): Handlers {
  const code = makeCodeHandler({
    onConsole: ({ tool, run }, lines) =>
      log.info(
        { tool_id: tool.id, run_id: run?.id, step_id: run?.stepId, lines },
        'the code of a tool wrote to its console',
      ),
  })
  const onStderr = (server: string, text: string) =>
    log.info({ server, text }, 'an MCP server wrote to its error output')
  const own = {
    http: makeHttpHandler({ secrets: settings.secrets, allowedOrigins: settings.allowedOrigins }),
    mcp: openMcpConnections({ ...settings, onStderr }),
  }
  const others = {
    http: makeHttpHandler({ secrets: {}, allowedOrigins: [] }),
    mcp: openMcpConnections({ onStderr }),
  }
  const of = (tenantId: string) => (tenantId === DEFAULT_TENANT ? own : others)
  return {
    http: (invocation) => of(invocation.principal.tenantId).http(invocation),
    mcp: (invocation) => of(invocation.principal.tenantId).mcp.handler(invocation),
    code: code.handler,
    remote: settings.executor ? makeRemoteHandler(settings.executor, clock) : refuseRemote,
    listMcpTools: (tenantId, server) => of(tenantId).mcp.listTools(tenantId, server),
    checkCode: code.checkSyntax,
    async close() {
      await Promise.all([code.close(), own.mcp.close(), others.mcp.close()])
    },
  }
}
