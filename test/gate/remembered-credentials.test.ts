import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { DATABASES } from '../harness/open-test-database.ts'
import { createTestClock, startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { AUTH_SETTINGS, type Person, signUp } from './people.ts'
import {
  countRows,
  expectError,
  expectStatus,
  type PurchaseClient,
  purchaseClient,
} from './purchase-client.ts'

const MINUTE_MS = 60_000

describe.each(DATABASES)('credentials that the gate remembers, on %s', (database) => {
  const clock = createTestClock()
  let server: TestServer
  let ana: Person
  let key: { id: string; key: string }
  let agent: PurchaseClient

  beforeAll(async () => {
    server = await startTestServer({ database, clock, settings: AUTH_SETTINGS })
  })
  afterAll(() => server.close())
  beforeEach(async () => {
    ana = await signUp(server)
    key = expectStatus(await ana.client.post('/api/v1/auth/api-keys', { name: 'agent' }), 201)
    agent = purchaseClient(server, { headers: { 'x-api-key': key.key } })
    // The first use writes when it was, the second reads that.
    for (const client of [agent, ana.client]) for (const _ of [1, 2]) await authorized(client)
  })

  const ask = (client: PurchaseClient) => client.authorize({ amount: 50 })
  const authorized = async (client: PurchaseClient) => expectStatus(await ask(client), 200)
  /** As another process of the installation would: this server's code is not told. */
  const change = async (text: string, values: unknown[]) => {
    const { tenantId } = await tenantOf(ana)
    return server.app.kernel.database.transaction(tenantId, (session) => session.query(text, values))
  }
  const tenantOf = async (person: Person) => {
    const { tenant_id: tenantId } = expectStatus(await person.client.get('/api/v1/auth/me'), 200)
    return { tenantId: tenantId as string }
  }
  const userId = () => ana.id.replace(/^user:/, '')
  const recordedFacts = async (decisionId: string) => {
    const { tenantId } = await tenantOf(ana)
    const [row] = await server.app.kernel.database.transaction(tenantId, (session) =>
      session.query<{ canon: string }>(
        "SELECT convert_from(canon, 'UTF8') AS canon FROM events WHERE decision_id = $1",
        [decisionId],
      ),
    )
    return JSON.parse(row!.canon).payload.facts
  }

  test('asking the gate again looks nothing up; after a minute it does', async () => {
    const { credentials } = server.app.identity
    const lookUps = [vi.spyOn(credentials, 'session'), vi.spyOn(credentials, 'apiKey')]
    for (const client of [agent, ana.client]) for (const _ of [1, 2, 3]) await authorized(client)
    expect(lookUps.map(({ mock }) => mock.calls.length)).toEqual([0, 0])
    clock.advance(MINUTE_MS)
    for (const client of [agent, ana.client]) await authorized(client)
    expect(lookUps.map(({ mock }) => mock.calls.length)).toEqual([1, 1])
    for (const lookUp of lookUps) lookUp.mockRestore()
  })

  test.each([
    [
      'an API key that was revoked',
      () => agent,
      'UPDATE api_keys SET revoked_at = now() WHERE id = $1',
      () => key.id,
    ],
    [
      'an API key that was shortened',
      () => agent,
      "UPDATE api_keys SET expires_at = '2026-01-01' WHERE id = $1",
      () => key.id,
    ],
    [
      'a session that was ended',
      () => ana.client,
      'UPDATE sessions SET revoked_at = now() WHERE user_id = $1',
      userId,
    ],
  ])('%s elsewhere decides nothing more, and nothing is recorded', async (_, client, text, id) => {
    await change(text, [id()])
    const before = await countRows(server)
    expectError(await ask(client()), 401, 'UNAUTHENTICATED')
    expectError(
      await client().post('/access/v1/evaluation', {
        subject: { type: 'agent', id: 'a' },
        action: { name: 'read' },
        resource: { type: 'file', id: 'f' },
      }),
      401,
      'UNAUTHENTICATED',
    )
    expect(await countRows(server)).toEqual(before)
  })

  test('what a key may do was narrowed elsewhere: the next request is held to that', async () => {
    await change("UPDATE api_keys SET permissions = '{read}' WHERE id = $1", [key.id])
    expectError(await ask(agent), 403, 'FORBIDDEN')
  })

  test('a role that was changed elsewhere is the one that the next decision is made for', async () => {
    await change("UPDATE users SET role = 'developer' WHERE id = $1", [userId()])
    for (const client of [agent, ana.client]) {
      const { decision_id } = await authorized(client)
      expect((await recordedFacts(decision_id)).user.role).toBe('developer')
    }
  })

  test('fifty requests around a revocation: those answered after it are all refused', async () => {
    const asked = Array.from({ length: 25 }, () => ask(agent))
    await Promise.all(asked.slice(0, 5))
    await change('UPDATE api_keys SET revoked_at = now() WHERE id = $1', [key.id])
    const after = await Promise.all(Array.from({ length: 25 }, () => ask(agent)))
    expect(new Set(after.map(({ status }) => status))).toEqual(new Set([401]))
    for (const { status } of await Promise.all(asked)) expect([200, 401]).toContain(status)
  })

  test('a stranger’s tenant moves nothing here, and a use alone moves nothing', async () => {
    const revisions = () =>
      server.app.kernel.database.asOwner((session) =>
        session.query('SELECT tenant_id, revision FROM credential_revisions ORDER BY 1'),
      )
    const before = await revisions()
    await signUp(server)
    await authorized(agent)
    expect(await revisions()).toEqual(before)
  })
})
