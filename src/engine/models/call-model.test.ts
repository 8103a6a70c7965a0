import { expect, test } from 'vitest'
import { askServer, failureOf, KEY } from './ask-server.fixture.ts'
import { callModel } from './call-model.fixture.ts'
import { completion, type Respond, sendJson, toolCall } from './chat-server.fixture.ts'
import { chooseModel } from './choose-model.ts'
import type { ModelSettings } from './model-settings.ts'
import type { ModelCall } from './send-request.ts'

const LOOKUP = {
  name: 'orders_get',
  description: 'Reads an order',
  inputSchema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
}

test('an answer comes with its usage, its time and no repeats', async () => {
  const { server, call } = await askServer((_request, response) =>
    sendJson(response, 200, completion({ content: 'Good day.' })),
  )
  const answer = await callModel({ ...call, temperature: 0.3 })
  expect(answer).toMatchObject({
    text: 'Good day.',
    toolCalls: [],
    finishReason: 'stop',
    usage: { input_tokens: 40, output_tokens: 7 },
    usageEstimated: false,
    retries: 0,
  })
  expect(answer.latency_ms).toBeGreaterThan(0)
  expect(server.requests).toHaveLength(1)
  expect(server.requests[0]).toMatchObject({ model: 'local', max_tokens: 100, temperature: 0.3 })
  expect(server.headers[0]!.authorization).toBe(`Bearer ${KEY}`)
})

test('a call of a tool comes with its input read, and the conversation goes on with its result', async () => {
  const { server, call } = await askServer((_request, response, count) =>
    sendJson(
      response,
      200,
      count === 1 ? toolCall('orders_get', '{"id":"A-1"}') : completion({ content: 'Shipped.' }),
    ),
  )
  const first = await callModel({ ...call, tools: [LOOKUP] })
  expect(first).toMatchObject({
    finishReason: 'tool-calls',
    toolCalls: [{ id: 'call_1', name: 'orders_get', input: { id: 'A-1' } }],
  })
  const second = await callModel({
    ...call,
    tools: [LOOKUP],
    messages: [
      ...call.messages,
      { role: 'assistant', content: first.text, toolCalls: first.toolCalls },
      { role: 'tool', toolCallId: 'call_1', toolName: 'orders_get', output: { state: 'shipped' } },
    ],
  })
  expect(second.text).toBe('Shipped.')
  expect(server.requests[1]!.messages.map(({ role }) => role)).toEqual([
    'system',
    'user',
    'assistant',
    'tool',
  ])
  expect(server.requests[1]!.messages[3]!.content).toBe('{"state":"shipped"}')
})

const SCHEMA = {
  type: 'object',
  properties: { route: { enum: ['a', 'b'] } },
  required: ['route'],
  additionalProperties: false,
}

test('a structured answer is checked against its schema, and the server is told the schema', async () => {
  const { server, call } = await askServer((_request, response) =>
    sendJson(response, 200, completion({ content: '```json\n{"route":"a"}\n```' })),
  )
  const answer = await callModel({ ...call, responseSchema: SCHEMA })
  expect(answer.object).toEqual({ route: 'a' })
  expect(answer.text).toBe('{"route":"a"}')
  expect(server.requests[0]!.response_format).toEqual({ type: 'json_object' })
  expect(server.requests[0]!.messages[0]!.content).toContain('"enum":["a","b"]')
})

test('429 waits as long as the provider asks and then goes on', async () => {
  const { server, call } = await askServer((_request, response, count) =>
    count === 1
      ? sendJson(response, 429, { error: { message: 'slow down' } }, { 'retry-after': '1' })
      : sendJson(response, 200, completion({ content: 'ok' })),
  )
  const started = performance.now()
  const answer = await callModel(call)
  expect(answer).toMatchObject({ text: 'ok', retries: 1 })
  expect(performance.now() - started).toBeGreaterThan(950)
  expect(server.requests).toHaveLength(2)
})

