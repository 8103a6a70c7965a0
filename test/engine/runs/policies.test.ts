import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BuiltInTool, ToolError } from '../../../src/engine/tools/tool-handler.ts'
import { PASSWORD, signUpColleague } from '../../gate/people.ts'
import { expectError, expectStatus, fresh } from '../../gate/purchase-client.ts'
import { expectRun, type Node, type RunClient, runClient, whenHappened } from './run-client.ts'
import { asksFor, openRunWorld, type RunWorld } from './run-world.ts'

const always = (field = 'action') => ({ conditions: [{ field, operator: 'exists' }] })
const modify = (terms: Record<string, unknown>) => ({ ...always(), modify: terms })
const only = (action: string) => ({ conditions: [{ field: 'action', operator: 'equals', value: action }] })
const WITH_PASSWORD = { method: 'password', password: PASSWORD }
const EXTERNAL = { side_effects: ['external_write'] }

let place: RunWorld
let client: RunClient
beforeAll(async () => {
  place = await openRunWorld()
  client = place.client
})
afterAll(() => place.close())

/** A workflow of one tool call, with the path that tells its calls apart. */
async function oneCall(tool: Record<string, unknown> = {}, config: Record<string, unknown> = {}) {
  const path = `/${fresh('path')}`
  const toolId = await client.addTool(place.world.url(path), tool)
  const node: Node = { id: 'call', type: 'tool_node', config: { tool_id: toolId, ...config } }
  const workflowId = await client.define([node])
  return { path, toolId, workflowId, effects: () => place.world.effectsOf(path) }
}

/** A workflow of one agent that may call one tool. */
async function oneAgent(agent: Record<string, unknown> = {}) {
  const call = await oneCall()
  const agentId = await client.addAgent({ allowed_tools: [call.toolId], ...agent })
  const workflowId = await client.define([{ id: 'work', type: 'agent_node', config: { agent_id: agentId } }])
  return { ...call, agentId, workflowId }
}

const decisionsOf = async (runId: string) =>
  (await client.payloads(runId, 'policy_eval')).map(
    ({ action, effect, result, reason_code }: Record<string, string>) => ({
      action,
      effect,
      result,
      reason_code,
    }),
  )

test('a decision is recorded for the start, every tool call and every agent, also where no policy speaks', async () => {
  const { workflowId, toolId, agentId } = await oneAgent()
  place.model.willAnswer(asksFor(toolId), asksFor(toolId, { n: 2 }), 'done')
  const run = await client.run(workflowId, 'completed')
  const allowed = { effect: 'allow', result: 'allowed', reason_code: 'POLICY_NO_MATCH' }
  expect(await decisionsOf(run.id)).toEqual([
    { action: 'run_start', ...allowed },
    { action: 'workflow_execution', ...allowed },
    { action: 'tool_call', ...allowed },
    { action: 'tool_call', ...allowed },
  ])
  const [start, agent, tool] = await client.payloads(run.id, 'policy_eval')
  expect(start).toMatchObject({ workflow_id: workflowId, tenant_id: 'default', policy_id: null })
  expect(agent).toMatchObject({ agent_id: agentId, node_id: 'work' })
  expect(tool).toMatchObject({ tool_id: toolId, agent_id: agentId })
})

test('a policy may look at the tool, the mode and the input of the run', async () => {
  const { workflowId, toolId } = await oneCall({ risk_level: 'high' })
  await client.addPolicy('tool', toolId, 'deny', {
    conditions: [
      { field: 'tool.risk_level', operator: 'equals', value: 'high' },
      { field: 'run.mode', operator: 'equals', value: 'auto' },
      { field: 'run.input.amount', operator: 'greater_than', value: 100 },
    ],
  })
  await client.run(workflowId, 'failed', { amount: 101 })
  await client.run(workflowId, 'completed', { amount: 100 })
  await client.run(workflowId, 'completed', { amount: 101 }, { mode: 'draft' })
})

