import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pruneAudit } from '../../src/ops/audit/prune-audit.ts'
import type { AuditLog } from '../../src/ops/audit/schema.ts'
import { verifyBundle } from '../../src/verifier/verify-bundle.ts'
import { runClient } from '../engine/runs/run-client.ts'
import { AUTH_SETTINGS, denyPolicy, type Person, signUp } from '../gate/people.ts'
import { expectStatus } from '../gate/purchase-client.ts'
import { createTestClock, startTestServer, type TestServer } from '../harness/start-test-server.ts'

const clock = createTestClock()
const DAY_MS = 86_400_000
let server: TestServer
let admin: Person
beforeAll(async () => {
  server = await startTestServer({ settings: AUTH_SETTINGS, clock })
  admin = await signUp(server)
})
afterAll(() => server.close())

const idOf = (person: Person) => person.id.replace('user:', '')
const logs = async (query: Record<string, string> = {}, person = admin): Promise<AuditLog[]> => {
  const search = new URLSearchParams({ limit: '100', ...query })
  return expectStatus(await person.client.get(`/api/v1/audit/logs?${search}`), 200).data
}
const said = (entries: AuditLog[]) =>
  entries.map(({ action, resource_type: type, resource_id: id }) => `${action} ${type} ${id}`)
const client = () => runClient(server, { headers: admin.headers })

