import type { Kernel } from '../../kernel/context.ts'
import type { Principal } from '../../kernel/schema.ts'
import type { ModelSettings } from '../models/model-settings.ts'
import type { Recordings } from '../models/recording-folder.ts'
import type { AppScopes } from '../tools/app-scopes.ts'
import type { Handlers } from '../tools/open-handlers.ts'
import type { Tool } from '../tools/schema.ts'
import type { BuiltInTool } from '../tools/tool-handler.ts'
import type { Graph } from '../workflows/graph.ts'
import type { WorkflowHead } from '../workflows/workflow-rows.ts'
import type { EngineFunction } from './perform-function.ts'

export type EngineSettings = {
  /** How long a caller who starts or resumes a run waits for it to settle. Milliseconds. */
  runWaitMs: number
  /** False: prompts and answers of models stay out of the log; their hashes stand instead. */
  logLlmContent: boolean
}

/** What the engine's functions are handed, next to who asks. Built once in `app.ts`. */
export type Engine = {
  kernel: Kernel
  settings: EngineSettings
  models: ModelSettings
  /** Set where answers of models are kept, or come from what was kept. */
  recordings: Recordings | null
  builtInTools: ReadonlyMap<string, BuiltInTool>
  /** Steps that are code, of workflows that come with the program. */
  functions: ReadonlyMap<string, EngineFunction>
  /** Workflows that nothing but the program itself starts, by id, each with what to do instead. */
  reservedWorkflows: ReadonlyMap<string, string>
  handlers: Handlers
  /** Runs that this process drives at this moment, by tenant and run. */
  driving: Map<string, Driving>
  /** Runs that are being looked at, whether they may go on. */
  takingUp: Map<string, Promise<void>>
  /** Looks a workflow up by id or name. */
  findWorkflow(tenantId: string, ref: string): Promise<WorkflowHead | undefined>
  /** Looks up a tenant's own tool. */
  findOwnTool(tenantId: string, id: string): Promise<Tool | undefined>
  /** Looks up what runs of an app may touch now. */
  findAppScopes(tenantId: string, appId: string): Promise<AppScopes | undefined>
  /** Definitions never change under their hash, so they are kept parsed. */
  graphs: Map<string, Graph>
  /** Aborts when the process stops: what is at work is left for the next process. */
  stopping: AbortSignal
}

export type Driving = {
  tenantId: string
  runId: string
  /** Ends what is under way, e.g. because somebody cancelled the run. */
  abort(reason: string): void
  /** Resolves when the run waits, has ended or was let go of, with what kept it from being written, if anything. */
  settled: Promise<Error | null>
  /** Resolves when what happened so far is durable. */
  commit(): Promise<void>
}

/** An engine and the one who asks. */
export type EngineContext = { engine: Engine; principal: Principal }

export const drivingKey = (tenantId: string, runId: string) => `${tenantId}\n${runId}`
