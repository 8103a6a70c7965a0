import type { PayloadOf } from '../../kernel/ledger/event-kinds.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { crashPoint } from '../../lib/crash-point.ts'
import { payloadHash } from '../../lib/hash.ts'
import { askHuman } from '../runs/ask-human.ts'
import { describe, latencyFault } from '../runs/budgets.ts'
import { isToolCall, type Step, type ToolCall } from '../runs/progress.ts'
import { isTimeOfStep, type Segment } from '../runs/segment.ts'
import type { StepOutcome } from '../runs/step-outcome.ts'
import { NO_SCOPES } from './app-scopes.ts'
import { findMissingScope } from './check-scopes.ts'
import { type BoundCall, boundCallOf, type DecidedCall, decideCall, questionOf } from './decide-call.ts'
import { describeFaults } from './describe-faults.ts'
import { findTool, type RunnableTool } from './find-tool.ts'
import { isIrreversible } from './is-irreversible.ts'
import { runHandler } from './run-handler.ts'
import { doubtIdOf, settleDoubt } from './settle-doubt.ts'
import type { JsonObject, ToolHandler } from './tool-handler.ts'
import { compileJsonSchema } from './validate-json-schema.ts'

export type ToolRequest = {
  /** Names this call in the log; the same when a step is come back to. */
  callId: string
  toolId: string
  /** `offered`: what is at hand, of which the tool gets what its schema knows. */
  input: { exact: Json } | { offered: Json }
  agent: { id: string; defaultPolicies: string[]; allowedTools: string[] } | null
  timeoutMs: number | null
}

type Intended = PayloadOf<'tool_call_intended'>

export type ToolResult =
  | { type: 'done'; output: Json }
  | { type: 'failed'; code: string; message: string; retryable: boolean }
  | { type: 'parked'; outcome: Extract<StepOutcome, { type: 'parked' }> }

const failed = (code: string, message: string, retryable = false): ToolResult => ({
  type: 'failed',
  code,
  message,
  retryable,
})

/**
 * The one place that runs tools: find, authorize, scope, validate, intent, handler, result. Nothing that has effects is
 * called before its decision and its intent are durable; a call that was begun and has no result is never blindly repeated.
 */
export async function callTool(segment: Segment, step: Step, request: ToolRequest): Promise<ToolResult> {
  const earlier = step.calls.filter(isToolCall).find(({ intended }) => intended.call_id === request.callId)
  if (earlier?.finished && earlier.finished.outcome !== 'unknown') return resultOf(earlier.finished)

  // The policies of this moment are read beside the tool.
  const [tool, policySet] = await Promise.all([findTool(segment, request.toolId), segment.policySet()])
  if (!tool)
    return failed(
      'tool_not_found',
      `expected the id of a tool, got '${request.toolId}'; GET /tools lists them`,
    )
  if (request.agent && !request.agent.allowedTools.includes(tool.row.id)) {
    return failed(
      'tool_not_allowed',
      `agent '${request.agent.id}' may not call '${tool.row.id}'; add it to its allowed_tools`,
    )
  }
  // Once a human was asked what became of it, it is theirs to say, whatever became of the tool.
  const wasAsked = segment.progress.gates.has(doubtIdOf(segment, step, request.callId))
  if (earlier?.finished && !wasAsked && !isInDoubt(tool, earlier.finished)) return resultOf(earlier.finished)
  if (earlier) return settleDoubt(segment, step, tool, earlier.intended, previewOf(segment, tool))

  const call = boundCallOf(tool, inputFor(tool, request))
  const before = doneBefore(step, tool, call)
  if (before?.finished?.error === null) return resultOf(before.finished)
  if (before) return settleDoubt(segment, step, tool, before.intended, previewOf(segment, tool))
  const decided = await decideCall(segment, step, request, tool, call, policySet)
  const { decision } = decided
  if (decision.effect === 'deny') {
    await segment.commit()
    return failed(
      'policy_denied',
      `policy denied ${tool.row.id}: ${decision.reason} (${decision.reason_code})`,
    )
  }
  const outOfScope = await refuseOutOfScope(segment, tool, call.input)
  if (outOfScope) {
    await segment.commit()
    return outOfScope
  }
  const preview = previewOf(segment, tool)
  if (asksHuman(segment, tool, decided, preview)) {
    const answer = await askHuman(segment, step, questionOf(segment, step, request, tool, call, decided))
    if (!answer.approved) return parkedOrFailed(answer.outcome)
  }

  const faults = compileJsonSchema(tool.row.input_schema)(call.input)
  if (faults.length > 0) return failed('invalid_input', `${tool.row.id}: ${describeFaults(faults)}`)
  const handler = preview ?? tool.handler
  if (!handler) return handlerMissing(tool)
  const late = latencyFault(segment)
  if (late) return failed('budget_exceeded', describe(late).error)
  // Nothing is begun for a run that is being stopped.
  segment.signal.throwIfAborted()
  return perform(segment, step, request, tool, call, decision.decision_id, handler, preview !== null)
}

/** What the scopes of a run's app say of a call at this moment; null when it may. A run of no app has none to keep to. */
export async function refuseOutOfScope(
  { engine, tenantId, progress }: Segment,
  { row }: RunnableTool,
  input: Json,
): Promise<ToolResult | null> {
  const { app_id: appId } = progress.started!
  if (appId === null) return null
  const scopes = (await engine.findAppScopes(tenantId, appId)) ?? NO_SCOPES
  const missing = findMissingScope(row, input, scopes)
  if (!missing) return null
  const { type, value } = missing
  const list = { tool: 'tools', memory: 'memory', external: 'external' }[type]
  return failed(
    'scope_denied',
    `app '${appId}' has no ${type} scope '${value}', so its runs may not call ${row.id}; add it to scopes.${list} of the manifest and import it`,
  )
}

