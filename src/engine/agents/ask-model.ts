import type { PayloadOf } from '../../kernel/ledger/event-kinds.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { beginAttempts } from '../models/begin-attempts.ts'
import { worstCaseCents } from '../models/prices.ts'
import { type ModelMessage, type ModelTool, sendRequest } from '../models/send-request.ts'
import { describe, latencyFault, modelCallFault } from '../runs/budgets.ts'
import { isToolCall, type ModelCall, type Step } from '../runs/progress.ts'
import type { Segment } from '../runs/segment.ts'
import { intendModelCall, returnUnspent } from '../runs/spend-budget.ts'
import type { BudgetFault, StepOutcome } from '../runs/step-outcome.ts'
import { chooseAnswerer } from './choose-answerer.ts'
import {
  closeInterrupted,
  describeRequest,
  intentOf,
  isWhole,
  recordAnswer,
  recordFailure,
  recordInterruption,
} from './record-request.ts'
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
  /** As of any model call, where they are not said. */
  retries?: number
  timeoutMs?: number
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
 * One turn of a model, within the run's budget and on the record. It may take several requests, as a provider that is busy
 * or failing is asked again: each is counted, and the most it may cost set aside durably, before it is sent. A turn that
 * was answered before is not asked again.
 */
export async function askModel(segment: Segment, step: Step, question: Question): Promise<Answer | Failed> {
  const answer = await askWithinBudget(segment, step, question)
  if (answer.type === 'answered') await returnUnspent(segment)
  return answer
}

async function askWithinBudget(segment: Segment, step: Step, question: Question): Promise<Answer | Failed> {
  const { models } = segment.engine
  const known = requestsOf(step, question).find(({ answered }) => answered?.error === null)
  if (known?.answered && isWhole(known.answered)) return recall(known.answered)

  const choice = chooseAnswerer(segment, question.profile)
  const maxTokens = question.profile.max_tokens ?? DEFAULT_MAX_TOKENS
  const prompt = { system: question.system, messages: question.messages } as unknown as Json
  const worst = worstCaseCents(models, choice.provider, choice.modelId, JSON.stringify(prompt), maxTokens)
  const call = {
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
    retries: question.retries,
    timeoutMs: question.timeoutMs,
  }
  const attempts = beginAttempts(call)
  const overLimit = () => latencyFault(segment) ?? modelCallFault(segment.execution(), worst)
  let fault = overLimit()
  /** What the request before failed with. */
  let failure: Failed | null = null
  while (!fault) {
    const callId = freeCallId(segment, step, question)
    const intent = intentOf(step, question, callId, choice, worst)
    fault = await intendModelCall(segment, intent, worst)
    if (fault) break
    const told = describeRequest(segment, question, intent, prompt)
    const started = performance.now()
    try {
      const answer = await sendRequest(call, attempts)
      return recall(recordAnswer(segment, told, answer, performance.now() - started), answer.text)
    } catch (thrown) {
      if (segment.signal.aborted) {
        recordInterruption(segment, told, performance.now() - started, 'given up before the answer came')
      }
      const { error, waitMs } = attempts.next(thrown)
      const { message, code, retryable } = error
      failure = { type: 'failed', error: message, errorType: code.toLowerCase(), retryable }
      recordFailure(segment, told, error, performance.now() - started)
      if (waitMs === null) return failure
      // Nobody waits for a request that may not be sent.
      fault = overLimit()
      if (fault) break
      await attempts.pause(waitMs)
      fault = overLimit()
    }
  }
  return overBudget(fault, failure)
}

/** The budget ends it; where a request failed before, its failure is told too. */
function overBudget(fault: BudgetFault, failure: Failed | null): Failed {
  const { error } = describe(fault)
  return {
    type: 'failed',
    error: failure ? `${failure.error}, and is not asked again: ${error}` : error,
    errorType: 'budget_exceeded',
    retryable: false,
    budget: fault,
  }
}

/** What was answered before, as the log has it. */
function recall(answered: PayloadOf<'llm_call'>, text = answered.response ?? ''): Answer {
  return {
    type: 'answered',
    text,
    toolCalls: answered.tool_calls.map(({ id, tool_id: name, input }) => ({ id, name, input })),
    finishReason: answered.finish_reason,
    costCents: answered.estimated_cost_cents,
  }
}

/** The requests of this turn so far: the first has the turn's own id, others a number after it. */
function requestsOf(step: Step, { callId }: Question): ModelCall[] {
  return step.calls.filter(
    (call): call is ModelCall =>
      !isToolCall(call) &&
      (call.intended.call_id === callId || call.intended.call_id.startsWith(`${callId}+`)),
  )
}

/** One that was begun and never answered stays on the record as that, with what was set aside for it. */
function freeCallId(segment: Segment, step: Step, question: Question): string {
  const begun = requestsOf(step, question)
  for (const { intended, answered } of begun) if (!answered) closeInterrupted(segment, intended)
  return begun.length === 0 ? question.callId : `${question.callId}+${begun.length}`
}
