import type { Kernel } from '../kernel/context.ts'
import { shareTenantReads } from '../lib/share-reads.ts'
import { makeDatabaseTools } from './database-tools/make-database-tools.ts'
import type { ModelSettings } from './models/model-settings.ts'
import type { Recordings } from './models/recording-folder.ts'
import type { Engine, EngineSettings } from './runs/engine.ts'
import type { EngineFunction } from './runs/perform-function.ts'
import { languageTools } from './tdln/language-tools.ts'
import { makeTicketTools } from './tickets/ticket-tools.ts'
import { readAppScopes } from './tools/app-scopes.ts'
import { calculator } from './tools/calculator.ts'
import { REMOTE_TOOLS } from './tools/handlers/remote-tools.ts'
import { openHandlers, type ToolSettings } from './tools/open-handlers.ts'
import type { BuiltInTool } from './tools/tool-handler.ts'
import { readTools } from './tools/tool-rows.ts'
import { findWorkflowHeads } from './workflows/workflow-rows.ts'

/** What apps of the program bring along. */
export type EngineParts = {
  tools: BuiltInTool[]
  functions: ReadonlyMap<string, EngineFunction>
  /** Workflows that nothing but the program itself starts, by id, each with what to do instead. */
  reservedWorkflows: ReadonlyMap<string, string>
}

/** Puts the engine together. It does nothing until it is asked, or `placeRuns` is started. */
export function makeEngine(
  kernel: Kernel,
  settings: EngineSettings,
  models: ModelSettings,
  recordings: Recordings | null,
  tools: ToolSettings,
  stopping: AbortSignal,
  more: EngineParts = { tools: [], functions: new Map(), reservedWorkflows: new Map() },
): Engine {
  const handlers = openHandlers(tools, kernel)
  const builtIn: BuiltInTool[] = [
    ...makeTicketTools(kernel.database, kernel.clock),
    ...makeDatabaseTools(kernel.database, kernel.clock),
    ...languageTools,
    calculator,
    ...more.tools,
    ...REMOTE_TOOLS.map(({ handler_type: handlerType, ...tool }) => ({
      tool,
      handlerType,
      handler: handlers.remote,
    })),
  ]
  return {
    kernel,
    settings,
    models,
    recordings,
    builtInTools: new Map(builtIn.map((tool) => [tool.tool.id, tool])),
    functions: more.functions,
    reservedWorkflows: more.reservedWorkflows,
    handlers,
    driving: new Map(),
    takingUp: new Map(),
    findWorkflow: shareTenantReads((tenantId, refs) => findWorkflowHeads(kernel.database, tenantId, refs)),
    findOwnTool: shareTenantReads(async (tenantId, ids) => {
      const tools = await readTools(kernel.database, tenantId, ids)
      return new Map(tools.map((tool) => [tool.id, tool]))
    }),
    findAppScopes: shareTenantReads((tenantId, ids) => readAppScopes(kernel.database, tenantId, ids)),
    graphs: new Map(),
    stopping,
  }
}
