import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { appClient } from '../apps/app-client.ts'
import { runClient } from '../engine/runs/run-client.ts'
import { AUTH_SETTINGS, addPasskey, type Person, signUp } from '../gate/people.ts'
import { countRows, expectError, expectStatus, fresh } from '../gate/purchase-client.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { fill, listRoutes, type Route } from './openapi.ts'

/** Routes that answer at the root and under /api/v1 too. */
const underBothRoots = (bodies: Record<string, object>) =>
  Object.fromEntries(
    Object.entries(bodies).flatMap(([name, body]) => [
      [name, body],
      [name.replace(' /', ' /api/v1/'), body],
    ]),
  )

/** What every run has, and not only one of the copilot. */
const OF_ANY_RUN = /\/(events|status|journal|export)$/

const nameOf = ({ method, path }: Pick<Route, 'method' | 'path'>) => `${method} ${path}`

/** What answers somebody who shows nothing. Anything that joins this list must be meant to. */
const PUBLIC = [
  'GET /.well-known/authzen-configuration',
  'GET /.well-known/jwks.json',
  'GET /.well-known/oauth-protected-resource',
  'GET /.well-known/oauth-protected-resource/mcp',
  'GET /api/v1/auth/oidc/callback',
  'GET /api/v1/auth/oidc/start',
  'GET /api/v1/healthz',
  'GET /api/v1/installation',
  'GET /healthz',
  'POST /api/v1/auth/login',
  'POST /api/v1/auth/logout',
  'POST /api/v1/auth/refresh',
  'POST /api/v1/auth/register',
]
const ORIGIN = 'https://countersign.example'

const body = ({ method }: Route) => (method === 'GET' || method === 'DELETE' ? undefined : {})

