import type { Context } from '../../kernel/context.ts'
import { AppError, type ErrorDetail, notFound } from '../../lib/errors.ts'
import type { Engine } from '../runs/engine.ts'
import { checkHandlerConfig } from './check-handler-config.ts'
import { presentBuiltIn } from './find-tool.ts'
import { refuseOperatorsMeans } from './refuse-operators-means.ts'
import type { Tool, ToolInput } from './schema.ts'
import { storeTool } from './store-tool.ts'
import { listTools, readTool } from './tool-rows.ts'
import { checkJsonSchema } from './validate-json-schema.ts'

/**
 * Creates a tool, or replaces the one with this id. A `builtin` tool that this program has no handler for is kept, and
 * fails when it is called.
 *
 * @throws AppError 422 with every fault of its schemas and its handler_config; 403 for means that are the operator's.
 */
export async function saveTool(
  context: Context,
  engine: Engine,
  input: ToolInput,
): Promise<{ tool: Tool; created: boolean }> {
  const { principal } = context
  const details: ErrorDetail[] = []
  const collect = (root: string, faults: { path: string; message: string }[]) => {
    for (const { path, message } of faults) {
      details.push({
        path: [root, path].filter(Boolean).join('.'),
        message,
        type: 'value_error',
        code: 'INVALID_TOOL',
      })
    }
  }
  collect('input_schema', checkJsonSchema(input.input_schema))
  if (input.output_schema) collect('output_schema', checkJsonSchema(input.output_schema))
  collect('handler_config', checkHandlerConfig(input.handler_type, input.handler_config))
  if (details.length === 0 && input.handler_type === 'code') {
    collect('handler_config', await engine.handlers.checkCode(input.handler_config))
  }
  if (details.length > 0)
    throw new AppError({ code: 'INVALID_TOOL', status: 422, message: 'The tool has a fault', details })
  refuseOperatorsMeans(principal, input.handler_type, input.handler_config)
  return context.ledger.transaction(principal.tenantId, (transaction) =>
    storeTool(transaction, context, input),
  )
}

/** The tools a tenant can use: its own, and those that come with the program unless it has one of that id. */
export async function listUsableTools(engine: Engine, tenantId: string): Promise<Tool[]> {
  const own = await engine.kernel.database.transaction(tenantId, (session) => listTools(session, tenantId))
  const ids = new Set(own.map(({ id }) => id))
  const builtIn = [...engine.builtInTools.values()].map(presentBuiltIn).filter(({ id }) => !ids.has(id))
  return [...own, ...builtIn].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** @throws AppError 404 TOOL_NOT_FOUND */
export async function requireTool(engine: Engine, tenantId: string, sentId: string): Promise<Tool> {
  const id = sentId.replace(/^(?:tool\.)+/, '')
  const own = await readTool(engine.kernel.database, tenantId, id)
  const builtIn = engine.builtInTools.get(id)
  if (own) return own
  if (builtIn) return presentBuiltIn(builtIn)
  throw notFound(
    'TOOL_NOT_FOUND',
    'Tool not found',
    'tool_id',
    `No tool has the id '${id}'; GET /tools lists them`,
  )
}
