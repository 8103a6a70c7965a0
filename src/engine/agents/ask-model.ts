import type { PayloadOf } from '../../kernel/ledger/event-kinds.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { payloadHash } from '../../lib/hash.ts'
import { callModel, type ModelMessage, type ModelTool } from '../models/call-model.ts'
import type { ModelChoice } from '../models/choose-model.ts'
import { ModelError } from '../models/model-error.ts'
import { costOf, worstCaseCents } from '../models/prices.ts'
import { describe, latencyFault, modelCallFault } from '../runs/budgets.ts'
import { isToolCall, type ModelCall, type Step } from '../runs/progress.ts'
import type { Segment } from '../runs/segment.ts'
import { intendModelCall, returnUnspent } from '../runs/spend-budget.ts'
import type { BudgetFault, StepOutcome } from '../runs/step-outcome.ts'
import { chooseAnswerer } from './choose-answerer.ts'
import type { ModelProfile } from './schema.ts'

/** What one turn of a model is asked. */
export type Question = {
  /** Names the turn in the log; the same when a step is come back to. */
  callId: string
  agentId: string
  profile: ModelProfile
  system: string
  messages: ModelMessage[]
  tools: ModelTool[]
  responseSchema: Record<string, unknown> | null
}

export type Answer = {
  type: 'answered'
  text: string
  toolCalls: { id: string; name: string; input: Json }[]
  finishReason: string
  costCents: number | null
}

type Failed = Extract<StepOutcome, { type: 'failed' }>

const DEFAULT_MAX_TOKENS = 2000

/**
 * One turn of a model, within the run's budget and on the record. The most it may cost is set aside durably before a
 * provider is asked; a turn that was answered before is not asked again.
 */
export async function askModel(segment: Segment, step: Step, question: Question): Promise<Answer | Failed> {
  const answer = await askWithinBudget(segment, step, question)
  if (answer.type === 'answered') await returnUnspent(segment)
  return answer
}

async function askWithinBudget(segment: Segment, step: Step, question: Question): Promise<Answer | Failed> {
  const { models, settings, kernel } = segment.engine
  const earlier = step.calls.filter((call): call is ModelCall => !isToolCall(call))
  const known = earlier.find(
    ({ intended, answered }) => intended.call_id === question.callId && answered?.error === null,
  )
  if (known?.answered && isWhole(known.answered)) return recall(known.answered)

  const late = latencyFault(segment)
  if (late) return overBudget(late)
  const choice = chooseAnswerer(segment, question.profile)
  const maxTokens = question.profile.max_tokens ?? DEFAULT_MAX_TOKENS
  const prompt = { system: question.system, messages: question.messages } as unknown as Json
  const worst = worstCaseCents(models, choice.provider, choice.modelId, JSON.stringify(prompt), maxTokens)
  const fault = modelCallFault(segment.execution(), worst)
  if (fault) return overBudget(fault)

  const callId = freeCallId(segment, question.callId, earlier)
  const intended = {
    step_id: step.stepId,
    node_id: step.nodeId,
    call_id: callId,
    agent_id: question.agentId,
    provider: choice.provider,
    model: choice.modelId,
    reserved_cents: worst ?? 0,
  }
  const refused = await intendModelCall(segment, intended, worst)
  if (refused) return overBudget(refused)
  const started = performance.now()
  const told = describeCall(segment, step, question, callId, choice, prompt)
  try {
    const answer = await callModel({
      settings: models,
      choice,
      system: question.system,
      messages: question.messages,
      tools: question.tools,
      responseSchema: question.responseSchema,
      temperature: question.profile.temperature,
      maxTokens,
      signal: segment.signal,
      onText: segment.onText,
    })
    const costCents = costOf(models, choice.provider, choice.modelId, answer.usage)
    segment.record({
      kind: 'llm_call',
      payload: {
        ...told,
        ...(settings.logLlmContent && { response: answer.text }),
        response_length: answer.text.length,
        tool_calls: answer.toolCalls.map(({ id, name, input }) => ({ id, tool_id: name, input })),
        usage: answer.usage,
        estimated_cost_cents: costCents,
        finish_reason: answer.finishReason,
        latency_ms: roundMs(performance.now() - started),
        error: null,
      },
    })
    return {
      type: 'answered',
      text: answer.text,
      toolCalls: answer.toolCalls,
      finishReason: answer.finishReason,
      costCents,
    }
  } catch (error) {
    if (segment.signal.aborted) throw error
    if (!(error instanceof ModelError)) {
      kernel.log.error(
        { run_id: segment.runId, error: (error as Error).message },
        'a model call failed in a way that is not its own',
      )
    }
    const message =
      error instanceof ModelError
        ? error.message
        : 'the model could not be asked; the log of the server says more'
    segment.record({
      kind: 'llm_call',
      payload: {
        ...told,
        response_length: 0,
        tool_calls: [],
        usage: { input_tokens: 0, output_tokens: 0 },
        estimated_cost_cents: null,
        finish_reason: 'error',
        latency_ms: roundMs(performance.now() - started),
        error: message,
      },
    })
    const code = error instanceof ModelError ? error.code.toLowerCase() : 'model_failed'
    return {
      type: 'failed',
      error: message,
      errorType: code,
      retryable: error instanceof ModelError && error.retryable,
    }
  }
}

