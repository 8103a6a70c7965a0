import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { ErrorCode, ListToolsRequestSchema, McpError } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { requirePermission } from '../identity/authorize-access.ts'
import { canonicalJson } from '../lib/canonical-json.ts'
import { AppError } from '../lib/errors.ts'
import { parseIJson } from '../lib/i-json.ts'
import { describeIssues, parseInput } from '../lib/validation.ts'
import { listTools, type ToolContext } from './tools.ts'

/**
 * The tools over MCP, for one caller. A tool that refuses answers a result with `isError` and the error envelope, so
 * that the model can read what was wrong; protocol errors are for unknown tools alone.
 */
export function createMcpServer(toolContext: ToolContext, version: string): Server {
  const tools = listTools(toolContext)
  const server = new Server(
    { name: 'countersign', version, title: 'Countersign' },
    { capabilities: { tools: { listChanged: false } }, instructions: INSTRUCTIONS },
  )
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: tools.map((tool) => ({
      name: tool.name,
      title: tool.title,
      description: tool.description,
      inputSchema: z.toJSONSchema(tool.input, { io: 'input', unrepresentable: 'any' }) as { type: 'object' },
      annotations: {
        readOnlyHint: tool.readOnly,
        destructiveHint: tool.name === 'execute_purchase',
        openWorldHint: false,
      },
    })),
  }))
  server.setRequestHandler(ToolCall, async (request) => {
    const params = readParams(request.params)
    const tool = tools.find(({ name }) => name === params.name)
    if (!tool) {
      const names = tools.map(({ name }) => name).join(', ')
      throw new McpError(ErrorCode.MethodNotFound, `no tool '${params.name}'; there are ${names}`)
    }
    try {
      requirePermission(toolContext.context.principal, tool.readOnly ? 'read' : 'write')
      const input = parseInput(tool.input, sameAsOverHttp(params.arguments ?? {}), tool.vocabulary)
      return present(await tool.run(toolContext, input), false)
    } catch (error) {
      if (error instanceof AppError) return present(error.toEnvelope(), true)
      toolContext.context.log.error({ error, tool: tool.name }, 'a tool failed')
      return present(INTERNAL.toEnvelope(), true)
    }
  })
  return server
}

const INSTRUCTIONS =
  'Before an action with consequences call authorize_action. allow: mint_execution_token, then execute_purchase. requires_approval: request_approval, poll get_decision every 2 s, mint once it is approved. deny: stop and tell the user why.'

const INTERNAL = new AppError({
  code: 'INTERNAL_ERROR',
  status: 500,
  message: 'Something went wrong here; nothing more is known. Read the journal before trying again',
})

/** The transports parse JSON themselves; what the API refuses (numbers that were rounded, broken text) is refused here too. */
function sameAsOverHttp(value: unknown): unknown {
  try {
    return parseIJson(canonicalJson(value))
  } catch (error) {
    throw new AppError({
      code: 'REQUEST_VALIDATION_ERROR',
      status: 422,
      message: 'Tool arguments failed validation',
      details: [
        {
          path: '',
          message: (error as Error).message,
          type: 'json_invalid',
          code: 'REQUEST_VALIDATION_ERROR',
        },
      ],
      cause: error,
    })
  }
}

/** Any call: what is wrong with its parameters is told as JSON-RPC says, which the SDK's own schema would not. */
const ToolCall = z.object({ method: z.literal('tools/call'), params: z.unknown() })
const ToolCallParams = z.looseObject({
  name: z.string(),
  arguments: z.record(z.string(), z.unknown()).optional(),
})

function readParams(params: unknown): z.infer<typeof ToolCallParams> {
  const parsed = ToolCallParams.safeParse(params)
  if (parsed.success) return parsed.data
  const [fault] = describeIssues(parsed.error.issues, params)
  throw new McpError(ErrorCode.InvalidParams, `params.${fault!.path}: ${fault!.message}`)
}

function present(content: Record<string, unknown>, isError: boolean) {
  return {
    content: [{ type: 'text' as const, text: JSON.stringify(content) }],
    structuredContent: content,
    ...(isError && { isError }),
  }
}
