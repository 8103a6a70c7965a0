import { conditionPrompt } from '../models/tasks.ts'
import type { Step } from '../runs/progress.ts'
import type { Segment } from '../runs/segment.ts'
import type { StepOutcome } from '../runs/step-outcome.ts'
import { readAgent } from './agent-rows.ts'
import { askModel } from './ask-model.ts'
import { agentNotFound, authorizeAgent } from './run-agent.ts'

/** Whether a human is needed, in an agent's view. Only a clear no is one: doubt, silence and nonsense mean yes. */
export async function judgeNeedOfHuman(
  segment: Segment,
  step: Step,
  agentId: string,
  question: string | null,
): Promise<{ type: 'judged'; needed: boolean } | Exclude<StepOutcome, { type: 'completed' }>> {
  const agent = await readAgent(segment.engine.kernel.database, segment.tenantId, agentId)
  if (!agent) return agentNotFound(agentId)
  const refused = await authorizeAgent(segment, step, agent)
  if (refused) return refused
  const task = conditionPrompt({
    condition: question ?? 'a human must decide about this',
    data: step.input,
    instructions: agent.instructions,
  })
  const answer = await askModel(segment, step, {
    callId: `${step.stepId}/${step.attempt}/judge`,
    agentId,
    profile: agent.model_profile,
    system: task.system,
    messages: [{ role: 'user', content: task.prompt }],
    tools: [],
    responseSchema: task.schema,
  })
  if (answer.type === 'failed') return answer.budget ? answer : { type: 'judged', needed: true }
  return { type: 'judged', needed: readHolds(answer.text) !== false }
}

function readHolds(text: string): unknown {
  try {
    const answer = JSON.parse(text) as { holds?: unknown }
    return answer?.holds
  } catch {
    return undefined
  }
}
