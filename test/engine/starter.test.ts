import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OPERATOR } from '../../src/cli/operator.ts'
import { makeSeeding } from '../../src/engine/starter/seed-tenant.ts'
import { registerUser } from '../../src/identity/register-user.ts'
import { setRole } from '../../src/identity/set-role.ts'
import { AUTH_SETTINGS, signUp } from '../gate/people.ts'
import { expectStatus, fresh } from '../gate/purchase-client.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { runClient } from './runs/run-client.ts'

describe.each(DATABASES)('what a tenant begins with, on %s', (database) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ database, settings: AUTH_SETTINGS })
    await signUp(server)
  })
  afterAll(() => server.close())

  /** Somebody whose tenant was made when there was nothing to begin with. */
  async function oldTenant() {
    const email = `${fresh('old')}@example.com`
    const account = { email, password: 'correct horse battery staple', name: 'Old' }
    const session = await registerUser(server.app.identity, account)
    await setRole(server.app.kernel, email, 'admin', OPERATOR)
    const tenantId = session.user.tenant_id
    const client = runClient(server, { headers: { authorization: `Bearer ${session.access_token}` } })
    const idsOf = async (path: string): Promise<string[]> =>
      expectStatus(await client.get(path), 200).data.map(({ id }: { id: string }) => id)
    const count = () =>
      server.app.kernel.database.transaction(tenantId, async (session) => {
        const [row] = await session.query(
          `SELECT (SELECT count(*) FROM agents) AS agents, (SELECT count(*) FROM workflows) AS workflows,
             (SELECT count(*) FROM workflow_versions) AS versions, (SELECT count(*) FROM tickets) AS tickets`,
        )
        return row
      })
    return { tenantId, client, idsOf, count }
  }
  const restarted = () => makeSeeding(server.app.kernel)
  const ALL = { agents: 5, workflows: 2, versions: 2, tickets: 7 }

  test('a tenant that registered earlier has it at its first request, and once', async () => {
    const { client, idsOf, count, tenantId } = await oldTenant()
    expect(await count()).toEqual({ agents: 0, workflows: 0, versions: 0, tickets: 0 })
    const lists = await Promise.all(Array.from({ length: 8 }, () => idsOf('/workflows')))
    for (const list of lists) {
      expect(list.toSorted()).toEqual(['demo_ticket_escalation_v1', 'demo_ticket_triage_v1'])
    }
    await client.run('demo_ticket_triage_v1', 'completed')
    await restarted()(tenantId)
    expect(await count()).toEqual(ALL)
  })

  test('several processes that meet it at once give it once', async () => {
    const { count, tenantId } = await oldTenant()
    await Promise.all(Array.from({ length: 6 }, () => restarted()(tenantId)))
    expect(await count()).toEqual(ALL)
  })

  test('what was taken away or changed on purpose stays so, through every start', async () => {
    const { client, idsOf, tenantId } = await oldTenant()
    for (const id of await idsOf('/workflows')) {
      expectStatus(await client.call('DELETE', `/workflows/${id}`), 204)
    }
    const changed = { id: 'agent.router', name: 'Mine', instructions: 'As I say.' }
    expectStatus(await client.post('/agents', changed), 200)
    await restarted()(tenantId)
    expect(await idsOf('/workflows')).toEqual([])
    expect(expectStatus(await client.get('/agents/agent.router'), 200)).toMatchObject(changed)
  })

  test('agents and workflows that a tenant made by itself do not keep it from its own', async () => {
    const { client, tenantId, idsOf, count } = await oldTenant()
    await server.app.kernel.database.transaction(tenantId, (session) =>
      session.query(
        `INSERT INTO agents (tenant_id, id, name, instructions, model_profile, allowed_tools, default_policies, created_at, updated_at)
         VALUES ($1, 'agent.own', 'Own', 'Work.', '{}', '{}', '{}', now(), now())`,
        [tenantId],
      ),
    )
    expect(await idsOf('/agents')).toContain('agent.own')
    expect(await count()).toEqual({ ...ALL, agents: 6 })
    await client.run('demo_ticket_triage_v1', 'completed')
  })

  test('a tenant that cannot be given it now is answered all the same, and gets it at the next request', async () => {
    const { idsOf, count, tenantId } = await oldTenant()
    const { kernel } = server.app
    let isDown = true
    const seed = makeSeeding({
      ...kernel,
      database: {
        ...kernel.database,
        transaction: (...args) =>
          isDown ? Promise.reject(new Error('not now')) : kernel.database.transaction(...args),
      },
    })
    await seed(tenantId)
    expect((await count())!.agents).toBe(0)
    isDown = false
    await seed(tenantId)
    expect(await count()).toEqual(ALL)
    expect(await idsOf('/workflows')).toHaveLength(2)
  })
})
