import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OPERATOR } from '../../src/cli/operator.ts'
import { setRole } from '../../src/identity/set-role.ts'
import { type RunClient, runClient } from '../engine/runs/run-client.ts'
import { AUTH_SETTINGS, signUp, signUpColleague } from '../gate/people.ts'
import { expectError, expectStatus, fresh } from '../gate/purchase-client.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'

let server: TestServer
/** The administrator, somebody in the same tenant with the role `user`, and a developer of another tenant. */
let admin: RunClient
let colleague: RunClient
let foreigner: RunClient
let workflow: string
beforeAll(async () => {
  server = await startTestServer({ settings: AUTH_SETTINGS, background: true })
  admin = runClient(server, { headers: (await signUp(server)).headers })
  colleague = runClient(server, { headers: (await signUpColleague(server)).headers })
  foreigner = runClient(server, { headers: (await signUp(server, 'developer')).headers })
  workflow = await admin.define([{ id: 'say', type: 'static' }], [], {
    input_schema: { type: 'object', properties: { hotel_id: { type: 'string', maxLength: 20 } } },
  })
})
afterAll(() => server.close())

/** The manifest of the guest support console, for a workflow that says what it is given. */
const manifestOf = (more: object = {}) => ({
  version: '1.0.0',
  app: {
    id: fresh('app'),
    name: 'Guest Support Console',
    icon: '🛎️',
    owner: 'org:voulezvous',
    visibility: 'org',
    scopes: { tools: ['tool.ticketing.list_open', 'natural_language_db_read'], memory: [], external: [] },
    workflows: [{ id: 'flow', workflow_ref: workflow, label: 'Flow', default_mode: 'draft' }],
    actions: [
      {
        id: 'triage',
        label: 'Triage',
        workflow_id: 'flow',
        input_mapping: { hotel_id: '$context.hotel_id' },
      },
    ],
    views: [{ id: 'start', type: 'form', title: 'Start', action_id: 'triage' }],
    ...more,
  },
})
const importApp = async (more: object = {}, client = admin) =>
  expectStatus(await client.post('/apps/import', manifestOf(more)), 201)

describe('importing a manifest', () => {
  test('makes the app with its scopes, workflows, actions and views, and shows them one by one', async () => {
    const app = await importApp()
    expect(app).toMatchObject({
      name: 'Guest Support Console',
      icon: '🛎️',
      default_view_id: 'start',
      scopes: [
        { scope_type: 'tool', scope_value: 'natural_language_db_read' },
        { scope_type: 'tool', scope_value: 'ticketing.list_open' },
      ],
      workflows: [{ alias: 'flow', workflow_id: workflow, default_mode: 'draft' }],
      actions: [{ action_id: 'triage', workflow_alias: 'flow', workflow_id: workflow }],
      views: [{ id: 'start', type: 'form' }],
    })
    for (const root of ['', '/api/v1']) {
      const path = `${root}/apps/${app.id}`
      expect(expectStatus(await admin.get(path), 200)).toEqual(app)
      expect(expectStatus(await admin.get(`${path}/scopes`), 200)).toEqual(app.scopes)
      expect(expectStatus(await admin.get(`${path}/views`), 200)).toEqual(app.views)
      expect(expectStatus(await admin.get(`${path}/actions`), 200)).toEqual([
        {
          ...app.actions[0],
          event_schema: { type: 'object', properties: {}, required: [] },
          context_schema: {
            type: 'object',
            properties: { hotel_id: { type: 'string', maxLength: 20 } },
            required: [],
          },
        },
      ])
      const { data } = expectStatus(await admin.get(`${root}/apps?limit=200`), 200)
      expect(data).toContainEqual(expect.objectContaining({ id: app.id, visibility: 'org' }))
    }
  })

  test('again with the same id puts the new one in the place of all of the old one', async () => {
    const { id } = await importApp()
    const action = { id: 'other', label: 'Other', workflow_id: 'b' }
    const again = manifestOf({
      id,
      name: 'Second',
      scopes: { external: ['api.example.com'] },
      workflows: [{ id: 'b', workflow_ref: workflow, label: 'B', default_mode: 'auto' }],
      actions: [action],
      views: [],
    })
    const app = expectStatus(await admin.post('/apps/import', again), 200)
    expect(app).toMatchObject({ name: 'Second', default_view_id: null, views: [] })
    expect(app.scopes).toEqual([{ scope_type: 'external', scope_value: 'api.example.com' }])
    expect(app.workflows).toHaveLength(1)
    expect(app.actions.map((known: { action_id: string }) => known.action_id)).toEqual(['other'])
  })

  test('tells every fault with its place, and then nothing has changed', async () => {
    const before = await importApp()
    const faulty = manifestOf({
      id: before.id,
      name: 'Broken',
      scopes: { tools: ['ticketing.list_open', 'no.such.tool'] },
      workflows: [
        { id: 'flow', workflow_ref: 'no-such-workflow', label: 'A' },
        { id: 'flow', workflow_ref: workflow, label: 'B' },
      ],
      actions: [{ id: 'a', label: 'A', workflow_id: 'nowhere' }],
      views: [],
    })
    const { details } = expectError(await admin.post('/apps/import', faulty), 422, 'INVALID_MANIFEST')
    expect(details.map(({ path }) => path)).toEqual([
      'app.actions.0.workflow_id',
      'app.scopes.tools.1',
      'app.workflows.0.workflow_ref',
      'app.workflows.1.id',
    ])
    expect(expectStatus(await admin.get(`/apps/${before.id}`), 200)).toEqual(before)
  })

  test('refuses 10,000 actions in words', async () => {
    const actions = Array.from({ length: 10_000 }, (_, n) => ({
      id: `a${n}`,
      label: 'A',
      workflow_id: 'flow',
    }))
    const { details } = expectError(
      await admin.post('/apps/import', manifestOf({ actions })),
      422,
      'INVALID_MANIFEST',
    )
    expect(details).toEqual([
      expect.objectContaining({ path: 'app.actions', message: 'List should have at most 500 items' }),
    ])
  })

  test('a workflow of another tenant is none', async () => {
    const answer = await foreigner.post('/apps/import', manifestOf())
    const { details } = expectError(answer, 422, 'INVALID_MANIFEST')
    expect(details.map(({ path }) => path)).toEqual(['app.workflows.0.workflow_ref'])
  })

  test('is for people who build: neither a role user nor a key may, and only an administrator removes', async () => {
    expectError(await colleague.post('/apps/import', manifestOf()), 403, 'FORBIDDEN')
    const { key } = expectStatus(await admin.post('/api/v1/auth/api-keys', { name: 'agent' }), 201)
    const agent = runClient(server, { headers: { 'x-api-key': key } })
    expectError(await agent.post('/apps/import', manifestOf()), 403, 'FORBIDDEN')
    const { id } = await importApp()
    expectError(await agent.call('DELETE', `/apps/${id}`), 403, 'FORBIDDEN')
    expectStatus(await admin.call('DELETE', `/apps/${id}`), 204)
    expectError(await admin.get(`/apps/${id}`), 404, 'APP_NOT_FOUND')
  })
})

