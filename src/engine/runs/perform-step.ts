import { performAgentNode } from './perform-agent-node.ts'
import { performHumanGate } from './perform-human-gate.ts'
import { performRouter } from './perform-router.ts'
import { performSubgraph } from './perform-subgraph.ts'
import { performToolNode } from './perform-tool-node.ts'
import { performWait } from './perform-wait.ts'
import type { Step } from './progress.ts'
import type { Segment } from './segment.ts'
import { FencedError } from './segment.ts'
import { failed, type StepOutcome } from './step-outcome.ts'

/**
 * Performs one step from where it stands: what was recorded of it before is not done again. Failures of the step are
 * answers; only what ends the whole segment is thrown.
 */
export async function performStep(segment: Segment, step: Step): Promise<StepOutcome> {
  try {
    return await perform(segment, step)
  } catch (error) {
    if (error instanceof FencedError || segment.signal.aborted) throw error
    if ((error as { code?: string }).code === 'STORAGE_WRITE_ERROR') throw error
    segment.engine.kernel.log.error(
      { run_id: segment.runId, step_id: step.stepId, error: (error as Error).message },
      'a step failed in a way that is not its own',
    )
    return failed('internal_error', `the step could not be performed: ${(error as Error).message}`)
  }
}

function perform(segment: Segment, step: Step): Promise<StepOutcome> {
  const node = segment.graph.nodes.get(step.nodeId)!
  switch (node.type) {
    case 'tool_node':
      return performToolNode(segment, step, node)
    case 'agent_node':
      return performAgentNode(segment, step, node)
    case 'router':
      return performRouter(segment, step, node)
    case 'human_gate':
      return performHumanGate(segment, step, node)
    case 'wait':
      return performWait(segment, step, node)
    case 'subgraph':
      return performSubgraph(segment, step, node)
    case 'static':
      throw new Error('static nodes are completed by the interpreter')
  }
}