/** The same call of an attempt before that was, or may have been, made: made again it would be done twice. */
function doneBefore(step: Step, { row }: RunnableTool, { input }: BoundCall): ToolCall | undefined {
  if (row.recovery === 'retry_with_key') return undefined
  const sha256 = payloadHash(input)
  return step.calls
    .filter(isToolCall)
    .find(
      ({ intended: { tool_id, input_sha256, attempt } }) =>
        attempt < step.attempt && tool_id === row.id && input_sha256 === sha256,
    )
}

/** What draft mode shows instead of calling. */
function previewOf(segment: Segment, { row, builtIn }: RunnableTool): ToolHandler | null {
  const holdsBack = segment.execution().mode === 'draft' && isIrreversible(row)
  return (holdsBack && builtIn?.preview) || null
}

/** Policy wants it, or a draft would do what cannot be taken back, or somebody was asked about this call before. */
function asksHuman(
  segment: Segment,
  { row }: RunnableTool,
  { decision, voided }: DecidedCall,
  preview: ToolHandler | null,
): boolean {
  if (decision.effect === 'require_approval' || voided || segment.progress.gates.has(decision.decision_id)) {
    return true
  }
  return segment.execution().mode === 'draft' && isIrreversible(row) && !preview
}

export const handlerMissing = ({ row }: RunnableTool): ToolResult =>
  failed(
    'handler_missing',
    `tool '${row.id}' is registered as builtin, and this program has no handler of that name`,
  )

/** Writes the intent, calls, writes the result. */
async function perform(
  segment: Segment,
  step: Step,
  request: ToolRequest,
  tool: RunnableTool,
  { input, definition }: BoundCall,
  decisionId: string,
  handler: ToolHandler,
  isPreview: boolean,
): Promise<ToolResult> {
  const { settings } = segment.engine.kernel
  const intended: Intended = {
    step_id: step.stepId,
    node_id: step.nodeId,
    call_id: request.callId,
    tool_id: tool.row.id,
    input,
    input_sha256: payloadHash(input),
    idempotency_key: idempotencyKeyOf(segment, step, request, tool, input),
    attempt: step.attempt,
    decision_id: decisionId,
    definition,
  }
  segment.record({ kind: 'tool_call_intended', payload: intended })
  const written = segment.commit()
  if (changesNothing(tool)) written.catch(() => {})
  else await written
  crashPoint(settings, 'tool-call-intended')
  const finished = await runHandler(segment, step, tool, intended, handler, request.timeoutMs, isPreview)
  crashPoint(settings, 'tool-call-performed')
  segment.record({ kind: 'tool_call', payload: finished })
  if (isInDoubt(tool, finished) && (!segment.signal.aborted || isStepOver(segment, tool))) {
    await segment.commit()
    return settleDoubt(segment, step, tool, intended, isPreview ? handler : null)
  }
  return resultOf(finished)
}

/** A step whose time is over is asked about at once: afterwards an agent may do something else. */
const isStepOver = ({ signal }: Segment, { row }: RunnableTool) =>
  isTimeOfStep(signal) && row.recovery !== 'retry_with_key'

/** Need not wait until its intent is durable: whoever comes back to it without one simply calls it again. */
const changesNothing = ({ row }: RunnableTool) =>
  row.handler_type === 'builtin' && row.recovery === 'retry_with_key' && row.side_effects.length === 0

/**
 * Whether somebody must find out what became of a call. One that may be made again under its key is in doubt only where
 * it was cut short by us; else its failure is told, and another attempt is the node's affair.
 */
function isInDoubt(
  { row }: RunnableTool,
  { outcome, error_type: errorType }: PayloadOf<'tool_call'>,
): boolean {
  return outcome === 'unknown' && (row.recovery !== 'retry_with_key' || errorType === 'tool_aborted')
}

export function parkedOrFailed(outcome: StepOutcome): ToolResult {
  if (outcome.type === 'parked') return { type: 'parked', outcome }
  if (outcome.type === 'failed') return failed(outcome.errorType, outcome.error, outcome.retryable)
  throw new TypeError('a question has no output')
}

export function resultOf(finished: PayloadOf<'tool_call'>): ToolResult {
  if (finished.error === null) return { type: 'done', output: finished.output }
  return failed(finished.error_type ?? 'tool_failed', finished.error, finished.retryable)
}

/** What is offered and the tool's schema does not know is left out, unless the schema takes anything. */
function inputFor({ row }: RunnableTool, request: ToolRequest): Json {
  if ('exact' in request.input) return request.input.exact
  const { offered } = request.input
  const { properties, additionalProperties } = row.input_schema
  if (additionalProperties !== false || typeof properties !== 'object' || properties === null) return offered
  return Object.fromEntries(
    Object.entries(offered as JsonObject).filter(([member]) => Object.hasOwn(properties, member)),
  )
}

/**
 * The same for the same call however often it is tried, and another for another input or another visit of the node: so a
 * tool that honours it acts once.
 */
function idempotencyKeyOf(
  segment: Segment,
  step: Step,
  request: ToolRequest,
  { row }: RunnableTool,
  input: Json,
): string {
  const place = request.agent ? request.callId.replace(/^(.*?)\/\d+/, '$1') : ''
  return payloadHash({
    tenant: segment.tenantId,
    run: segment.runId,
    step: step.stepId,
    place,
    tool: row.id,
    input,
  }).slice(0, 40)
}