describe('what is written down', () => {
  test('a change of a workflow, a tool, an agent and a policy, with what changed and who did it from where', async () => {
    const runs = client()
    const tool = await runs.addTool('https://example.com/hook', { name: 'Hook' })
    await runs.addTool('https://example.com/hook', { id: tool, name: 'Renamed' })
    const agent = await runs.addAgent()
    const workflow = await runs.define([{ id: 'start', type: 'static' }])
    expectStatus(await runs.call('PATCH', `/workflows/${workflow}`, { name: 'another' }), 200)
    expectStatus(await runs.call('DELETE', `/workflows/${workflow}`), 204)
    const policy = expectStatus(await admin.client.post('/api/v1/policies', denyPolicy('Nowhere')), 201).id
    expectStatus(await runs.call('PATCH', `/api/v1/policies/${policy}`, { priority: 7 }), 200)
    expectStatus(await runs.call('DELETE', `/api/v1/policies/${policy}`), 204)
    const entries = await logs()
    expect(said(entries)).toEqual([
      `delete policy ${policy}`,
      `update policy ${policy}`,
      `create policy ${policy}`,
      `delete workflow ${workflow}`,
      `update workflow ${workflow}`,
      `create workflow ${workflow}`,
      `create agent ${agent}`,
      `update tool ${tool}`,
      `create tool ${tool}`,
      `create user ${idOf(admin)}`,
    ])
    expect(entries[7]).toMatchObject({
      changes: { name: { from: 'Hook', to: 'Renamed' } },
      actor: admin.id,
      user_id: idOf(admin),
      tenant_id: 'default',
      ip_address: '127.0.0.1',
      user_agent: 'node',
    })
    expect(entries[1]!.changes).toEqual({ priority: { from: 1, to: 7 } })
  })

  test('signing in and out, a refused sign-in without the e-mail, and keys with neither key nor password', async () => {
    const other = await signUp(server, 'admin')
    const login = (password: string, email = other.email) =>
      server.post('/api/v1/auth/login', { email, password })
    expectStatus(await login('a wrong password'), 401)
    expectStatus(await login('a wrong password', 'my-password-by-mistake@example.com'), 401)
    const session = expectStatus(await login('correct horse battery staple'), 200)
    const key = expectStatus(await other.client.post('/api/v1/auth/api-keys', { name: 'agent' }), 201)
    for (let use = 0; use < 3; use++) await server.get('/tools', { headers: { 'x-api-key': key.key } })
    expectStatus(await other.client.post(`/api/v1/auth/api-keys/${key.id}/revoke`), 200)
    await server.post(
      '/api/v1/auth/logout',
      {},
      { headers: { authorization: `Bearer ${session.access_token}` } },
    )
    const entries = await logs({}, other)
    const user = idOf(other)
    expect(said(entries)).toEqual([
      `logout user ${user}`,
      `delete api_key ${key.id}`,
      `key_used api_key ${key.id}`,
      `create api_key ${key.id}`,
      `login user ${user}`,
      `failed_login user ${user}`,
      `update user ${user}`,
      `create user ${user}`,
    ])
    expect(entries[2]).toMatchObject({ actor: `key:${key.id}`, user_id: user })
    expect(entries[5]).toMatchObject({ actor: 'anonymous', user_id: null })
    expect(said(await logs({ action: 'failed_login' }))).toEqual(['failed_login user null'])
    const everything = JSON.stringify([entries, await logs()])
    for (const secret of [key.key, 'wrong password', 'battery', 'by-mistake', session.access_token])
      expect(everything).not.toContain(secret)
  })

  test('signing out with the refresh token alone is told once, and ending what is over is not', async () => {
    const other = await signUp(server, 'admin')
    const account = { email: other.email, password: 'correct horse battery staple' }
    const { refresh_token } = expectStatus(await server.post('/api/v1/auth/login', account), 200)
    for (let go = 0; go < 2; go++) {
      expectStatus(await server.post('/api/v1/auth/logout', { refresh_token }), 200)
    }
    const [logout, login] = await logs({}, other)
    expect(logout).toMatchObject({
      action: 'logout',
      actor: other.id,
      resource_id: idOf(other),
      user_agent: 'node',
    })
    expect(login).toMatchObject({ action: 'login' })
  })

  test('an invitation without its token, and a role in the tenant of whoever got it', async () => {
    const person = await signUp(server)
    const path = `/api/v1/tenant/members/${idOf(person)}`
    expectStatus(await client().call('PATCH', path, { role: 'admin' }), 200)
    const body = { email: 'ben@example.com', role: 'developer' }
    const invited = expectStatus(await person.client.post('/api/v1/auth/invitations', body), 201)
    const [invitation, changed] = await logs({}, person)
    expect(said([invitation!, changed!])).toEqual([
      `create invitation ${invited.id}`,
      `update user ${idOf(person)}`,
    ])
    expect(changed).toMatchObject({ actor: admin.id, changes: { role: { to: 'admin' } } })
    expect(JSON.stringify(invitation)).not.toContain(invited.invitation_token)
  })

  test('what the ledger tells already: runs, tools, denials and answers, once, under the person behind them', async () => {
    clock.advance(1_000)
    const since = { start_date: new Date(clock.now()).toISOString(), user_id: idOf(admin) }
    const runs = client()
    const workflow = await runs.define(
      [
        { id: 'sum', type: 'tool_node', config: { tool_id: 'calculator', input: { expression: '1+1' } } },
        { id: 'ask', type: 'human_gate' },
      ],
      [['sum', 'ask']],
    )
    const run = await runs.run(workflow, 'paused')
    const decisionId = (await runs.read(run.id)).waiting.decision_id
    expectStatus(await runs.answer(decisionId, 'rejected', { reason: 'no' }), 200)
    await admin.client.post('/api/v1/policies', denyPolicy('Denied Ltd'))
    const denied = await admin.client.authorize({ amount: 5, merchant: 'Denied Ltd' })
    expect(denied.body.state).toBe('deny')
    const entries = await logs(since)
    expect(said(entries).sort()).toEqual([
      expect.stringMatching(/^create policy/),
      `create workflow ${workflow}`,
      `execute run ${run.id}`,
      'execute tool calculator',
      'policy_deny action purchase.create',
      `reject approval ${decisionId}`,
    ])
    const call = entries.find(({ resource_type: type }) => type === 'tool')!
    expect(call.changes).toMatchObject({ run_id: run.id, outcome: 'done' })
    expect(said(await logs({ resource_type: 'tool', resource_id: 'calculator' }))).toHaveLength(1)
  })

  test('a name of any length stops neither the log nor what is read after it', async () => {
    const id = randomBytes(6_000).toString('base64')
    const question = {
      subject: { type: 'user', id: 'eve' },
      action: { name: 'open' },
      resource: { type: 'door', id },
    }
    expectStatus(await admin.client.post('/access/v1/evaluation', question), 200)
    const [entry] = await logs({ action: 'policy_deny', resource_type: 'door' })
    expect(entry!.resource_id).toMatch(/^.{256}… \(sha256 [0-9a-f]{64}\)$/)
    expect(id.startsWith(entry!.resource_id!.slice(0, 256))).toBe(true)
  })

  test('its chain is verified like every run, is no run in lists, and takes nothing from outside', async () => {
    const runId = `audit:${new Date(clock.now()).toISOString().slice(0, 7)}`
    const bundle = await admin.client.get(`/v1/runs/${encodeURIComponent(runId)}/export`)
    const report = await verifyBundle(bundle.text, {})
    expect(report, bundle.text.slice(0, 300)).toMatchObject({
      verdict: 'consistent-signer-unknown',
    })
    const listed = expectStatus(await admin.client.get('/v1/runs?limit=100'), 200).runs
    expect(listed.filter(({ run_id }: { run_id: string }) => run_id === runId)).toEqual([])
    const refused = await admin.client.post('/v1/events', {
      id: 'evt_intruder',
      run_id: runId,
      timestamp: new Date(clock.now()).toISOString(),
      type: 'observation',
      actor: 'agent',
      title: 'x',
      details: 'x',
      approval: { status: 'not_required' },
    })
    expect([refused.status, refused.body.error.code]).toEqual([409, 'RUN_RESERVED'])
  })
})

