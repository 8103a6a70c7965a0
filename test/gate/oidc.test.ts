import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { OIDC_CLIENT, type OidcProvider, startOidcProvider } from './oidc-provider.ts'
import { AUTH_SETTINGS, signUp } from './people.ts'
import { expectStatus } from './purchase-client.ts'

/** What the provider and its tokens call this server, as if a proxy stood in front. */
const PUBLIC_URL = 'http://countersign.test'

let provider: OidcProvider
let server: TestServer
beforeAll(async () => {
  provider = await startOidcProvider()
  server = await startTestServer({
    settings: {
      ...AUTH_SETTINGS,
      ...OIDC_CLIENT,
      OIDC_ISSUER: provider.issuer,
      PUBLIC_URL,
      OIDC_ALLOWED_DOMAINS: 'example.com, example.org',
    },
  })
  await signUp(server)
})
afterAll(async () => {
  await server.close()
  await provider.close()
})
beforeEach(() => {
  provider.next = { account: accountOf('nobody@example.com') }
})

const accountOf = (email: string, more: object = {}) => ({ sub: email, email, email_verified: true, ...more })
const go = (url: string, cookie?: string) =>
  fetch(url, { redirect: 'manual', ...(cookie && { headers: { cookie } }) })
const cookiesOf = (response: Response) =>
  response.headers
    .getSetCookie()
    .map((each) => each.split(';')[0]!)
    .join('; ')

/** To the provider and back, as a browser goes; answers what the callback answered. */
async function signIn({
  cookie,
  tamper = (url) => url,
}: {
  cookie?: string
  tamper?: (url: URL) => URL
} = {}) {
  const start = await go(`${server.address}/api/v1/auth/oidc/start`, cookie)
  expect(start.status).toBe(302)
  const atProvider = await go(start.headers.get('location')!)
  const back = new URL(atProvider.headers.get('location')!)
  expect(back.origin).toBe(PUBLIC_URL)
  return go(tamper(new URL(back.pathname + back.search, server.address)).href, cookiesOf(start))
}
const codeOf = async (response: Response) =>
  ((await response.json()) as { error: { code: string } }).error.code
const me = async (response: Response) =>
  expectStatus(await server.get('/api/v1/auth/me', { headers: { cookie: cookiesOf(response) } }), 200)

test('somebody new gets an account without a password in the default tenant, and is signed in by cookies', async () => {
  provider.next.account = accountOf('new@example.com', { name: 'New Person' })
  const response = await signIn()
  expect([response.status, response.headers.get('location')]).toEqual([302, '/studio/'])
  for (const cookie of response.headers
    .getSetCookie()
    .filter((each) => !each.startsWith('countersign_oidc'))) {
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/)
  }
  const user = await me(response)
  expect(user).toMatchObject({
    email: 'new@example.com',
    name: 'New Person',
    tenant_id: 'default',
    role: 'user',
  })
  expect(user.logline_id).toMatch(/^LL-BR-/)
  // By the provider's id of them: what they are called there may change.
  provider.next.account = { ...accountOf('renamed@example.com'), sub: 'new@example.com' }
  expect((await me(await signIn())).id).toBe(user.id)
  const guess = { email: 'new@example.com', password: 'any password' }
  expectStatus(await server.post('/api/v1/auth/login', guess), 401)
})

test.each([
  ['an e-mail of another domain', { account: accountOf('eve@elsewhere.com') }],
  ['an e-mail that is not verified', { account: accountOf('eve@example.com', { email_verified: false }) }],
  ['a nonce of another sign-in', { nonce: 'another' }],
  ['a token for another client', { audience: 'another' }],
  ['a token of another issuer', { issuer: 'https://elsewhere.example' }],
  ['a signature of somebody else', { foreignKey: true }],
])('%s is refused, and makes no account', async (_, next) => {
  provider.next = { account: accountOf('eve@example.com'), ...next }
  const before = await countUsers()
  const response = await signIn()
  expect([response.status, await codeOf(response)]).toEqual([401, 'OIDC_REFUSED'])
  expect(await countUsers()).toBe(before)
})

