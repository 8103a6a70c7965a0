import type { Principal } from '../../kernel/schema.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { askModel } from '../agents/ask-model.ts'
import { chooseAnswerer } from '../agents/choose-answerer.ts'
import type { Task } from '../models/tasks.ts'
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
  /**
   * Puts one question to the model that is set up, once: on the record of the run and within its budget. Whatever goes wrong
   * is an answer too. The built-in rules are no model to ask.
   */
  ask(question: FunctionQuestion): Promise<FunctionAnswer>
}

export type FunctionQuestion = Task & {
  /** Who is on the record as asking. */
  asker: string
  timeoutMs: number
}
export type FunctionAnswer =
  | { type: 'no_model' }
  | { type: 'answered'; model: string; text: string }
  | { type: 'failed'; model: string; error: string }

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
    ask: (question) => askOnce(segment, step, question),
  })
  return { type: 'completed', output: output as Json }
}

async function askOnce(
  segment: Segment,
  step: Step,
  { asker, system, prompt, schema, timeoutMs }: FunctionQuestion,
): Promise<FunctionAnswer> {
  const { provider, modelId } = chooseAnswerer(segment, {})
  if (provider === 'builtin') return { type: 'no_model' }
  const model = `${provider}/${modelId}`
  const answer = await askModel(segment, step, {
    callId: `${step.stepId}/${step.attempt}/${asker}`,
    agentId: asker,
    profile: {},
    system,
    messages: [{ role: 'user', content: prompt }],
    tools: [],
    responseSchema: schema,
    retries: 0,
    timeoutMs: Math.min(timeoutMs, segment.engine.models.callTimeoutMs ?? timeoutMs),
  })
  return answer.type === 'answered'
    ? { type: 'answered', model, text: answer.text }
    : { type: 'failed', model, error: answer.error }
}

function completedBefore({ progress }: Segment): FunctionCall['outputs'] {
  return [...progress.steps.values()]
    .filter(({ status }) => status === 'completed')
    .map(({ nodeId, output }) => ({ nodeId, output }))
}
