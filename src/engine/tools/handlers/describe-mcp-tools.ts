import type { Tool as McpTool } from '@modelcontextprotocol/sdk/types.js'
import type { Json } from '../../../lib/canonical-json.ts'
import { type Tool, ToolId } from '../schema.ts'
import type { JsonObject } from '../tool-handler.ts'
import { checkJsonSchema } from '../validate-json-schema.ts'
import type { McpServerConfig } from './check-mcp-config.ts'
import type { Fault } from './describe-schema-errors.ts'

/** What an MCP server said of itself. All of it is data from outside. */
export type ListedMcpServer = {
  server: McpServerConfig
  name: string
  version: string
  tools: McpTool[]
}

export type McpToolRow = Omit<Tool, 'created_at' | 'updated_at'>

const SERVER_ID = /^[a-z0-9][a-z0-9_-]{0,63}$/
const TIMEOUT_MS = 60_000
const MAX_DESCRIPTION_CHARACTERS = 10_000

/**
 * The tools of an MCP server as rows to be registered, and those that cannot be, with what is wrong with them. Risk and
 * side effects follow the hints of the server: whoever registers a row answers for believing them. What says nothing
 * counts as destructive.
 *
 * @param serverId the name under which the server is known here: `mcp.<serverId>.<tool>`.
 */
export function describeMcpTools(
  serverId: string,
  listed: ListedMcpServer,
): { tools: McpToolRow[]; refused: { name: string; faults: Fault[] }[] } {
  if (!SERVER_ID.test(serverId)) {
    throw new TypeError(
      `expected small letters, digits, _ and - as the id of an MCP server, got '${serverId}'`,
    )
  }
  const tools: McpToolRow[] = []
  const refused: { name: string; faults: Fault[] }[] = []
  for (const tool of listed.tools) {
    const row = describeTool(serverId, listed.server, tool)
    const faults = checkRow(row)
    if (tools.some(({ id }) => id === row.id)) {
      faults.push({ path: 'id', message: 'expected each name once', keyword: 'uniqueItems' })
    }
    if (faults.length > 0) refused.push({ name: tool.name.slice(0, 200), faults })
    else tools.push(row)
  }
  return { tools, refused }
}

function describeTool(serverId: string, server: McpServerConfig, tool: McpTool): McpToolRow {
  const { readOnlyHint = false, destructiveHint = true, idempotentHint = false } = tool.annotations ?? {}
  return {
    id: `mcp.${serverId}.${tool.name}`,
    name: tool.title ?? tool.annotations?.title ?? tool.name,
    description: tool.description?.slice(0, MAX_DESCRIPTION_CHARACTERS) ?? null,
    input_schema: tool.inputSchema as JsonObject,
    output_schema: tool.outputSchema ? wrapOutputSchema(tool.outputSchema as JsonObject) : null,
    handler_type: 'mcp',
    handler_config: { server, tool: tool.name } as JsonObject,
    risk_level: readOnlyHint ? 'low' : destructiveHint ? 'high' : 'medium',
    side_effects: readOnlyHint ? [] : ['external_write'],
    recovery: readOnlyHint || idempotentHint ? 'retry_with_key' : 'ask_human',
    timeout_ms: TIMEOUT_MS,
  }
}

/**
 * The schema of our output, in which the structured content of the server stands as a member. Its references begin at
 * itself, so it stays a document of its own, with an id.
 */
function wrapOutputSchema({ $schema, ...schema }: JsonObject): JsonObject {
  const structured: Json = { $id: 'mcp:structured-content', ...schema }
  return {
    ...($schema !== undefined && { $schema }),
    type: 'object',
    properties: { content: { type: 'array' }, structured },
    required: ['content', 'structured'],
  }
}

function checkRow({ id, input_schema, output_schema }: McpToolRow): Fault[] {
  const parsed = ToolId.safeParse(id)
  const under = (name: string) => (fault: Fault) => ({
    ...fault,
    path: fault.path === '' ? name : `${name}.${fault.path}`,
  })
  return [
    ...(parsed.success ? [] : [{ path: 'id', message: parsed.error.issues[0]!.message, keyword: 'pattern' }]),
    ...checkJsonSchema(input_schema).map(under('input_schema')),
    ...(output_schema ? checkJsonSchema(output_schema).map(under('output_schema')) : []),
  ]
}
