import { TOOL_CALL_IN_DOUBT } from '../../kernel/approvals/approval.ts'
import type { PayloadOf } from '../../kernel/ledger/event-kinds.ts'
import { type ApprovalRequirement, strictestTerms } from '../../kernel/policy/combine-terms.ts'
import { evaluateRecorded } from '../../kernel/policy/evaluate-recorded.ts'
import type { RecordedDecision } from '../../kernel/read-decision.ts'
import { refuseChangedPolicy } from '../../kernel/tokens/check-decision.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { AppError } from '../../lib/errors.ts'
import { askHuman, decisionIdOf } from '../runs/ask-human.ts'
import { isToolCall, isUnusable, type Step } from '../runs/progress.ts'
import { isTimeOfStep, type Segment } from '../runs/segment.ts'
import { handlerMissing, parkedOrFailed, refuseOutOfScope, resultOf, type ToolResult } from './call-tool.ts'
import { describeChange, describeDefinition } from './describe-definition.ts'
import type { RunnableTool } from './find-tool.ts'
import { invocationOf, runHandler } from './run-handler.ts'
import type { ToolHandler } from './tool-handler.ts'

/** The question what became of a call. */
export const doubtIdOf = (segment: Segment, step: Step, callId: string) =>
  decisionIdOf(segment, step, `doubt ${callId}`)

/**
 * What to do about a call that was begun and has no result: it may or may not have happened. The tool says which way: it
 * is called again with the same key, it is asked, or a human says. Whatever is not known stays with the human. A tool
 * that was changed since is not called again: it would do something else than was decided about.
 *
 * The key makes it harmless to call again where the call happened. Where it did not, it would happen now, so the policies
 * of now must agree, as they must when an approval is answered. A call that they would not have is not failed for that
 * either, since nobody knows whether it happened: a human says.
 */
export async function settleDoubt(
  segment: Segment,
  step: Step,
  tool: RunnableTool,
  intended: PayloadOf<'tool_call_intended'>,
  preview: ToolHandler | null,
): Promise<ToolResult> {
  // A preview changes nothing, so there is nothing to doubt: it is shown again.
  if (preview) return callAgain(segment, step, tool, intended, preview)
  const { recovery } = tool.row
  const change = changeSince(tool, intended)
  const policies = await hearPolicies(segment, step, intended)
  const { objection, denial } = policies
  const decisionId = doubtIdOf(segment, step, intended.call_id)
  // Whom it was asked of says what happens, also where nobody would have to be asked any more.
  if (!segment.progress.gates.has(decisionId)) {
    if (recovery === 'retry_with_key' && !change && !objection) {
      return callAgain(segment, step, tool, intended)
    }
    if (recovery === 'query' && tool.builtIn?.query) {
      const answer = await tool.builtIn.query(
        invocationOf(segment, step, tool, intended, segment.engine.stopping),
      )
      if (answer.outcome === 'done') return conclude(segment, intended, answer.output)
      if (answer.outcome === 'not-done') {
        return objection ? policyChanged(tool, objection) : callAgain(segment, step, tool, intended)
      }
    }
  }
  const ends = segment.signal.aborted && !isTimeOfStep(segment.signal)
  const bar =
    (ends && 'Its run is about to fail') ||
    (change && `The tool was changed since (${change})`) ||
    (denial && `Policy denies it now (${denial})`)
  const answer = await askHuman(segment, step, {
    decisionId,
    title: `In doubt: did ${tool.row.name} happen?`,
    details: `${tool.row.id} was called${placeOf(intended)} and ${whyInDoubt(step, intended)}. Find out what became of it. ${waysOut(bar, policies)}`,
    reason: 'a call was begun and has no result that can be used',
    requestedBy: segment.progress.started!.workflow_name,
    riskLevel: 'high',
    action: TOOL_CALL_IN_DOUBT,
    payload: {
      tool_id: tool.row.id,
      input: intended.input,
      idempotency_key: intended.idempotency_key,
      ...(intended.definition && { definition: intended.definition }),
    },
    policyId: null,
    // Named where the call needs a human: then no key may answer.
    policySha256: policies.needsHuman ? policies.version : null,
    requiredApprovals: policies.terms.required_approvals,
    forbidSelfApproval: policies.terms.forbid_self_approval,
    requireFreshAuthentication: policies.terms.require_fresh_authentication,
    expiresInSeconds: policies.terms.expires_in_seconds,
    // A deny forbids to call it again, and not to say what it did.
    decision: denial ? null : policies.decision,
  })
  if (!answer.approved) return parkedOrFailed(answer.outcome)
  const said = answer.answer
  if (typeof said === 'object' && said !== null && !Array.isArray(said) && Object.hasOwn(said, 'output')) {
    return conclude(segment, intended, said.output!)
  }
  if (denial && !change) return policyChanged(tool, `the policies of now deny it (${denial})`)
  return callAgain(segment, step, tool, intended)
}