describe('at the start of a run', () => {
  test('deny: the run fails before its first step, and says why', async () => {
    const { workflowId, effects } = await oneCall()
    const policyId = await client.addPolicy('workflow', workflowId, 'deny', { ...only('run_start') })
    const run = await client.run(workflowId, 'failed')
    expect(run.error).toMatchObject({ error_type: 'policy_denied' })
    expect(await client.kinds(run.id)).toEqual(['run_started', 'policy_eval', 'error', 'run_failed'])
    expect((await client.payloads(run.id, 'policy_eval'))[0]).toMatchObject({
      result: 'denied',
      policy_id: policyId,
    })
    expect(effects()).toEqual([])
    // Another go does not get around it.
    expectRun(expectStatus(await client.retry(run.id), 200), 'failed')
    expect(effects()).toEqual([])
  })

  test('require_approval: nothing begins before a human agrees; then the run goes on', async () => {
    const { workflowId, effects } = await oneCall()
    await client.addPolicy('workflow', workflowId, 'require_approval', only('run_start'))
    const run = await client.run(workflowId, 'paused')
    expect(run.waiting).toMatchObject({ for: 'approval', policy_id: expect.any(String) })
    expect(await client.steps(run.id)).toEqual([])
    const shown = expectStatus(await client.get(`/v1/approvals/decisions/${run.waiting.decision_id}`), 200)
    expect(shown.payload).toEqual({ workflow_id: workflowId, input: {}, mode: 'auto' })
    expectRun(expectStatus(await client.resume(run.id, { approved: true }), 200), 'completed')
    expect(effects()).toHaveLength(1)
    const refused = await client.run(workflowId, 'paused')
    expectRun(expectStatus(await client.resume(refused.id, { approved: false }), 200), 'failed')
    expect(effects()).toHaveLength(1)
  })

  test('modify: mode and limits get tighter and never looser', async () => {
    const { workflowId } = await oneCall()
    await client.addPolicy('workflow', workflowId, 'modify', {
      ...only('run_start'),
      modify: { mode: 'draft', cost_limit_cents: 10, llm_calls_limit: 5, latency_slo_ms: 9000 },
    })
    const asked = await client.run(
      workflowId,
      'completed',
      {},
      { mode: 'auto', cost_limit_cents: 50, llm_calls_limit: 2 },
    )
    expect(asked).toMatchObject({
      mode: 'draft',
      cost_limit_cents: 10,
      llm_calls_limit: 2,
      latency_slo_ms: 9000,
    })
    const [decided] = await client.payloads(asked.id, 'policy_eval')
    expect(decided).toMatchObject({ effect: 'modify', result: 'allowed', policy_id: expect.any(String) })
    expect(await client.payloads(asked.id, 'run_started')).toMatchObject([{ mode: 'auto' }])
    expect(await client.payloads(asked.id, 'run_modified')).toMatchObject([
      { mode: 'draft', decision_id: decided.decision_id },
    ])
    const other = await oneCall()
    await client.addPolicy('workflow', other.workflowId, 'modify', modify({ mode: 'auto' }))
    expect(await client.run(other.workflowId, 'completed', {}, { mode: 'draft' })).toMatchObject({
      mode: 'draft',
    })
  })

  test('whoever approved the start meets a policy that denies it now: nothing runs', async () => {
    const { workflowId, effects } = await oneCall()
    await client.addPolicy('workflow', workflowId, 'require_approval', only('run_start'))
    const run = await client.run(workflowId, 'paused')
    await client.addPolicy('workflow', workflowId, 'deny', only('run_start'))
    const over = expectStatus(await client.resume(run.id, { approved: true }), 200)
    expect(over).toMatchObject({ status: 'failed', error: { error_type: 'policy_changed' } })
    expect(effects()).toEqual([])
  })

  test('a fork is a start: what denies it or asks a human holds for it too', async () => {
    const { workflowId, effects } = await oneCall()
    const two = await client.define(
      [
        { id: 'first', type: 'static' },
        { id: 'then', type: 'subgraph', config: { workflow_id: workflowId } },
      ],
      [['first', 'then']],
    )
    const run = await client.run(two, 'completed')
    expect(effects()).toHaveLength(1)
    await client.addPolicy('workflow', two, 'require_approval', only('run_start'))
    const asked = expectStatus(await client.fork(run.id, 'then'), 201)
    expectRun(asked, 'paused')
    expect(effects()).toHaveLength(1)
    expectRun(expectStatus(await client.resume(asked.id, { approved: true }), 200), 'completed')
    expect(effects()).toHaveLength(2)
    await client.addPolicy('workflow', two, 'deny', only('run_start'))
    expectRun(expectStatus(await client.fork(run.id, 'then'), 201), 'failed')
    expect(effects()).toHaveLength(2)
  })
})

