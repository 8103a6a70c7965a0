import { chooseRoute } from '../agents/choose-route.ts'
import type { WorkflowNode } from '../workflows/schema.ts'
import type { Step } from './progress.ts'
import type { Segment } from './segment.ts'
import type { StepOutcome } from './step-outcome.ts'

const DEFAULT_ROUTER = 'agent.router'

/** Asks the router's agent for one route, always. What came in goes out on the way that was chosen. */
export async function performRouter(segment: Segment, step: Step, node: WorkflowNode): Promise<StepOutcome> {
  const routes = node.config.routes!.map(({ id, condition }) => ({ id, ...(condition && { condition }) }))
  const agentId = node.config.router_agent_id ?? DEFAULT_ROUTER
  const chosen = await chooseRoute(segment, step, agentId, routes, step.input, false)
  if (chosen.type !== 'chosen') return chosen
  const route = node.config.routes!.find(({ id }) => id === chosen.route)!
  segment.record({
    kind: 'route_chosen',
    payload: {
      step_id: step.stepId,
      node_id: step.nodeId,
      route_id: route.id,
      target_node: route.target_node,
      by: 'agent',
      answer: { route: chosen.route, reason: chosen.reason, agent_id: agentId },
    },
  })
  return { type: 'completed', output: step.input }
}