describe('with AUTH_SECRET', () => {
  let server: TestServer
  let admin: Person
  let stranger: Person
  let routes: Route[]
  beforeAll(async () => {
    server = await startTestServer({ settings: { ...AUTH_SETTINGS, PUBLIC_URL: ORIGIN } })
    admin = await signUp(server)
    stranger = await signUp(server)
    routes = await listRoutes(server)
  })
  afterAll(() => server.close())
  const send = (route: Route, id: string, headers: Record<string, string>) =>
    server.call(route.method, fill(route, id), body(route), { headers })
  const closed = () => routes.filter((route) => !PUBLIC.includes(nameOf(route)))

  test('exactly the listed routes answer without a credential', async () => {
    const before = await countRows(server)
    const open: string[] = []
    for (const route of routes) {
      const { status } = await send(route, 'some-id', {})
      // A bad sign-in is 401 too, so these four are told apart by what they say.
      if (status !== 401 || route.path.startsWith('/api/v1/auth/refresh')) open.push(nameOf(route))
    }
    expect(open.sort()).toEqual(PUBLIC)
    expect(await countRows(server)).toEqual(before)
  })

  test.each([
    ['an unknown key', { 'x-api-key': 'csk_unknown' }],
    ['a key that is none', { authorization: 'Bearer csk_' }],
    ['a token that is none', { authorization: 'Bearer a.b.c' }],
    ['another scheme', { authorization: 'Basic YWRtaW46YWRtaW4=' }],
    ['a cookie that is none', { cookie: 'countersign_session=a.b.c' }],
    ['the local secret of nothing', { 'x-countersign-local': '' }],
  ])('%s opens no closed route', async (_name, headers: Record<string, string>) => {
    for (const route of closed()) {
      const answer = await send(route, 'some-id', headers)
      expect([nameOf(route), answer.status, answer.body?.error?.code]).toEqual([
        nameOf(route),
        401,
        'UNAUTHENTICATED',
      ])
    }
  })

  test('an execution token is no credential anywhere', async () => {
    const { token } = await admin.client.mintedPurchase()
    for (const route of closed()) {
      const answer = await send(route, 'some-id', { authorization: `Bearer ${token}` })
      expect([nameOf(route), answer.status]).toEqual([nameOf(route), 401])
    }
  })

  test('a key that may only read is refused every write, before the body is read, and nothing changes', async () => {
    const { key } = expectStatus(
      await admin.client.post('/api/v1/auth/api-keys', { name: 'reader', permissions: ['read'] }),
      201,
    )
    const headers = { 'x-api-key': key as string }
    const before = await countRows(server)
    for (const route of closed().filter(({ method, path }) => method !== 'GET' && path !== '/mcp')) {
      const answer = await send(route, 'some-id', headers)
      expect([nameOf(route), answer.status, answer.body?.error?.code]).toEqual([
        nameOf(route),
        403,
        'FORBIDDEN',
      ])
    }
    expectStatus(await server.get('/v1/approvals/pending', { headers }), 200)
    // MCP has one address for reading and writing: there the tool decides.
    const called = await server.post(
      '/mcp',
      {
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: {
          name: 'authorize_action',
          arguments: { intent: { action: 'purchase.create' }, context: { amount: 1, currency: 'EUR' } },
        },
      },
      { headers: { ...headers, accept: 'application/json, text/event-stream' } },
    )
    expect(called.body.result).toMatchObject({
      isError: true,
      structuredContent: { error: { code: 'FORBIDDEN' } },
    })
    expect(await countRows(server)).toEqual(before)
  })

  test('what belongs to another tenant is not found by its id on any route, and nothing changes', async () => {
    const { decisionId, runId, eventId, token } = await admin.client.mintedPurchase()
    const done = expectStatus(
      await server.post(
        '/v1/executors/purchase.create',
        { amount: 250, currency: 'EUR' },
        {
          headers: { 'x-api-key': await keyOf(admin), authorization: `Bearer ${token}` },
        },
      ),
      200,
    )
    const policy = expectStatus(
      await admin.client.post('/api/v1/policies', {
        name: 'Mine',
        scope: 'tenant',
        effect: 'deny',
        rule_expr: { conditions: [{ field: 'context.merchant', operator: 'equals', value: 'Mine' }] },
      }),
      201,
    )
    const keys = expectStatus(await admin.client.get('/api/v1/auth/api-keys'), 200).api_keys
    const invitation = expectStatus(
      await admin.client.post('/api/v1/auth/invitations', { email: 'ben@example.com' }),
      201,
    )
    const workflow = expectStatus(
      await admin.client.post('/workflows', {
        name: 'mine',
        definition: { entry: 'gate', nodes: [{ id: 'gate', type: 'human_gate' }], edges: [] },
      }),
      201,
    )
    const paused = expectStatus(await admin.client.post(`/workflows/${workflow.id}/runs`, { input: {} }), 201)
    expect(paused.status).toBe('paused')
    expectStatus(await admin.client.post('/tools', { id: 'my.tool', name: 'Mine' }), 201)
    expectStatus(await admin.client.post('/agents', { id: 'my.agent', name: 'Mine', instructions: 'x' }), 201)
    const app = await appClient(runClient(server, { headers: admin.headers })).import(workflow.id)
    const passkey = await addPasskey(admin, ORIGIN)
    const wanted = { intent: 'Swap 50 USDC to ETH', walletAddress: `0x${'1'.repeat(40)}`, chainId: 31337 }
    const { runId: copilotRunId } = expectStatus(await admin.client.post('/v1/runs', wanted), 200)
    const ids: Record<string, string> = {
      app_id: app,
      workflow_id: workflow.id,
      tool_id: 'my.tool',
      agent_id: 'my.agent',
      decision_id: decisionId,
      run_id: runId,
      event_id: eventId,
      execution_id: done.execution_id,
      id: policy.id,
    }
    const bodies: Record<string, object> = {
      'POST /v1/approvals/{event_id}': { decision: 'approved', approver_id: 'x' },
      'POST /v1/approvals/decisions/{decision_id}': { decision: 'approved', approver_id: 'x' },
      'PATCH /api/v1/tenant/members/{id}': { role: 'user' },
      'PATCH /api/v1/auth/passkeys/{id}': { name: 'theirs' },
      'POST /v1/executions/{execution_id}/settle': { outcome: 'failed', reason: 'x' },
      'POST /v1/runs/{run_id}/provide_input': { answers: {} },
      'POST /v1/runs/{run_id}/resume': { answers: {} },
      'POST /v1/runs/{run_id}/tx_submitted': { txHash: `0x${'1'.repeat(64)}` },
      ...underBothRoots({
        'PATCH /runs/{run_id}/resume': { approval_input: { approved: true } },
        'POST /runs/{run_id}/fork': { from_step: 'gate' },
        'POST /runs/{run_id}/events': { name: 'x' },
        'POST /agents/{agent_id}/conversation': { message: 'x' },
        'PATCH /workflows/{workflow_id}': { name: 'theirs' },
      }),
    }
    // May do whatever a role allows, so that only the tenant stands in the way.
    const { headers } = await signUp(server, 'admin')
    const before = await countRows(server)
    // What a wallet holds is no tenant's.
    const withIds = routes.filter(
      ({ parameters, path }) => parameters.length > 0 && !path.startsWith('/v1/wallets/'),
    )
    expect(withIds.length).toBeGreaterThan(10)
    for (const route of withIds) {
      const known = route.path.includes('api-keys')
        ? keys[0].id
        : route.path.includes('invitations')
          ? invitation.id
          : route.path.includes('passkeys')
            ? passkey.id
            : route.path.includes('members')
              ? admin.id.replace('user:', '')
              : /^(\/api\/v1)?\/runs\//.test(route.path)
                ? paused.id
                : route.path.startsWith('/v1/runs/') && !OF_ANY_RUN.test(route.path)
                  ? copilotRunId
                  : ids[route.parameters[0]!]
      expect(known, nameOf(route)).toBeTypeOf('string')
      const answer = await server.call(
        route.method,
        fill(route, known),
        bodies[nameOf(route)] ?? body(route),
        { headers },
      )
      if (route.path === '/v1/runs/{run_id}/events') {
        expect(answer.body).toEqual({ run_id: runId, event_count: 0, events: [] })
      } else {
        expect([nameOf(route), answer.status]).toEqual([nameOf(route), 404])
      }
      // Not what was bought; an id may hold any digits.
      expect(answer.text.replaceAll(known, '')).not.toContain('250')
    }
    expect(await countRows(server)).toEqual(before)
    expect(expectStatus(await admin.client.decision(decisionId), 200).status).toBe('approved')
  })

  const keyOf = async (person: Person) =>
    expectStatus(await person.client.post('/api/v1/auth/api-keys', { name: 'agent' }), 201).key as string

  test('a token of one tenant is invalid for the executor of another', async () => {
    const { token } = await admin.client.mintedPurchase()
    const answer = await server.post(
      '/v1/executors/purchase.create',
      { amount: 250, currency: 'EUR' },
      {
        headers: { 'x-api-key': await keyOf(stranger), authorization: `Bearer ${token}` },
      },
    )
    expectError(answer, 403, 'EXECUTION_TOKEN_INVALID')
  })

  test('the executor takes its caller from X-API-Key and refuses an execution token alone', async () => {
    const { token } = await admin.client.mintedPurchase()
    const answer = await server.post(
      '/v1/executors/purchase.create',
      { amount: 250, currency: 'EUR' },
      {
        headers: { authorization: `Bearer ${token}` },
      },
    )
    expectError(answer, 401, 'UNAUTHENTICATED')
  })

  test('a key may not say how a purchase in doubt ended', async () => {
    const answer = await server.post(
      '/v1/executions/exec_any/settle',
      { outcome: 'failed', reason: 'x' },
      { headers: { 'x-api-key': await keyOf(admin) } },
    )
    expectError(answer, 403, 'FORBIDDEN')
  })

  test('a key is dead the moment it is revoked', async () => {
    const created = expectStatus(await admin.client.post('/api/v1/auth/api-keys', { name: 'short' }), 201)
    const headers = { 'x-api-key': created.key }
    expectStatus(await server.get('/v1/runs', { headers }), 200)
    expectStatus(await admin.client.post(`/api/v1/auth/api-keys/${created.id}/revoke`), 200)
    expectError(await server.get('/v1/runs', { headers }), 401, 'UNAUTHENTICATED')
  })

  test.each(['user', 'admin'] as const)(
    'somebody who signed up and has the role %s gets a tenant of their own, and does not administer the installation',
    async (role) => {
      const { client } = await signUp(server, role)
      expectError(await client.post('/api/v1/tokens/rotate'), 403, 'FORBIDDEN')
      expectError(
        await client.post('/api/v1/policies', {
          name: 'Everywhere',
          scope: 'global',
          effect: 'deny',
          rule_expr: { conditions: [{ field: 'context.merchant', operator: 'equals', value: 'x' }] },
        }),
        403,
        'FORBIDDEN',
      )
    },
  )

  test('a page of another origin may not write, and may not with a cookie either', async () => {
    const before = await countRows(server)
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://localhost.evil.example' },
    ]) {
      const answer = await server.post('/v1/events', {}, { headers: { ...admin.headers, ...headers } })
      expectError(answer, 403, 'FORBIDDEN')
    }
    const own = { ...admin.headers, origin: server.address }
    expectError(await server.post('/v1/events', {}, { headers: own }), 422, 'SCHEMA_VALIDATION_ERROR')
    expect(await countRows(server)).toEqual(before)
  })
})

