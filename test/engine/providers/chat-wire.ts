import { expect } from 'vitest'
import { frame, key, type Wire, type WireCall } from './wire.ts'

const chunk = (delta: object, finish_reason: string | null = null, usage?: object) =>
  frame({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_760_000_000,
    model: 'm',
    choices: [{ index: 0, delta, finish_reason }],
    ...(usage && { usage }),
  })

/** What OpenAI, Mistral and many other servers have in common: chat completions. */
function chatWire(
  usage: object,
  callId: string,
  own: Pick<Wire, 'provider' | 'model' | 'cents' | 'failure'> & Partial<Wire> & { lastUsage: string[] },
): Wire {
  const completion = (message: object, finish_reason: string) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_760_000_000,
    model: own.model,
    choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason }],
    usage,
  })
  const called = ({ name, input }: WireCall) => ({
    id: callId,
    type: 'function',
    function: { name, arguments: JSON.stringify(input) },
  })
  return {
    key: key(own.provider),
    path: () => '/chat/completions',
    headers: { authorization: `Bearer ${key(own.provider)}` },
    text: (text) => completion({ content: text }, 'stop'),
    call: (call) => completion({ content: '', tool_calls: [called(call)] }, 'tool_calls'),
    streamText: (pieces) => [
      chunk({ role: 'assistant', content: '' }),
      ...pieces.map((content) => chunk({ content })),
      ...own.lastUsage.map((frame) => frame.replace('REASON', 'stop')),
      frame('[DONE]'),
    ],
    streamCall: ({ name, input }) => {
      const args = JSON.stringify(input)
      const piece = (more: object) => chunk({ tool_calls: [{ index: 0, ...more }] })
      return [
        chunk({ role: 'assistant', content: null }),
        piece({ id: callId, type: 'function', function: { name, arguments: '' } }),
        piece({ function: { arguments: args.slice(0, 3) } }),
        piece({ function: { arguments: args.slice(3) } }),
        ...own.lastUsage.map((frame) => frame.replace('REASON', 'tool_calls')),
        frame('[DONE]'),
      ]
    },
    wrongKey: {
      status: 401,
      body: (key) => own.failure(401, `Incorrect API key provided: ${key}`),
    },
    nonsense: { object: 'chat.completion', choices: [], usage },
    expectText: ({ system, user, maxTokens }) => ({
      model: own.model,
      max_tokens: maxTokens,
      temperature: 0.3,
      messages: [
        { role: 'system', content: system },
        { role: 'user', content: user },
      ],
    }),
    expectTool: (name) => ({
      tools: [{ type: 'function', function: { name, parameters: { type: 'object' } } }],
      tool_choice: 'auto',
    }),
    expectRound: (call, output) => ({
      messages: [
        { role: 'system' },
        { role: 'user' },
        { role: 'assistant', tool_calls: [called(call)] },
        { role: 'tool', tool_call_id: callId, content: JSON.stringify(output) },
      ],
    }),
    expectSchema: (schema) => ({
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } },
    }),
    ...own,
  }
}

const OPENAI_USAGE = {
  prompt_tokens: 1000,
  completion_tokens: 200,
  total_tokens: 1200,
  prompt_tokens_details: { cached_tokens: 400 },
}
/** The reason in one chunk, the usage in another that has no choice. */
const openaiEnd = (usage: object) => [
  chunk({}, 'REASON'),
  frame({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage }),
]
const openaiFailure = (status: number, message: string) => ({
  error: { message, type: status === 429 ? 'requests' : 'invalid_request_error', param: null, code: null },
})

export const openaiWire = chatWire(OPENAI_USAGE, 'call_abc123', {
  provider: 'openai',
  model: 'gpt-4o-mini',
  cents: (600 * 15 + 400 * 7.5 + 200 * 60) / 1e6,
  lastUsage: openaiEnd(OPENAI_USAGE),
  failure: openaiFailure,
})

/** A server of one's own: it knows only "some JSON", so the schema stands in the prompt, and no list has its prices. */
export const compatibleWire = chatWire(OPENAI_USAGE, 'call_local_1', {
  provider: 'openai-compatible',
  model: 'llama-local',
  cents: (1000 * 1 + 200 * 2) / 1e6,
  lastUsage: openaiEnd(OPENAI_USAGE),
  failure: openaiFailure,
  expectSchema: (schema) => ({
    response_format: { type: 'json_object' },
    messages: [{ content: expect.stringContaining(JSON.stringify(schema)) }, {}],
  }),
})

const MISTRAL_USAGE = { prompt_tokens: 1000, completion_tokens: 200, total_tokens: 1200 }

/** Mistral's ids of calls are nine characters, and its last chunk holds reason and usage together. */
export const mistralWire = chatWire(MISTRAL_USAGE, 'D681PevKs', {
  provider: 'mistral',
  model: 'mistral-medium-2508',
  cents: (1000 * 40 + 200 * 200) / 1e6,
  lastUsage: [chunk({ content: '' }, 'REASON', MISTRAL_USAGE)],
  failure: (status, message) => ({
    object: 'error',
    message,
    type: status === 429 ? 'rate_limited' : 'invalid_model',
    param: null,
    code: String(status),
  }),
  wrongKey: { status: 401, body: () => ({ detail: 'Unauthorized' }) },
  expectText: ({ system, user, maxTokens }) => ({
    model: 'mistral-medium-2508',
    max_tokens: maxTokens,
    temperature: 0.3,
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: [{ type: 'text', text: user }] },
    ],
  }),
})
