import { authorizeInRun } from '../../kernel/authorize.ts'
import type { PayloadOf } from '../../kernel/ledger/event-kinds.ts'
import type { CompiledPolicySet } from '../../kernel/policy/compile-policies.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { crashPoint } from '../../lib/crash-point.ts'
import { payloadHash } from '../../lib/hash.ts'
import { askHuman, decisionIdOf, type Question } from '../runs/ask-human.ts'
import { describe, latencyFault } from '../runs/budgets.ts'
import { factsOf } from '../runs/facts-of.ts'
import { isToolCall, type Step } from '../runs/progress.ts'
import type { Segment } from '../runs/segment.ts'
import type { StepOutcome } from '../runs/step-outcome.ts'
import { tightenRun } from '../runs/tighten.ts'
import { describeFaults } from './describe-faults.ts'
import { findTool, type RunnableTool } from './find-tool.ts'
import { isIrreversible } from './is-irreversible.ts'
import { runHandler } from './run-handler.ts'
import { settleDoubt } from './settle-doubt.ts'
import type { JsonObject } from './tool-handler.ts'
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
 * The one place that runs tools: find, authorize, scope, validate, intent, handler, result. Nothing is called before its
 * decision and its intent are durable; a call that was begun and has no result is never blindly repeated.
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
  if (earlier?.finished && !isInDoubt(tool, earlier.finished)) return resultOf(earlier.finished)
  const input = inputFor(tool, request)

  const decision = decide(segment, step, request, tool, input, policySet)
  if (decision.effect === 'deny') {
    await segment.commit()
    return failed(
      'policy_denied',
      `policy denied ${tool.row.id}: ${decision.reason} (${decision.reason_code})`,
    )
  }
  const draft = segment.execution().mode === 'draft'
  const preview = draft && isIrreversible(tool.row) && tool.builtIn?.preview ? tool.builtIn.preview : null
  const asks = decision.effect === 'require_approval' || (draft && isIrreversible(tool.row) && !preview)
  if (asks && !earlier) {
    const answer = await askHuman(segment, step, questionOf(segment, step, request, tool, input, decision))
    if (!answer.approved) return parkedOrFailed(answer.outcome)
  }

  const faults = compileJsonSchema(tool.row.input_schema)(input)
  if (faults.length > 0) return failed('invalid_input', `${tool.row.id}: ${describeFaults(faults)}`)
  if (tool.row.handler_type === 'builtin' && !tool.handler) {
    return failed(
      'handler_missing',
      `tool '${tool.row.id}' is registered as builtin, and this program has no handler of that name`,
    )
  }

  if (earlier) return settleDoubt(segment, step, tool, earlier.intended, preview)
  const late = latencyFault(segment)
  if (late) return failed('budget_exceeded', describe(late).error)
  return perform(segment, step, request, tool, input as JsonObject, decision.decision_id, preview)
}

/** Writes the intent, calls, writes the result. */
async function perform(
  segment: Segment,
  step: Step,
  request: ToolRequest,
  tool: RunnableTool,
  input: JsonObject,
  decisionId: string,
  preview: RunnableTool['handler'] | null,
): Promise<ToolResult> {
  const { settings } = segment.engine.kernel
  const intended: PayloadOf<'tool_call_intended'> = {
    step_id: step.stepId,
    node_id: step.nodeId,
    call_id: request.callId,
    tool_id: tool.row.id,
    input,
    input_sha256: payloadHash(input),
    idempotency_key: idempotencyKeyOf(segment, step, request, tool, input),
    attempt: step.attempt,
    decision_id: decisionId,
  }
  segment.record({ kind: 'tool_call_intended', payload: intended })
  await segment.commit()
  crashPoint(settings, 'tool-call-intended')
  const finished = await runHandler(
    segment,
    step,
    tool,
    intended,
    preview ?? tool.handler!,
    request.timeoutMs,
    preview !== null,
  )
  crashPoint(settings, 'tool-call-performed')
  segment.record({ kind: 'tool_call', payload: finished })
  if (isInDoubt(tool, finished) && !segment.signal.aborted) {
    await segment.commit()
    return settleDoubt(segment, step, tool, intended, preview)
  }
  return resultOf(finished)
}

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

/** Asks the policies once for each call; who comes back to it later keeps the answer, which is checked again when a human said yes. */
function decide(
  segment: Segment,
  step: Step,
  request: ToolRequest,
  { row }: RunnableTool,
  input: Json,
  policySet: CompiledPolicySet,
): PayloadOf<'decision_recorded'> {
  const decisionId = decisionIdOf(segment, step, `tool ${request.callId}`)
  const known = step.decisions.find((decision) => decision.decision_id === decisionId)
  if (known) return known
  const { agent } = request
  const facts = factsOf(segment, {
    tool: {
      id: row.id,
      risk_level: row.risk_level,
      side_effects: row.side_effects,
      handler_type: row.handler_type,
    },
    ...(agent && { agent: { id: agent.id, default_policies: agent.defaultPolicies } }),
  })
  const decision = authorizeInRun(segment.principal, policySet, {
    decisionId,
    action: 'tool_call',
    resource: { type: 'tool', id: row.id },
    payload: { tool_id: row.id, input },
    facts,
    step: { stepId: step.stepId, nodeId: step.nodeId },
  })
  segment.record(decision.event)
  tightenRun(segment, decision.modify, decisionId)
  return decision.event.payload
}

function questionOf(
  segment: Segment,
  step: Step,
  request: ToolRequest,
  { row }: RunnableTool,
  input: Json,
  decision: PayloadOf<'decision_recorded'>,
): Question {
  const byPolicy = decision.effect === 'require_approval'
  const matches = decision.matches as { policy_id?: string; effect?: string }[]
  return {
    decisionId: decision.decision_id,
    title: `${request.agent?.id ?? segment.progress.started!.workflow_name} wants to call ${row.name}`,
    details: `${row.description ?? row.id}`,
    reason: byPolicy ? decision.reason : `draft mode: ${row.id} has effects that cannot be taken back`,
    requestedBy: request.agent?.id ?? segment.progress.started!.workflow_name,
    riskLevel: row.risk_level,
    action: 'tool_call',
    payload: { tool_id: row.id, input },
    policyId: byPolicy
      ? (matches.find(({ effect }) => effect === 'require_approval')?.policy_id ?? null)
      : null,
    policySha256: decision.policy_sha256,
    requiredApprovals: decision.approval?.required_approvals ?? 1,
    forbidSelfApproval: decision.approval?.forbid_self_approval ?? false,
    expiresInSeconds: decision.approval?.expires_in_seconds ?? null,
    decision: { ...decision, runId: segment.runId, recordedAt: step.startedAt, actor: segment.principal.id },
  }
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
