import { frame, key, type Wire, type WireCall } from './wire.ts'

const MODEL = 'claude-sonnet-4-5'
const INPUT = { input_tokens: 600, cache_creation_input_tokens: 0, cache_read_input_tokens: 400 }

const message = (content: object[], stop_reason: string | null, usage: object) => ({
  id: 'msg_01',
  type: 'message',
  role: 'assistant',
  model: MODEL,
  content,
  stop_reason,
  stop_sequence: null,
  usage,
})
const answer = (content: object[], stop_reason: string) =>
  message(content, stop_reason, { ...INPUT, output_tokens: 200 })
const used = ({ name, input }: WireCall) => ({ type: 'tool_use', id: 'toolu_01', name, input })

const event = (data: { type: string } & Record<string, unknown>) => frame(data, data.type)
const start = event({
  type: 'message_start',
  message: message([], null, { ...INPUT, output_tokens: 1 }),
})
const stop = (stop_reason: string) => [
  event({ type: 'content_block_stop', index: 0 }),
  event({
    type: 'message_delta',
    delta: { stop_reason, stop_sequence: null },
    usage: { output_tokens: 200 },
  }),
  event({ type: 'message_stop' }),
]
const begin = (content_block: object) =>
  event({ type: 'content_block_start', index: 0, content_block }) + event({ type: 'ping' })
const delta = (delta: object) => event({ type: 'content_block_delta', index: 0, delta })

const failure = (type: string, message: string) => ({
  type: 'error',
  error: { type, message },
  request_id: 'req_01',
})

export const anthropicWire: Wire = {
  provider: 'anthropic',
  model: MODEL,
  cents: (600 * 300 + 400 * 30 + 200 * 1500) / 1e6,
  key: key('anthropic'),
  path: () => '/messages',
  headers: { 'x-api-key': key('anthropic'), 'anthropic-version': '2023-06-01' },
  text: (text) => answer([{ type: 'text', text }], 'end_turn'),
  call: (call) => answer([used(call)], 'tool_use'),
  streamText: (pieces) => [
    start,
    begin({ type: 'text', text: '' }),
    ...pieces.map((text) => delta({ type: 'text_delta', text })),
    ...stop('end_turn'),
  ],
  streamCall: (call) => {
    const input = JSON.stringify(call.input)
    return [
      start,
      begin({ ...used(call), input: {} }),
      delta({ type: 'input_json_delta', partial_json: '' }),
      delta({ type: 'input_json_delta', partial_json: input.slice(0, 3) }),
      delta({ type: 'input_json_delta', partial_json: input.slice(3) }),
      ...stop('tool_use'),
    ]
  },
  failure: (status, message) =>
    failure({ 404: 'not_found_error', 429: 'rate_limit_error' }[status] ?? 'invalid_request_error', message),
  wrongKey: {
    status: 401,
    body: (key) => failure('authentication_error', `invalid x-api-key: ${key}`),
  },
  nonsense: message([{ type: 'poem', lines: [] }], 'end_turn', {}),
  expectText: ({ system, user, maxTokens }) => ({
    model: MODEL,
    max_tokens: maxTokens,
    temperature: 0.3,
    system: [{ type: 'text', text: system }],
    messages: [{ role: 'user', content: [{ type: 'text', text: user }] }],
  }),
  expectTool: (name) => ({
    tools: [{ name, input_schema: { type: 'object' } }],
    tool_choice: { type: 'auto' },
  }),
  expectRound: (call, output) => ({
    messages: [
      { role: 'user' },
      { role: 'assistant', content: [used(call)] },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'toolu_01', content: JSON.stringify(output) }],
      },
    ],
  }),
  expectSchema: (schema) => ({ output_config: { format: { type: 'json_schema', schema } } }),
}

/** What Anthropic sends in a stream where it cannot go on. */
export const OVERLOADED = event(failure('overloaded_error', 'Overloaded') as { type: string })