/** What the policies of now say of a call that was decided about before, and what they want of whoever settles it. */
async function hearPolicies(
  segment: Segment,
  step: Step,
  { decision_id: id }: PayloadOf<'tool_call_intended'>,
) {
  const found = step.decisions.find((known) => known.decision_id === id)!
  const decision: RecordedDecision = {
    ...found,
    runId: segment.runId,
    recordedAt: step.startedAt,
    actor: segment.principal.id,
  }
  const gate = segment.progress.gates.get(id)
  const policySet = await segment.policySet()
  const verdict = evaluateRecorded(policySet, decision)
  let objection: string | null = null
  try {
    refuseChangedPolicy(policySet, decision, gate?.request ?? null, gate?.votes ?? 0)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    objection = error.details[0]?.message ?? error.message
  }
  return {
    decision,
    version: policySet.version,
    /** Why it may not be called again without being asked about. */
    objection,
    denial: verdict.effect === 'deny' ? verdict.reasonCode : null,
    needsHuman: gate !== undefined || verdict.effect === 'require_approval' || verdict.effect === 'deny',
    /** Settling a call asks for no less than the call did, and for what policy wants by now. */
    terms: strictestTerms([decision.approval, verdict.approval]),
  }
}

/** What whoever is asked can do. What comes with an answer is not signed, so where proof is wanted it is yes or no. */
function waysOut(bar: string | null, { terms }: { terms: ApprovalRequirement }): string {
  const saysOutput =
    'resume the run with approval_input.output to say what it answered; reject to end the run.'
  if (!terms.require_fresh_authentication) {
    return bar
      ? `${bar}, so it is not called again: ${saysOutput}`
      : `Approve to call it again with the same key, or ${saysOutput}`
  }
  return bar
    ? `${bar}, so it is not called again: reject to end the run.`
    : 'Approve to call it again with the same key; reject to end the run.'
}

function whyInDoubt(step: Step, { call_id: callId }: PayloadOf<'tool_call_intended'>): string {
  const call = step.calls.filter(isToolCall).find(({ intended }) => intended.call_id === callId)
  return call && isUnusable(call)
    ? 'answered something else than its output_schema says'
    : 'the answer never came'
}

const placeOf = ({ definition }: PayloadOf<'tool_call_intended'>) =>
  definition ? ` (${definition.handler_type}, ${definition.target})` : ''

/** In what the tool differs from what was called; null when it is the same. */
function changeSince({ row }: RunnableTool, { definition }: PayloadOf<'tool_call_intended'>): string | null {
  const now = describeDefinition(row)
  return definition?.sha256 === now.sha256 ? null : describeChange(definition, now)
}

async function callAgain(
  segment: Segment,
  step: Step,
  tool: RunnableTool,
  intended: PayloadOf<'tool_call_intended'>,
  preview: ToolHandler | null = null,
): Promise<ToolResult> {
  const change = preview ? null : changeSince(tool, intended)
  if (change) return approvalVoid(tool, change)
  const outOfScope = await refuseOutOfScope(segment, tool, intended.input)
  if (outOfScope) return outOfScope
  const handler = preview ?? tool.handler
  if (!handler) return handlerMissing(tool)
  if (segment.signal.aborted) return beingStopped(tool)
  await segment.commit()
  const finished = await runHandler(segment, step, tool, intended, handler, null, preview !== null)
  segment.record({ kind: 'tool_call', payload: finished })
  const result = resultOf(finished)
  const again = finished.outcome === 'unknown' && tool.row.recovery !== 'retry_with_key'
  // In doubt once more: nothing calls it a third time by itself.
  return again && result.type === 'failed' ? { ...result, retryable: false } : result
}

const approvalVoid = ({ row }: RunnableTool, change: string): ToolResult => ({
  type: 'failed',
  code: 'approval_void',
  message:
    `${row.id} was changed after it was called, ${change}: it is not called again under what was decided about the old ` +
    'one. Make sure that it did not happen, then retry the run: the call is decided about anew',
  retryable: false,
})

const beingStopped = ({ row }: RunnableTool): ToolResult => ({
  type: 'failed',
  code: 'tool_aborted',
  message: `${row.id} is not called again: its run ends, or the time of its step is over`,
  retryable: false,
})

const policyChanged = ({ row }: RunnableTool, objection: string): ToolResult => ({
  type: 'failed',
  code: 'policy_changed',
  message: `${row.id} is not called again: ${objection}`,
  retryable: false,
})

function conclude(segment: Segment, intended: PayloadOf<'tool_call_intended'>, output: Json): ToolResult {
  const { step_id, node_id, call_id, tool_id, input } = intended
  const finished: PayloadOf<'tool_call'> = {
    step_id,
    node_id,
    call_id,
    tool_id,
    input,
    output,
    error: null,
    error_type: null,
    outcome: 'done',
    retryable: false,
    duration_ms: 0,
    remote: false,
  }
  segment.record({ kind: 'tool_call', payload: finished })
  return resultOf(finished)
}
