import type { Kernel } from '../kernel/context.ts'
import { DEFAULT_TENANT } from '../kernel/schema.ts'
import { makeDatabaseTools } from './database-tools/make-database-tools.ts'
import type { ModelSettings } from './models/model-settings.ts'
import type { Engine, EngineSettings } from './runs/engine.ts'
import { languageTools } from './tdln/language-tools.ts'
import { makeTicketTools } from './tickets/ticket-tools.ts'
import { calculator } from './tools/calculator.ts'
import { makeHttpHandler } from './tools/handlers/http-handler.ts'
import { type BuiltInTool, ToolError, type ToolHandler } from './tools/tool-handler.ts'
import { shareWorkflowReads } from './workflows/load-workflow.ts'

export type ToolSettings = {
  /** Values that tools of the installation's own tenant may refer to by name. */
  secrets: Record<string, string>
  /** Origins that tools may call although they are not public. */
  allowedOrigins: string[]
}

/** Puts the engine together. It does nothing until it is asked, or `placeRuns` is started. */
export function makeEngine(
  kernel: Kernel,
  settings: EngineSettings,
  models: ModelSettings,
  tools: ToolSettings,
  stopping: AbortSignal,
): Engine {
  const builtIn: BuiltInTool[] = [
    ...makeTicketTools(kernel.database, kernel.clock),
    ...makeDatabaseTools(kernel.database, kernel.clock),
    ...languageTools,
    calculator,
  ]
  return {
    kernel,
    settings,
    models,
    builtInTools: new Map(builtIn.map((tool) => [tool.tool.id, tool])),
    handlers: {
      http: httpHandlerOf(tools),
      code: notConfigured('code'),
      mcp: notConfigured('mcp'),
      remote: notConfigured('remote'),
    },
    driving: new Map(),
    findWorkflow: shareWorkflowReads(kernel.database),
    graphs: new Map(),
    stopping,
  }
}

/** The operator's secrets serve the operator's own tenant: another's tool could send them anywhere. */
function httpHandlerOf({ secrets, allowedOrigins }: ToolSettings): ToolHandler {
  const own = makeHttpHandler({ secrets, allowedOrigins })
  const others = makeHttpHandler({ secrets: {}, allowedOrigins: [] })
  return (invocation) => (invocation.principal.tenantId === DEFAULT_TENANT ? own : others)(invocation)
}

const notConfigured =
  (type: string): ToolHandler =>
  async () => {
    throw new ToolError(
      'handler_not_configured',
      `tools of type '${type}' cannot be called in this installation`,
    )
  }
