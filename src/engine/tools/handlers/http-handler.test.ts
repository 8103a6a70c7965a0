import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { JsonObject } from '../tool-handler.ts'
import { makeHttpHandler } from './http-handler.ts'
import { answerJson, startHttpServer } from './test-http-server.ts'
import { testInvocation } from './test-invocation.ts'

let server: Awaited<ReturnType<typeof startHttpServer>>
let origin: string
const SECRETS = { TOKEN: 's3cr3t/+ä"x', PIN: '90210', EMPTY: '' }

beforeAll(async () => {
  server = await startHttpServer()
  origin = server.origin
})
afterAll(() => server.close())
beforeEach(() => server.reset())

const call = (config: JsonObject, input: JsonObject = {}, signal?: AbortSignal) =>
  makeHttpHandler({ secrets: SECRETS, allowedOrigins: [origin] })(
    testInvocation({ method: 'POST', ...config }, input, signal && { signal }),
  )

describe('what is sent', () => {
  test('placeholders in a JSON body keep the type of what they stand for; optional ones that are missing are left out', async () => {
    const output = await call(
      {
        url: `${origin}/orders`,
        body: {
          amount: '{{input.amount}}',
          lines: '{{ input.lines }}',
          first: '{{input.lines.0.sku}}',
          note: 'for {{input.who.name}}, {{input.amount}} {{input.rush}}',
          gift: '{{input.gift}}',
          fixed: [1, true, null],
          key: '{{idempotency_key}}',
        },
      },
      { amount: 12.5, lines: [{ sku: 'a' }], who: { name: 'Ada' }, rush: false },
    )
    expect(output).toEqual({ ok: true })
    expect(JSON.parse(server.received[0]!.body)).toEqual({
      amount: 12.5,
      lines: [{ sku: 'a' }],
      first: 'a',
      note: 'for Ada, 12.5 false',
      fixed: [1, true, null],
      key: 'key-1',
    })
    expect(server.received[0]).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'key-1' },
    })
  })

  test('the whole input can be the body', async () => {
    await call({ url: origin, body: '{{input}}' }, { a: { b: [1] } })
    expect(server.received[0]).toMatchObject({ url: '/', body: '{"a":{"b":[1]}}' })
  })

  test('forms, texts, headers and queries are filled with plain values', async () => {
    const input = { q: 'a&b=c d', n: 7, list: ['x', 'y'] }
    await call(
      {
        url: `${origin}/search?fixed=1&q={{input.q}}`,
        query: { n: '{{input.n}}', list: '{{input.list}}', more: '{{input.more}}', on: true },
        headers: { 'X-Query': 'n={{input.n}}', 'X-None': '{{input.none}}' },
        body: { q: '{{input.q}}', list: '{{input.list}}' },
        body_type: 'form',
      },
      input,
    )
    await call({ url: origin, body: 'n is {{input.n}}', body_type: 'text' }, input)
    expect(server.received[0]!.url).toBe('/search?fixed=1&q=a%26b%3Dc%20d&n=7&list=x&list=y&on=true')
    expect(server.received[0]!.headers).toMatchObject({
      'x-query': 'n=7',
      'content-type': 'application/x-www-form-urlencoded',
    })
    expect(server.received[0]!.headers).not.toHaveProperty('x-none')
    expect(server.received[0]!.body).toBe('q=a%26b%3Dc+d&list=x&list=y')
    expect(server.received[1]!.body).toBe('n is 7')
  })

  test('a secret goes into headers, query and body', async () => {
    await call({
      url: origin,
      headers: { authorization: 'Bearer {{secret.PIN}}' },
      query: { key: '{{secret.TOKEN}}' },
      body: { pin: '{{secret.PIN}}' },
    })
    expect(server.received[0]!.headers.authorization).toBe('Bearer 90210')
    expect(new URL(server.received[0]!.url, origin).searchParams.get('key')).toBe(SECRETS.TOKEN)
    expect(server.received[0]!.body).toBe('{"pin":"90210"}')
  })

  test('an input that looks like a placeholder stays what it is', async () => {
    await call({ url: origin, body: { said: 'he said {{input.text}}' } }, { text: '{{secret.TOKEN}}' })
    expect(server.received[0]!.body).toBe('{"said":"he said {{secret.TOKEN}}"}')
  })

  test('a GET carries the idempotency key as well', async () => {
    await call({ method: 'GET', url: origin })
    expect(server.received[0]).toMatchObject({
      method: 'GET',
      headers: { 'idempotency-key': 'key-1' },
      body: '',
    })
  })
})