const countUsers = async () => {
  const [row] = await server.app.kernel.database.asOwner((session) =>
    session.query<{ count: number }>('SELECT count(*)::int AS count FROM users'),
  )
  return row!.count
}

test('an answer is refused with another state, without the cookie of this browser, and a second time', async () => {
  const withState = (state: string) => (url: URL) => {
    url.searchParams.set('state', state)
    return url
  }
  const forged = await signIn({ tamper: withState('forged') })
  expect([forged.status, await codeOf(forged)]).toEqual([401, 'OIDC_REFUSED'])
  let used = ''
  await signIn({
    tamper(url) {
      used = url.href
      return url
    },
  })
  const bare = await go(used)
  expect([bare.status, await codeOf(bare)]).toEqual([401, 'OIDC_REFUSED'])
  const start = await go(`${server.address}/api/v1/auth/oidc/start`)
  const replayed = await go(used, cookiesOf(start))
  expect([replayed.status, await codeOf(replayed)]).toEqual([401, 'OIDC_REFUSED'])
})

test('the installation names the provider, so that a page can offer it', async () => {
  const installation = expectStatus(await server.get('/api/v1/installation'), 200)
  expect(installation).toMatchObject({
    principal: null,
    has_accounts: true,
    oidc_provider: new URL(provider.issuer).host,
  })
})

test('a browser that nobody was signed in for is led back to the page of signing in, which is told why', async () => {
  const browse = (url: string, cookie = '') =>
    fetch(url, { redirect: 'manual', headers: { cookie, accept: 'text/html,*/*;q=0.8' } })
  const callback = `${server.address}/api/v1/auth/oidc/callback`
  const faultOf = (response: Response) => [response.status, response.headers.get('location')]
  expect(faultOf(await browse(`${callback}?code=any`))).toEqual([302, '/studio/sign-in?fault=OIDC_TOO_LATE'])
  const start = await browse(`${server.address}/api/v1/auth/oidc/start`)
  const atProvider = new URL(start.headers.get('location')!)
  const declined = new URLSearchParams({
    error: 'access_denied',
    state: atProvider.searchParams.get('state')!,
    iss: provider.issuer,
  })
  const back = await browse(`${callback}?${declined}`, cookiesOf(start))
  expect(faultOf(back)).toEqual([302, '/studio/sign-in?fault=OIDC_DECLINED'])
  expect(cookiesOf(back)).not.toContain('countersign_session')
})

test('an account with a password is not taken over by its e-mail; its owner adds the provider while signed in', async () => {
  const ben = await signUp(server)
  provider.next.account = accountOf(ben.email)
  const refused = await signIn()
  expect([refused.status, await codeOf(refused)]).toEqual([409, 'OIDC_EMAIL_TAKEN'])
  const { authorization } = ben.headers
  const cookie = `countersign_session=${authorization!.replace('Bearer ', '')}`
  expect(`user:${(await me(await signIn({ cookie }))).id}`).toBe(ben.id)
  expect(`user:${(await me(await signIn())).id}`).toBe(ben.id)
})

test('a provider without domains or client is refused at the start; without a provider the routes are 404', async () => {
  const settings = { ...AUTH_SETTINGS, OIDC_ISSUER: provider.issuer, OIDC_CLIENT_ID: 'x' }
  expect(() => readConfig(settings)).toThrow(/OIDC_ALLOWED_DOMAINS/)
  const without = await startTestServer({ settings: AUTH_SETTINGS })
  expectStatus(await without.get('/api/v1/auth/oidc/start'), 404)
  await without.close()
})

