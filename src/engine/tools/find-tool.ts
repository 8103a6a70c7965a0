import type { Segment } from '../runs/segment.ts'
import type { Tool } from './schema.ts'
import type { BuiltInTool, ToolHandler } from './tool-handler.ts'

/** A tool's row and what runs it; a built-in of which this program has no handler has none. */
export type RunnableTool = { row: Tool; handler: ToolHandler | null; builtIn: BuiltInTool | null }

/** The tenant's own row counts; else the tool that comes with the program. Null when there is none. */
export async function findTool({ engine, tenantId }: Segment, sentId: string): Promise<RunnableTool | null> {
  const id = sentId.replace(/^(?:tool\.)+/, '')
  const row = await engine.findOwnTool(tenantId, id)
  const builtIn = engine.builtInTools.get(id) ?? null
  if (!row) {
    return (
      builtIn && { row: presentBuiltIn(builtIn), handler: handlerOf(engine, 'builtin', builtIn), builtIn }
    )
  }
  const own = row.handler_type === 'builtin'
  return { row, handler: handlerOf(engine, row.handler_type, builtIn), builtIn: own ? builtIn : null }
}

/** Tools that come with the program have no row, hence no dates of their own. */
export const presentBuiltIn = ({ tool, handlerType = 'builtin' }: BuiltInTool): Tool => ({
  ...tool,
  handler_type: handlerType,
  created_at: SINCE,
  updated_at: SINCE,
})
const SINCE = '2026-11-21T00:00:00.000Z'

function handlerOf(
  { handlers }: Segment['engine'],
  type: Tool['handler_type'],
  builtIn: BuiltInTool | null,
): ToolHandler | null {
  if (type === 'builtin') return builtIn?.handler ?? null
  return handlers[type]
}
