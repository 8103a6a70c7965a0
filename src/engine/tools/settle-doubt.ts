import type { PayloadOf } from '../../kernel/ledger/event-kinds.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { askHuman, decisionIdOf } from '../runs/ask-human.ts'
import type { Step } from '../runs/progress.ts'
import type { Segment } from '../runs/segment.ts'
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
  if (recovery === 'retry_with_key' && !change) return callAgain(segment, step, tool, intended)
  if (recovery === 'query' && tool.builtIn?.query) {
    const answer = await tool.builtIn.query(invocationOf(segment, step, tool, intended, segment.signal))
    if (answer.outcome === 'done') return conclude(segment, intended, answer.output)
    if (answer.outcome === 'not-done') return callAgain(segment, step, tool, intended)
  }
  const decisionId = doubtIdOf(segment, step, intended.call_id)
  const answer = await askHuman(segment, step, {
    decisionId,
    title: `In doubt: did ${tool.row.name} happen?`,
    details: `${tool.row.id} was called${placeOf(intended)} and the answer never came. Find out what became of it. ${
      change
        ? `The tool was changed since (${change}), so it is not called again: resume`
        : 'Approve to call it again with the same key, or resume'
    } the run with approval_input.output to say what it answered; reject to end the run.`,
    reason: 'a call was begun and has no result',
    requestedBy: segment.progress.started!.workflow_name,
    riskLevel: 'high',
    action: 'tool_call_in_doubt',
    payload: {
      tool_id: tool.row.id,
      input: intended.input,
      idempotency_key: intended.idempotency_key,
      ...(intended.definition && { definition: intended.definition }),
    },
    policyId: null,
    policySha256: null,
    requiredApprovals: 1,
    forbidSelfApproval: false,
    expiresInSeconds: null,
    decision: null,
  })
  if (!answer.approved) return parkedOrFailed(answer.outcome)
  const said = answer.answer
  if (typeof said === 'object' && said !== null && !Array.isArray(said) && Object.hasOwn(said, 'output')) {
    return conclude(segment, intended, said.output!)
  }
  return callAgain(segment, step, tool, intended)
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
