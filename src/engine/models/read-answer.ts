import type {
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4Usage,
} from '@ai-sdk/provider'
import { canonicalJson, type Json } from '../../lib/canonical-json.ts'
import { compileJsonSchema } from '../tools/validate-json-schema.ts'
import { ModelError } from './model-error.ts'

/** What one step of a model gave. */
export type ModelAnswer = {
  text: string
  toolCalls: { id: string; name: string; input: Json }[]
  /** The structured answer, where one was asked for and no tool was called instead; `text` is then its JSON alone. */
  object?: Json
  finishReason: string
  usage: { input_tokens: number; output_tokens: number }
  /** Input the provider had kept from earlier calls; part of `usage.input_tokens`. */
  cachedInputTokens: number
  /** True when the provider did not count and the usage is reckoned from the length of the texts. */
  usageEstimated: boolean
  latency_ms: number
  retries: number
}

export type RawAnswer = {
  content: LanguageModelV4Content[]
  finishReason: LanguageModelV4FinishReason
  usage: LanguageModelV4Usage
}

export type Expected = {
  /** How messages name the model. */
  who: string
  toolNames: string[]
  responseSchema: Record<string, unknown> | undefined
  maxTokens: number
  promptLength: number
}

type Read = Omit<ModelAnswer, 'latency_ms' | 'retries'>

/** Takes an answer apart and refuses what nobody could act on: each fault is told by what was expected and what came. */
export function readAnswer(raw: RawAnswer, expected: Expected): Read {
  const { who } = expected
  const text = raw.content
    .map((part) => (part.type === 'text' ? part.text : ''))
    .join('')
    .toWellFormed()
  const reason = raw.finishReason.unified
  if (reason === 'content-filter') {
    throw new ModelError('MODEL_REFUSED', `${who} declined to answer (content filter)`, false)
  }
  const toolCalls = raw.content.flatMap((part) => {
    if (part.type !== 'tool-call' || part.providerExecuted) return []
    return [{ id: part.toolCallId, name: part.toolName, input: readToolInput(part, expected) }]
  })
  if (toolCalls.length === 0 && text.trim() === '') {
    const why =
      reason === 'length' ? `; its ${expected.maxTokens} tokens were used up before it said anything` : ''
    throw badOutput(`${who} gave an empty answer${why}`)
  }
  const structured =
    expected.responseSchema !== undefined && toolCalls.length === 0
      ? readObject(text, reason === 'length', expected)
      : undefined
  return {
    text,
    toolCalls,
    ...structured,
    finishReason: toolCalls.length > 0 ? 'tool-calls' : reason,
    ...readUsage(raw, expected.promptLength),
  }
}

function badOutput(message: string): ModelError {
  return new ModelError('MODEL_BAD_OUTPUT', message, true)
}

function readToolInput(call: { toolName: string; input: string }, { who, toolNames }: Expected): Json {
  const name = quote(call.toolName)
  if (!toolNames.includes(call.toolName)) {
    const offered = toolNames.length === 0 ? 'none was offered' : `offered were ${toolNames.join(', ')}`
    throw badOutput(`${who} called the tool ${name}, which was not offered; ${offered}`)
  }
  const input = parse(call.input.trim() === '' ? '{}' : call.input)
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw badOutput(`${who} called ${name} with an input that is no JSON object: ${quote(call.input)}`)
  }
  return input
}

/** Undefined for what is no JSON, and for what JSON can write and nothing else can carry, such as half a character. */
function parse(text: string): Json | undefined {
  try {
    const value = JSON.parse(text) as Json
    canonicalJson(value)
    return value
  } catch {
    return undefined
  }
}

function readObject(
  text: string,
  cut: boolean,
  { who, responseSchema, maxTokens }: Expected,
): { text: string; object: Json } {
  // Some models put JSON between fences although they were asked for JSON alone.
  const body = /^\s*```(?:json)?\s*\n([\s\S]*?)\n?\s*```\s*$/.exec(text)?.[1] ?? text
  const value = parse(body)
  if (value === undefined) {
    const why = cut ? `, cut off after ${maxTokens} tokens` : ''
    throw badOutput(`${who} was asked for JSON and answered something else${why}: ${quote(body)}`)
  }
  const faults = compileJsonSchema(responseSchema)(value)
  if (faults.length > 0) {
    const told = faults
      .slice(0, 3)
      .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    throw badOutput(`${who} gave an answer that does not fit the schema: ${told.join('; ')}`)
  }
  return { text: body.trim(), object: value }
}

function quote(text: string): string {
  const line = text.toWellFormed().replace(/\s+/g, ' ').trim()
  return `"${line.length > 80 ? `${line.slice(0, 79)}…` : line}"`
}

/** Four characters for a token where the provider does not count. */
function readUsage({ usage, content }: RawAnswer, promptLength: number) {
  const { total: input, cacheRead } = usage.inputTokens
  const output = usage.outputTokens.total
  const answered = content.reduce((sum, part) => {
    return sum + (part.type === 'text' ? part.text.length : part.type === 'tool-call' ? part.input.length : 0)
  }, 0)
  return {
    usage: {
      input_tokens: input ?? Math.ceil(promptLength / 4),
      output_tokens: output ?? Math.ceil(answered / 4),
    },
    cachedInputTokens: cacheRead ?? 0,
    usageEstimated: input === undefined || output === undefined,
  }
}
