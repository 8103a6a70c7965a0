import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { whenHappened } from '../engine/runs/run-client.ts'
import { asksFor, openRunWorld, type RunWorld } from '../engine/runs/run-world.ts'
import { expectStatus, fresh } from '../gate/purchase-client.ts'
import { type AppClient, appClient } from './app-client.ts'

let place: RunWorld
let apps: AppClient
beforeAll(async () => {
  place = await openRunWorld()
  apps = appClient(place.client)
})
afterAll(() => place.close())

const hostOf = () => new URL(place.world.origin).host

/** A workflow of one call of a tool over HTTP. */
async function oneCall(more: object = {}) {
  const path = `/${fresh('path')}`
  const tool = await place.client.addTool(place.world.url(path), { ...more })
  const workflow = await place.client.define([{ id: 'call', type: 'tool_node', config: { tool_id: tool } }])
  return { tool, workflow, calls: () => place.world.callsTo(path).length }
}
const allOf = (tool: string) => ({ tools: [tool], external: [hostOf()] })
const act = async (app: string) => expectStatus(await apps.act(app), 201)

describe('in a run of an app', () => {
  test('a tool is called that the scopes name, with the host it goes to', async () => {
    const { tool, workflow, calls } = await oneCall()
    const run = await act(await apps.import(workflow, { scopes: allOf(tool) }))
    expect([run.status, calls()]).toEqual(['completed', 1])
  })

  test.each([
    ['tool', (_: string) => ({ external: [hostOf()] })],
    ['external', (tool: string) => ({ tools: [tool], external: ['other.example'] })],
  ])(
    'a call without its %s scope is a failed step that says so, and nothing is called',
    async (type, scopes) => {
      const { tool, workflow, calls } = await oneCall()
      const app = await apps.import(workflow, { scopes: scopes(tool) })
      const run = await act(app)
      const value = type === 'tool' ? tool : hostOf()
      expect([run.status, calls()]).toEqual(['failed', 0])
      expect(run.error).toMatchObject({ error_type: 'scope_denied', node_id: 'call' })
      expect(run.error.error).toContain(`app '${app}' has no ${type} scope '${value}'`)
      expect(await place.client.steps(run.id)).toMatchObject([{ node_id: 'call', status: 'failed' }])
      const [event] = await place.client.payloads(run.id, 'error')
      expect(event).toMatchObject({ error_type: 'scope_denied', tool_id: tool, node_id: 'call' })
      // Policy comes before: its word is on the record all the same.
      expect(
        (await place.client.payloads(run.id, 'policy_eval')).map(({ action }: { action?: string }) => action),
      ).toContain('tool_call')
      expect(await place.client.kinds(run.id)).not.toContain('tool_call_intended')
    },
  )

  test('what touches memory needs the scope of whose memory it is', async () => {
    const { tool, workflow, calls } = await oneCall({ side_effects: ['memory_read'] })
    const app = await apps.import(workflow, {
      input_mapping: { owner_type: '$event.of' },
      scopes: { ...allOf(tool), memory: ['user'] },
    })
    const of = async (owner: string) => expectStatus(await apps.act(app, { event: { of: owner } }), 201)
    expect((await of('user')).status).toBe('completed')
    expect((await of('tenant')).error.error).toContain("no memory scope 'tenant'")
    expect(calls()).toBe(1)
  })

  test('an agent is held to the scopes too, and its run ends where it wants more', async () => {
    const { tool, calls } = await oneCall()
    const agent = await place.client.addAgent({ allowed_tools: [tool] })
    const workflow = await place.client.define([
      { id: 'work', type: 'agent_node', config: { agent_id: agent } },
    ])
    place.model.willAnswer(asksFor(tool), 'done')
    const refused = await act(await apps.import(workflow))
    expect([refused.error.error_type, calls()]).toEqual(['scope_denied', 0])
    place.model.willAnswer(asksFor(tool), 'done')
    const allowed = await act(await apps.import(workflow, { scopes: allOf(tool) }))
    expect([allowed.status, calls()]).toEqual(['completed', 1])
  })

  test('children are held to the scopes of the app, and forks are too', async () => {
    const { tool, workflow, calls } = await oneCall()
    const parent = await place.client.define([
      { id: 'child', type: 'subgraph', config: { workflow_id: workflow } },
    ])
    const app = await apps.import(parent)
    const run = await act(app)
    expect([run.status, calls()]).toEqual(['failed', 0])
    expect(run.error.error).toContain(`no tool scope '${tool}'`)

    const direct = await act(await apps.import(workflow))
    const fork = expectStatus(await place.client.fork(direct.id, 'call'), 201)
    expect(fork).toMatchObject({ status: 'failed', app_id: direct.app_id, app_action_id: 'act' })
    expect([fork.error.error_type, calls()]).toEqual(['scope_denied', 0])
  })
})