describe('who sees an app', () => {
  const idsOf = async (client: RunClient) =>
    expectStatus(await client.get('/apps?limit=200'), 200).data.map(({ id }: { id: string }) => id)

  test.each(['org', 'public'])(
    'one that is %s everybody of the tenant, and nobody else',
    async (visibility) => {
      const { id } = await importApp({ visibility })
      expect(await idsOf(colleague)).toContain(id)
      expect(await idsOf(foreigner)).not.toContain(id)
      for (const part of ['', '/actions', '/scopes', '/views', '/figures']) {
        expectError(await foreigner.get(`/apps/${id}${part}`), 404, 'APP_NOT_FOUND')
      }
      expectError(await foreigner.post(`/apps/${id}/actions/triage`, {}), 404, 'APP_NOT_FOUND')
    },
  )

  test('one that is private whoever imported it', async () => {
    const { id } = await importApp({ visibility: 'private' })
    expect(await idsOf(admin)).toContain(id)
    expect(await idsOf(colleague)).not.toContain(id)
    expectError(await colleague.get(`/apps/${id}`), 404, 'APP_NOT_FOUND')
    expectError(await colleague.post(`/apps/${id}/actions/triage`, {}), 404, 'APP_NOT_FOUND')
  })

  test('one that is private to somebody else is not replaced by another builder, who cannot read it', async () => {
    const { id } = await importApp({ visibility: 'private' })
    const other = await signUpColleague(server)
    await setRole(server.app.kernel, other.email, 'developer', OPERATOR)
    const builder = runClient(server, { headers: other.headers })
    expectError(await builder.post('/apps/import', manifestOf({ id, name: 'Mine now' })), 409, 'APP_EXISTS')
    expectError(await builder.get(`/apps/${id}`), 404, 'APP_NOT_FOUND')
    expect(expectStatus(await admin.get(`/apps/${id}`), 200).name).toBe('Guest Support Console')
  })

  test('the same id in two tenants is two apps', async () => {
    const { id } = await importApp()
    const own = await foreigner.define([{ id: 'say', type: 'static' }])
    const workflows = [{ id: 'flow', workflow_ref: own, label: 'Flow' }]
    await importApp({ id, name: 'Theirs', workflows }, foreigner)
    expect(expectStatus(await admin.get(`/apps/${id}`), 200).name).toBe('Guest Support Console')
  })
})
