import type { Json } from '../../lib/canonical-json.ts'
import { chooseRoute } from '../agents/choose-route.ts'
import { decideCondition } from '../tdln/decide-condition.ts'
import type { WorkflowEdge } from '../workflows/schema.ts'
import type { Step } from './progress.ts'
import type { Segment } from './segment.ts'
import type { StepOutcome } from './step-outcome.ts'

type Failed = Extract<StepOutcome, { type: 'failed' }>

const EVALUATOR = 'agent.condition_evaluator'

/**
 * Follows exactly one of a completed step's edges: the first whose condition holds, else the one without a condition,
 * else the path ends. A function names its edge itself. Conditions that the data itself decides are read, with the reading on the record; where one is in
 * doubt an agent chooses. None of this decides what anybody may do. Answers why no edge could be chosen, or null.
 */
export async function chooseEdge(segment: Segment, step: Step): Promise<Failed | null> {
  const edges = segment.graph.edgesFrom(step.nodeId)
  const conditional = edges.filter(isConditional)
  const otherwise = edges.find((edge) => !isConditional(edge)) ?? null
  const place = { step_id: step.stepId, node_id: step.nodeId }
  const follow = (edge: WorkflowEdge | null, by: 'rules' | 'agent', answer: Json) =>
    segment.record({
      kind: 'route_chosen',
      payload: { ...place, route_id: edge?.condition ?? null, target_node: edge?.to ?? null, by, answer },
    })

  if (segment.graph.nodes.get(step.nodeId)!.type === 'function') {
    const outcome = outcomeOf(step.output)
    follow(conditional.find(({ condition }) => condition === outcome) ?? otherwise, 'rules', { outcome })
    return null
  }
  const read = conditional.map((edge) => ({ edge, ...decideCondition(edge.condition, step.output) }))
  const first = read.find(({ verdict }) => verdict !== 'false')
  if (first?.verdict !== 'unknown') {
    const readings = read.map(({ edge, verdict, parse }) => ({
      condition: edge.condition,
      verdict,
      parse: parse as Json,
    }))
    follow(first?.edge ?? otherwise, 'rules', readings)
    return null
  }
  // What the data rules out is not offered.
  const open = read.filter(({ verdict }) => verdict !== 'false').map(({ edge }) => edge)
  const routes = open.map(({ condition }, index) => ({ id: `edge_${index + 1}`, condition }))
  const chosen = await chooseRoute(segment, step, EVALUATOR, routes, step.output, true)
  if (chosen.type === 'failed') return chosen
  if (chosen.type === 'parked') return NOT_POSSIBLE
  const position = routes.findIndex(({ id }) => id === chosen.route)
  follow(open[position] ?? otherwise, 'agent', {
    route: chosen.route,
    reason: chosen.reason,
    agent_id: EVALUATOR,
  })
  return null
}

/** A function says itself how it came out: nothing of what it read can stand in for that. */
const outcomeOf = (output: Json): string | null => {
  const { outcome } = Object(output) as { outcome?: Json }
  return typeof outcome === 'string' ? outcome : null
}

const isConditional = (edge: WorkflowEdge): edge is WorkflowEdge & { condition: string } =>
  edge.condition !== undefined

/** A policy that wants a human before a condition is judged has no step to wait at: it fails and says so. */
const NOT_POSSIBLE: Failed = {
  type: 'failed',
  error: `policy wants an approval before ${EVALUATOR} judges conditions, which can only be allowed or denied; use a router or a human_gate`,
  errorType: 'approval_not_possible',
  retryable: false,
}
