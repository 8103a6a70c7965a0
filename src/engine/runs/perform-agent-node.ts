import type { Json } from '../../lib/canonical-json.ts'
import { countAgentRun } from '../agents/agent-rows.ts'
import { type AgentAnswer, runAgent } from '../agents/run-agent.ts'
import type { WorkflowNode } from '../workflows/schema.ts'
import type { Step } from './progress.ts'
import type { Segment } from './segment.ts'
import type { StepOutcome } from './step-outcome.ts'

/** One agent at work. What it answered as a JSON object is the output; else its text with what it called. */
export async function performAgentNode(
  segment: Segment,
  step: Step,
  node: WorkflowNode,
): Promise<StepOutcome> {
  const agentId = node.config.agent_id!
  const outcome = await runAgent(segment, step, agentId, inputFor(segment, step, node))
  if (outcome.type === 'parked') return outcome
  await segment.engine.kernel.database
    .transaction(segment.tenantId, (session) =>
      countAgentRun(session, segment.tenantId, agentId, {
        succeeded: outcome.type === 'answered',
        costCents: outcome.type === 'answered' ? outcome.costCents : null,
      }),
    )
    .catch(() => {}) // a count that is lost must not cost the work
  if (outcome.type === 'failed') return outcome
  return { type: 'completed', output: outputOf(outcome) }
}

/** Without a mapping: what the step before answered, else what the run was given. */
function inputFor(segment: Segment, step: Step, node: WorkflowNode): Json {
  if (node.config.input !== undefined) return step.input
  const given = segment.progress.input
  if (step.input === given || !isObject(step.input) || !isObject(given)) return step.input
  return { ...given, ...step.input }
}

const isObject = (value: Json): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function outputOf({ agentId, text, toolCalls, finishReason }: AgentAnswer): Json {
  return readObject(text) ?? { agent_id: agentId, text, tool_calls: toolCalls, finish_reason: finishReason }
}

export function readObject(text: string): Record<string, Json> | null {
  if (!text.trimStart().startsWith('{')) return null
  try {
    const value: Json = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}
