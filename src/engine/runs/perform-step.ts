import { AppError } from '../../lib/errors.ts'
import { isStorageFailure } from '../../lib/is-storage-failure.ts'
import { performAgentNode } from './perform-agent-node.ts'
import { performFunction } from './perform-function.ts'
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
  const limit = timeLimitOf(segment, step)
  const timer = limit === null ? null : AbortSignal.timeout(limit)
  const within = timer ? { ...segment, signal: AbortSignal.any([segment.signal, timer]) } : segment
  try {
    return await perform(within, step)
  } catch (error) {
    if (timer?.aborted && !segment.signal.aborted && !(error instanceof FencedError)) {
      return failed('step_timeout', `not done within ${limit} ms; raise timeout_ms of the node`, true)
    }
    if (error instanceof FencedError || segment.signal.aborted) throw error
    // Nothing can be said of a step while the database is gone: the run is let go of, and the step is come back to.
    if (isStorageFailure(error)) throw error
    if (error instanceof AppError && error.status < 500) return refused(error)
    segment.engine.kernel.log.error(
      { run_id: segment.runId, step_id: step.stepId, error: (error as Error).message },
      'a step failed in a way that is not its own',
    )
    return failed('internal_error', `the step could not be performed: ${(error as Error).message}`)
  }
}

/** What the step asked for was refused, in the words of who refused it. */
function refused({ code, message, details }: AppError): StepOutcome {
  const why = details.map(({ path, message }) => `${path}: ${message}`).join('; ')
  return failed(code.toLowerCase(), why === '' ? message : `${message}: ${why}`)
}

/** Tools have a time limit of their own that becomes part of their record; what waits for a human has none. */
function timeLimitOf({ graph }: Segment, { nodeId }: Step): number | null {
  const { type, config } = graph.nodes.get(nodeId)!
  return type === 'agent_node' || type === 'router' ? (config.timeout_ms ?? null) : null
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
    case 'function':
      return performFunction(segment, step, node)
    case 'static':
      throw new Error('static nodes are completed by the interpreter')
  }
}
