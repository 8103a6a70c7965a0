import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createTestClock } from '../../../../test/harness/start-test-server.ts'
import { systemClock } from '../../../lib/clock.ts'
import { EXECUTOR_HEADERS, signExecutorCall } from '../../../lib/executor-signature.ts'
import { ToolError, type ToolInvocation } from '../tool-handler.ts'
import { makeRemoteHandler, refuseRemote } from './remote-handler.ts'
import { testInvocation, timeOver } from './test-invocation.ts'

const SECRET = 'the secret of the server and the executor'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

/** A server in the place of the executor. */
async function answering(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const answer = (status: number, body: unknown) =>
  answering((_request, response) =>
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body)),
  )
const error = (code: string, message = 'because') => ({ status: 'error', error: { code, message } })

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += chunk
  return body
}

const failureOf = (call: Promise<unknown>): Promise<ToolError> =>
  call.then(
    () => expect.fail('expected a failure'),
    (thrown) => {
      expect(thrown).toBeInstanceOf(ToolError)
      expect(thrown.message).not.toContain(SECRET)
      return thrown
    },
  )
const call = async (url: string, invocation: ToolInvocation = testInvocation({})) =>
  makeRemoteHandler({ url, secret: SECRET }, systemClock)(invocation)

test('without an executor a call says which settings it waits for', async () => {
  await expect(refuseRemote(testInvocation({}))).rejects.toMatchObject({
    code: 'EXECUTOR_NOT_CONFIGURED',
    message: expect.stringMatching(/LOGLINE_EXECUTOR_URL .* LOGLINE_SHARED_SECRET .*nothing was run/),
    retryable: false,
    outcomeUnknown: false,
  })
})

test('a call carries tool, input and key, signed over time, nonce and the bytes sent', async () => {
  const seen: { headers: IncomingMessage['headers']; url: string; body: string }[] = []
  const url = await answering(async (request, response) => {
    seen.push({ headers: request.headers, url: request.url!, body: await bodyOf(request) })
    response.end(JSON.stringify({ status: 'success', result: { n: 1 } }))
  })
  const input = { path: 'ä', list: [1] }
  expect(await call(`${url}/base/`, testInvocation({}, input))).toEqual({ n: 1 })
  expect(await call(`${url}/base`, testInvocation({}, input))).toEqual({ n: 1 })
  const [first, second] = seen as [(typeof seen)[0], (typeof seen)[0]]
  const { timestamp, nonce, signature, toolId } = EXECUTOR_HEADERS
  expect(first.url).toBe('/base/execute')
  expect(JSON.parse(first.body)).toEqual({
    tool_id: 'test.tool',
    input,
    context: { tenant_id: 'tenant-1', run_id: 'run-1', step_id: 'step-1', idempotency_key: 'key-1' },
  })
  expect(first.headers[toolId]).toBe('test.tool')
  expect(first.headers[signature]).toBe(
    signExecutorCall(SECRET, {
      timestamp: first.headers[timestamp] as string,
      nonce: first.headers[nonce] as string,
      body: first.body,
    }),
  )
  expect(Math.abs(Date.now() - Number(first.headers[timestamp]))).toBeLessThan(60_000)
  expect(second.headers[nonce]).not.toBe(first.headers[nonce])
})

test.each([
  [400, error('TOOL_NOT_AVAILABLE'), 'TOOL_NOT_AVAILABLE', false, false],
  [500, error('FILE_NOT_FOUND'), 'FILE_NOT_FOUND', false, false],
  [500, error('INTERNAL_ERROR'), 'INTERNAL_ERROR', false, true],
  [500, error('SANDBOX_LOST'), 'SANDBOX_LOST', false, true],
  [503, error('EXECUTOR_BUSY'), 'EXECUTOR_BUSY', true, false],
  [401, error('SIGNATURE_EXPIRED'), 'EXECUTOR_REFUSED', true, false],
  [403, error('SIGNATURE_WRONG'), 'EXECUTOR_REFUSED', false, false],
  [500, error('not a code'), 'EXECUTOR_ANSWER_INVALID', false, true],
  [502, '<html>', 'EXECUTOR_ANSWER_INVALID', false, true],
  [302, '', 'EXECUTOR_ANSWER_INVALID', false, true],
  [200, { result: 1 }, 'EXECUTOR_ANSWER_INVALID', false, true],
  [200, error('FILE_NOT_FOUND'), 'EXECUTOR_ANSWER_INVALID', false, true],
  [500, { status: 'success', result: 1 }, 'EXECUTOR_ANSWER_INVALID', false, true],
  [200, { status: 'success', result: 'x'.repeat(2 * 1024 * 1024) }, 'EXECUTOR_ANSWER_INVALID', false, true],
])(
  'answered %d with %j: %s, may be tried again: %s, in doubt: %s',
  async (status, body, code, retryable, outcomeUnknown) => {
    expect(await failureOf(call(await answer(status, body)))).toMatchObject({
      code,
      retryable,
      outcomeUnknown,
    })
  },
)