describe('at a tool call', () => {
  test('deny: the tool is not called and the run fails', async () => {
    const { workflowId, toolId, path } = await oneCall()
    await client.addPolicy('tool', toolId, 'deny', { ...always() })
    const run = await client.run(workflowId, 'failed')
    expect(run.error).toMatchObject({ error_type: 'policy_denied', node_id: 'call' })
    expect(place.world.callsTo(path)).toEqual([])
    const kinds = await client.kinds(run.id)
    expect(kinds).not.toContain('tool_call_intended')
    expect((await client.payloads(run.id, 'error'))[0]).toMatchObject({
      error_type: 'policy_denied',
      tool_id: toolId,
    })
  })

  test('deny wins over an allow of a higher rank', async () => {
    const { workflowId, toolId, path } = await oneCall()
    await client.addPolicy('tool', toolId, 'deny', always())
    expectStatus(
      await client.post('/api/v1/policies', {
        name: 'allowed first',
        scope: 'tool',
        scope_id: toolId,
        effect: 'allow',
        priority: 0,
        rule_expr: always(),
      }),
      201,
    )
    await client.run(workflowId, 'failed')
    expect(place.world.callsTo(path)).toEqual([])
  })

  test('require_approval: the held call is shown, runs once when approved, and is not asked again', async () => {
    const { workflowId, toolId, effects, path } = await oneCall()
    const policyId = await client.addPolicy('tool', toolId, 'require_approval', always())
    const run = await client.run(workflowId, 'paused', { amount: 7 })
    expect(run.waiting).toMatchObject({ node_id: 'call', policy_id: policyId })
    expect(place.world.callsTo(path)).toEqual([])
    const shown = expectStatus(await client.get(`/v1/approvals/decisions/${run.waiting.decision_id}`), 200)
    const definition = { handler_type: 'http', target: `POST ${place.world.url(path)}` }
    expect(shown).toMatchObject({
      status: 'pending',
      payload: { tool_id: toolId, input: { amount: 7 }, definition },
    })
    const [asked] = await client.payloads(run.id, 'approval_requested')
    expect(asked).toMatchObject({
      title: expect.stringContaining('A tool'),
      details: expect.stringContaining(definition.target),
    })
    expectRun(expectStatus(await client.resume(run.id, { approved: true }), 200), 'completed')
    expect(effects().map(({ body }) => body)).toEqual([{ amount: 7 }])
    expect(place.world.callsTo(path)).toHaveLength(1)
    const kinds = await client.kinds(run.id)
    expect(kinds.filter((kind) => kind === 'approval_requested')).toHaveLength(1)
    expect(
      (await decisionsOf(run.id)).filter(({ action }: { action: string }) => action === 'tool_call'),
    ).toHaveLength(1)
  })

  test('refused: the run ends and the tool is never called', async () => {
    const { workflowId, toolId, path } = await oneCall()
    await client.addPolicy('tool', toolId, 'require_approval', always())
    const run = await client.run(workflowId, 'paused')
    const over = expectStatus(await client.resume(run.id, { approved: false }), 200)
    expect(over).toMatchObject({ status: 'failed', error: { error_type: 'approval_rejected' } })
    expect(place.world.callsTo(path)).toEqual([])
  })

  test('approved, and a policy denies it by then: the held call does not run', async () => {
    const { workflowId, toolId, path } = await oneCall()
    await client.addPolicy('tool', toolId, 'require_approval', always())
    const run = await client.run(workflowId, 'paused')
    await client.addPolicy('tool', toolId, 'deny', always())
    const over = expectStatus(await client.resume(run.id, { approved: true }), 200)
    expect(over).toMatchObject({ status: 'failed', error: { error_type: 'policy_changed' } })
    expect(place.world.callsTo(path)).toEqual([])
  })

  test('approved by one, and by then two are wanted: the held call does not run', async () => {
    const { workflowId, toolId, path } = await oneCall()
    await client.addPolicy('tool', toolId, 'require_approval', always())
    const run = await client.run(workflowId, 'paused')
    await client.addPolicy('tool', toolId, 'require_approval', {
      ...always(),
      approval: { required_approvals: 2 },
    })
    const over = expectStatus(await client.resume(run.id, { approved: true }), 200)
    expect(over).toMatchObject({ status: 'failed', error: { error_type: 'policy_changed' } })
    expect(place.world.callsTo(path)).toEqual([])
  })

  test('a password that policy asks for comes with the answer, and never with what a run is told', async () => {
    const { workflowId, toolId, path, effects } = await oneCall()
    const terms = { approval: { require_fresh_authentication: 'password' } }
    await client.addPolicy('tool', toolId, 'require_approval', { ...always(), ...terms })
    const run = await client.run(workflowId, 'paused')
    expectError(await client.resume(run.id, { approved: true }), 403, 'FRESH_AUTHENTICATION_REQUIRED')
    const fresh_authentication = WITH_PASSWORD
    const told = await client.resume(run.id, { approved: true, fresh_authentication })
    expectStatus(told, 422)
    expect(JSON.stringify(await client.payloads(run.id, 'event_received'))).not.toContain(PASSWORD)
    expect(place.world.callsTo(path)).toEqual([])
    const answer = { decision: 'approved', approver_id: 'Ana', fresh_authentication }
    const approval = `/v1/approvals/decisions/${run.waiting.decision_id}`
    expectStatus(await client.post(approval, answer), 200)
    await whenHappened(place.server, run.id, 'run_completed')
    expect(effects()).toHaveLength(1)
  })

  test('what a refused answer sent along is kept nowhere, and is not what the same person says later', async () => {
    const { workflowId, toolId } = await oneCall()
    const terms = { approval: { require_fresh_authentication: 'password' } }
    await client.addPolicy('tool', toolId, 'require_approval', { ...always(), ...terms })
    const run = await client.run(workflowId, 'paused')
    const kinds = await client.kinds(run.id)
    const sent = { approved: true, account: 'DE-EVIL' }
    expectError(await client.resume(run.id, sent), 403, 'FRESH_AUTHENTICATION_REQUIRED')
    expect(await client.kinds(run.id)).toEqual(kinds)
    expectStatus(
      await client.answer(run.waiting.decision_id, 'approved', { fresh_authentication: WITH_PASSWORD }),
      200,
    )
    await whenHappened(place.server, run.id, 'run_completed')
    const [{ approval_input }] = await client.payloads(run.id, 'run_resumed')
    expect(approval_input).toEqual({ approved: true, reason: null })
    expect(JSON.stringify(await client.events(run.id))).not.toContain('DE-EVIL')
  })

  test('an answer seen under another hash is refused and nothing runs', async () => {
    const { workflowId, toolId, path } = await oneCall()
    await client.addPolicy('tool', toolId, 'require_approval', always())
    const run = await client.run(workflowId, 'paused')
    const other = { payload_sha256: '0'.repeat(64) }
    expectError(
      await client.answer(run.waiting.decision_id, 'approved', other),
      409,
      'EXECUTION_PAYLOAD_MISMATCH',
    )
    expectRun(await client.read(run.id), 'paused')
    expect(place.world.callsTo(path)).toEqual([])
  })

  describe('while the tool is changed between question and answer', () => {
    /** A held call, and the same tool pointed somewhere else. */
    async function heldCall(tool: Record<string, unknown> = {}) {
      const call = await oneCall(tool)
      await client.addPolicy('tool', call.toolId, 'require_approval', always())
      const run = await client.run(call.workflowId, 'paused', { n: 1 })
      const other = `/${fresh('other')}`
      const change = (more: Record<string, unknown> = {}, path = call.path) =>
        client.addTool(place.world.url(path), { ...tool, id: call.toolId, ...more })
      return { ...call, run, other, change, both: () => [call.path, other].flatMap(place.world.callsTo) }
    }
    const approve = async (runId: string) => expectStatus(await client.resume(runId, { approved: true }), 200)

    test('another address: nothing is called, the yes is void, and the question is put anew', async () => {
      const { run, other, change, both, path } = await heldCall()
      await change({}, other)
      const again = await approve(run.id)
      expectRun(again, 'paused')
      expect(both()).toEqual([])
      expect(again.waiting.decision_id).not.toBe(run.waiting.decision_id)
      const shown = expectStatus(
        await client.get(`/v1/approvals/decisions/${again.waiting.decision_id}`),
        200,
      )
      expect(shown).toMatchObject({
        status: 'pending',
        payload: { definition: { target: `POST ${place.world.url(other)}` } },
      })
      expect((await client.payloads(run.id, 'approval_requested'))[1].details).toContain('void')
      expect((await client.payloads(run.id, 'error'))[0]).toMatchObject({
        error_type: 'approval_void',
        error: expect.stringContaining(`POST ${place.world.url(path)}`),
      })
      expectRun(await approve(run.id), 'completed')
      expect(both().map((call) => call.path)).toEqual([other])
    })

    test('changed and changed back: what was void stays void', async () => {
      const { run, other, change, both } = await heldCall()
      await change({}, other)
      expectRun(await approve(run.id), 'paused')
      await change()
      expectRun(await approve(run.id), 'paused')
      expect(both()).toEqual([])
      expectRun(await approve(run.id), 'completed')
      expect(both()).toHaveLength(1)
    })

    test('a no to what it was is a no to what it is', async () => {
      const { run, other, change, both } = await heldCall()
      await change({}, other)
      const over = expectStatus(await client.resume(run.id, { approved: false }), 200)
      expect(over).toMatchObject({ status: 'failed', error: { error_type: 'approval_rejected' } })
      expect(both()).toEqual([])
    })

    test('declared harmless meanwhile: somebody is asked all the same', async () => {
      const { workflowId, toolId, path } = await oneCall(EXTERNAL)
      const run = await client.run(workflowId, 'paused', {}, { mode: 'draft' })
      await client.addTool(place.world.url(path), { id: toolId, side_effects: [] })
      expectRun(await approve(run.id), 'paused')
      expect(place.world.callsTo(path)).toEqual([])
      expectRun(await approve(run.id), 'completed')
      expect(place.world.callsTo(path)).toHaveLength(1)
    })

    test('denied as what it is now: nothing is called', async () => {
      const { run, toolId, change, both } = await heldCall()
      await client.addPolicy('tool', toolId, 'deny', {
        conditions: [{ field: 'tool.risk_level', operator: 'equals', value: 'high' }],
      })
      await change({ risk_level: 'high' })
      expect(await approve(run.id)).toMatchObject({
        status: 'failed',
        error: { error_type: 'policy_denied' },
      })
      expect(both()).toEqual([])
    })

    test('only its words changed: the call runs as approved', async () => {
      const { run, change, both } = await heldCall()
      await change({ name: 'Another name', description: 'Said in other words', timeout_ms: 20_000 })
      expectRun(await approve(run.id), 'completed')
      expect(both()).toHaveLength(1)
    })

    test('an agent’s call: it is asked about again, and the model is not', async () => {
      const { workflowId, toolId, path } = await oneAgent()
      const other = `/${fresh('other')}`
      await client.addPolicy('tool', toolId, 'require_approval', always())
      place.model.willAnswer(asksFor(toolId, { n: 1 }), 'done')
      const run = await client.run(workflowId, 'paused')
      await client.addTool(place.world.url(other), { id: toolId })
      expectRun(await approve(run.id), 'paused')
      expect(place.world.callsTo(path)).toEqual([])
      expectRun(await approve(run.id), 'completed')
      expect([path, other].flatMap(place.world.callsTo).map((call) => call.path)).toEqual([other])
      expect(place.model.requests).toHaveLength(2)
    })
  })

  test('policies come before the input is checked, and a bad input is asked of nobody twice', async () => {
    const { workflowId, toolId, path } = await oneCall({
      input_schema: { type: 'object', required: ['amount'], properties: { amount: { type: 'number' } } },
    })
    const denied = await client.addPolicy('tool', toolId, 'deny', always())
    expect((await client.run(workflowId, 'failed', {})).error.error_type).toBe('policy_denied')
    expectStatus(await client.call('DELETE', `/api/v1/policies/${denied}`), 204)
    const run = await client.run(workflowId, 'failed', { amount: 'many' })
    expect(run.error).toMatchObject({ error_type: 'invalid_input', error: expect.stringContaining('amount') })
    expect(place.world.callsTo(path)).toEqual([])
  })

  test('modify to draft: the call waits for a human although the run is auto', async () => {
    const { workflowId, toolId, effects } = await oneCall(EXTERNAL)
    await client.addPolicy('tool', toolId, 'modify', modify({ mode: 'draft' }))
    const run = await client.run(workflowId, 'paused', { amount: 1 })
    expect(effects()).toEqual([])
    expectRun(expectStatus(await client.resume(run.id, { approved: true }), 200), 'completed')
    expect(effects().map(({ body }) => body)).toEqual([{ amount: 1 }])
  })
})