test('429 that asks for more time than the call has fails at once and says so', async () => {
  const { server, call } = await askServer((_request, response) =>
    sendJson(response, 429, { error: { message: 'slow down' } }, { 'retry-after': '120' }),
  )
  const error = await failureOf(callModel(call))
  expect(error).toMatchObject({ code: 'MODEL_RATE_LIMITED', retryable: true })
  expect(error.message).toContain('120 s')
  expect(server.requests).toHaveLength(1)
})

test('server errors are repeated so often as was allowed and no more', async () => {
  const { server, call } = await askServer((_request, response) => sendJson(response, 503, 'oops'))
  expect(await failureOf(callModel({ ...call, retries: 3 }))).toMatchObject({
    code: 'MODEL_UNAVAILABLE',
    retryable: true,
    message: 'openai-compatible/local is failing (503)',
  })
  expect(server.requests).toHaveLength(4)
})

test.each([
  [401, { error: { message: `Incorrect API key provided: ${KEY}` } }, 'MODEL_UNAUTHORIZED'],
  [404, { error: { message: `model at http://u:p@host/ with ${KEY} not found` } }, 'MODEL_BAD_REQUEST'],
  [400, { error: { message: 'temperature out of range' } }, 'MODEL_BAD_REQUEST'],
  [429, { error: { message: 'no credit', code: 'insufficient_quota' } }, 'MODEL_UNAUTHORIZED'],
])('%i is not repeated and tells no key', async (status, body, code) => {
  const { server, call } = await askServer((_request, response) => sendJson(response, status, body))
  const error = await failureOf(callModel(call))
  expect(error).toMatchObject({ code, retryable: false })
  expect(error.message).not.toContain('u:p')
  expect(server.requests).toHaveLength(1)
})

test('a server that is not there is tried again and then unavailable', async () => {
  const { server, call } = await askServer(() => {})
  await server.close()
  expect(await failureOf(callModel(call))).toMatchObject({
    code: 'MODEL_UNAVAILABLE',
    message: 'openai-compatible/local cannot be reached',
  })
})

test('a server that hangs up once is asked again', async () => {
  const { server, call } = await askServer((_request, response, count) => {
    if (count === 1) response.destroy()
    else sendJson(response, 200, completion({ content: 'ok' }))
  })
  expect(await callModel(call)).toMatchObject({ text: 'ok', retries: 1 })
  expect(server.requests).toHaveLength(2)
})

test.each<[string, Respond, Partial<ModelCall>, string]>([
  ['a page instead of an answer', (_q, r) => sendJson(r, 200, '<html>gateway</html>'), {}, 'protocol'],
  ['an answer without choices', (_q, r) => sendJson(r, 200, { choices: [] }), {}, 'protocol'],
  ['an empty answer', (_q, r) => sendJson(r, 200, completion({ content: '' })), {}, 'empty answer'],
  [
    'all tokens spent on nothing',
    (_q, r) => sendJson(r, 200, completion({ content: '' }, 'length')),
    {},
    '100 tokens were used up',
  ],
  [
    'a tool that was not offered',
    (_q, r) => sendJson(r, 200, toolCall('rm_rf', '{}')),
    { tools: [LOOKUP] },
    'called the tool "rm_rf", which was not offered; offered were orders_get',
  ],
  [
    'a tool where none was offered',
    (_q, r) => sendJson(r, 200, toolCall('orders_get', '{}')),
    {},
    'none was offered',
  ],
  [
    'a tool input that is no JSON',
    (_q, r) => sendJson(r, 200, toolCall('orders_get', '{"id":')),
    { tools: [LOOKUP] },
    'no JSON object',
  ],
  [
    'a tool input that is a list',
    (_q, r) => sendJson(r, 200, toolCall('orders_get', '["A-1"]')),
    { tools: [LOOKUP] },
    'no JSON object',
  ],
  [
    'half a character in a tool input',
    (_q, r) => sendJson(r, 200, toolCall('orders_get', '{"id":"\\ud800"}')),
    { tools: [LOOKUP] },
    'no JSON object',
  ],
  [
    'prose instead of JSON',
    (_q, r) => sendJson(r, 200, completion({ content: 'I choose a.' })),
    { responseSchema: SCHEMA },
    'was asked for JSON and answered something else: "I choose a."',
  ],
  [
    'JSON cut off',
    (_q, r) => sendJson(r, 200, completion({ content: '{"route":"' }, 'length')),
    { responseSchema: SCHEMA },
    'cut off after 100 tokens',
  ],
  [
    'JSON that does not fit',
    (_q, r) => sendJson(r, 200, completion({ content: '{"route":"c"}' })),
    { responseSchema: SCHEMA },
    'does not fit the schema',
  ],
])('%s is bad output that names what came', async (_title, respond, over, said) => {
  const { server, call } = await askServer(respond, over)
  const error = await failureOf(callModel(call))
  expect(error).toMatchObject({ code: 'MODEL_BAD_OUTPUT', retryable: true })
  expect(error.message).toContain(said)
  expect(server.requests).toHaveLength(1)
})

