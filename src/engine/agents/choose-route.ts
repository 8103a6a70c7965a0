import type { Json } from '../../lib/canonical-json.ts'
import { routePrompt } from '../models/tasks.ts'
import type { Step } from '../runs/progress.ts'
import type { Segment } from '../runs/segment.ts'
import type { StepOutcome } from '../runs/step-outcome.ts'
import { readAgent } from './agent-rows.ts'
import { askModel } from './ask-model.ts'
import { agentNotFound, authorizeAgent } from './run-agent.ts'

export type ChosenRoute = { type: 'chosen'; route: string | null; reason: string | null }

/**
 * Asks an agent for one of several routes. An answer that names none of them is asked for once more, then the step
 * fails: nobody guesses a way.
 */
export async function chooseRoute(
  segment: Segment,
  step: Step,
  agentId: string,
  routes: { id: string; condition?: string }[],
  data: Json,
  noneAllowed: boolean,
): Promise<ChosenRoute | Exclude<StepOutcome, { type: 'completed' }>> {
  const agent = await readAgent(segment.engine.kernel.database, segment.tenantId, agentId)
  if (!agent) return agentNotFound(agentId)
  const refused = await authorizeAgent(segment, step, agent)
  if (refused) return refused
  const task = routePrompt({ routes, data, instructions: agent.instructions, noneAllowed })
  let last = 'nothing'
  for (const go of [1, 2]) {
    const answer = await askModel(segment, step, {
      callId: `${step.stepId}/${step.attempt}/route${go}`,
      agentId,
      profile: agent.model_profile,
      system: task.system,
      messages: [{ role: 'user', content: task.prompt }],
      tools: [],
      responseSchema: task.schema,
    })
    if (answer.type === 'failed') {
      if (answer.budget || answer.errorType !== 'model_bad_output') return answer
      last = answer.error
      continue
    }
    const chosen = readRoute(answer.text)
    const known =
      chosen !== undefined &&
      (chosen.route === null ? noneAllowed : routes.some(({ id }) => id === chosen.route))
    if (known) return { type: 'chosen', ...chosen }
    last = answer.text.slice(0, 300)
  }
  return {
    type: 'failed',
    error: `expected one of ${routes.map(({ id }) => id).join(', ')} from agent '${agentId}', got ${last} twice`,
    errorType: 'no_usable_route',
    retryable: false,
  }
}

function readRoute(text: string): { route: string | null; reason: string | null } | undefined {
  try {
    const { route, reason } = JSON.parse(text) as { route?: unknown; reason?: unknown }
    if (route !== null && typeof route !== 'string') return undefined
    return { route, reason: typeof reason === 'string' ? reason : null }
  } catch {
    return undefined
  }
}