describe('in local mode', () => {
  let server: TestServer
  let routes: Route[]
  beforeAll(async () => {
    server = await startTestServer()
    routes = await listRoutes(server)
  })
  afterAll(() => server.close())

  /** fetch sets Host by itself, so this goes below it. */
  const asHost = (host: string, path: string) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const sent = httpRequest(server.address + path, { headers: { host } }, async (response) => {
        const chunks: Buffer[] = []
        for await (const chunk of response) chunks.push(chunk)
        resolve({ status: response.statusCode!, text: Buffer.concat(chunks).toString() })
      })
      sent.once('error', reject)
      sent.end()
    })

  test.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '192.168.1.5',
    '0.0.0.0',
    'xn--lcalhost-54a',
  ])('the name %s is refused on every route that reads, so that no page can rebind to it', async (host) => {
    for (const route of routes.filter(({ method, path }) => method === 'GET' && path !== '/v1/stream')) {
      const { status, text } = await asHost(`${host}:80`, fill(route, 'some-id'))
      expect([nameOf(route), status]).toEqual([nameOf(route), 403])
      expect(JSON.parse(text).error.code).toBe('FORBIDDEN')
    }
  })

  test.each(['localhost', 'localhost:8000', '127.0.0.1', '[::1]:8000'])(
    'the name %s is answered',
    async (host) => {
      expect((await asHost(host, '/v1/runs')).status).toBe(200)
    },
  )

  test('no foreign page may write or read, unless the operator lists it', async () => {
    const post = (to: TestServer, origin: string) => to.post('/v1/events', {}, { headers: { origin } })
    const foreign = ['https://evil.example', 'null', 'http://localhost:3000', 'http://127.0.0.1:4173']
    for (const origin of foreign) {
      expectError(await post(server, origin), 403, 'FORBIDDEN')
      const read = await server.get('/v1/runs', { headers: { origin } })
      expect(read.headers.get('access-control-allow-origin')).toBeNull()
    }
    const open = await startTestServer({ settings: { CORS_ORIGINS: 'http://localhost:3000' } })
    const listed = await post(open, 'http://localhost:3000')
    expectError(listed, 422, 'SCHEMA_VALIDATION_ERROR')
    expect(listed.headers.get('access-control-allow-origin')).toBe('http://localhost:3000')
    expect(listed.headers.get('access-control-allow-credentials')).toBeNull()
    expectError(await post(open, 'http://localhost:4173'), 403, 'FORBIDDEN')
    await open.close()
  })

  test('policies, keys and the own account need a credential even here', async () => {
    const local = routes.filter(
      ({ path }) =>
        path.startsWith('/api/v1/policies') ||
        /auth\/(me|api-keys|sessions|invitations)|tenant\/members/.test(path),
    )
    expect(local.length).toBeGreaterThan(6)
    for (const route of local) {
      const answer = await server.call(route.method, fill(route, fresh('id')), body(route))
      expect([nameOf(route), answer.status, answer.body?.error?.code]).toEqual([
        nameOf(route),
        401,
        'UNAUTHENTICATED',
      ])
    }
  })

  test('a bad credential is refused instead of falling back to the local administrator', async () => {
    for (const headers of [{ authorization: 'Bearer wrong' }, { 'x-api-key': 'csk_wrong' }]) {
      expectError(await server.get('/v1/runs', { headers }), 401, 'UNAUTHENTICATED')
    }
  })
})
