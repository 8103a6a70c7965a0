import type { PayloadOf } from '../../kernel/ledger/event-kinds.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { payloadHash } from '../../lib/hash.ts'
import type { ModelChoice } from '../models/choose-model.ts'
import type { ModelError } from '../models/model-error.ts'
import { costOf } from '../models/prices.ts'
import type { ModelAnswer } from '../models/read-answer.ts'
import type { Step } from '../runs/progress.ts'
import type { Segment } from '../runs/segment.ts'
import type { Question } from './ask-model.ts'

type Intent = PayloadOf<'llm_call_intended'>
type Recorded = PayloadOf<'llm_call'>

export const intentOf = (
  { stepId, nodeId }: Step,
  { agentId }: Question,
  callId: string,
  { provider, modelId }: ModelChoice,
  worstCents: number | null,
): Intent => ({
  step_id: stepId,
  node_id: nodeId,
  call_id: callId,
  agent_id: agentId,
  provider,
  model: modelId,
  reserved_cents: worstCents ?? 0,
})

/** What the record of a request says, whatever became of it. */
export function describeRequest(
  { engine }: Segment,
  { profile }: Question,
  { reserved_cents: _, ...place }: Intent,
  prompt: Json,
) {
  return {
    ...place,
    requested_model: `${profile.provider ?? 'any'}/${profile.model ?? 'any'}`,
    ...(engine.settings.logLlmContent && { prompt }),
    prompt_hash: payloadHash(prompt),
  }
}
type Told = ReturnType<typeof describeRequest>

export function recordAnswer(segment: Segment, told: Told, answer: ModelAnswer, latencyMs: number): Recorded {
  const { models, settings } = segment.engine
  const usage = {
    ...answer.usage,
    ...(answer.cachedInputTokens > 0 && { cached_input_tokens: answer.cachedInputTokens }),
  }
  const payload: Recorded = {
    ...told,
    ...(settings.logLlmContent && { response: answer.text }),
    response_length: answer.text.length,
    tool_calls: answer.toolCalls.map(({ id, name, input }) => ({ id, tool_id: name, input })),
    usage,
    estimated_cost_cents: costOf(models, told.provider, told.model, usage),
    finish_reason: answer.finishReason,
    latency_ms: roundMs(latencyMs),
    error: null,
  }
  segment.record({ kind: 'llm_call', payload })
  return payload
}

/** A request that gave no answer: what was set aside for it counts as spent, for the provider may bill it. */
export function recordFailure(
  segment: Segment,
  told: Told,
  { code, message }: ModelError,
  latencyMs: number,
): void {
  segment.record({
    kind: 'llm_call',
    payload: {
      ...told,
      ...NO_ANSWER,
      ...(TURNED_AWAY.has(code) && { estimated_cost_cents: 0 }),
      finish_reason: 'error',
      latency_ms: roundMs(latencyMs),
      error: message,
    },
  })
}

/** A request that the provider did not take up costs nothing. */
const TURNED_AWAY: ReadonlySet<string> = new Set([
  'MODEL_RATE_LIMITED',
  'MODEL_UNAUTHORIZED',
  'MODEL_BAD_REQUEST',
])

/** One whose process ended before the answer came: it is found when the step is come back to. */
export function closeInterrupted(segment: Segment, { reserved_cents: _, ...place }: Intent): void {
  recordInterruption(
    segment,
    { ...place, requested_model: place.model, prompt_hash: payloadHash(null) },
    0,
    'the process ended before the answer came',
  )
}

/** One that was given up: what was set aside for it counts as spent. */
export function recordInterruption(segment: Segment, told: Told, latencyMs: number, error: string): void {
  segment.record({
    kind: 'llm_call',
    payload: {
      ...told,
      ...NO_ANSWER,
      finish_reason: 'interrupted',
      latency_ms: roundMs(latencyMs),
      error,
    },
  })
}

const NO_ANSWER = {
  response_length: 0,
  tool_calls: [],
  usage: { input_tokens: 0, output_tokens: 0 },
  estimated_cost_cents: null,
}

/**
 * Whether the log holds enough of an answer to go on with it. Where texts are kept out of it a turn that called tools
 * still is: asked again, the model might call others than those that are done or were approved.
 */
export const isWhole = ({ response, tool_calls: calls }: Recorded) =>
  response !== undefined || calls.length > 0

const roundMs = (ms: number) => Math.round(ms * 1000) / 1000