describe('at a call in doubt', () => {
  /** A call whose first answer never comes, after what happens meanwhile. */
  async function lostCall(
    rule: Record<string, unknown> | null,
    meanwhile: () => Promise<unknown> = async () => {},
  ) {
    const call = await oneCall({ recovery: 'ask_human' })
    if (rule) await client.addPolicy('tool', call.toolId, 'require_approval', { ...always(), ...rule })
    place.world.answers.set(call.path, async (_, response) => {
      place.world.answers.delete(call.path)
      await meanwhile()
      response.destroy()
    })
    return { ...call, calls: () => place.world.callsTo(call.path).length }
  }
  const askedIn = async (runId: string) => (await client.read(runId)).waiting.decision_id as string
  async function withKey(): Promise<RunClient> {
    const made = await client.post('/api/v1/auth/api-keys', {
      name: fresh('key'),
      permissions: ['read', 'write'],
    })
    return runClient(place.server, { headers: { 'x-api-key': expectStatus(made, 201).key } })
  }

  test('who settles a call that wanted a password proves anew who they are, also where the policy is gone', async () => {
    const { workflowId, toolId, calls } = await lostCall({
      approval: { require_fresh_authentication: 'password' },
    })
    const run = await client.run(workflowId, 'paused')
    const approve = async () => {
      const paused = await askedIn(run.id)
      return client.answer(paused, 'approved', { fresh_authentication: WITH_PASSWORD })
    }
    expectStatus(await approve(), 200)
    await whenHappened(place.server, run.id, 'run_paused', 2)
    expect(calls()).toBe(1)
    const { policies } = expectStatus(await client.get('/api/v1/policies'), 200)
    const held = policies.find(({ scope_id }: { scope_id: string }) => scope_id === toolId)
    expectStatus(await client.call('DELETE', `/api/v1/policies/${held.id}`), 204)
    const key = await withKey()
    expectError(await key.resume(run.id, { approved: true }), 403, 'HUMAN_APPROVER_REQUIRED')
    expectError(await key.resume(run.id, { approved: true, output: {} }), 403, 'HUMAN_APPROVER_REQUIRED')
    expectError(await client.resume(run.id, { approved: true }), 403, 'FRESH_AUTHENTICATION_REQUIRED')
    expect(calls()).toBe(1)
    expectStatus(await approve(), 200)
    await whenHappened(place.server, run.id, 'run_completed')
    expect(calls()).toBe(2)
  })

  test('who may not approve a call may not say what became of it', async () => {
    const ben = runClient(place.server, { headers: (await signUpColleague(place.server)).headers })
    const { workflowId, calls } = await lostCall({ approval: { forbid_self_approval: true } })
    const run = await client.run(workflowId, 'paused')
    expectRun(expectStatus(await ben.resume(run.id, { approved: true }), 200), 'paused')
    for (const said of [{}, { output: { paid: true } }]) {
      const answer = await client.resume(run.id, { approved: true, ...said })
      expectError(answer, 403, 'SELF_APPROVAL_FORBIDDEN')
    }
    const over = expectStatus(await ben.resume(run.id, { approved: true, output: { paid: true } }), 200)
    expect(over).toMatchObject({ status: 'completed', result: { paid: true } })
    expect(calls()).toBe(1)
  })

  test('a key says nothing about a call that a human had to approve, and of others what it likes', async () => {
    const key = await withKey()
    const held = await lostCall({})
    const run = await client.run(held.workflowId, 'paused')
    expectRun(expectStatus(await client.resume(run.id, { approved: true }), 200), 'paused')
    for (const approved of [true, false]) {
      expectError(await key.resume(run.id, { approved }), 403, 'HUMAN_APPROVER_REQUIRED')
    }
    expectRun(expectStatus(await client.resume(run.id, { approved: true }), 200), 'completed')
    const free = await lostCall(null)
    const other = await client.run(free.workflowId, 'paused')
    expectRun(expectStatus(await key.resume(other.id, { approved: true }), 200), 'completed')
    expect([held.calls(), free.calls()]).toEqual([2, 2])
  })

  test.each(['while it was called', 'while it was asked about'])(
    'a policy denies it %s: a yes does not call it again, and what it answered may still be said',
    async (when) => {
      for (const said of [{}, { output: { paid: true } }]) {
        const deny = () => client.addPolicy('tool', toolId, 'deny', always())
        const wasCalled = when === 'while it was called'
        const { toolId, workflowId, calls } = await lostCall(null, wasCalled ? () => deny() : undefined)
        const run = await client.run(workflowId, 'paused')
        if (!wasCalled) await deny()
        const over = expectStatus(await client.resume(run.id, { approved: true, ...said }), 200)
        expect(over).toMatchObject(
          'output' in said
            ? { status: 'completed', result: said.output }
            : { status: 'failed', error: { error_type: 'policy_changed' } },
        )
        expect(calls()).toBe(1)
      }
    },
  )

  test('a policy that wants more by the time of the answer voids it', async () => {
    const { workflowId, toolId, calls } = await lostCall(null)
    const run = await client.run(workflowId, 'paused')
    await client.addPolicy('tool', toolId, 'require_approval', {
      ...always(),
      approval: { required_approvals: 2 },
    })
    const over = expectStatus(await client.resume(run.id, { approved: true, output: {} }), 200)
    expect(over).toMatchObject({ status: 'failed', error: { error_type: 'policy_changed' } })
    expect(calls()).toBe(1)
  })

  test('a policy that changed and does not speak about it changes nothing', async () => {
    const { workflowId, calls } = await lostCall(null)
    const run = await client.run(workflowId, 'paused')
    await client.addPolicy('tool', fresh('another'), 'deny', always())
    expectRun(expectStatus(await client.resume(run.id, { approved: true }), 200), 'completed')
    expect(calls()).toBe(2)
  })

  describe('a tool of the program', () => {
    const tools = () => place.server.app.http.engine.builtInTools as Map<string, BuiltInTool>
    /** One whose first call is cut off, after what happens meanwhile. */
    async function cutOff(
      recovery: 'retry_with_key' | 'query',
      meanwhile: (toolId: string) => Promise<unknown> = async () => {},
      query?: BuiltInTool['query'],
    ) {
      const id = fresh('ledger.post')
      const keys: string[] = []
      tools().set(id, {
        tool: {
          id,
          name: 'Posts',
          description: null,
          input_schema: { type: 'object' },
          output_schema: null,
          handler_config: {},
          risk_level: 'low',
          side_effects: [],
          recovery,
          timeout_ms: 1000,
        },
        async handler({ idempotencyKey }) {
          keys.push(idempotencyKey)
          if (keys.length > 1) return { posted: keys.length }
          await meanwhile(id)
          throw new ToolError('tool_aborted', 'the line was cut', { outcomeUnknown: true })
        },
        ...(query && { query }),
      })
      return {
        keys,
        workflowId: await client.define([{ id: 'call', type: 'tool_node', config: { tool_id: id } }]),
      }
    }
    const toDeny = (toolId: string) => client.addPolicy('tool', toolId, 'deny', always())

    test('that honours its key is called again by itself only while policy would have it', async () => {
      const free = await cutOff('retry_with_key')
      expect((await client.run(free.workflowId, 'completed')).result).toEqual({ posted: 2 })
      expect(new Set(free.keys).size).toBe(1)
      const toAsk = (toolId: string) => client.addPolicy('tool', toolId, 'require_approval', always())
      const asked = await cutOff('retry_with_key', toAsk)
      const run = await client.run(asked.workflowId, 'paused')
      expect(run.waiting.reason).toContain('In doubt')
      expectError(await (await withKey()).resume(run.id, { approved: true }), 403, 'HUMAN_APPROVER_REQUIRED')
      expect(asked.keys).toHaveLength(1)
      expectRun(expectStatus(await client.resume(run.id, { approved: true }), 200), 'completed')
      expect(asked.keys).toHaveLength(2)
      const denied = await cutOff('retry_with_key', toDeny)
      const other = await client.run(denied.workflowId, 'paused')
      const over = expectStatus(await client.resume(other.id, { approved: true }), 200)
      expect(over).toMatchObject({ status: 'failed', error: { error_type: 'policy_changed' } })
      expect(denied.keys).toHaveLength(1)
    })

    test('that says it did nothing is not called where policy denies it by then', async () => {
      const { workflowId, keys } = await cutOff('query', toDeny, async () => ({ outcome: 'not-done' }))
      const run = await client.run(workflowId, 'failed')
      expect(run.error).toMatchObject({ error_type: 'policy_changed' })
      expect(keys).toHaveLength(1)
    })

    test('that did not know is not asked again once a human said no', async () => {
      const answers = ['unknown', 'not-done'] as const
      let asked = 0
      const { workflowId, keys } = await cutOff('query', undefined, async () => {
        const outcome = answers[asked++] ?? 'not-done'
        return outcome === 'unknown' ? { outcome, reason: 'no trace' } : { outcome }
      })
      const run = await client.run(workflowId, 'paused')
      const over = expectStatus(await client.resume(run.id, { approved: false }), 200)
      expect(over).toMatchObject({ status: 'failed', error: { error_type: 'approval_rejected' } })
      expect([keys.length, asked]).toEqual([1, 1])
    })
  })
})

