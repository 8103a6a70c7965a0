import type { Principal } from '../../kernel/schema.ts'
import type { Json } from '../../lib/canonical-json.ts'
import type { WorkflowNode } from '../workflows/schema.ts'
import type { Step } from './progress.ts'
import type { Segment } from './segment.ts'
import type { StepOutcome } from './step-outcome.ts'

/** One step of a workflow that comes with the program, as code. It may read and compute; what has effects is a tool. */
export type EngineFunction = (call: FunctionCall) => Promise<FunctionResult>

/** With an `outcome` the edge of that name is followed, else the one without a condition. */
export type FunctionResult = { outcome?: string; [member: string]: Json | undefined }

export type FunctionCall = {
  runId: string
  principal: Principal
  /** What the run was given. */
  input: Json
  /** What earlier steps answered, the oldest first; a node that was visited again is there again. */
  outputs: { nodeId: string; output: Json }[]
  /** Aborts when the run is cancelled and when the process stops. */
  signal: AbortSignal
  /** Puts a reading of the outside on the record of the run. */
  tell(reading: OutsideReading): void
}

/** What was asked outside and what came back. Never carries secrets. */
export type OutsideReading = {
  name: string
  request: Json
  response: Json
  error: string | null
  startedAt: string
  endedAt: string
}

/** Calls the function. Interrupted, it is called again from the start: nothing it did can be seen. */
export async function performFunction(
  segment: Segment,
  step: Step,
  node: WorkflowNode,
): Promise<StepOutcome> {
  const name = node.config.function!
  const work = segment.engine.functions.get(name)
  if (!work) throw new Error(`no function is called '${name}' in this version of the program`)
  const place = { step_id: step.stepId, node_id: step.nodeId }
  const output = await work({
    runId: segment.runId,
    principal: segment.principal,
    input: segment.progress.input,
    outputs: completedBefore(segment),
    signal: segment.signal,
    tell: ({ name, request, response, error, startedAt: started_at, endedAt: ended_at }) =>
      segment.record({
        kind: 'outside_read',
        payload: { ...place, name, request, response, error, started_at, ended_at },
      }),
  })
  return { type: 'completed', output: output as Json }
}

function completedBefore({ progress }: Segment): FunctionCall['outputs'] {
  return [...progress.steps.values()]
    .filter(({ status }) => status === 'completed')
    .map(({ nodeId, output }) => ({ nodeId, output }))
}
