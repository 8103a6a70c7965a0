import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js'
import type { createGuardedFetch } from '../../../lib/guarded-fetch.ts'
import { VERSION } from '../../../lib/version.ts'
import { ToolError } from '../tool-handler.ts'
import type { McpServerConfig } from './check-mcp-config.ts'
import { forbiddenAddress, isNotSent } from './classify-network-error.ts'
import { fillText } from './fill-template.ts'
import { makeMask, namedSecrets } from './mask-secrets.ts'
import { createMcpHttpTransport } from './mcp-http-transport.ts'
import { orAborted } from './or-aborted.ts'
import { createStdioTransport } from './stdio-transport.ts'

export type McpConnectionSettings = {
  /** Whether programs may be started. An MCP server started here runs with the rights of this program. */
  allowCommands: boolean
  /** What `{{secret.NAME}}` stands for. */
  secrets: Record<string, string>
  /** What a started program sees of our environment, besides what its configuration says. */
  environment: { PATH?: string; HOME?: string }
  fetch: ReturnType<typeof createGuardedFetch>
  startTimeoutMs: number
  /** Told what a started program writes to its error output, a line at a time, secrets masked. */
  onStderr: (server: string, line: string) => void
}

export type McpConnection = {
  client: Client
  /** The program or the host, for messages. */
  name: string
  /** Why it can no longer be used, once that is so. */
  lost(): string | undefined
  close(): Promise<void>
}

const MAX_MESSAGE_BYTES = 4 * 1024 * 1024
const MAX_STDERR_CHARACTERS = 64 * 1024
const MAX_STDERR_LINE = 1000
const GOODBYE_MS = 1000

/**
 * Connects to an MCP server and agrees on a protocol version. We offer it nothing to ask us for: no sampling, no
 * elicitation, no roots.
 *
 * @param onLost is called once when it can no longer be used.
 * @throws ToolError; nothing was called.
 */
export async function openMcpConnection(
  server: McpServerConfig,
  settings: McpConnectionSettings,
  onLost: () => void,
): Promise<McpConnection> {
  const name = nameServer(server)
  const client = new Client({ name: 'countersign', version: VERSION }, { capabilities: {} })
  let lost: string | undefined
  const lose = (reason: string) => {
    if (lost !== undefined) return
    lost = reason
    onLost()
  }
  const { transport, ending, sayGoodbye } = createTransport(server, name, settings, (reason) => {
    lose(reason)
    void client.close()
  })
  client.onclose = () => lose(ending() ?? 'closed the connection')
  try {
    await client.connect(transport, { timeout: settings.startTimeoutMs })
  } catch (error) {
    const explained = explainStart(error as Error, name, ending(), settings.startTimeoutMs)
    await transport.close().catch(() => {})
    throw explained
  }
  return {
    client,
    name,
    lost: () => lost,
    async close() {
      if (lost === undefined) await sayGoodbye()
      await client.close()
    },
  }
}

function nameServer(server: McpServerConfig): string {
  return 'url' in server ? new URL(server.url).host : `'${server.command.slice(0, 100)}'`
}

function createTransport(
  server: McpServerConfig,
  name: string,
  settings: McpConnectionSettings,
  onBroken: (reason: string) => void,
): { transport: Transport; ending: () => string | undefined; sayGoodbye: () => Promise<unknown> } {
  const fill = (templates: Record<string, string> = {}) =>
    Object.fromEntries(
      Object.entries(templates).map(([key, template]) => [
        key,
        fillText(template, { input: {}, secrets: settings.secrets, idempotencyKey: '' }),
      ]),
    )
  if ('url' in server) {
    const transport = createMcpHttpTransport({
      url: server.url,
      headers: fill(server.headers),
      fetch: settings.fetch,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      onBroken,
    })
    return {
      transport: transport as Transport,
      ending: () => undefined,
      // The server may forget the session; if it does not hear of it, it will find out.
      sayGoodbye: () =>
        orAborted(transport.terminateSession(), AbortSignal.timeout(GOODBYE_MS)).catch(() => {}),
    }
  }
  if (!settings.allowCommands) {
    throw new ToolError(
      'mcp_commands_not_allowed',
      `the MCP server ${name} is a program, and starting programs is not allowed here; the operator can allow it, or give its address`,
    )
  }
  const transport = createStdioTransport({
    command: server.command,
    args: server.args ?? [],
    env: { ...settings.environment, ...fill(server.env) },
    ...(server.cwd !== undefined && { cwd: server.cwd }),
    maxMessageBytes: MAX_MESSAGE_BYTES,
    onStderr: capLines(makeMask(namedSecrets(server, settings.secrets)), (line) =>
      settings.onStderr(name, line),
    ),
  })
  return { transport, ending: () => transport.ending(), sayGoodbye: async () => {} }
}

/** A server that talks without end fills no log. */
function capLines(mask: (line: string) => string, tell: (line: string) => void): (line: string) => void {
  let left = MAX_STDERR_CHARACTERS
  return (line) => {
    if (left <= 0) return
    const told = mask(line).slice(0, MAX_STDERR_LINE)
    left -= told.length + 1
    tell(left > 0 ? told : '… and more, which is not kept')
  }
}

function explainStart(
  error: Error,
  name: string,
  ending: string | undefined,
  startTimeoutMs: number,
): ToolError {
  if (error instanceof ToolError) return error
  const failed = (code: string, why: string, retryable: boolean) =>
    new ToolError(code, `the MCP server ${name} ${why}; nothing was called`, { retryable, cause: error })
  if (forbiddenAddress(error) !== undefined) {
    return failed('address_forbidden', 'is at a private address, which only the operator can allow', false)
  }
  if (ending !== undefined)
    return failed('mcp_start_failed', `${ending}; its error output is in the log`, false)
  if (error instanceof McpError && error.code === ErrorCode.RequestTimeout) {
    return failed('mcp_start_failed', `did not answer within ${startTimeoutMs} ms`, true)
  }
  if (isNotSent(error)) return failed('mcp_start_failed', 'could not be reached', true)
  const status = statusOf(error)
  const why = status === undefined ? 'does not speak MCP as expected' : `refused with HTTP ${status}`
  return failed('mcp_start_failed', why, status === undefined || status >= 500 || status === 429)
}

/** The status that a server answered over HTTP, if that is what went wrong. */
export function statusOf(error: Error): number | undefined {
  return error instanceof StreamableHTTPError && error.code !== undefined && error.code > 0
    ? error.code
    : undefined
}
