import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { describe, expect, test } from 'vitest'
import { AppError } from '../lib/errors.ts'
import { describeFailure } from './describe-failure.ts'

/** As the transport throws it. */
const answered = (status: number, body: unknown) =>
  new StreamableHTTPError(
    status,
    `Error POSTing to endpoint: ${typeof body === 'string' ? body : JSON.stringify(body)}`,
  )

const refusal = (status: number, code: string) =>
  answered(status, new AppError({ code, status, message: `${code}, in words` }).toEnvelope())

describe('a message that the server did not take', () => {
  test.each([
    [401, 'UNAUTHENTICATED', -32010],
    [403, 'FORBIDDEN', -32010],
    [400, 'BAD_REQUEST', -32600],
    [404, 'NOT_FOUND', -32600],
    [413, 'BODY_TOO_LARGE', -32600],
    [429, 'TOO_MANY_REQUESTS', -32600],
    [500, 'INTERNAL_ERROR', -32603],
    [503, 'STORAGE_UNAVAILABLE', -32603],
  ])('with %i %s is told as %i, with the words and the code of the server', (status, code, rpcCode) => {
    const message = `${code}, in words`
    expect(describeFailure(refusal(status, code))).toEqual({
      code: rpcCode,
      message,
      data: { status, code, message, details: [] },
    })
  })

  test('with a JSON-RPC error is told as just that', () => {
    const error = { code: -32000, message: 'Bad Request: Unsupported protocol version' }
    expect(describeFailure(answered(400, { jsonrpc: '2.0', error, id: null }))).toEqual(error)
  })

  test('with something else, as a proxy answers, is told with the status', () => {
    expect(describeFailure(answered(502, '<html>Bad Gateway</html>'))).toMatchObject({
      code: -32603,
      message: expect.stringContaining('Bad Gateway'),
      data: { status: 502 },
    })
  })

  test('because nobody answers is told so', () => {
    const error = new TypeError('fetch failed', {
      cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }),
    })
    expect(describeFailure(error)).toMatchObject({
      code: -32603,
      message: expect.stringContaining('ECONNREFUSED'),
      data: { code: 'SERVER_UNREACHABLE' },
    })
  })
})