test('outside of any app no scope is asked for', async () => {
  const { workflow, calls } = await oneCall()
  await place.client.run(workflow, 'completed')
  expect(calls()).toBe(1)
})

describe('the scopes are those of the time of the call', () => {
  /** A run of an app that waits for a human before its call. */
  async function waiting(scopesFor: (tool: string) => object) {
    const { tool, calls } = await oneCall()
    const workflow = await place.client.define(
      [
        { id: 'gate', type: 'human_gate' },
        { id: 'call', type: 'tool_node', config: { tool_id: tool } },
      ],
      [['gate', 'call']],
    )
    const app = await apps.import(workflow, { scopes: scopesFor(tool) })
    const run = await act(app)
    expect(run.status).toBe('paused')
    return { tool, workflow, app, calls, run }
  }
  async function resumed(runId: string, kind: string) {
    await place.client.resume(runId, { approved: true })
    await whenHappened(place.server, runId, kind)
    return place.client.read(runId)
  }

  test('one that was taken away meanwhile is missed', async () => {
    const { app, workflow, calls, run } = await waiting(allOf)
    await apps.import(workflow, { id: app, scopes: {} })
    expect((await resumed(run.id, 'run_failed')).error.error_type).toBe('scope_denied')
    expect(calls()).toBe(0)
  })

  test('one that was added meanwhile counts', async () => {
    const { tool, app, workflow, calls, run } = await waiting(() => ({}))
    await apps.import(workflow, { id: app, scopes: allOf(tool) })
    expect((await resumed(run.id, 'run_completed')).status).toBe('completed')
    expect(calls()).toBe(1)
  })

  test('a call that a human approved is not made when its scope went away before the answer', async () => {
    const { tool, workflow, calls } = await oneCall()
    await place.client.addPolicy('tool', tool, 'require_approval')
    const app = await apps.import(workflow, { scopes: allOf(tool) })
    const run = await act(app)
    expect(run.status).toBe('paused')
    await apps.import(workflow, { id: app, scopes: { tools: [tool] } })
    expect((await resumed(run.id, 'run_failed')).error.error).toContain(`no external scope '${hostOf()}'`)
    expect(calls()).toBe(0)
  })

  test('a call in doubt is not made again when its scope went away before the answer', async () => {
    const path = `/${fresh('path')}`
    const tool = await place.client.addTool(place.world.url(path))
    const workflow = await place.client.define([{ id: 'call', type: 'tool_node', config: { tool_id: tool } }])
    const app = await apps.import(workflow, { scopes: allOf(tool) })
    place.world.answers.set(path, (_call, response) => void response.destroy())
    const run = await act(app)
    expect([run.status, run.waiting?.reason]).toEqual(['paused', expect.stringContaining('In doubt')])
    await apps.import(workflow, { id: app, scopes: {} })
    expect((await resumed(run.id, 'run_failed')).error.error_type).toBe('scope_denied')
    expect(place.world.callsTo(path)).toHaveLength(1)
  })

  test('a run of an app that was removed may call nothing any more', async () => {
    const { tool, app, calls, run } = await waiting(allOf)
    expectStatus(await place.client.call('DELETE', `/apps/${app}`), 204)
    expect((await resumed(run.id, 'run_failed')).error.error).toContain(`no tool scope '${tool}'`)
    expect(calls()).toBe(0)
  })

  test('nobody is asked about a call that is out of scope', async () => {
    const { tool, workflow } = await oneCall()
    await place.client.addPolicy('tool', tool, 'require_approval')
    const run = await act(await apps.import(workflow))
    expect(run.error).toMatchObject({ error_type: 'scope_denied' })
  })
})
