import {
  InvalidPromptError,
  type LanguageModelV4,
  type LanguageModelV4CallOptions,
  type LanguageModelV4Content,
  type LanguageModelV4FinishReason,
  type LanguageModelV4StreamPart,
  type LanguageModelV4Usage,
} from '@ai-sdk/provider'
import { sha256 } from '../../lib/hash.ts'
import { type Answer, answer } from './built-in/answer.ts'

/** Roughly what one token of English or JSON is in characters. Estimates, for limits and figures: nothing is charged. */
const CHARACTERS_PER_TOKEN = 4

/** Longer conversations are refused as other models refuse them: what is read here is read at once, with nothing else going on. */
const MAX_CHARACTERS = 500_000

type Step = {
  content: LanguageModelV4Content[]
  finishReason: LanguageModelV4FinishReason
  usage: LanguageModelV4Usage
}

/**
 * The model that is always there: rules and templates behind the interface of a language model. It needs no key and no
 * network, answers the same to the same conversation, calls only tools that were offered, and takes the texts it is
 * given as data: nothing in them tells it what to do.
 */
export const builtInModel: LanguageModelV4 = {
  specificationVersion: 'v4',
  provider: 'builtin',
  modelId: 'rules',
  supportedUrls: {},

  async doGenerate(options) {
    options.abortSignal?.throwIfAborted()
    return { ...takeStep(options), warnings: [], response: { modelId: 'rules' } }
  },

  async doStream(options) {
    options.abortSignal?.throwIfAborted()
    const parts = listParts(takeStep(options))
    const stream = new ReadableStream<LanguageModelV4StreamPart>({
      // One part for each pull, so that a reader who stops or aborts in between stops the stream.
      pull(controller) {
        if (options.abortSignal?.aborted) return controller.error(options.abortSignal.reason)
        const next = parts.next()
        if (next.done) controller.close()
        else controller.enqueue(next.value)
      },
    })
    return { stream }
  },
}

function takeStep(options: LanguageModelV4CallOptions): Step {
  const length = JSON.stringify([options.prompt, options.tools ?? []]).length
  if (length > MAX_CHARACTERS) {
    const message = `the conversation has ${length} characters, more than the ${MAX_CHARACTERS} this model reads`
    throw new InvalidPromptError({ prompt: options.prompt, message })
  }
  const decided = answer(options)
  const { content, reason } = toContent(decided, options)
  const output = content.map((part) => (part.type === 'text' ? part.text : JSON.stringify(part))).join('')
  return {
    content,
    finishReason: { unified: reason, raw: reason },
    usage: estimateUsage(length, output.length),
  }
}

function toContent(
  decided: Answer,
  options: LanguageModelV4CallOptions,
): { content: LanguageModelV4Content[]; reason: 'stop' | 'length' | 'tool-calls' } {
  if (decided.kind === 'call') {
    const input = JSON.stringify(decided.input)
    // The same conversation gives the same id, another conversation another one.
    const asked = JSON.stringify([options.prompt, decided.tool, input])
    const toolCallId = `call_${sha256(asked).toString('hex').slice(0, 16)}`
    return {
      content: [{ type: 'tool-call', toolCallId, toolName: decided.tool, input }],
      reason: 'tool-calls',
    }
  }
  const { text, cut } = shortenProse(decided, options)
  return { content: [{ type: 'text', text }], reason: cut ? 'length' : 'stop' }
}

/** Limits apply to prose only: JSON cut in the middle is of no use, and here no token costs anything. */
function shortenProse(
  { text, structured }: { text: string; structured: boolean },
  { maxOutputTokens, stopSequences }: LanguageModelV4CallOptions,
): { text: string; cut: boolean } {
  if (structured) return { text, cut: false }
  const stops = (stopSequences ?? []).map((stop) => text.indexOf(stop)).filter((at) => at >= 0)
  const kept = stops.length > 0 ? text.slice(0, Math.min(...stops)) : text
  const most = (maxOutputTokens ?? Number.POSITIVE_INFINITY) * CHARACTERS_PER_TOKEN
  return kept.length > most ? { text: kept.slice(0, most), cut: true } : { text: kept, cut: false }
}

function estimateUsage(inputLength: number, outputLength: number): LanguageModelV4Usage {
  const input = Math.ceil(inputLength / CHARACTERS_PER_TOKEN)
  const output = Math.ceil(outputLength / CHARACTERS_PER_TOKEN)
  return {
    inputTokens: { total: input, noCache: input, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: output, text: output, reasoning: undefined },
  }
}

function* listParts({ content, finishReason, usage }: Step): Generator<LanguageModelV4StreamPart> {
  yield { type: 'stream-start', warnings: [] }
  yield { type: 'response-metadata', modelId: 'rules' }
  let id = 0
  for (const part of content) {
    if (part.type === 'text') {
      const textId = `text-${id++}`
      yield { type: 'text-start', id: textId }
      for (const delta of part.text.match(/\S+\s*|\s+/g) ?? [])
        yield { type: 'text-delta', id: textId, delta }
      yield { type: 'text-end', id: textId }
    }
    if (part.type === 'tool-call') {
      yield { type: 'tool-input-start', id: part.toolCallId, toolName: part.toolName }
      yield { type: 'tool-input-delta', id: part.toolCallId, delta: part.input }
      yield { type: 'tool-input-end', id: part.toolCallId }
      yield part
    }
  }
  yield { type: 'finish', finishReason, usage }
}
