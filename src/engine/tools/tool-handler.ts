import type { Forbidden } from '../../kernel/authorize.ts'
import type { RunAction } from '../../kernel/policy/run-request.ts'
import type { Principal } from '../../kernel/schema.ts'
import type { Json } from '../../lib/canonical-json.ts'
import type { Session } from '../../store/database.ts'
import type { Tool } from './schema.ts'

export type JsonObject = Record<string, Json>

/** One call that passed the gate: what a handler is given. */
export type ToolInvocation = {
  tool: Tool
  /** Valid under the tool's input schema. */
  input: JsonObject
  /** The same for every attempt at the same call; whatever honours it acts once. */
  idempotencyKey: string
  principal: Principal
  /** Where it is called from; null outside a run, e.g. when an agent is tested. */
  run: { id: string; stepId: string } | null
  /** Aborts at the tool's time limit, when the run is cancelled and when the process stops. */
  signal: AbortSignal
}

/** Performs a call. Whatever it throws other than a ToolError counts as failed with an outcome that is known: not done. */
export type ToolHandler = (invocation: ToolInvocation) => Promise<Json>

/** What became of an earlier call whose process is gone, for tools with recovery `query`. */
export type CallOutcome =
  | { outcome: 'done'; output: Json }
  | { outcome: 'not-done' }
  | { outcome: 'unknown'; reason: string }

/** A tool that comes with the program: its row and what runs it. */
export type BuiltInTool = {
  tool: Omit<Tool, 'created_at' | 'updated_at' | 'handler_type'>
  /** `remote`: performed by the executor. */
  handlerType?: 'builtin' | 'remote'
  handler: ToolHandler
  /** What it would do, without doing it: what draft mode shows instead of asking a human. */
  preview?: ToolHandler
  query?: (invocation: ToolInvocation) => Promise<CallOutcome>
  /** Where policies know its calls by an action of their own, and `context.…` tells what a call is about. */
  decidedAs?: { action: RunAction; contextOf(input: Json): JsonObject; totals?: Totals }
  /** What a human is asked, in words of one line each, and how risky this call is where that is not the same for all. */
  describe?: (
    input: Json,
    asked: AskedFrom,
  ) => { title: string; details: string; riskLevel?: Tool['risk_level'] }
}

/** The workflow and the node that make a call. Anybody's workflow may call a tool with any input. */
export type AskedFrom = { workflowId: string; nodeId: string }

/**
 * What policies see beside a call and other runs change at the same time, such as what was spent today. It is read once more in
 * the transaction that writes the decision: of two calls that together go over a limit one is decided with the other in it.
 */
export type Totals = {
  /** Calls with the same key are decided one after the other. */
  keyOf(call: CountedCall): string
  read(session: Session, call: CountedCall): Promise<Counted>
}
export type Counted = {
  /** Members of `context`. */
  context: JsonObject
  /** Where a setting of the operator forbids the call by the same figures, whatever policies say: why. */
  forbidden: Forbidden | null
}
export type CountedCall = { tenantId: string; runId: string; input: Json; now: number }

/** A call that went wrong, in words for the trace. Never carries secrets or stacks. */
export class ToolError extends Error {
  override readonly name = 'ToolError'
  readonly code: string
  /** Whether another attempt may succeed: a time limit, a refused connection, a 503. */
  readonly retryable: boolean
  /** True when it may have happened all the same, e.g. the answer was lost: never repeated blindly. */
  readonly outcomeUnknown: boolean

  constructor(
    code: string,
    message: string,
    { retryable = false, outcomeUnknown = false, cause = undefined as unknown } = {},
  ) {
    super(message, { cause })
    this.code = code
    this.retryable = retryable
    this.outcomeUnknown = outcomeUnknown
  }
}
