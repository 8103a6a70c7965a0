import type { Json } from '../../lib/canonical-json.ts'
import { choosesEdge, type Graph } from '../workflows/graph.ts'
import { type Progress, type Step, stepIdOf } from './progress.ts'
import { resolveTemplate, type Scope } from './resolve-expression.ts'
import type { BudgetFault } from './step-outcome.ts'

/** What the driver of a run is to do now. */
export type Command =
  | { type: 'start'; stepId: string; nodeId: string; input: Json; attempt: number }
  | { type: 'choose_edge'; stepId: string }
  | { type: 'complete'; result: Json }
  | Failure

export type Failure = {
  type: 'fail'
  error: string
  errorType: string
  nodeId: string | null
  /** The budget of the run itself that ends it; what a step met is told with the step. */
  fault?: BudgetFault
}

/**
 * The interpreter: what follows from how far a run is. Pure, so that the same definition and the same outputs always
 * give the same steps, ids and result, whatever finished first.
 */
export function decideNext(graph: Graph, progress: Progress, context: Json): Command[] {
  const { definition } = graph
  const steps = [...progress.steps.values()]
  const failed = steps.find(({ status }) => status === 'failed')
  if (failed) {
    const { error, errorType, nodeId } = failed
    return [
      { type: 'fail', error: error ?? 'the step failed', errorType: errorType ?? 'step_failed', nodeId },
    ]
  }
  const commands: Command[] = []
  for (const step of steps) {
    if (step.status === 'completed' && !step.route && choosesEdge(graph, step.nodeId)) {
      commands.push({ type: 'choose_edge', stepId: step.stepId })
    }
  }
  const ready = steps.length === 0 ? [definition.entry] : readyNodes(graph, progress, steps)
  if (steps.length + ready.length > definition.max_steps) {
    return [
      {
        type: 'fail',
        error: `the run would start more than ${definition.max_steps} steps; a loop that never ends, or raise max_steps of the definition`,
        errorType: 'step_limit',
        nodeId: ready[0] ?? null,
      },
    ]
  }
  for (const nodeId of ready) {
    const visit = (progress.visits.get(nodeId) ?? 0) + 1
    commands.push({
      type: 'start',
      stepId: stepIdOf(nodeId, visit),
      nodeId,
      input: inputOf(graph, progress, nodeId, context),
      attempt: 1,
    })
  }
  if (commands.length > 0) return commands
  const atWork = steps.some(({ status }) => status === 'running' || status === 'waiting')
  if (atWork) return []
  return [{ type: 'complete', result: resultOf(progress) }]
}

/**
 * Nodes that a path has arrived at and that no other live path can still reach: a join waits for every branch that may
 * yet come, and for none that took another way.
 */
function readyNodes(graph: Graph, progress: Progress, steps: Step[]): string[] {
  const targets = [...new Set(progress.tokens.map(({ to }) => to))]
  if (targets.length === 0) return []
  const live = steps
    .filter((step) => step.status === 'running' || step.status === 'waiting' || undecided(graph, step))
    .map(({ nodeId }) => nodeId)
  const ready = targets.filter(
    (target) =>
      !live.some((nodeId) => graph.reaches(nodeId, target)) &&
      !targets.some(
        (other) => other !== target && graph.reaches(other, target) && !graph.reaches(target, other),
      ),
  )
  // Two that wait for each other inside one loop would wait for ever: the first in the definition goes.
  const [first] = ready.length === 0 && live.length === 0 ? inDefinitionOrder(graph, targets) : []
  return first ? [first] : inDefinitionOrder(graph, ready)
}

const undecided = (graph: Graph, step: Step) =>
  step.status === 'completed' && !step.route && choosesEdge(graph, step.nodeId)

function inDefinitionOrder(graph: Graph, nodeIds: string[]): string[] {
  const wanted = new Set(nodeIds)
  return [...graph.nodes.keys()].filter((id) => wanted.has(id))
}

function inputOf(graph: Graph, progress: Progress, nodeId: string, context: Json): Json {
  const previous = previousOutput(progress, nodeId)
  const template = graph.nodes.get(nodeId)?.config.input
  if (template === undefined) return previous
  return resolveTemplate(template as Json, scopeOf(graph, progress, nodeId, previous, context))
}

/**
 * What expressions of a node can name: of the steps those that lead to it. What stands on another branch may be complete
 * by now or not, so nothing may depend on it.
 */
export function scopeOf(
  graph: Graph,
  progress: Progress,
  nodeId: string,
  previous: Json,
  context: Json,
): Scope {
  const steps = new Map<string, { output: Json; [member: string]: Json }>()
  for (const step of progress.steps.values()) {
    if (step.status !== 'completed' || !graph.reaches(step.nodeId, nodeId)) continue
    steps.set(step.nodeId, {
      input: step.input,
      output: step.output,
      route: step.route?.route_id ?? null,
      approval: step.approval,
    })
  }
  return { input: progress.input, previous, steps, context }
}

/** The output of the one step before, of several by their nodes; at the entry what the run was given. */
export function previousOutput(progress: Progress, nodeId: string): Json {
  const from = progress.tokens
    .filter(({ to }) => to === nodeId)
    .map((token) => progress.steps.get(token.from)!)
  if (from.length === 0) return progress.input
  if (from.length === 1) return from[0]!.output
  return byNode(from)
}

/** The last output; where several branches ended, each by its node. */
function resultOf(progress: Progress): Json {
  const ends = progress.ends.map((stepId) => progress.steps.get(stepId)!)
  if (ends.length === 1) return ends[0]!.output
  return byNode(ends)
}

/** Sorted by node, so that it does not tell which branch was quicker. */
function byNode(steps: Step[]): Json {
  const sorted = [...steps].sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1))
  return Object.fromEntries(sorted.map((step) => [step.nodeId, step.output]))
}
