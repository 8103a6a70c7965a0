import { APICallError, type LanguageModelV4Content, type LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { Json } from '../../lib/canonical-json.ts'
import type { Attempts } from './begin-attempts.ts'
import type { ModelChoice } from './choose-model.ts'
import type { ModelSettings } from './model-settings.ts'
import type { ModelAnswer, RawAnswer } from './read-answer.ts'

export type ModelMessage =
  | { role: 'user'; content: string }
  | {
      role: 'assistant'
      content: string
      toolCalls?: { id: string; name: string; input: Json }[] | undefined
    }
  | { role: 'tool'; toolCallId: string; toolName: string; output: Json }

/** A tool as a model is told of it. It is never run here. Names hold letters, digits, `_` and `-`: more no provider takes. */
export type ModelTool = { name: string; description: string; inputSchema: Record<string, unknown> }

export type ModelCall = {
  settings: ModelSettings
  choice: ModelChoice
  system: string
  messages: ModelMessage[]
  tools?: ModelTool[] | undefined
  /** JSON Schema the answer must fit. */
  responseSchema?: Record<string, unknown> | null | undefined
  toolChoice?: 'auto' | 'required' | 'none' | undefined
  temperature?: number | null | undefined
  maxTokens: number
  signal?: AbortSignal | undefined
  /** How often a failed request is repeated where repeating can help; 2 when not said. */
  retries?: number | undefined
  timeoutMs?: number | undefined
  /** Told the text as it comes. */
  onText?: ((text: string) => void) | null | undefined
}

/**
 * One request of one step of a model: one question, one answer, no tool is run. Where its text is told as it comes, the
 * answer is the same. Whether a failed one is followed by another is for the caller to say, who counts and records them.
 */
export async function sendRequest(call: ModelCall, attempts: Attempts): Promise<ModelAnswer> {
  const raw = call.onText ? streamOnce(call, attempts, call.onText) : generateOnce(call, attempts)
  return attempts.read(await raw)
}

async function generateOnce(call: ModelCall, attempts: Attempts): Promise<RawAnswer> {
  const leave = await attempts.enter()
  try {
    return await attempts.inTime(call.choice.model.doGenerate(attempts.options))
  } finally {
    leave()
  }
}

function emptyAnswer(): RawAnswer {
  return {
    content: [],
    finishReason: { unified: 'other', raw: undefined },
    usage: {
      inputTokens: { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
      outputTokens: { total: undefined, text: undefined, reasoning: undefined },
    },
  }
}

/** A failure after the first piece is final: somebody has read half an answer. */
async function streamOnce(
  call: ModelCall,
  attempts: Attempts,
  onText: (text: string) => void,
): Promise<RawAnswer> {
  const read = emptyAnswer()
  let begun = false
  const leave = await attempts.enter()
  let reader: ReadableStreamDefaultReader<LanguageModelV4StreamPart> | undefined
  try {
    const { stream } = await attempts.inTime(call.choice.model.doStream(attempts.options))
    reader = stream.getReader()
    for (;;) {
      const { done, value: part } = await attempts.inTime(reader.read().catch(brokenOff))
      if (done) break
      if (part.type === 'error') throw asError(part.error)
      // Some providers begin with an empty piece, before there is anything to tell.
      if (part.type === 'text-delta' && part.delta !== '') {
        begun = true
        appendText(read.content, part.delta)
        onText(part.delta)
      }
      if (part.type === 'tool-call') read.content.push(part)
      if (part.type === 'finish') {
        read.finishReason = part.finishReason
        read.usage = part.usage
      }
    }
    const { unified, raw } = read.finishReason
    // A stream without an end is told as interrupted, by some providers as one that ended for no reason.
    const ended = unified !== 'interrupted' && (raw !== undefined || !['other', 'error'].includes(unified))
    if (!ended) brokenOff()
    return read
  } catch (thrown) {
    throw begun ? attempts.explain(thrown) : thrown
  } finally {
    leave()
    // Whoever stops reading early ends the provider's work too.
    await reader?.cancel().catch(() => {})
  }
}

function appendText(content: LanguageModelV4Content[], delta: string): void {
  const last = content.at(-1)
  if (last?.type === 'text') last.text += delta
  else content.push({ type: 'text', text: delta })
}

/** A fault of the connection, whatever the provider's code made of it. */
function brokenOff(): never {
  throw new Error('the stream was terminated')
}

/** Providers put errors into a stream as errors, as texts and as objects with a message. */
function asError(error: unknown): unknown {
  if (/without a finish reason/.test(String((error as Error)?.message)))
    return new Error('the stream was terminated')
  if (error instanceof Error) return error
  const { message: told = error, statusCode } = (error ?? {}) as { message?: unknown; statusCode?: unknown }
  const message = typeof told === 'string' ? told : 'the stream reported an error'
  if (typeof statusCode !== 'number') return new Error(message)
  // What would have been the status of the answer, had the provider known before it began.
  return new APICallError({ message, statusCode, url: '', requestBodyValues: null })
}