describe('at an agent', () => {
  test('deny: no model is asked', async () => {
    const { workflowId, agentId } = await oneAgent()
    await client.addPolicy('agent', agentId, 'deny', only('workflow_execution'))
    place.model.willAnswer()
    const run = await client.run(workflowId, 'failed')
    expect(run.error).toMatchObject({ error_type: 'policy_denied', node_id: 'work' })
    expect(place.model.requests).toEqual([])
  })

  test('require_approval: no model is asked before a human agrees', async () => {
    const { workflowId, agentId } = await oneAgent()
    await client.addPolicy('agent', agentId, 'require_approval', only('workflow_execution'))
    place.model.willAnswer('done')
    const run = await client.run(workflowId, 'paused')
    expect(place.model.requests).toEqual([])
    expectRun(expectStatus(await client.resume(run.id, { approved: true }), 200), 'completed')
    expect(place.model.requests).toHaveLength(1)
  })

  test('approved, and a policy denies it by then: no model is asked', async () => {
    const { workflowId, agentId } = await oneAgent()
    await client.addPolicy('agent', agentId, 'require_approval', only('workflow_execution'))
    place.model.willAnswer('done')
    const run = await client.run(workflowId, 'paused')
    await client.addPolicy('agent', agentId, 'deny', only('workflow_execution'))
    expect(expectStatus(await client.resume(run.id, { approved: true }), 200).error.error_type).toBe(
      'policy_changed',
    )
    expect(place.model.requests).toEqual([])
  })

  describe('that was changed between question and answer', () => {
    /** A held agent, and the same agent with something changed. */
    async function heldAgent() {
      const held = await oneAgent()
      const { agentId, workflowId, toolId } = held
      const agent = { id: agentId, name: 'An agent', instructions: 'Do as you are told.' }
      const change = async (more: Record<string, unknown> = {}) =>
        expectStatus(await client.post('/agents', { ...agent, allowed_tools: [toolId], ...more }), 200)
      const policyId = await client.addPolicy(
        'agent',
        agentId,
        'require_approval',
        only('workflow_execution'),
      )
      place.model.willAnswer('done')
      return { ...held, run: await client.run(workflowId, 'paused'), change, policyId }
    }
    const approve = async (runId: string) => expectStatus(await client.resume(runId, { approved: true }), 200)
    const shown = async (run: { waiting: { decision_id: string } }) =>
      expectStatus(await client.get(`/v1/approvals/decisions/${run.waiting.decision_id}`), 200)

    test.each<[string, Record<string, unknown>, string]>([
      ['its instructions', { instructions: 'Delete everything.' }, 'its instructions'],
      ['its model', { model_profile: { provider: 'openai', model: 'gpt-4o' } }, 'its model profile'],
      ['its tools', { allowed_tools: ['ticketing.list_open'] }, 'its tools, now ticketing.list_open'],
      ['its form of answers', { output_schema: { type: 'object' } }, 'its output schema or its policies'],
    ])('%s: no model is asked, the yes is void, and the question is put anew', async (_, more, told) => {
      const { run, agentId, change } = await heldAgent()
      const before = await shown(run)
      await change(more)
      const again = await approve(run.id)
      expectRun(again, 'paused')
      expect(place.model.requests).toEqual([])
      expect(again.waiting.decision_id).not.toBe(run.waiting.decision_id)
      expect((await client.payloads(run.id, 'error'))[0]).toMatchObject({
        error_type: 'approval_void',
        error: expect.stringContaining(`${agentId} was changed, ${told}`),
      })
      expect((await client.payloads(run.id, 'approval_requested'))[1].details).toContain(told)
      const now = await shown(again)
      expect(now).toMatchObject({ status: 'pending', payload: { agent_id: agentId, definition: {} } })
      expect(now.payload.definition.sha256).not.toBe(before.payload.definition.sha256)
      if (more.output_schema) place.model.willAnswer('{"ok":true}')
      expectRun(await approve(run.id), 'completed')
      expect(place.model.requests).toHaveLength(1)
    })

    test('what is approved says which model, which tools and the hash of the instructions, which it does not repeat', async () => {
      const { run, toolId } = await heldAgent()
      const { payload } = await shown(run)
      expect(payload.definition).toEqual({
        instructions_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        model_profile: {},
        allowed_tools: [toolId],
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      })
    })

    test('only its words: it works as approved', async () => {
      const { run, change } = await heldAgent()
      await change({ name: 'Another name', description: 'Said in other words' })
      expectRun(await approve(run.id), 'completed')
      expect(place.model.requests).toHaveLength(1)
    })

    test('a no to what it was is a no to what it is', async () => {
      const { run, change } = await heldAgent()
      await change({ instructions: 'Delete everything.' })
      expect(expectStatus(await client.resume(run.id, { approved: false }), 200)).toMatchObject({
        status: 'failed',
        error: { error_type: 'approval_rejected' },
      })
    })

    test('and the policy that asked is gone: somebody is asked all the same', async () => {
      const { run, change, policyId } = await heldAgent()
      expectStatus(await client.call('DELETE', `/api/v1/policies/${policyId}`), 204)
      await change({ instructions: 'Delete everything.' })
      expectRun(await approve(run.id), 'paused')
      expect(place.model.requests).toEqual([])
      expectRun(await approve(run.id), 'completed')
    })

    test('while a tool of its waits for a yes: it is asked about anew before that tool runs', async () => {
      const { workflowId, agentId, toolId, path } = await oneAgent()
      await client.addPolicy('agent', agentId, 'require_approval', only('workflow_execution'))
      await client.addPolicy('tool', toolId, 'require_approval', always())
      place.model.willAnswer(asksFor(toolId, { n: 1 }), 'done')
      const run = await client.run(workflowId, 'paused')
      expectRun(await approve(run.id), 'paused')
      await client.post('/agents', {
        id: agentId,
        name: 'An agent',
        instructions: 'Delete everything.',
        allowed_tools: [toolId],
      })
      expect((await approve(run.id)).waiting.reason).toContain('wants to put An agent to work')
      expect(place.world.callsTo(path)).toEqual([])
      expectRun(await approve(run.id), 'completed')
      expect(place.world.callsTo(path)).toHaveLength(1)
    })
  })

  test('modify: the run it works in gets tighter', async () => {
    const { workflowId, agentId, toolId } = await oneAgent()
    await client.addPolicy('agent', agentId, 'modify', {
      ...only('workflow_execution'),
      modify: { llm_calls_limit: 1 },
    })
    place.model.willAnswer(asksFor(toolId), 'done')
    const run = await client.run(workflowId, 'failed', {}, { llm_calls_limit: 9 })
    expect(run.error.error_type).toBe('budget_exceeded')
    expect(place.model.requests).toHaveLength(1)
  })

  test('a tool it asks for is held like any other, and the model is not asked again for what it had said', async () => {
    const { workflowId, toolId, effects } = await oneAgent()
    await client.addPolicy('tool', toolId, 'require_approval', always())
    place.model.willAnswer(asksFor(toolId, { n: 1 }), 'done')
    const run = await client.run(workflowId, 'paused')
    expect(place.model.requests).toHaveLength(1)
    const over = expectStatus(await client.resume(run.id, { approved: true }), 200)
    expectRun(over, 'completed')
    expect(over.result).toMatchObject({ text: 'done', tool_calls: [{ tool_id: toolId, input: { n: 1 } }] })
    expect(effects().map(({ body }) => body)).toEqual([{ n: 1 }])
    expect(place.model.requests).toHaveLength(2)
    expect(over.llm_calls).toBe(2)
  })

  test('a tool that is denied to it ends the run', async () => {
    const { workflowId, toolId, path } = await oneAgent()
    await client.addPolicy('tool', toolId, 'deny', always())
    place.model.willAnswer(asksFor(toolId), 'I did it anyway')
    expect((await client.run(workflowId, 'failed')).error.error_type).toBe('policy_denied')
    expect(place.world.callsTo(path)).toEqual([])
  })

  test('default_policies that do not exist are refused: what was meant to hold would not', async () => {
    const agent = { name: 'a', instructions: 'b', default_policies: ['pol_nope'] }
    const { error } = expectStatus(await client.post('/agents', agent), 422)
    expect(error.details).toMatchObject([{ path: 'default_policies.0' }])
  })

  test('its default_policies hold for it and for nobody else', async () => {
    const other = await client.addAgent()
    const strict = await client.addPolicy('agent', fresh('nobody'), 'deny', only('workflow_execution'))
    const bound = await oneAgent({ default_policies: [strict] })
    const free = await oneAgent()
    place.model.willAnswer('done')
    expect((await client.run(bound.workflowId, 'failed')).error.error_type).toBe('policy_denied')
    await client.run(free.workflowId, 'completed')
    expect(other).not.toBe(bound.agentId)
  })

  test('its default_policies hold for the tools it calls, and not for the same tool elsewhere', async () => {
    const held = await client.addPolicy('agent', fresh('nobody'), 'require_approval', only('tool_call'))
    const { workflowId, toolId, effects } = await oneAgent({ default_policies: [held] })
    place.model.willAnswer(asksFor(toolId), 'done')
    const run = await client.run(workflowId, 'paused')
    expect(effects()).toEqual([])
    expectRun(expectStatus(await client.resume(run.id, { approved: true }), 200), 'completed')
    const plain = await client.define([{ id: 'call', type: 'tool_node', config: { tool_id: toolId } }])
    await client.run(plain, 'completed')
  })

  test('may call no tool that is not among its own', async () => {
    const { workflowId } = await oneAgent()
    const foreign = await oneCall()
    place.model.willAnswer(asksFor(foreign.toolId), asksFor(foreign.toolId), asksFor(foreign.toolId), 'done')
    await client.start(workflowId)
    expect(place.world.callsTo(foreign.path)).toEqual([])
  })
})

