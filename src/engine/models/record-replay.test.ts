import { expect, test } from 'vitest'
import { callModel } from './call-model.fixture.ts'
import { completion, sendJson, sendStream, startChatServer } from './chat-server.fixture.ts'
import { chooseModel, type ModelChoice } from './choose-model.ts'
import { openRecording, type RecordingStore } from './record-replay.ts'
import type { ModelCall } from './send-request.ts'

const SECRET = 'sk-secret-0123456789'

function memoryStore() {
  const kept = new Map<string, string>()
  const store: RecordingStore = {
    get: async (key) => kept.get(key),
    set: async (key, value) => {
      kept.set(key, value)
    },
  }
  return { kept, store }
}

/** A run of four calls, two of them the same question and one streamed. */
async function run(settings: ModelCall['settings'], choice: ModelChoice) {
  const call = { settings, choice, system: 'You help.', maxTokens: 50 }
  const ask = (content: string, over: Partial<ModelCall> = {}) =>
    callModel({ ...call, messages: [{ role: 'user', content }], ...over })
  const heard: string[] = []
  const answers = [
    await ask('first'),
    await ask('again'),
    await ask('again'),
    await ask('streamed', { onText: (text) => heard.push(text) }),
  ]
  return { heard, answers: answers.map(({ latency_ms: _latency, ...answer }) => answer) }
}

test('a recorded run gives the same answers again with the server gone, repeats of a question included', async () => {
  const server = await startChatServer((request, response, count) =>
    request.stream
      ? sendStream(response, ['piece ', 'by ', 'piece'])
      : sendJson(response, 200, completion({ content: `answer ${count}` }), { 'set-cookie': 'session=1' }),
  )
  const settings = { baseUrl: server.baseUrl, apiKey: SECRET, model: 'local' }
  const choice = chooseModel(settings, {})
  const { kept, store } = memoryStore()
  const recorded = await run(settings, { ...choice, model: openRecording(store).record(choice.model) })
  expect(recorded.answers.map(({ text }) => text)).toEqual([
    'answer 1',
    'answer 2',
    'answer 3',
    'piece by piece',
  ])
  await server.close()

  for (let time = 0; time < 2; time++) {
    const replayed = await run(settings, { ...choice, model: openRecording(store).replay(choice.model) })
    expect(replayed).toEqual(recorded)
  }
  expect(server.requests).toHaveLength(4)
  expect(kept.size).toBe(4)
  expect([...kept.values()].join('')).not.toMatch(/sk-secret|session=1|127\.0\.0\.1/)
})

test('a request that was not recorded fails and says which model lacks it', async () => {
  const settings = {}
  const choice = { ...chooseModel(settings, {}), provider: 'openai', modelId: 'gpt-4o' }
  const model = openRecording(memoryStore().store).replay({ provider: 'openai.chat', modelId: 'gpt-4o' })
  const call = { settings, choice: { ...choice, model }, system: '', maxTokens: 5 }
  await expect(callModel({ ...call, messages: [{ role: 'user', content: 'new' }] })).rejects.toMatchObject({
    code: 'MODEL_UNAVAILABLE',
    retryable: false,
    message: expect.stringContaining('openai.chat/gpt-4o was not recorded with this request'),
  })
})

test('another temperature, tool or word is another request', async () => {
  const server = await startChatServer((_request, response, count) =>
    sendJson(response, 200, completion({ content: `answer ${count}` })),
  )
  const settings = { baseUrl: server.baseUrl, model: 'local' }
  const choice = chooseModel(settings, {})
  const { kept, store } = memoryStore()
  const model = openRecording(store).record(choice.model)
  const call: ModelCall = {
    settings,
    choice: { ...choice, model },
    system: '',
    messages: [{ role: 'user', content: 'a' }],
    maxTokens: 5,
  }
  await callModel(call)
  await callModel({ ...call, temperature: 1 })
  await callModel({ ...call, messages: [{ role: 'user', content: 'b' }] })
  await callModel({ ...call, tools: [{ name: 't', description: '', inputSchema: { type: 'object' } }] })
  await server.close()
  expect(new Set([...kept.keys()].map((key) => key.split(':')[0])).size).toBe(4)
})

test('what had to be tried twice is one answer in the recording', async () => {
  const server = await startChatServer((_request, response, count) =>
    count === 1 ? sendJson(response, 500, 'oops') : sendJson(response, 200, completion({ content: 'ok' })),
  )
  const settings = { baseUrl: server.baseUrl, model: 'local', retryDelayMs: 1 }
  const choice = chooseModel(settings, {})
  const { store } = memoryStore()
  const call = { settings, system: '', messages: [{ role: 'user' as const, content: 'a' }], maxTokens: 5 }
  const recorded = await callModel({
    ...call,
    choice: { ...choice, model: openRecording(store).record(choice.model) },
  })
  await server.close()
  const replayed = await callModel({
    ...call,
    choice: { ...choice, model: openRecording(store).replay(choice.model) },
  })
  expect([recorded.retries, replayed.retries, replayed.text]).toEqual([1, 0, 'ok'])
})

test('a stream that breaks off leaves no recording behind', async () => {
  const server = await startChatServer((_request, response) => sendStream(response, ['half '], 'cut'))
  const settings = { baseUrl: server.baseUrl, model: 'local' }
  const choice = chooseModel(settings, {})
  const { kept, store } = memoryStore()
  const model = openRecording(store).record(choice.model)
  const call: ModelCall = {
    settings,
    choice: { ...choice, model },
    system: '',
    messages: [{ role: 'user', content: 'a' }],
    maxTokens: 5,
    onText: () => {},
  }
  await expect(callModel(call)).rejects.toThrow('broke off')
  await server.close()
  expect(kept.size).toBe(0)
})
