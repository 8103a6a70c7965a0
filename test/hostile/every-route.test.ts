import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ErrorEnvelope } from '../../src/http/schema.ts'
import { AUTH_SETTINGS, signUp } from '../gate/people.ts'
import { countRows, receipt } from '../gate/purchase-client.ts'
import { type Answer, startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { bodiesOf, fill, listRoutes, type Route } from './openapi.ts'

/** Routes that answer for ever, or whose every call is meant to change something. */
const ENDLESS = new Set(['GET /v1/stream'])
const nameOf = ({ method, path }: Pick<Route, 'method' | 'path'>) => `${method} ${path}`

let server: TestServer
let headers: Record<string, string>
let routes: Route[]
/** The rows after the last request, and the first transaction that had not begun to write by then. */
let stored: Record<string, number>
let horizon: string
beforeAll(async () => {
  server = await startTestServer({ settings: AUTH_SETTINGS })
  // A key, because signing out is among the routes and ends a session.
  const { key } = (await (await signUp(server)).client.post('/api/v1/auth/api-keys', { name: 'fuzz' })).body
  headers = { 'x-api-key': key }
  stored = await countRows(server)
  horizon = await readHorizon()
  const all = (await listRoutes(server)).filter((route) => !ENDLESS.has(nameOf(route)))
  // What answers under two paths is one handler: one of them is enough here.
  const paths = new Set(all.map(nameOf))
  routes = all.filter(
    ({ method, path }) =>
      !path.startsWith('/api/v1/') || !paths.has(`${method} ${path.replace('/api/v1', '')}`),
  )
})
afterAll(() => server.close())

async function readHorizon(): Promise<string> {
  const sql = 'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xmax'
  const [row] = await server.app.kernel.database.statement<{ xmax: string }>(sql, [], 'test_horizon')
  return row!.xmax
}

/** Counted only where some transaction wrote since the last look. */
async function rowsNow(): Promise<Record<string, number>> {
  const seen = await readHorizon()
  if (seen === horizon) return stored
  horizon = seen
  return countRows(server)
}

/** A caller's own fault is 4xx in the one envelope; nothing is ever the server's. */
function expectTamed(answer: Answer, what: string) {
  expect(answer.status, `${what}: ${answer.text.slice(0, 500)}`).toBeLessThan(500)
  if (answer.status < 400) return
  const shape = ErrorEnvelope.strict().safeParse(answer.body)
  expect(shape.error, `${what}: ${answer.status} ${answer.text.slice(0, 500)}`).toBeUndefined()
}

const send = (route: Route, id: string, raw?: string | Uint8Array, contentType?: string) =>
  server.call(route.method, fill(route, id), undefined, {
    headers,
    ...(raw !== undefined && { raw }),
    ...(contentType && { contentType }),
  })

/** Asks for what a route answers and checks that a refusal stored nothing. */
async function sendAndWatch(
  route: Route,
  id: string,
  raw: string | Uint8Array,
  what: string,
  contentType?: string,
) {
  const answer = await send(route, id, raw, contentType)
  expectTamed(answer, `${nameOf(route)} with ${what}`)
  const now = await rowsNow()
  if (answer.status >= 400) expect([what, now]).toEqual([what, stored])
  stored = now
  return answer
}

const withBody = () => routes.filter(({ body }) => body !== null)
const lone = '"\\ud800"'
const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

/** Texts that are no body of any route; each with the status where there is only one. */
const CORPUS: [string, string | Uint8Array, number?][] = [
  ['text that is no JSON', 'hello', 422],
  ['half an object', '{"a":', 422],
  ['a trailing comma', '{"a":1,}', 422],
  ['a comment', '{/* a */}', 422],
  ['two values', '{} {}', 422],
  ['NaN', '{"amount":NaN}', 422],
  ['Infinity', '{"amount":-Infinity}', 422],
  ['1e400', '{"amount":1e400}', 422],
  ['2^53', '{"amount":9007199254740992}', 422],
  ['a huge integer', `{"amount":${'9'.repeat(400)}}`, 422],
  ['duplicate members', '{"intent":1,"intent":2}', 422],
  ['duplicate members deep down', '{"context":{"a":{"b":1,"b":2}}}', 422],
  ['__proto__', '{"__proto__":{"admin":true}}', 422],
  ['constructor', '{"constructor":{"prototype":{"admin":true}}}'],
  ['NUL in a value', '{"id":"a\\u0000b"}', 422],
  ['NUL in a name', '{"a\\u0000b":1}', 422],
  ['a raw NUL', '{"id":"a\u0000b"}', 422],
  ['a lone surrogate', `{"id":${lone}}`, 422],
  ['a lone surrogate as a name', `{${lone}:1}`, 422],
  ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 422],
  ['UTF-16', Buffer.from('{"a":1}', 'utf16le'), 422],
  ['a byte order mark', Buffer.from('\ufeff{"a":1}')],
  ['65 levels', deep(65), 422],
  ['100,000 levels', deep(100_000), 422],
  ['100,000 levels of objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, 422],
  ['an array', '[]'],
  ['a text', '"text"'],
  ['a number', '5'],
  ['null', 'null'],
  ['a text of 1 MB', JSON.stringify({ id: 'x'.repeat(1_000_000) })],
  [
    '10,000 unknown members',
    JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`m${i}`, i]))),
  ],
  ['100,000 list items', JSON.stringify({ evidence: Array(100_000).fill(0) })],
  ['more than the limit', `"${'x'.repeat(1024 * 1024)}"`, 413],
]

