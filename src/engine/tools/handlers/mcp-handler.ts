import {
  CallToolResultSchema,
  ErrorCode,
  ListToolsResultSchema,
  McpError,
  type Tool as McpTool,
} from '@modelcontextprotocol/sdk/types.js'
import { createGuardedFetch } from '../../../lib/guarded-fetch.ts'
import { READING_SIDE_EFFECTS } from '../schema.ts'
import { ToolError, type ToolHandler, type ToolInvocation } from '../tool-handler.ts'
import { checkMcpConfig, checkMcpServer, type McpConfig, type McpServerConfig } from './check-mcp-config.ts'
import { isCutOff, isNotSent } from './classify-network-error.ts'
import type { ListedMcpServer } from './describe-mcp-tools.ts'
import { explainAbort } from './explain-abort.ts'
import { makeMask, namedSecrets } from './mask-secrets.ts'
import { type McpConnection, type McpConnectionSettings, statusOf } from './mcp-connection.ts'
import { openMcpPool } from './mcp-pool.ts'
import { readMcpResult } from './read-mcp-result.ts'

export type McpSettings = Partial<Omit<McpConnectionSettings, 'fetch'>> & {
  /** Exact origins that may be private addresses. */
  allowedOrigins?: string[]
  /** The most that a call may take, whatever the time limit of its tool. */
  callTimeoutMs?: number
  /** A connection that nobody used for so long is closed. */
  idleTimeoutMs?: number
}

export type McpConnections = {
  /** What a server offers; `describeMcpTools` makes rows of it. Nothing is called. */
  listTools(tenantId: string, server: McpServerConfig, signal?: AbortSignal): Promise<ListedMcpServer>
  /** Calls a tool of a server: `{ server, tool }` is its configuration, `{ content, structured? }` its output. */
  handler: ToolHandler
  /** Ends every connection and every program that was started. */
  close(): Promise<void>
}

const MAX_PAGES = 20
const MAX_TOOLS = 500

/** The session or the server is gone, and the call was not taken: it may be made again on a new connection. */
class StaleConnectionError extends Error {}

/** The tools of MCP servers (protocol 2025-11-25 and earlier), over stdio and streamable HTTP. */
export function openMcpConnections(settings: McpSettings = {}): McpConnections {
  const { callTimeoutMs = 300_000, idleTimeoutMs = 600_000, secrets = {} } = settings
  const pool = openMcpPool(
    {
      allowCommands: settings.allowCommands ?? false,
      secrets,
      environment: settings.environment ?? {},
      fetch: createGuardedFetch(settings.allowedOrigins ?? []),
      startTimeoutMs: settings.startTimeoutMs ?? 15_000,
      onStderr: settings.onStderr ?? (() => {}),
    },
    idleTimeoutMs,
  )
  /** Does the work with a connection, and once more with a new one when the old one turns out to be stale. */
  const withConnection = async <T>(
    tenantId: string,
    server: McpServerConfig,
    signal: AbortSignal,
    writes: boolean,
    work: (connection: McpConnection) => Promise<T>,
  ): Promise<T> => {
    for (;;) {
      try {
        return await pool.use(tenantId, server, signal, async (connection, isNew) => {
          try {
            return await work(connection)
          } catch (error) {
            throw await explainFailure(error as Error, connection, isNew, signal, writes)
          }
        })
      } catch (error) {
        if (error instanceof StaleConnectionError) continue
        if (error instanceof ToolError || !signal.aborted) throw error
        throw explainAbort(signal, 'the MCP server was still being started; nothing was called', false)
      }
    }
  }
  return {
    async listTools(tenantId, server, signal = AbortSignal.timeout(callTimeoutMs)) {
      const [fault] = checkMcpServer(server)
      if (fault) throw new ToolError('handler_config_invalid', `${fault.path}: ${fault.message}`)
      return withConnection(tenantId, server, signal, false, async (connection) => {
        const { name = connection.name, version = '' } = connection.client.getServerVersion() ?? {}
        return { server, name, version, tools: await listAll(connection, signal, callTimeoutMs) }
      })
    },
    async handler(invocation) {
      const { tool, input, idempotencyKey, principal, signal } = invocation
      const [fault] = checkMcpConfig(tool.handler_config)
      if (fault)
        throw new ToolError('handler_config_invalid', `handler_config.${fault.path}: ${fault.message}`)
      const { server, tool: name } = tool.handler_config as McpConfig
      if (signal.aborted) throw explainAbort(signal, 'nothing was called', false)
      const writes = mayWrite(invocation)
      const result = await withConnection(principal.tenantId, server, signal, writes, (connection) =>
        request(signal, (ownSignal) =>
          connection.client.request(
            {
              method: 'tools/call',
              // A server that knows the key can act once; others ignore what stands here.
              params: { name, arguments: input, _meta: { 'countersign/idempotency-key': idempotencyKey } },
            },
            CallToolResultSchema,
            { signal: ownSignal, timeout: Math.min(callTimeoutMs, tool.timeout_ms) },
          ),
        ),
      )
      return readMcpResult(result, makeMask(namedSecrets(tool.handler_config, secrets)), writes)
    },
    close: () => pool.close(),
  }
}

