import { expect, test } from 'vitest'
import { askServer, failureOf } from './ask-server.fixture.ts'
import { callModel } from './call-model.fixture.ts'
import { completion, sendJson, sendStream } from './chat-server.fixture.ts'
import type { ModelCall } from './send-request.ts'

async function collect(call: ModelCall) {
  const texts: string[] = []
  const answer = await callModel({ ...call, onText: (text) => texts.push(text) })
  return { texts, answer }
}

test('a stream yields its pieces and ends with the same answer', async () => {
  const { call } = await askServer((request, response) =>
    request.stream
      ? sendStream(response, ['Good ', 'day', '.'])
      : sendJson(response, 200, completion({ content: 'Good day.' })),
  )
  const { texts, answer } = await collect(call)
  expect(texts).toEqual(['Good ', 'day', '.'])
  const { latency_ms: _streamed, ...streamed } = answer
  const { latency_ms: _whole, ...whole } = await callModel(call)
  expect(streamed).toEqual(whole)
})

test('a stream that fails before its first piece is begun again', async () => {
  const { server, call } = await askServer((_request, response, count) =>
    count === 1 ? sendJson(response, 500, 'oops') : sendStream(response, ['ok']),
  )
  const { texts, answer } = await collect(call)
  expect(texts).toEqual(['ok'])
  expect(answer).toMatchObject({ text: 'ok', retries: 1 })
  expect(server.requests).toHaveLength(2)
})

test.each(['without-end', 'cut'] as const)(
  'a stream that breaks off (%s) is an error, not half an answer',
  async (end) => {
    const { server, call } = await askServer((_request, response) => sendStream(response, ['Good '], end))
    const error = await failureOf(collect(call))
    expect(error.message).toContain('broke off')
    expect(error.retryable).toBe(true)
    expect(server.requests).toHaveLength(1)
  },
)

test('a stream that falls silent is given up when the time is over', async () => {
  const { call } = await askServer((_request, response) => sendStream(response, ['Good '], 'hang'), {
    timeoutMs: 200,
  })
  expect(await failureOf(collect(call))).toMatchObject({ code: 'MODEL_TIMEOUT' })
})

test('garbage in a stream is bad output', async () => {
  const { call } = await askServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end('data: {"choices": [garbage\n\n')
  })
  expect(await failureOf(collect(call))).toMatchObject({ code: 'MODEL_BAD_OUTPUT' })
})

test('whoever gives up on a stream ends the request', async () => {
  let closed = false
  const { call } = await askServer((_request, response) => {
    response.on('close', () => {
      closed = true
    })
    sendStream(response, ['Good '], 'hang')
  })
  const controller = new AbortController()
  const reason = new Error('heard enough')
  const onText = () => controller.abort(reason)
  await expect(callModel({ ...call, signal: controller.signal, onText })).rejects.toBe(reason)
  await expect.poll(() => closed).toBe(true)
})