describe('every route with a body', () => {
  test('there are such routes, or all this proves nothing', () => {
    expect(withBody().length).toBeGreaterThan(10)
    expect(routes.length).toBeGreaterThan(30)
  })

  test.each(CORPUS)('answers %s with the envelope, and stores nothing', async (what, raw, status) => {
    for (const route of withBody()) {
      const answer = await sendAndWatch(route, 'some-id', raw, what)
      if (status) expect([nameOf(route), answer.status]).toEqual([nameOf(route), status])
    }
  })

  test.each([
    'text/plain',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'nonsense',
    'application/jsonx',
  ])('answers content-type %s with 415', async (contentType) => {
    for (const route of withBody()) {
      const answer = await sendAndWatch(route, 'some-id', '{}', contentType, contentType)
      expect([nameOf(route), answer.status, answer.body.error.code]).toEqual([
        nameOf(route),
        415,
        'UNSUPPORTED_MEDIA_TYPE',
      ])
    }
  })

  test('answers generated bodies near its schema with success or the envelope, and stores nothing on refusal', {
    timeout: 60_000,
  }, async () => {
    const runsPerRoute = 25
    for (const route of withBody()) {
      await fc.assert(
        fc.asyncProperty(bodiesOf(route.body!), async (body) => {
          await sendAndWatch(route, 'some-id', JSON.stringify(body) ?? 'null', 'a generated body')
        }),
        { numRuns: runsPerRoute },
      )
    }
  })
})

const IDS = [
  'x'.repeat(1000),
  'x'.repeat(10_000),
  '%00',
  '%',
  '%zz',
  '%E0%A4%A',
  '%C0%80',
  '%ED%A0%80',
  '%2e%2e%2f',
  '..%2f..%2fetc%2fpasswd',
  '%20',
  '%0d%0aset-cookie:a=b',
  "';--",
  '__proto__',
  'constructor',
  '💥',
  'a%2Fb',
]
const QUERIES = [
  '?',
  '?__proto__=1',
  '?limit=-1',
  '?limit=1e99',
  '?limit=NaN',
  '?limit=1&limit=2',
  '?cursor=%00',
  '?cursor=x',
  '?cursor=%zz',
  '?search=%00',
  '?search=%',
  '?status=none',
  '?since=-1',
  '?since=1e400',
  '?since=9007199254740993',
  `?x=${'y'.repeat(8000)}`,
  `?${'a=1&'.repeat(1500)}`,
  '?a[b][c]=1',
]

describe('every route, asked strangely', () => {
  test.each(IDS)('answers an id like %.20s with the envelope, and stores nothing', async (id) => {
    const before = await countRows(server)
    for (const route of routes.filter(({ parameters }) => parameters.length > 0)) {
      const answer = await send(
        route,
        id,
        route.method === 'GET' || route.method === 'DELETE' ? undefined : '{}',
      )
      expectTamed(answer, nameOf(route))
    }
    expect(await countRows(server)).toEqual(before)
  })

  test.each(QUERIES)('answers a query like %.30s with success or the envelope', async (query) => {
    for (const route of routes.filter(({ method }) => method === 'GET')) {
      const answer = await server.get(fill(route, 'some-id') + query, { headers })
      expectTamed(answer, `${nameOf(route)}${query.slice(0, 40)}`)
    }
  })

  test('answers a method it does not have with 405 and names those it has', async () => {
    const before = await countRows(server)
    for (const path of new Set(routes.map((route) => route.path))) {
      const has = routes.filter((route) => route.path === path).map(({ method }) => method)
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((one) => !has.includes(one))) {
        const url = fill({ path } as Route, 'some-id')
        const answer = await server.call(method, url, method === 'GET' ? undefined : { a: 1 }, {
          headers,
        })
        expectTamed(answer, `${method} ${path}`)
        expect([method, path, answer.status]).toEqual([method, path, 405])
        const allowed = answer.headers.get('allow')!.split(', ')
        expect(allowed).toEqual(expect.arrayContaining(has))
        expect(allowed).not.toContain(method)
      }
    }
    expect(await countRows(server)).toEqual(before)
  })

  test('a path that does not exist is 404 in the envelope, whatever the method', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const path of ['/nowhere', '/v1', '/v1/runs/x/nothing', `/${'x/'.repeat(2000)}`]) {
        const answer = await server.call(method, path, undefined, { headers })
        expectTamed(answer, `${method} ${path.slice(0, 40)}`)
        expect(answer.status).toBe(404)
      }
    }
  })

  test('after all that it still works', async () => {
    const answer = await server.post('/v1/events', receipt('run_after_all'), { headers })
    expect(answer.status, answer.text).toBe(201)
    expect((await server.get('/healthz')).body.status).toBe('ok')
    expect(({} as { polluted?: boolean; admin?: boolean }).admin).toBeUndefined()
  })
})