test('a refusal is told as one', async () => {
  const { call } = await askServer((_request, response) =>
    sendJson(response, 200, completion({ content: null, refusal: 'I cannot help.' })),
  )
  expect(await failureOf(callModel(call))).toMatchObject({ code: 'MODEL_REFUSED', retryable: false })
})

test('a server that hangs is given up when the time is over', async () => {
  const { call } = await askServer(() => {}, { timeoutMs: 150 })
  const started = performance.now()
  expect(await failureOf(callModel(call))).toMatchObject({
    code: 'MODEL_TIMEOUT',
    message: 'openai-compatible/local did not answer within 150 ms',
  })
  expect(performance.now() - started).toBeLessThan(1500)
})

test('a caller who gives up gets its own reason, and the connection is closed', async () => {
  let closed = false
  const { call } = await askServer((_request, response) => {
    response.on('close', () => {
      closed = true
    })
  })
  const controller = new AbortController()
  const reason = new Error('the run was cancelled')
  setTimeout(() => controller.abort(reason), 60)
  await expect(callModel({ ...call, signal: controller.signal })).rejects.toBe(reason)
  await expect.poll(() => closed).toBe(true)
})

test('no more calls are under way at a provider than the settings allow, and a queued one can give up', async () => {
  let under = 0
  let most = 0
  const { call } = await askServer(
    async (_request, response) => {
      most = Math.max(most, ++under)
      await new Promise((resolve) => setTimeout(resolve, 30))
      under--
      sendJson(response, 200, completion({ content: 'ok' }))
    },
    {},
    { maxConcurrentCalls: 2 },
  )
  const controller = new AbortController()
  const calls = Array.from({ length: 6 }, () => callModel(call))
  const impatient = callModel({ ...call, signal: controller.signal })
  controller.abort(new Error('enough'))
  await expect(impatient).rejects.toThrow('enough')
  await Promise.all(calls)
  expect(most).toBe(2)
})

test('calls begun within a minute are bounded', async () => {
  const { server, call } = await askServer(
    (_request, response) => sendJson(response, 200, completion({ content: 'ok' })),
    { timeoutMs: 400 },
    { callsPerMinute: 2 },
  )
  await callModel(call)
  await callModel(call)
  expect(await failureOf(callModel(call))).toMatchObject({ code: 'MODEL_TIMEOUT' })
  expect(server.requests).toHaveLength(2)
})

test('the built-in model answers the same way, with no server', async () => {
  const settings: ModelSettings = {}
  const answer = await callModel({
    settings,
    choice: chooseModel(settings, { provider: 'builtin' }),
    system: 'You are a support triage agent. Decide priority and suggested action for each ticket.',
    messages: [{ role: 'user', content: '{"tickets":[{"id":7,"subject":"Lights out on the whole floor"}]}' }],
    maxTokens: 5,
  })
  expect(JSON.parse(answer.text)).toMatchObject({ summary: '1 tickets triaged', tickets: [{ id: 7 }] })
  expect(answer).toMatchObject({ finishReason: 'stop', retries: 0, usageEstimated: false })
})
