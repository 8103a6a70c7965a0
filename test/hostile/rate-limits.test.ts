import { afterAll, beforeAll, expect, test } from 'vitest'
import { AUTH_SETTINGS, type Person, signUp } from '../gate/people.ts'
import { expectError, expectStatus } from '../gate/purchase-client.ts'
import { MIGRATED } from '../harness/create-named-database.ts'
import { createPostgresDatabase, DATABASES } from '../harness/open-test-database.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'

const LIMITS = {
  ...AUTH_SETTINGS,
  TRUSTED_PROXIES: '127.0.0.1',
  RATE_LIMIT_SIGN_IN: '5',
  RATE_LIMIT_ACCOUNT: '8',
  RATE_LIMIT_ADDRESS: '4',
  RATE_LIMIT_USER: '3',
  RATE_LIMIT_API_KEY: '6',
}
const shared = DATABASES.includes('postgres')

/** Two servers of one installation where the database can be shared, else one. */
let servers: TestServer[]
let ana: Person
const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })
const guess = (server: TestServer, address: string) =>
  server.post('/api/v1/auth/login', { email: ana.email, password: 'a guess' }, from(address))

beforeAll(async () => {
  const database = shared ? { databaseUrl: await createPostgresDatabase(MIGRATED) } : {}
  const start = () => startTestServer({ ...database, settings: LIMITS })
  servers = shared ? [await start(), await start()] : [await start()]
  ana = await signUp(servers[0]!)
})
afterAll(() => Promise.all(servers.map((server) => server.close())))

test('guesses at a password are refused by address before anything is hashed, whichever server they come to', async () => {
  const answers = []
  for (let n = 0; n < 5; n++) answers.push((await guess(servers[n % servers.length]!, '192.0.2.1')).status)
  expect(answers).toEqual([401, 401, 401, 401, 401])
  for (const server of servers) {
    const before = server.app.identity.passwords.counts().verified
    const refused = await guess(server, '192.0.2.1')
    expectError(refused, 429, 'RATE_LIMITED')
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(server.app.identity.passwords.counts().verified).toBe(before)
  }
  expect((await guess(servers[0]!, '192.0.2.2')).status).toBe(401)
})

test('requests without a valid credential are counted by address, bad credentials with them', async () => {
  const [server] = servers
  const path = '/v1/runs'
  const wrong = { 'x-api-key': 'csk_wrong', 'x-forwarded-for': '192.0.2.3' }
  for (const { headers } of [from('192.0.2.3'), { headers: wrong }, from('192.0.2.3'), { headers: wrong }]) {
    expectError(await server!.get(path, { headers }), 401, 'UNAUTHENTICATED')
  }
  expectError(await server!.get(path, { headers: wrong }), 429, 'RATE_LIMITED')
  expectError(await server!.get('/no/such/path', from('192.0.2.3')), 429, 'RATE_LIMITED')
  expectStatus(await server!.get('/healthz', from('192.0.2.3')), 200)
})

test('a user and their key have limits of their own, and each answer says what is left', async () => {
  const [server] = servers
  const { key } = expectStatus(await ana.client.post('/api/v1/auth/api-keys', { name: 'agent' }), 201)
  const asKey = () => server!.get('/v1/runs', { headers: { 'x-api-key': key } })
  const asAna = () => server!.get('/v1/runs', { headers: ana.headers })
  const second = await asAna()
  expectStatus(second, 200)
  expect(second.headers.get('ratelimit-limit')).toBe('3')
  expect(second.headers.get('ratelimit-remaining')).toBe('1')
  expectStatus(await asAna(), 200)
  expectError(await asAna(), 429, 'RATE_LIMITED')
  for (let n = 0; n < 6; n++) expectStatus(await asKey(), 200)
  expectError(await asKey(), 429, 'RATE_LIMITED')
})

test('many addresses together get no further into one account than its limit, and its owner comes in from where they were', async () => {
  const [server] = servers
  const home = '2001:db8:5:6::1'
  const signIn = (address: string, password: string) =>
    servers[0]!.post('/api/v1/auth/login', { email: ben.email, password }, from(address))
  const account = { email: 'ben.limits@example.com', password: 'correct horse battery', name: 'Ben' }
  const ben = expectStatus(await server!.post('/api/v1/auth/register', account, from(home)), 201).user
  const before = server!.app.identity.passwords.counts().verified
  const answers = []
  for (let n = 0; n < 10; n++) {
    const server = servers[n % servers.length]!
    answers.push(
      await server.post(
        '/api/v1/auth/login',
        { email: ' BEN.limits@example.com', password: 'x' },
        from(`198.51.100.${n}`),
      ),
    )
  }
  expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 401, 401, 401, 429, 429])
  expect(Number(answers[9]!.headers.get('retry-after'))).toBeLessThanOrEqual(60)
  expect(server!.app.identity.passwords.counts().verified - before).toBeLessThanOrEqual(8)
  expectError(await signIn('198.51.100.99', account.password), 429, 'RATE_LIMITED')
  expectStatus(await signIn('2001:db8:5:6:7::8', account.password), 200)
})