describe('who reads it, and how', () => {
  test('administrators and developers, of their tenant alone, and their reading is on the record', async () => {
    const user = await signUp(server)
    expect((await user.client.get('/api/v1/audit/logs')).status).toBe(403)
    const key = await admin.withKey()
    expect((await key.get('/api/v1/audit/logs')).status).toBe(403)
    expect((await server.get('/api/v1/audit/logs')).status).toBe(401)
    const developer = await signUp(server, 'developer')
    expect(said(await logs({}, developer))).toEqual([
      `update user ${idOf(developer)}`,
      `create user ${idOf(developer)}`,
    ])
    expect(said(await logs({}, developer))[0]).toBe('read_audit audit_log null')
    expect((await logs({ action: 'read_audit' }, developer))[0]!.changes).toEqual({ limit: 100, page: 1 })
  })

  test('pages do not overlap, dates bound the list, and a bad date, page or action is refused', async () => {
    const page = async (number: string) => said(await logs({ limit: '3', page: number, action: 'create' }))
    const all = said(await logs({ action: 'create' }))
    expect([...(await page('1')), ...(await page('2'))]).toEqual(all.slice(0, 6))
    const today = new Date(clock.now()).toISOString()
    expect(await logs({ end_date: '2026-02-28' })).toEqual([])
    expect(
      (await logs({ start_date: today.slice(0, 10), end_date: today.slice(0, 10) })).length,
    ).toBeGreaterThan(5)
    expect(await logs({ start_date: '2026-03-02T00:00:00+01:00' })).toEqual([])
    for (const bad of [
      'start_date=yesterday',
      'end_date=2026-02-30',
      'action=sing',
      'page=0',
      'page=200&limit=200',
      'x=1',
    ]) {
      expect([bad, (await admin.client.get(`/api/v1/audit/logs?${bad}`)).status]).toEqual([bad, 422])
    }
  })

  test('an export has every entry, as NDJSON, and as CSV in which no cell is a formula', async () => {
    const headers = { ...admin.headers, 'user-agent': '=HYPERLINK("http://evil")' }
    expectStatus(await server.post('/agents', { name: 'x', instructions: 'y' }, { headers }), 201)
    const before = await logs({ resource_type: 'agent' })
    const ndjson = await admin.client.get('/api/v1/audit/logs/export?resource_type=agent')
    expect(ndjson.headers.get('content-type')).toBe('application/x-ndjson')
    expect(
      ndjson.text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(before)
    const csv = await admin.client.get('/api/v1/audit/logs/export?resource_type=agent&format=csv')
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    const lines = csv.text.trim().split('\r\n')
    expect(lines).toHaveLength(before.length + 1)
    expect(lines[1]).toContain(`,127.0.0.1,"'=HYPERLINK(""http://evil"")",default,`)
    expect((await logs({ action: 'read_audit' }))[0]!.changes).toEqual({
      resource_type: 'agent',
      export: 'csv',
    })
  })

  test('old rows go after their time unless a hold is on them; the ledger keeps their events', async () => {
    const events = async () => {
      const [row] = await server.app.kernel.database.asOwner((session) =>
        session.query<{ events: number }>('SELECT count(*)::int AS events FROM events'),
      )
      return row!.events
    }
    const hold = expectStatus(
      await admin.client.post('/api/v1/audit/holds', { reason: 'case 4711', from: '2026-03-01T00:00:00Z' }),
      201,
    )
    const held = said(await logs({ end_date: '2026-03-01' }))
    clock.advance(91 * DAY_MS)
    const written = await events()
    // Sessions are over by now; the tenant of nobody who held anything is pruned.
    expect(await pruneAudit(server.app.kernel, 90)).toBeGreaterThan(0)
    const session = expectStatus(
      await server.post('/api/v1/auth/login', {
        email: admin.email,
        password: 'correct horse battery staple',
      }),
      200,
    )
    const headers = { authorization: `Bearer ${session.access_token}` }
    const again: Person = {
      ...admin,
      client: { ...admin.client, get: (path) => server.get(path, { headers }) },
    }
    expect(said(await logs({ end_date: '2026-03-01' }, again)).slice(1)).toEqual(held)
    expectStatus(await server.post(`/api/v1/audit/holds/${hold.id}/release`, undefined, { headers }), 200)
    expect(await pruneAudit(server.app.kernel, 90)).toBeGreaterThan(5)
    expect(await logs({ end_date: '2026-03-01' }, again)).toEqual([])
    expect(await events()).toBeGreaterThan(written)
    const holds = expectStatus(await server.get('/api/v1/audit/holds', { headers }), 200)
    expect(holds.data).toMatchObject([{ id: hold.id, reason: 'case 4711', released_by: admin.id }])
    expect((await server.post('/api/v1/audit/holds/none/release', undefined, { headers })).status).toBe(404)
  })
})