const roundMs = (ms: number) => Math.round(ms * 1000) / 1000

export function overBudget(fault: BudgetFault): Failed {
  return {
    type: 'failed',
    error: describe(fault).error,
    errorType: 'budget_exceeded',
    retryable: false,
    budget: fault,
  }
}

/**
 * Whether the log holds enough of an answer to go on with it. Where texts are kept out of it a turn that called tools
 * still is: asked again, the model might call others than those that are done or were approved.
 */
const isWhole = ({ response, tool_calls: calls }: PayloadOf<'llm_call'>) =>
  response !== undefined || calls.length > 0

/** What was answered before, as the log has it. */
function recall(answered: PayloadOf<'llm_call'>): Answer {
  return {
    type: 'answered',
    text: answered.response ?? '',
    toolCalls: answered.tool_calls.map(({ id, tool_id: name, input }) => ({ id, name, input })),
    finishReason: answered.finish_reason,
    costCents: answered.estimated_cost_cents,
  }
}

/** A turn that was begun and never answered stays on the record as that, with what was set aside for it. */
function freeCallId(segment: Segment, wanted: string, earlier: ModelCall[]): string {
  const begun = earlier.filter(({ intended }) => intended.call_id.split('+')[0] === wanted)
  for (const { intended, answered } of begun) {
    if (answered) continue
    segment.record({
      kind: 'llm_call',
      payload: {
        step_id: intended.step_id,
        node_id: intended.node_id,
        call_id: intended.call_id,
        agent_id: intended.agent_id,
        provider: intended.provider,
        model: intended.model,
        requested_model: intended.model,
        prompt_hash: payloadHash(null),
        response_length: 0,
        tool_calls: [],
        usage: { input_tokens: 0, output_tokens: 0 },
        estimated_cost_cents: null,
        finish_reason: 'interrupted',
        latency_ms: 0,
        error: 'the process ended before the answer came',
      },
    })
  }
  return begun.length === 0 ? wanted : `${wanted}+${begun.length}`
}

function describeCall(
  { engine }: Segment,
  step: Step,
  question: Question,
  callId: string,
  choice: ModelChoice,
  prompt: Json,
) {
  const { provider, model } = question.profile
  return {
    step_id: step.stepId,
    node_id: step.nodeId,
    call_id: callId,
    agent_id: question.agentId,
    provider: choice.provider,
    model: choice.modelId,
    requested_model: `${provider ?? 'any'}/${model ?? 'any'}`,
    ...(engine.settings.logLlmContent && { prompt }),
    prompt_hash: payloadHash(prompt),
  }
}