test('what the executor says is told without the secret, and in short', async () => {
  const url = await answer(500, error('FILE_NOT_FOUND', `${SECRET} ${'x'.repeat(5000)}`))
  const { message } = await failureOf(call(url))
  expect(message).toMatch(/^\[secret\] xxx/)
  expect(message.length).toBeLessThan(1100)
})

test('one that is not there was told nothing; a connection that breaks off leaves the call in doubt', async () => {
  const gone = await answering(() => {})
  servers.splice(0)[0]!.close()
  expect(await failureOf(call(gone))).toMatchObject({
    code: 'EXECUTOR_UNAVAILABLE',
    retryable: true,
    outcomeUnknown: false,
  })
  const breaking = await answering((request) => request.socket.destroy())
  expect(await failureOf(call(breaking))).toMatchObject({
    code: 'EXECUTOR_LOST',
    retryable: true,
    outcomeUnknown: true,
  })
})

test('a call that is stopped before it is sent was not made; later it is in doubt', async () => {
  let requests = 0
  const stop = new AbortController()
  const url = await answering(() => {
    requests++
    stop.abort(timeOver())
  })
  const invocation = testInvocation({}, {}, { signal: stop.signal })
  expect(await failureOf(call(url, invocation))).toMatchObject({ code: 'tool_timeout', outcomeUnknown: true })
  expect(await failureOf(call(url, invocation))).toMatchObject({
    code: 'tool_timeout',
    outcomeUnknown: false,
  })
  expect(requests).toBe(1)
})

test('five failures in a row and nothing is asked for a minute; then one call finds out that it is back', async () => {
  const clock = createTestClock()
  let broken = true
  let requests = 0
  const url = await answering((request, response) => {
    requests++
    if (broken) request.socket.destroy()
    else response.end(JSON.stringify({ status: 'success', result: null }))
  })
  const handler = makeRemoteHandler({ url, secret: SECRET }, clock)
  const attempt = () => handler(testInvocation({}))
  for (let count = 0; count < 5; count++) expect((await failureOf(attempt())).code).toBe('EXECUTOR_LOST')
  expect(await failureOf(attempt())).toMatchObject({
    code: 'EXECUTOR_UNAVAILABLE',
    retryable: true,
    outcomeUnknown: false,
    message: expect.stringMatching(/not asked for a minute.*nothing was run/),
  })
  expect(requests).toBe(5)
  clock.advance(60_000)
  const [tried, refused] = await Promise.all([failureOf(attempt()), failureOf(attempt())])
  expect([tried.code, refused.code, requests]).toEqual(['EXECUTOR_LOST', 'EXECUTOR_UNAVAILABLE', 6])
  clock.advance(60_000)
  broken = false
  expect(await attempt()).toBe(null)
  expect(await Promise.all([attempt(), attempt()])).toEqual([null, null])
  expect(requests).toBe(9)
})

test('what a tool could not do, and callers without patience, say nothing against the executor', async () => {
  const url = await answer(500, error('FILE_NOT_FOUND'))
  const handler = makeRemoteHandler({ url, secret: SECRET }, systemClock)
  for (let count = 0; count < 7; count++) {
    expect((await failureOf(handler(testInvocation({})))).code).toBe('FILE_NOT_FOUND')
  }
  const silent = makeRemoteHandler({ url: await answering(() => {}), secret: SECRET }, systemClock)
  for (let count = 0; count < 7; count++) {
    const invocation = testInvocation({}, {}, { signal: AbortSignal.timeout(20) })
    expect((await failureOf(silent(invocation))).code).toBe('tool_timeout')
  }
})