/** Whether a call whose answer was lost may have changed something, by what its row says. */
function mayWrite({ tool }: ToolInvocation): boolean {
  return tool.side_effects.some((effect) => !(READING_SIDE_EFFECTS as readonly string[]).includes(effect))
}

/** The SDK never lets go of the signal it is given, so it gets one of its own. */
async function request<T>(signal: AbortSignal, send: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const own = new AbortController()
  const onAbort = () => own.abort(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await send(own.signal)
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

async function listAll(
  { client, name }: McpConnection,
  signal: AbortSignal,
  timeout: number,
): Promise<McpTool[]> {
  const tools: McpTool[] = []
  let cursor: string | undefined
  for (let page = 0; page < MAX_PAGES; page++) {
    const params = cursor === undefined ? {} : { cursor }
    const listed = await request(signal, (ownSignal) =>
      client.request({ method: 'tools/list', params }, ListToolsResultSchema, { signal: ownSignal, timeout }),
    )
    tools.push(...listed.tools)
    cursor = listed.nextCursor
    if (tools.length > MAX_TOOLS) break
    if (cursor === undefined) return tools
  }
  throw new ToolError('mcp_too_many_tools', `the MCP server ${name} lists more than ${MAX_TOOLS} tools`)
}

async function explainFailure(
  error: Error,
  connection: McpConnection,
  isNew: boolean,
  signal: AbortSignal,
  writes: boolean,
): Promise<Error> {
  if (error instanceof ToolError) return error
  const server = `the MCP server ${connection.name}`
  if (signal.aborted) return explainAbort(signal, `${server} had not answered`, writes)
  const lost = connection.lost() ?? (isCutOff(error) ? 'broke off before it had answered' : undefined)
  if (lost !== undefined) {
    await connection.close().catch(() => {})
    const doubt = writes ? '; whether it did what was asked is not known' : ''
    return new ToolError('mcp_connection_lost', `${server} ${lost} while it was called${doubt}`, {
      retryable: true,
      outcomeUnknown: writes,
      cause: error,
    })
  }
  const status = statusOf(error)
  // A server that was started anew knows nothing of our session, and says so with 404 or 400.
  if (isNotSent(error) || (!isNew && (status === 404 || status === 400))) {
    await connection.close().catch(() => {})
    if (!isNew) return new StaleConnectionError()
    return new ToolError('connection_failed', `${server} could not be reached; nothing was called`, {
      retryable: true,
      cause: error,
    })
  }
  if (status !== undefined) {
    return new ToolError(`http_${status}`, `${server} answered HTTP ${status}`, {
      retryable: status >= 500 || status === 429,
      outcomeUnknown: writes && status >= 500,
      cause: error,
    })
  }
  if (error instanceof McpError && error.code === ErrorCode.RequestTimeout) {
    return new ToolError('tool_timeout', `${server} did not answer in time`, {
      retryable: true,
      outcomeUnknown: writes,
    })
  }
  if (error instanceof McpError) {
    return new ToolError('mcp_refused', `${server} refused: ${error.message.slice(0, 500)}`)
  }
  return new ToolError('mcp_result_invalid', `${server} gave an answer that MCP does not know`, {
    outcomeUnknown: writes,
    cause: error,
  })
}