test('a client of MCP learns from a refusal where tokens come from', async () => {
  for (const [headers, more] of [
    [{}, ''],
    [{ authorization: 'Bearer a.b.c' }, ', error="invalid_token"'],
  ] as const) {
    const refused = await server.post('/mcp', {}, { headers })
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      `Bearer resource_metadata="${PUBLIC_URL}/.well-known/oauth-protected-resource/mcp"${more}`,
    ])
  }
  for (const path of ['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-protected-resource']) {
    expect(expectStatus(await server.get(path), 200)).toMatchObject({
      resource: `${PUBLIC_URL}/mcp`,
      authorization_servers: [provider.issuer],
    })
  }
  const elsewhere = await server.get('/v1/runs')
  expect(elsewhere.headers.get('www-authenticate')).toBe('Bearer')
})

describe('an access token of the provider', () => {
  const RESOURCE = `${PUBLIC_URL}/mcp`
  const call = (token: string, name = 'authorize_action') =>
    server.post(
      '/mcp',
      {
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: {
          name,
          arguments: {
            intent: { action: 'purchase.create' },
            context: { request_id: 'by-token', amount: 5, currency: 'EUR' },
          },
        },
      },
      { headers: { authorization: `Bearer ${token}`, accept: 'application/json, text/event-stream' } },
    )
  const tokenFor = (claims: object = {}, audience = RESOURCE) =>
    provider.signAccessToken(
      { sub: 'mona', client_id: 'desktop', scope: 'openid read write', ...claims },
      audience,
    )
  let mona: string
  beforeAll(async () => {
    provider.next = { account: { ...accountOf('mona@example.com'), sub: 'mona' } }
    mona = (await me(await signIn())).id
  })

  test('opens MCP for an agent of its person, and nothing else', async () => {
    const token = await tokenFor()
    const { result } = expectStatus(await call(token), 200)
    expect(result.structuredContent.state).toBe('allow')
    const [recorded] = await server.app.kernel.database.transaction('default', (session) =>
      session.query<{ canon: string }>(
        "SELECT convert_from(canon, 'UTF8') AS canon FROM events WHERE decision_id = $1",
        [result.structuredContent.decision_id],
      ),
    )
    expect(JSON.parse(recorded!.canon).payload.facts.user).toMatchObject({
      id: `client:desktop:${mona}`,
      kind: 'agent',
    })
    const headers = { authorization: `Bearer ${token}` }
    expectStatus(await server.get('/v1/runs', { headers }), 401)
  })

  test('does what its scopes say', async () => {
    const { result } = expectStatus(await call(await tokenFor({ scope: 'read' })), 200)
    expect(result).toMatchObject({ isError: true, structuredContent: { error: { code: 'FORBIDDEN' } } })
    expectStatus(await call(await tokenFor({ scope: 'openid' })), 403)
  })

  test('of somebody whose domain the operator no longer lets in is refused, by what it says or by the account', async () => {
    const { settings } = server.app.http.oidc!
    const { allowedDomains } = settings
    try {
      settings.allowedDomains = ['example.org']
      expectStatus(await call(await tokenFor()), 401)
      expectStatus(await call(await tokenFor({ email: 'mona@example.com' })), 401)
      expectStatus(await call(await tokenFor({ email: 'mona@EXAMPLE.org', email_verified: false })), 401)
      expectStatus(await call(await tokenFor({ email: 'mona@EXAMPLE.org' })), 200)
      settings.allowedDomains = ['*']
      expectStatus(await call(await tokenFor()), 200)
    } finally {
      settings.allowedDomains = allowedDomains
    }
  })

  test.each([
    ['for another resource', () => tokenFor({}, 'https://elsewhere.example/mcp')],
    ['that is the ID token of a client', () => tokenFor({}, 'countersign')],
    ['of somebody who never signed in here', () => tokenFor({ sub: 'stranger' })],
    [
      'with a changed part',
      async () => (await tokenFor()).replace(/\.(.)/, (_, one) => (one === 'e' ? '.f' : '.e')),
    ],
    ['with another signature', async () => `${(await tokenFor()).slice(0, -8)}AAAAAAAA`],
  ])('%s is refused', async (_, make) => {
    expectStatus(await call(await make()), 401)
  })
})
