import type { LanguageModelV4CallOptions, LanguageModelV4Message } from '@ai-sdk/provider'
import type { ModelCall, ModelMessage } from './send-request.ts'

/** A call in the form that models take. */
export function buildCallOptions(call: ModelCall, signal: AbortSignal): LanguageModelV4CallOptions {
  const { responseSchema: schema, tools = [], toolChoice, temperature } = call
  const told = schema && call.choice.provider === 'openai-compatible' ? `\n\n${demandJson(schema)}` : ''
  return {
    prompt: [
      ...(call.system + told === '' ? [] : [{ role: 'system' as const, content: call.system + told }]),
      ...call.messages.map(toPromptMessage),
    ],
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, inputSchema }) => ({
        type: 'function' as const,
        name,
        description,
        inputSchema,
      })),
      toolChoice: { type: toolChoice ?? 'auto' },
    }),
    ...(schema && { responseFormat: { type: 'json' as const, schema, name: 'answer' } }),
    ...(typeof temperature === 'number' && { temperature }),
    maxOutputTokens: call.maxTokens,
    abortSignal: signal,
    // OpenAI's strict mode refuses most schemas people write; answers are checked against the schema here anyway.
    providerOptions: { openai: { strictJsonSchema: schema ? isStrict(schema) : false } },
  }
}

/** Servers that only know "some JSON" have to be told which. */
function demandJson(schema: Record<string, unknown>): string {
  return `Answer with one JSON object and nothing else. It must fit this JSON Schema: ${JSON.stringify(schema)}`
}

function toPromptMessage(message: ModelMessage): LanguageModelV4Message {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: [{ type: 'text', text: message.content }] }
    case 'assistant':
      return {
        role: 'assistant',
        content: [
          ...(message.content === '' ? [] : [{ type: 'text' as const, text: message.content }]),
          ...(message.toolCalls ?? []).map(({ id, name, input }) => ({
            type: 'tool-call' as const,
            toolCallId: id,
            toolName: name,
            input,
          })),
        ],
      }
    case 'tool': {
      const { toolCallId, toolName, output } = message
      const result =
        typeof output === 'string'
          ? { type: 'text' as const, value: output }
          : { type: 'json' as const, value: output }
      return { role: 'tool', content: [{ type: 'tool-result', toolCallId, toolName, output: result }] }
    }
  }
}

/** Whether every object in a schema is closed and asks for all of its members, as OpenAI's strict mode demands. */
function isStrict(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isStrict)
  if (typeof schema !== 'object' || schema === null) return true
  const { properties, required, additionalProperties } = schema as Record<string, unknown>
  if (typeof properties === 'object' && properties !== null) {
    const names = Object.keys(properties)
    const listed = Array.isArray(required) ? required : []
    if (additionalProperties !== false || names.some((name) => !listed.includes(name))) return false
  }
  return Object.values(schema).every(isStrict)
}