describe('no input leads elsewhere', () => {
  test.each([
    ['../../admin', '/users/..%2F..%2Fadmin/mail'],
    ['a/b?c=d#e', '/users/a%2Fb%3Fc%3Dd%23e/mail'],
    ['@evil.example', '/users/%40evil.example/mail'],
    ['%2e%2e', '/users/%252e%252e/mail'],
    ['a\\b', '/users/a%5Cb/mail'],
    ['ü \n', '/users/%C3%BC%20%0A/mail'],
    ['...', '/users/.../mail'],
  ])('%j stays one segment of the path', async (id, url) => {
    await call({ method: 'GET', url: `${origin}/users/{{input.id}}/mail` }, { id })
    expect(server.received[0]!.url).toBe(url)
  })

  test.each([
    ['..', 'invalid_value'],
    ['.', 'invalid_value'],
    ['', 'invalid_value'],
    [null, 'invalid_value'],
    [['a'], 'invalid_value'],
    [undefined, 'input_missing'],
  ])('%j as a segment of the path is refused, and nothing is sent', async (id, code) => {
    const input = (id === undefined ? {} : { id }) as JsonObject
    await expect(
      call({ method: 'DELETE', url: `${origin}/users/{{input.id}}` }, input),
    ).rejects.toMatchObject({ code, retryable: false, outcomeUnknown: false })
    await expect(
      call({ method: 'DELETE', url: `${origin}/users/%2e{{input.id}}` }, { id: '.' }),
    ).rejects.toMatchObject({ code: 'invalid_value' })
    expect(server.received).toEqual([])
  })

  test.each(['a\r\nx-admin: 1', 'a\nb', 'a\0b', 'snow ☃'])(
    'a header of %j is refused, and nothing is sent',
    async (name) => {
      await expect(
        call({ url: origin, headers: { 'x-name': '{{input.name}}' } }, { name }),
      ).rejects.toMatchObject({ code: 'invalid_value' })
      expect(server.received).toEqual([])
    },
  )

  test('a private address is refused unless the operator named its very origin', async () => {
    const handler = makeHttpHandler({ secrets: {}, allowedOrigins: [] })
    for (const url of [origin, origin.replace('127.0.0.1', 'localhost'), 'http://169.254.169.254/latest']) {
      await expect(handler(testInvocation({ method: 'GET', url }))).rejects.toMatchObject({
        code: 'address_forbidden',
        retryable: false,
        outcomeUnknown: false,
      })
    }
    expect(server.received).toEqual([])
  })

  test('a redirect is told and not followed', async () => {
    server.answer = (response) => response.writeHead(302, { location: `${origin}/elsewhere?key=90210` }).end()
    await expect(call({ method: 'GET', url: `${origin}/away` })).rejects.toMatchObject({
      code: 'http_redirect',
      message: expect.stringMatching(
        /answered 302 and sends on to http:\/\/127.0.0.1:\d+; redirects are not/,
      ),
      outcomeUnknown: false,
    })
    expect(server.received.map(({ url }) => url)).toEqual(['/away'])
    await expect(call({ url: origin })).rejects.toMatchObject({ outcomeUnknown: true })
    server.answer = (response) => response.writeHead(307, { location: '/there' }).end()
    await expect(call({ url: origin })).rejects.toMatchObject({ outcomeUnknown: false })
  })
})

