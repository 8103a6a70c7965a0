import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { JsonObject } from '../tool-handler.ts'
import { makeHttpHandler } from './http-handler.ts'
import { startHttpServer } from './test-http-server.ts'
import { testInvocation, timeOver } from './test-invocation.ts'

let server: Awaited<ReturnType<typeof startHttpServer>>
let origin: string

beforeAll(async () => {
  server = await startHttpServer()
  origin = server.origin
})
afterAll(() => server.close())
beforeEach(() => server.reset())

const call = (config: JsonObject, input: JsonObject = {}, signal?: AbortSignal) =>
  makeHttpHandler({ secrets: {}, allowedOrigins: [origin] })(
    testInvocation({ method: 'POST', ...config }, input, signal && { signal }),
  )

test.each([
  [400, 'POST', false, false],
  [404, 'GET', false, false],
  [409, 'POST', false, false],
  [408, 'GET', true, false],
  [408, 'POST', true, true],
  [429, 'POST', true, false],
  [500, 'GET', true, false],
  [500, 'DELETE', true, true],
  [503, 'POST', true, true],
])('%i to a %s: retryable %s, outcome unknown %s', async (status, method, retryable, outcomeUnknown) => {
  server.answer = (response) => response.writeHead(status).end('no')
  await expect(call({ method, url: `${origin}/x?q=private` })).rejects.toMatchObject({
    name: 'ToolError',
    code: `http_${status}`,
    message: `${origin} answered ${status}: no`,
    retryable,
    outcomeUnknown,
  })
})

test('a refused connection and an unknown name: nothing was sent', async () => {
  const closed = createTcpServer()
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`
  await new Promise((resolve) => closed.close(resolve))
  const handler = makeHttpHandler({ secrets: {}, allowedOrigins: [address] })
  for (const url of [address, 'https://nobody.invalid']) {
    await expect(handler(testInvocation({ method: 'POST', url }))).rejects.toMatchObject({
      code: 'connection_failed',
      retryable: true,
      outcomeUnknown: false,
    })
  }
})

test('a server that cannot prove who it is: nothing was sent', async () => {
  const address = origin.replace('http:', 'https:')
  const handler = makeHttpHandler({ secrets: {}, allowedOrigins: [address] })
  await expect(handler(testInvocation({ method: 'POST', url: address }))).rejects.toMatchObject({
    code: 'connection_untrusted',
    outcomeUnknown: false,
  })
  expect(server.received).toEqual([])
})

test.each([
  ['GET', false],
  ['POST', true],
])('a connection lost after a %s was sent: outcome unknown %s', async (method, outcomeUnknown) => {
  server.answer = (response) => response.destroy()
  await expect(call({ method, url: origin })).rejects.toMatchObject({
    code: 'connection_lost',
    retryable: true,
    outcomeUnknown,
  })
  server.answer = (response) => {
    response.write('{"half":')
    response.flushHeaders()
    setImmediate(() => response.destroy())
  }
  await expect(call({ method, url: origin })).rejects.toMatchObject({ outcomeUnknown })
})

test.each([
  ['its time limit', timeOver(), 'tool_timeout', true],
  ['a cancellation', new Error('the run was cancelled'), 'tool_aborted', false],
])('%s ends a call: of a GET nothing came, a POST may have been done', async (_, reason, code, retryable) => {
  for (const method of ['GET', 'POST']) {
    const controller = new AbortController()
    server.answer = () => controller.abort(reason)
    await expect(call({ method, url: origin }, {}, controller.signal)).rejects.toMatchObject({
      code,
      retryable,
      outcomeUnknown: method === 'POST',
    })
  }
})

test('a call that is over before it begins sends nothing', async () => {
  await expect(call({ url: origin }, {}, AbortSignal.abort(timeOver()))).rejects.toMatchObject({
    code: 'tool_timeout',
    outcomeUnknown: false,
  })
  expect(server.received).toEqual([])
})

test('a configuration that was never checked is refused', async () => {
  await expect(call({ url: 'http://{{input.host}}/' }, { host: 'evil.example' })).rejects.toMatchObject({
    code: 'handler_config_invalid',
  })
})