describe('draft', () => {
  test.each([['external_write'], ['database_write'], ['something_unheard']])(
    'asks before a tool with the side effect %s; auto does not',
    async (effect) => {
      const { workflowId, effects } = await oneCall({ side_effects: [effect] })
      const run = await client.run(workflowId, 'paused', {}, { mode: 'draft' })
      expect(effects()).toEqual([])
      expectRun(expectStatus(await client.resume(run.id, { approved: true }), 200), 'completed')
      expect(effects()).toHaveLength(1)
      await client.run(workflowId, 'completed', {}, { mode: 'auto' })
      expect(effects()).toHaveLength(2)
    },
  )

  test('what a tool’s maker says of it is asked about in quotes, after what runs: it never reads like our own words', async () => {
    const description = 'Reads a file.” What runs: http, "api.internal".\nHarmless.'
    const { workflowId, path } = await oneCall({ side_effects: ['external_write'], description })
    const run = await client.run(workflowId, 'paused', {}, { mode: 'draft' })
    expect((await client.payloads(run.id, 'approval_requested'))[0].details).toBe(
      `What runs: http, POST ${place.world.url(path)}. Its description: ` +
        String.raw`"Reads a file.” What runs: http, \"api.internal\".\nHarmless."`,
    )
  })

  test.each([[[]], [['network_read']], [['database_read', 'memory_storage']]])(
    'does not ask before a tool whose side effects are %j',
    async (side_effects) => {
      const { workflowId } = await oneCall({ side_effects })
      await client.run(workflowId, 'completed', {}, { mode: 'draft' })
    },
  )

  test('approved in draft, and a policy denies the tool by then: the held call does not run', async () => {
    const { workflowId, toolId, path } = await oneCall(EXTERNAL)
    const run = await client.run(workflowId, 'paused', {}, { mode: 'draft' })
    await client.addPolicy('tool', toolId, 'deny', always())
    expectRun(expectStatus(await client.resume(run.id, { approved: true }), 200), 'failed')
    expect(place.world.callsTo(path)).toEqual([])
  })

  test('a run that was started by nobody’s word in draft stays in draft for its children', async () => {
    const { workflowId, effects } = await oneCall(EXTERNAL)
    const parent = await client.define([
      { id: 'child', type: 'subgraph', config: { workflow_id: workflowId } },
    ])
    const run = await client.run(parent, 'paused', {}, { mode: 'draft' })
    const child = await client.read(run.waiting.run_id)
    expect(child).toMatchObject({ mode: 'draft', status: 'paused', parent_run_id: run.id })
    expect(effects()).toEqual([])
    expectStatus(await client.resume(child.id, { approved: true }), 200)
    await whenHappened(place.server, run.id, 'run_completed')
    expect(effects()).toHaveLength(1)
  })
})

test('where policies cannot be read nothing begins', async () => {
  const { workflowId, path } = await oneCall()
  const { policySets } = place.server.app.kernel
  const current = policySets.current
  policySets.current = () => Promise.reject(new Error('the policies are gone'))
  try {
    expect((await client.start(workflowId)).status).toBeGreaterThanOrEqual(500)
  } finally {
    policySets.current = current
  }
  expect(place.world.callsTo(path)).toEqual([])
})
