import { setTimeout as sleep } from 'node:timers/promises'
import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import { buildCallOptions } from './build-call-options.ts'
import { explainFailure } from './explain-failure.ts'
import { limitFor } from './limit-calls.ts'
import { ModelError } from './model-error.ts'
import { type ModelAnswer, type RawAnswer, readAnswer } from './read-answer.ts'
import type { ModelCall } from './send-request.ts'

/** One call with all its requests: within the provider's limits, one time limit over everything. */
export type Attempts = {
  options: LanguageModelV4CallOptions
  /** Waits for a turn at the provider; what it returns gives the turn back. */
  enter(): Promise<() => void>
  /** Ends with the call's time, even where a model does not. */
  inTime<T>(work: PromiseLike<T>): Promise<T>
  read(raw: RawAnswer): ModelAnswer
  /**
   * What a request failed with, in our words, and after which pause another may follow; null when none may. Throws the
   * reason of a caller who gave up.
   */
  next(thrown: unknown): { error: ModelError; waitMs: number | null }
  /** Comes back when the next request may be sent. */
  pause(waitMs: number): Promise<void>
  /** What a failure means, with no further request. */
  explain(thrown: unknown): unknown
}

const DEFAULT_TIMEOUT_MS = 60_000
const DEFAULT_RETRIES = 2
const DEFAULT_RETRY_DELAY_MS = 500
const MAX_RETRY_DELAY_MS = 20_000

export function beginAttempts(call: ModelCall): Attempts {
  const { settings, choice, retries = DEFAULT_RETRIES } = call
  const timeoutMs = call.timeoutMs ?? settings.callTimeoutMs ?? DEFAULT_TIMEOUT_MS
  const who = choice.provider === 'builtin' ? 'the built-in model' : `${choice.provider}/${choice.modelId}`
  const started = performance.now()
  const deadline = AbortSignal.timeout(timeoutMs)
  const signal = call.signal ? AbortSignal.any([call.signal, deadline]) : deadline
  // Rules at home need no queue.
  const limit = choice.provider === 'builtin' ? undefined : limitFor(settings, choice.provider)
  const options = buildCallOptions(call, signal)
  let used = 0

  const faultOf = (thrown: unknown): ModelError =>
    deadline.aborted
      ? new ModelError('MODEL_TIMEOUT', `${who} did not answer within ${describeMs(timeoutMs)}`, true)
      : explainFailure(thrown, who, settings).error

  return {
    options,
    explain: (thrown) => (call.signal?.aborted ? call.signal.reason : faultOf(thrown)),
    enter: async () => (limit ? limit.enter(signal) : () => {}),
    inTime: (work) => untilAborted(work, signal),
    read: (raw) => ({
      ...readAnswer(raw, {
        who,
        toolNames: (call.tools ?? []).map(({ name }) => name),
        responseSchema: call.responseSchema ?? undefined,
        maxTokens: call.maxTokens,
        promptLength: JSON.stringify([options.prompt, options.tools ?? []]).length,
      }),
      latency_ms: Math.round((performance.now() - started) * 1000) / 1000,
      retries: used,
    }),
    next: (thrown) => {
      call.signal?.throwIfAborted()
      const { error, transient, waitMs } = explainFailure(thrown, who, settings)
      if (signal.aborted || !transient || used >= retries) return { error: faultOf(thrown), waitMs: null }
      const growing = (settings.retryDelayMs ?? DEFAULT_RETRY_DELAY_MS) * 2 ** used
      // Spread out, or callers that failed together would come back together.
      const wait = waitMs ?? Math.min(growing, MAX_RETRY_DELAY_MS) * (1 + Math.random() / 4)
      if (waitMs !== undefined) limit?.pause(waitMs)
      if (performance.now() - started + wait > timeoutMs) {
        const longer = `${error.message} and asks to wait ${describeMs(wait)}, longer than the call may take`
        return { error: new ModelError(error.code, longer, true), waitMs: null }
      }
      return { error, waitMs: wait }
    },
    pause: async (waitMs) => {
      used++
      await sleep(waitMs, undefined, { signal }).catch(() => {
        // Where the time is over the next request ends at once, and says so.
        call.signal?.throwIfAborted()
      })
    },
  }
}

function untilAborted<T>(work: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason)
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    work.then(resolve, reject).then(() => signal.removeEventListener('abort', giveUp))
  })
}

function describeMs(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`
}
