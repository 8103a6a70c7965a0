import type { Json } from '../../lib/canonical-json.ts'
import { callTool } from '../tools/call-tool.ts'
import type { WorkflowNode } from '../workflows/schema.ts'
import type { Step } from './progress.ts'
import type { Segment } from './segment.ts'
import type { StepOutcome } from './step-outcome.ts'

/** One tool call. Its output is the step's. */
export async function performToolNode(
  segment: Segment,
  step: Step,
  node: WorkflowNode,
): Promise<StepOutcome> {
  const result = await callTool(segment, step, {
    callId: `${step.stepId}/${step.attempt}`,
    toolId: node.config.tool_id!,
    input: node.config.input === undefined ? { offered: offeredInput(segment, step) } : { exact: step.input },
    agent: null,
    timeoutMs: node.config.timeout_ms ?? null,
  })
  switch (result.type) {
    case 'done':
      return { type: 'completed', output: result.output }
    case 'failed':
      return {
        type: 'failed',
        error: result.message,
        errorType: result.code,
        retryable: result.retryable,
        toolId: node.config.tool_id!,
      }
    case 'parked':
      return result.outcome
  }
}

/** Without a mapping the tool is offered what the run was given and, over it, what the step before answered. */
function offeredInput(segment: Segment, step: Step): Json {
  const parts = [segment.progress.input, step.input].filter(isObject)
  return Object.assign({}, ...parts)
}

const isObject = (value: Json): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