describe('what comes back', () => {
  test('the body, or the part that the configuration names', async () => {
    server.answer = answerJson({ data: { items: [{ id: 1 }, { id: 2 }] } })
    const url = `${origin}/`
    expect(await call({ url })).toEqual({ data: { items: [{ id: 1 }, { id: 2 }] } })
    expect(await call({ url, response: { path: 'data.items.1.id' } })).toBe(2)
    await expect(call({ url, response: { path: 'data.none' } })).rejects.toMatchObject({
      code: 'response_path_missing',
      outcomeUnknown: true,
    })
    await expect(call({ url, method: 'GET', response: { path: 'toString' } })).rejects.toMatchObject({
      outcomeUnknown: false,
    })
  })

  test('a text as a text, in its charset; nothing as null', async () => {
    server.answer = (response) =>
      response
        .setHeader('content-type', 'text/plain; charset=iso-8859-1')
        .end(Buffer.from([0x67, 0xfc, 0x6e, 0x00]))
    expect(await call({ url: origin, response: { type: 'text' } })).toBe('gün\u{fffd}')
    server.answer = (response) => response.writeHead(204).end()
    expect(await call({ url: origin })).toBeNull()
  })

  test.each([
    ['<html>', 'response_not_json'],
    ['{"id":12345678901234567890}', 'response_not_json'],
    ['{"a":1,"a":2}', 'response_not_json'],
    ['{"__proto__":{"admin":true}}', 'response_not_json'],
    [`"${'x'.repeat(1024 * 1024)}"`, 'response_too_large'],
  ])('an answer that cannot be taken as it is, is an error: %.30s', async (body, code) => {
    server.answer = (response) => response.end(body)
    await expect(call({ url: origin })).rejects.toMatchObject({
      code,
      retryable: false,
      outcomeUnknown: true,
    })
    await expect(call({ method: 'GET', url: origin })).rejects.toMatchObject({ code, outcomeUnknown: false })
  })

  test('of an endless answer only the beginning is read', async () => {
    const closed = new Promise<void>((resolve) => {
      server.answer = (response) => {
        const write = () => {
          while (response.write('x'.repeat(64 * 1024)));
        }
        response.on('drain', write).on('close', resolve)
        write()
      }
    })
    await expect(call({ url: origin, response: { type: 'text' } })).rejects.toMatchObject({
      code: 'response_too_large',
    })
    await closed
  })
})

describe('secrets', () => {
  const config = { headers: { authorization: '{{secret.PIN}}' }, body: { token: '{{secret.TOKEN}}' } }

  test('are masked wherever the server echoes them', async () => {
    const { TOKEN } = SECRETS
    server.answer = answerJson({
      said: `you sent ${TOKEN}!`,
      [TOKEN]: [encodeURIComponent(TOKEN), JSON.stringify(TOKEN)],
      encoded: Buffer.from(TOKEN).toString('base64'),
      pin: 90210,
      other: 902100,
    })
    expect(await call({ url: origin, ...config })).toEqual({
      said: 'you sent [secret]!',
      '[secret]': ['[secret]', '"[secret]"'],
      encoded: '[secret]',
      pin: '[secret]',
      other: 902100,
    })
    server.answer = (response) => response.end(`pin=90210 token=${new URLSearchParams({ a: TOKEN })}`)
    expect(await call({ url: origin, ...config, response: { type: 'text' } })).toBe(
      'pin=[secret] token=a=[secret]',
    )
  })

  test('are masked in errors', async () => {
    server.answer = (response) => response.writeHead(401).end('bad pin 90210')
    await expect(call({ url: origin, ...config })).rejects.toMatchObject({
      message: `${origin} answered 401: bad pin [secret]`,
    })
    server.answer = (response) => response.end('{"90210":1,"90210":2}')
    const twice = await call({ url: origin, ...config }).catch((error) => error.message)
    expect(twice).not.toContain('90210')
    server.answer = (response) => response.end('90210 is no JSON')
    const snippet = await call({ url: origin, ...config }).catch((error) => error.message)
    expect(snippet).not.toContain('902')
  })

  test.each(['NONE', 'EMPTY', 'toString'])(
    'one that is not there (%s) is told before anything is sent',
    async (name) => {
      await expect(call({ url: origin, body: [`{{secret.${name}}}`] })).rejects.toMatchObject({
        code: 'secret_unknown',
        message: `this tool needs the secret '${name}', which is not configured; nothing was sent`,
      })
      expect(server.received).toEqual([])
    },
  )
})
