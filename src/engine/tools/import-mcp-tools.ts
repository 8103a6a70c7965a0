import type { Context } from '../../kernel/context.ts'
import { AppError } from '../../lib/errors.ts'
import type { Engine } from '../runs/engine.ts'
import type { McpServerConfig } from './handlers/check-mcp-config.ts'
import { checkMcpServer } from './handlers/check-mcp-config.ts'
import { describeMcpTools } from './handlers/describe-mcp-tools.ts'
import { refuseOperatorsMeans } from './refuse-operators-means.ts'
import type { Tool } from './schema.ts'
import { storeTool } from './store-tool.ts'
import { ToolError } from './tool-handler.ts'

export type ImportedTools = { tools: Tool[]; refused: { name: string; message: string }[] }

/**
 * Registers every tool that an MCP server offers as `mcp.<serverId>.<name>`. What the server says of itself becomes risk
 * and side effects, so look at them before an agent gets one; importing again replaces them.
 *
 * @throws AppError 422 for a server that cannot be described so; 403 for means that are the operator's; 502 when it
 * cannot be asked.
 */
export async function importMcpTools(
  context: Context,
  engine: Engine,
  serverId: string,
  server: McpServerConfig,
): Promise<ImportedTools> {
  const { principal, ledger } = context
  const { tenantId } = principal
  const faults = checkMcpServer(server)
  if (faults.length > 0) {
    throw new AppError({
      code: 'INVALID_MCP_SERVER',
      status: 422,
      message: 'The MCP server cannot be reached as described',
      details: faults.map(({ path, message }) => ({
        path: path === '' ? 'server' : `server.${path}`,
        message,
        type: 'value_error',
        code: 'INVALID_MCP_SERVER',
      })),
    })
  }
  refuseOperatorsMeans(principal, 'mcp', { server: server as never })
  const listed = await engine.handlers.listMcpTools(tenantId, server).catch((error) => {
    throw notAnswering(error as Error)
  })
  const { tools, refused } = describeMcpTools(serverId, listed)
  const saved = await ledger.transaction(tenantId, async (transaction) => {
    const rows: Tool[] = []
    for (const tool of tools) rows.push((await storeTool(transaction, context, tool)).tool)
    return rows
  })
  return {
    tools: saved,
    refused: refused.map(({ name, faults: found }) => ({
      name,
      message: found.map(({ message }) => message).join('; '),
    })),
  }
}

function notAnswering(error: Error): AppError {
  const message =
    error instanceof ToolError ? error.message : 'the MCP server could not be asked; the log says more'
  return new AppError({
    code: 'MCP_SERVER_UNAVAILABLE',
    status: 502,
    message: 'The MCP server did not tell its tools',
    details: [{ path: 'server', message, type: 'unavailable', code: 'MCP_SERVER_UNAVAILABLE' }],
    cause: error,
  })
}
