import { mkdtempSync, rmSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { completion, sendJson } from '../../../src/engine/models/chat-server.fixture.ts'
import { continueRun, loadRun } from '../../../src/engine/runs/continue-run.ts'
import type { NewEvent } from '../../../src/kernel/ledger/seal-event.ts'
import { timestampNotBefore } from '../../../src/lib/timestamp.ts'
import { verifyBundle } from '../../../src/verifier/verify-bundle.ts'
import { expectStatus, fresh } from '../../gate/purchase-client.ts'
import { createPostgresDatabase, DATABASES } from '../../harness/open-test-database.ts'
import { createTestClock, startTestServer } from '../../harness/start-test-server.ts'
import { expectRun, type Node, type RunClient, runClient, whenHappened } from './run-client.ts'
import { asksFor, openRunWorld, type RunWorld } from './run-world.ts'
import { send } from './tool-server.ts'

let place: RunWorld
let client: RunClient
beforeAll(async () => {
  place = await openRunWorld()
  client = place.client
})
afterEach(() => {
  const { engine } = place.server.app.http
  delete engine.models.priceTable
  engine.settings.logLlmContent = true
})
afterAll(() => place.close())

const agentNode = (agentId: string, id = 'work'): Node => ({
  id,
  type: 'agent_node',
  config: { agent_id: agentId },
})

/** An agent that may call one tool, and a workflow in which it works. */
async function oneAgent(tool: Record<string, unknown> = {}) {
  const path = `/${fresh('path')}`
  const toolId = await client.addTool(place.world.url(path), tool)
  const agentId = await client.addAgent({ allowed_tools: [toolId], model_profile: { max_tokens: 10 } })
  const workflowId = await client.define([agentNode(agentId)])
  return { path, toolId, agentId, workflowId }
}

/** What the run says of the limit that ended it. */
async function expectExceeded(
  runId: string,
  budget: string,
  limit: number,
  actual: unknown = expect.any(Number),
) {
  const run = await client.read(runId)
  expect(run).toMatchObject({ status: 'failed', error: { error_type: 'budget_exceeded' } })
  const errors = await client.payloads(runId, 'error')
  expect(errors.filter(({ reason }: { reason: string | null }) => reason !== null)).toEqual([
    expect.objectContaining({ reason: `budget_exceeded: ${budget}`, limit, actual }),
  ])
  return run
}

describe('llm_calls_limit N lets N calls be made', () => {
  test.each([0, 1, 2])(
    'N = %i of three that are wanted: as many reach the provider, and the run ends',
    async (limit) => {
      const { workflowId, toolId } = await oneAgent()
      place.model.willAnswer(asksFor(toolId), asksFor(toolId), 'done')
      const run = await client.run(workflowId, 'failed', {}, { llm_calls_limit: limit })
      expect(place.model.requests).toHaveLength(limit)
      expect(run.llm_calls).toBe(limit)
      await expectExceeded(run.id, 'llm_calls', limit, limit)
      expect((await client.kinds(run.id)).filter((kind) => kind === 'llm_call')).toHaveLength(limit)
    },
  )

  test('N = 3 of three that are wanted: the run completes', async () => {
    const { workflowId, toolId } = await oneAgent()
    place.model.willAnswer(asksFor(toolId), asksFor(toolId), 'done')
    expect((await client.run(workflowId, 'completed', {}, { llm_calls_limit: 3 })).llm_calls).toBe(3)
  })

  test('branches that run side by side share it', async () => {
    const { agentId } = await oneAgent()
    const id = await client.define(
      [
        { id: 'start', type: 'static' },
        agentNode(agentId, 'a'),
        agentNode(agentId, 'b'),
        agentNode(agentId, 'c'),
      ],
      [
        ['start', 'a'],
        ['start', 'b'],
        ['start', 'c'],
      ],
    )
    place.model.willAnswer('one', 'two', 'three')
    const run = await client.run(id, 'failed', {}, { llm_calls_limit: 2 })
    expect(place.model.requests.length).toBeLessThanOrEqual(2)
    await expectExceeded(run.id, 'llm_calls', 2, 2)
    place.model.willAnswer('one', 'two', 'three')
    await client.run(id, 'completed', {}, { llm_calls_limit: 3 })
  })

  test('what a router asks counts', async () => {
    const id = await client.define([
      { id: 'route', type: 'router', config: { routes: [{ id: 'on', target_node: 'end' }] } },
      { id: 'end', type: 'static' },
    ])
    place.model.willAnswer('{"route":"on","reason":"x"}')
    const run = await client.run(id, 'failed', {}, { llm_calls_limit: 0 })
    expect(place.model.requests).toEqual([])
    await expectExceeded(run.id, 'llm_calls', 0, 0)
    place.model.willAnswer('{"route":"on","reason":"x"}')
    expect((await client.run(id, 'completed', {}, { llm_calls_limit: 1 })).llm_calls).toBe(1)
  })

  test('what a condition asks counts', async () => {
    const id = await client.define(
      [
        { id: 'start', type: 'static' },
        { id: 'end', type: 'static' },
      ],
      [['start', 'end', 'the guest sounds as if they would rather not come back']],
    )
    place.model.willAnswer('{"route":"edge_1","reason":"x"}')
    const input = { text: 'Well. It was a stay.' }
    const run = await client.run(id, 'failed', input, { llm_calls_limit: 0 })
    expect(place.model.requests).toEqual([])
    await expectExceeded(run.id, 'llm_calls', 0, 0)
    expect((await client.run(id, 'completed', input, { llm_calls_limit: 1 })).llm_calls).toBe(1)
  })

  test('what judges whether a human is needed counts', async () => {
    const judge = await client.addAgent()
    const id = await client.define([{ id: 'gate', type: 'human_gate', config: { judge_agent_id: judge } }])
    place.model.willAnswer('{"holds":false,"reason":"x"}')
    const run = await client.run(id, 'failed', {}, { llm_calls_limit: 0 })
    expect(place.model.requests).toEqual([])
    await expectExceeded(run.id, 'llm_calls', 0, 0)
  })

  test('a child may use what its parent has left, and what it used counts for its parent', async () => {
    const { workflowId, agentId, toolId } = await oneAgent()
    const parent = await client.define(
      [
        agentNode(agentId, 'before'),
        { id: 'child', type: 'subgraph', config: { workflow_id: workflowId } },
        agentNode(agentId, 'after'),
      ],
      [
        ['before', 'child'],
        ['child', 'after'],
      ],
    )
    place.model.willAnswer('one', asksFor(toolId), 'three', 'four')
    const short = await client.run(parent, 'failed', {}, { llm_calls_limit: 2 })
    expect(place.model.requests).toHaveLength(2)
    expect(short.llm_calls).toBe(2)
    place.model.willAnswer('one', asksFor(toolId), 'three', 'four')
    const shorter = await client.run(parent, 'failed', {}, { llm_calls_limit: 3 })
    expect(place.model.requests).toHaveLength(3)
    await expectExceeded(shorter.id, 'llm_calls', 3, 3)
    place.model.willAnswer('one', asksFor(toolId), 'three', 'four')
    expect((await client.run(parent, 'completed', {}, { llm_calls_limit: 4 })).llm_calls).toBe(4)
  })

  test('calls before a pause count after it, and what was answered before is not asked again', async () => {
    const { workflowId, toolId } = await oneAgent()
    await client.addPolicy('tool', toolId, 'require_approval')
    place.model.willAnswer(asksFor(toolId), asksFor(toolId), 'done')
    const run = await client.run(workflowId, 'paused', {}, { llm_calls_limit: 2 })
    const held = expectStatus(await client.resume(run.id, { approved: true }), 200)
    expect(held).toMatchObject({ status: 'paused', llm_calls: 2 })
    expectStatus(await client.resume(run.id, { approved: true }), 200)
    expect(place.model.requests).toHaveLength(2)
    await expectExceeded(run.id, 'llm_calls', 2, 2)
  })

  test('also where prompts and answers are kept out of the log', async () => {
    place.server.app.http.engine.settings.logLlmContent = false
    const { workflowId, toolId, path } = await oneAgent()
    await client.addPolicy('tool', toolId, 'require_approval')
    place.model.willAnswer(asksFor(toolId, { n: 1 }), 'done')
    const run = await client.run(workflowId, 'paused', {}, { llm_calls_limit: 2 })
    expectRun(expectStatus(await client.resume(run.id, { approved: true }), 200), 'completed')
    expect(place.model.requests).toHaveLength(2)
    expect(place.world.effectsOf(path).map(({ body }) => body)).toEqual([{ n: 1 }])
    for (const call of await client.payloads(run.id, 'llm_call')) {
      expect(call.prompt).toBeUndefined()
      expect(call.response).toBeUndefined()
      expect(call).toMatchObject({
        prompt_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        response_length: expect.any(Number),
      })
    }
  })

  test('a failed run that is retried goes on counting', async () => {
    const { workflowId, toolId } = await oneAgent()
    place.model.willAnswer(asksFor(toolId), asksFor(toolId), 'done')
    const run = await client.run(workflowId, 'failed', {}, { llm_calls_limit: 1 })
    expectRun(expectStatus(await client.retry(run.id), 200), 'failed')
    expect(place.model.requests).toHaveLength(1)
    expect((await client.read(run.id)).llm_calls).toBe(1)
  })
})

describe('a provider that is asked again is called again', () => {
  const busy = (response: ServerResponse) => sendJson(response, 503, 'oops')

  test('each request is a call of its own: intended, recorded with how it came out, and counted', async () => {
    const { workflowId } = await oneAgent()
    place.model.willAnswer(busy, busy, 'done')
    const run = await client.run(workflowId, 'completed')
    expect(run.llm_calls).toBe(3)
    const intents = await client.payloads(run.id, 'llm_call_intended')
    const calls = await client.payloads(run.id, 'llm_call')
    expect(calls.map(({ call_id }: { call_id: string }) => call_id)).toEqual(
      intents.map(({ call_id }: { call_id: string }) => call_id),
    )
    expect(new Set(calls.map(({ call_id }: { call_id: string }) => call_id)).size).toBe(3)
    const failed = { finish_reason: 'error', error: 'openai-compatible/local is failing (503)' }
    expect(calls).toMatchObject([failed, failed, { finish_reason: 'stop', error: null, response: 'done' }])
    const kinds = (await client.kinds(run.id)).filter((kind) => kind.startsWith('llm_call'))
    expect(kinds).toEqual([
      'llm_call_intended',
      'llm_call',
      'llm_call_intended',
      'llm_call',
      'llm_call_intended',
      'llm_call',
    ])
  })

  test.each([1, 2])('N = %i: as many requests reach it, and both reasons are told', async (limit) => {
    const { workflowId } = await oneAgent()
    place.model.willAnswer(busy, busy, 'done')
    const run = await client.run(workflowId, 'failed', {}, { llm_calls_limit: limit })
    expect(place.model.requests).toHaveLength(limit)
    expect(run.llm_calls).toBe(limit)
    await expectExceeded(run.id, 'llm_calls', limit, limit)
    expect(run.error.error).toContain('is failing (503)')
    expect(run.error.error).toContain('budget_exceeded: llm_calls')
  })

  test('nobody waits for a request that may not be sent', async () => {
    const { workflowId } = await oneAgent()
    place.model.willAnswer((response) =>
      sendJson(response, 429, { error: { message: 'slow down' } }, { 'retry-after': '30' }),
    )
    const began = performance.now()
    const run = await client.run(workflowId, 'failed', {}, { llm_calls_limit: 1 })
    expect(performance.now() - began).toBeLessThan(5_000)
    expect(run.error.error).toContain('wants fewer calls (429)')
    await expectExceeded(run.id, 'llm_calls', 1, 1)
    // The provider asked everybody of this server to wait: the next tests need not.
    place.server.app.http.engine.models = { ...place.server.app.http.engine.models }
  })

  test('a turn that took two requests is not asked again when its run goes on', async () => {
    const { workflowId, toolId, path } = await oneAgent()
    await client.addPolicy('tool', toolId, 'require_approval')
    place.model.willAnswer(busy, asksFor(toolId, { n: 1 }), 'done')
    const run = await client.run(workflowId, 'paused', {}, { llm_calls_limit: 3 })
    expect(run.llm_calls).toBe(2)
    expectRun(expectStatus(await client.resume(run.id, { approved: true }), 200), 'completed')
    expect(place.model.requests).toHaveLength(3)
    expect(place.world.effectsOf(path)).toHaveLength(1)
  })

  test('children and branches that are asked again share the limit above them', async () => {
    const { agentId, workflowId } = await oneAgent()
    const parent = await client.define(
      [
        { id: 'start', type: 'static' },
        { id: 'child', type: 'subgraph', config: { workflow_id: workflowId } },
        agentNode(agentId),
      ],
      [
        ['start', 'child'],
        ['start', 'work'],
      ],
    )
    place.model.willAnswer(...Array.from({ length: 6 }, () => busy))
    const run = await client.start(parent, {}, { llm_calls_limit: 3 })
    expectRun(run.body, 'failed')
    expect(place.model.requests.length).toBeLessThanOrEqual(3)
  })
})

describe('cost_limit_cents', () => {
  /** One cent a token: what is answered here costs 47. */
  const ONE_CENT = { 'openai-compatible/local': { input: 1_000_000, output: 1_000_000 } }
  const setPrices = () => {
    place.server.app.http.engine.models.priceTable = ONE_CENT
  }

  test('where the price is not known no limit can be kept: nothing is asked', async () => {
    const { workflowId } = await oneAgent()
    place.model.willAnswer('done')
    const run = await client.run(workflowId, 'failed', {}, { cost_limit_cents: 1_000_000 })
    expect(place.model.requests).toEqual([])
    await expectExceeded(run.id, 'cost', 1_000_000)
    expect(run.error.error).toContain('the price of the model is not known')
  })

  test('without a limit a model of unknown price is asked, and its cost is unknown, not nothing', async () => {
    const { workflowId, agentId } = await oneAgent()
    place.model.willAnswer('done')
    const run = await client.run(workflowId, 'completed')
    expect((await client.payloads(run.id, 'llm_call'))[0].estimated_cost_cents).toBe(null)
    expect(run.cost_cents).toBe(null)
    expect(expectStatus(await client.get(`/agents/${agentId}`), 200)).toMatchObject({
      total_runs: 1,
      successful_runs: 1,
      avg_cost_per_run_cents: null,
    })
  })

  test('with a known price what was used is what it cost', async () => {
    setPrices()
    const { workflowId, agentId, toolId } = await oneAgent()
    place.model.willAnswer(asksFor(toolId), 'done')
    expect(await client.run(workflowId, 'completed')).toMatchObject({ cost_cents: 94, llm_calls: 2 })
    expect(expectStatus(await client.get(`/agents/${agentId}`), 200).avg_cost_per_run_cents).toBe(94)
  })

  test('the most that a call may cost is set aside before it is made: where that is too much, nothing is asked', async () => {
    setPrices()
    const { workflowId } = await oneAgent()
    place.model.willAnswer('done')
    const open = await client.run(workflowId, 'completed')
    const [{ reserved_cents: worst }] = await client.payloads(open.id, 'llm_call_intended')
    expect(worst).toBeGreaterThan(47)
    place.model.willAnswer('done')
    const refused = await client.run(workflowId, 'failed', {}, { cost_limit_cents: Math.ceil(worst) - 1 })
    expect(place.model.requests).toEqual([])
    expect(refused.cost_cents).toBe(0)
    await expectExceeded(refused.id, 'cost', Math.ceil(worst) - 1, worst)
    const enough = await client.run(workflowId, 'completed', {}, { cost_limit_cents: Math.ceil(worst) })
    expect(enough.cost_cents).toBe(47)
  })

  test('a request that the provider turned away costs nothing, and counts', async () => {
    setPrices()
    const { workflowId } = await oneAgent()
    place.model.willAnswer(
      (response) => sendJson(response, 429, { error: { message: 'slow down' } }, { 'retry-after-ms': '1' }),
      'done',
    )
    expect(await client.run(workflowId, 'completed')).toMatchObject({ cost_cents: 47, llm_calls: 2 })
    place.server.app.http.engine.models = { ...place.server.app.http.engine.models }
  })

  test('what is spent is never more than the limit, whatever is wanted', async () => {
    setPrices()
    const { workflowId, toolId } = await oneAgent()
    for (const limit of [0, 1, 700, 800, 900, 1000, 1200, 2000]) {
      place.model.willAnswer(asksFor(toolId), asksFor(toolId), asksFor(toolId), 'done')
      const run = expectStatus(await client.start(workflowId, {}, { cost_limit_cents: limit }), 201)
      expect(run.cost_cents).toBeLessThanOrEqual(limit)
      expect(run.cost_cents).toBe(47 * place.model.requests.length)
      if (run.status === 'failed') await expectExceeded(run.id, 'cost', limit)
    }
  })

  test('branches that run side by side cannot spend the same cents', async () => {
    setPrices()
    const { agentId, workflowId } = await oneAgent()
    place.model.willAnswer('done')
    const open = await client.run(workflowId, 'completed')
    const [{ reserved_cents: worst }] = await client.payloads(open.id, 'llm_call_intended')
    const id = await client.define(
      [{ id: 'start', type: 'static' }, agentNode(agentId, 'a'), agentNode(agentId, 'b')],
      [
        ['start', 'a'],
        ['start', 'b'],
      ],
    )
    place.model.willAnswer('one', 'two')
    await client.run(id, 'failed', {}, { cost_limit_cents: Math.ceil(worst * 1.5) })
    expect(place.model.requests.length).toBeLessThanOrEqual(1)
  })

  test('a request that failed counts as the most it may have cost, and is not repeated over the limit', async () => {
    setPrices()
    const { workflowId } = await oneAgent()
    const busy = (response: ServerResponse) => sendJson(response, 503, 'oops')
    place.model.willAnswer(busy, 'done')
    const open = await client.run(workflowId, 'completed')
    const [{ reserved_cents: worst }] = await client.payloads(open.id, 'llm_call_intended')
    expect(open.cost_cents).toBe(worst + 47)
    place.model.willAnswer(busy, 'done')
    const limit = Math.ceil(worst * 1.5)
    const run = await client.run(workflowId, 'failed', {}, { cost_limit_cents: limit })
    expect(place.model.requests).toHaveLength(1)
    await expectExceeded(run.id, 'cost', limit)
    expect(run.error.error).toContain('is failing (503)')
  })

  test('a call that was given up when the time of its step was over counts as the most it may have cost', async () => {
    setPrices()
    const { agentId } = await oneAgent()
    const workflowId = await client.define([
      { id: 'work', type: 'agent_node', config: { agent_id: agentId, timeout_ms: 100 } },
    ])
    place.model.willAnswer(async (response) => {
      await pause(2_000, undefined, { ref: false })
      sendJson(response, 200, completion({ content: 'late' }))
    })
    const run = await client.run(workflowId, 'failed')
    const [{ reserved_cents: worst }] = await client.payloads(run.id, 'llm_call_intended')
    expect(worst).toBeGreaterThan(0)
    expect(run).toMatchObject({ cost_cents: worst, error: { error_type: 'step_timeout' } })
    expect(await client.payloads(run.id, 'llm_call')).toHaveLength(1)
  })

  test('a call that failed after it was sent counts as the most it may have cost', async () => {
    setPrices()
    const { workflowId } = await oneAgent()
    place.model.willAnswer((response) => sendJson(response, 200, 'no answer'))
    const run = await client.run(workflowId, 'failed')
    const [{ reserved_cents: worst }] = await client.payloads(run.id, 'llm_call_intended')
    expect(run.cost_cents).toBe(worst)
  })
})

describe('children share the limits of the runs above them', () => {
  const child = (workflow_id: string, id = 'child'): Node => ({
    id,
    type: 'subgraph',
    config: { workflow_id },
  })
  /** Children that begin at the same time, and a step behind all of them. */
  const sideBySide = (...workflowIds: string[]) => {
    const children = workflowIds.map((workflowId, index) => child(workflowId, `child_${index}`))
    return client.define(
      [{ id: 'start', type: 'static' }, ...children, { id: 'end', type: 'static' }],
      children.flatMap(({ id }): [string, string][] => [
        ['start', id],
        [id, 'end'],
      ]),
    )
  }
  const childrenOf = async (runId: string): Promise<string[]> =>
    (await client.steps(runId)).flatMap((step: { child_run_ids: string[] }) => step.child_run_ids)
  /** Answers of the model that are held back until they are let go. */
  function heldAnswer(content: string) {
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
    const answer = async (response: ServerResponse) => {
      arrive()
      await released
      sendJson(response, 200, completion({ content }))
    }
    return { answer, arrived, release }
  }
  /** A workflow whose agent asks once it is let go. */
  async function askingLater() {
    const { agentId, toolId, path } = await oneAgent()
    const call: Node = { id: 'call', type: 'tool_node', config: { tool_id: toolId, input: {} } }
    const workflowId = await client.define([call, agentNode(agentId)], [['call', 'work']])
    return { workflowId, release: place.world.hold(path).release }
  }
  const priced = () => {
    place.server.app.http.engine.models.priceTable = {
      'openai-compatible/local': { input: 1_000_000, output: 1_000_000 },
    }
  }
  /** The most that the one call of such a run may cost. */
  async function worstOf(workflowId: string): Promise<number> {
    place.model.willAnswer('done')
    const open = await client.run(workflowId, 'completed')
    return (await client.payloads(open.id, 'llm_call_intended'))[0].reserved_cents
  }
  const reasonsOf = async (runIds: string[]) =>
    (await Promise.all(runIds.map((id) => client.payloads(id, 'error')))).flat().map(({ reason }) => reason)

  test('side by side with one call for two: one is made', async () => {
    const { workflowId } = await oneAgent()
    const later = await askingLater()
    const held = heldAnswer('one')
    place.model.willAnswer(held.answer, 'two')
    const parent = await sideBySide(workflowId, later.workflowId)
    const starting = client.start(parent, {}, { llm_calls_limit: 1 })
    await held.arrived
    later.release()
    const run = expectStatus(await starting, 201)
    held.release()
    expectRun(run, 'failed')
    expect(run.error).toMatchObject({
      error_type: 'budget_exceeded',
      error: expect.stringContaining('budget_exceeded: llm_calls'),
    })
    expect(place.model.requests).toHaveLength(1)
    expect(run.llm_calls).toBe(1)
    const children = await childrenOf(run.id)
    expect(await reasonsOf(children)).toEqual(['budget_exceeded: llm_calls'])
    // What was refused stands in no chain as a call.
    const intents = await Promise.all(children.map((id) => client.payloads(id, 'llm_call_intended')))
    expect(intents.map(({ length }) => length).toSorted()).toEqual([0, 1])
  })

  test.each([2, 3])(
    'side by side with %i calls for two: both are made, and each counts once',
    async (limit) => {
      const { workflowId } = await oneAgent()
      place.model.willAnswer('one', 'two')
      const id = await sideBySide(workflowId, workflowId)
      const run = await client.run(id, 'completed', {}, { llm_calls_limit: limit })
      expect(run.llm_calls).toBe(2)
      const spent = await client.payloads(run.id, 'child_run_spent')
      expect(spent.map(({ llm_calls }: { llm_calls: number }) => llm_calls)).toEqual([1, 1])
      expect(spent.map(({ run_id }: { run_id: string }) => run_id).toSorted()).toEqual(
        (await childrenOf(run.id)).toSorted(),
      )
    },
  )

  describe.each(['waits', 'is at work'])('while the parent %s its child draws on the limit', (when) => {
    test.each([
      [1, 'failed'],
      [2, 'completed'],
    ])('of %i: it is not disturbed, counts that for a call of its own, and has %s', async (limit, status) => {
      const { agentId, toolId, path } = await oneAgent()
      const nodes: Node[] = [{ id: 'gate', type: 'human_gate' }, agentNode(agentId)]
      const gated = await client.define(nodes, [['gate', 'work']])
      const parent = await client.define(
        [
          { id: 'start', type: 'static' },
          child(gated),
          { id: 'wait', type: 'wait', config: { event: 'go' } },
          { id: 'call', type: 'tool_node', config: { tool_id: toolId } },
          agentNode(agentId, 'own'),
        ],
        [
          ['start', 'child'],
          ['start', 'wait'],
          ['wait', 'call'],
          ['call', 'own'],
        ],
      )
      const ofChild = heldAnswer('of the child')
      place.model.willAnswer(ofChild.answer, 'of the parent')
      const tool = place.world.hold(path)
      const run = await client.run(parent, 'paused', {}, { llm_calls_limit: limit })
      if (when === 'is at work') {
        expectStatus(await client.tell(run.id, 'go'), 202)
        await tool.arrived
      }
      const before = await client.read(run.id)
      expectRun(before, when === 'waits' ? 'paused' : 'running')
      const [childId] = await childrenOf(run.id)
      const resuming = client.resume(childId!, { approved: true })
      await ofChild.arrived
      expect(await client.read(run.id)).toEqual(before)
      if (when === 'waits') expectStatus(await client.tell(run.id, 'go'), 202)
      const reached = whenHappened(place.server, run.id, limit === 1 ? 'run_failed' : 'llm_call_intended')
      tool.release()
      await reached
      ofChild.release()
      await resuming
      await whenHappened(place.server, run.id, `run_${status}`)
      expect(place.model.requests).toHaveLength(limit)
      expect((await client.read(run.id)).llm_calls).toBe(limit)
      if (limit === 1) await expectExceeded(run.id, 'llm_calls', 1, 1)
      const causes = (await client.payloads(run.id, 'run_resumed')).map(
        ({ cause }: { cause: string }) => cause,
      )
      expect(causes).not.toContain('recovery')
    })
  })

  test('grandchildren draw on every run above that has a limit', async () => {
    const { workflowId } = await oneAgent()
    const middle = await sideBySide(workflowId, workflowId)
    const top = await sideBySide(middle, middle)
    place.model.willAnswer('1', '2', '3', '4')
    const run = await client.run(top, 'completed', {}, { llm_calls_limit: 4 })
    expect(run.llm_calls).toBe(4)
    const middles = await childrenOf(run.id)
    for (const id of [run.id, ...middles]) {
      const spent = await client.payloads(id, 'child_run_spent')
      expect(spent).toHaveLength(id === run.id ? 4 : 2)
    }
    place.model.willAnswer('1', '2', '3', '4')
    const short = await client.run(top, 'failed', {}, { llm_calls_limit: 3 })
    expect(short.error.error).toContain('budget_exceeded: llm_calls')
    expect(place.model.requests.length).toBeLessThanOrEqual(3)
    expect(short.llm_calls).toBe(3)
  })

  test('cents are set aside in the run above while a child asks, and what is not used comes back', async () => {
    priced()
    const { workflowId } = await oneAgent()
    const worst = await worstOf(workflowId)
    const later = await askingLater()
    const held = heldAnswer('one')
    place.model.willAnswer(held.answer, 'two')
    const parent = await sideBySide(workflowId, later.workflowId)
    const starting = client.start(parent, {}, { cost_limit_cents: Math.ceil(worst * 1.5) })
    await held.arrived
    later.release()
    const refused = expectStatus(await starting, 201)
    held.release()
    expectRun(refused, 'failed')
    expect(refused.error.error).toContain('budget_exceeded: cost')
    expect(place.model.requests).toHaveLength(1)
    // Nobody knows what the call cost that was cut off: the worst case.
    expect(refused.cost_cents).toBe(worst)

    const same = (id: string): Node => ({
      id,
      type: 'subgraph',
      config: { workflow_id: workflowId, input: {} },
    })
    const inTurn = await client.define([same('a'), same('b')], [['a', 'b']])
    place.model.willAnswer('one', 'two')
    const enough = await client.run(inTurn, 'completed', {}, { cost_limit_cents: Math.ceil(worst + 47) })
    expect(enough.cost_cents).toBe(94)
    const [first, second] = await childrenOf(enough.id)
    expect(await client.payloads(enough.id, 'child_run_spent')).toEqual([
      { run_id: first, llm_calls: 1, cost_cents: worst },
      { run_id: first, llm_calls: 1, cost_cents: 47 },
      { run_id: second, llm_calls: 1, cost_cents: worst },
      { run_id: second, llm_calls: 1, cost_cents: 47 },
    ])
  })

  test('a run whose child met its limit says so itself, with the limit and what is used', async () => {
    const { workflowId } = await oneAgent()
    place.model.willAnswer('one', 'two')
    const parent = await client.define([child(workflowId, 'one'), child(workflowId, 'two')], [['one', 'two']])
    const run = await client.run(parent, 'failed', {}, { llm_calls_limit: 1 })
    await expectExceeded(run.id, 'llm_calls', 1, 1)
    expect(run.error.node_id).toBe('two')
  })

  test('a model of unknown price is not asked by a child either', async () => {
    const { workflowId } = await oneAgent()
    place.model.willAnswer('done')
    const run = await client.run(await sideBySide(workflowId), 'failed', {}, { cost_limit_cents: 1_000_000 })
    expect(place.model.requests).toEqual([])
    expect(run.error.error).toContain('budget_exceeded: cost')
  })

  test('a child that failed and is tried again draws on what is left, and is counted once', async () => {
    const { toolId, agentId, path } = await oneAgent()
    const calls = { id: 'call', type: 'tool_node', config: { tool_id: toolId, input: {} } }
    const inner = await client.define(
      [agentNode(agentId, 'one'), calls, agentNode(agentId, 'two')],
      [
        ['one', 'call'],
        ['call', 'two'],
      ],
    )
    for (const limit of [1, 2]) {
      place.model.willAnswer('one', 'two')
      place.world.answers.set(path, (_, response) => send(response, 400, {}))
      const run = await client.run(await sideBySide(inner), 'failed', {}, { llm_calls_limit: limit })
      expect(run.llm_calls).toBe(1)
      place.world.answers.delete(path)
      const [childId] = await childrenOf(run.id)
      const status = limit === 1 ? 'failed' : 'completed'
      expectRun(expectStatus(await client.retry(childId!), 200), status)
      expect(place.model.requests).toHaveLength(limit)
      if (limit === 2) expectRun(expectStatus(await client.retry(run.id), 200), 'completed')
      expect((await client.read(run.id)).llm_calls).toBe(limit)
    }
  })

  test('what a child drew is told in the journal of the run above, and proved with it', async () => {
    const { workflowId } = await oneAgent()
    place.model.willAnswer('one')
    const run = await client.run(await sideBySide(workflowId), 'completed', {}, { llm_calls_limit: 1 })
    const [childId] = await childrenOf(run.id)
    const { entries } = expectStatus(await client.get(`/v1/runs/${run.id}/journal`), 200)
    expect(entries).toContainEqual(
      expect.objectContaining({
        title: `Run ${childId} draws on the budget`,
        details: '1 model call and 0 cents in all so far',
      }),
    )
    const { checkpoint_key: key } = (await client.get('/api/v1/installation')).body
    const { text } = await client.get(`/v1/runs/${run.id}/export`)
    expect(await verifyBundle(text, { trustedKeys: [key] })).toMatchObject({ verdict: 'verified' })
  })

  test('while its parent is taken up: that goes on, unless somebody told it something', async () => {
    const { engine } = place.server.app.http
    const id = await client.define([{ id: 'gate', type: 'human_gate' }])
    for (const [kind, payload] of [
      ['child_run_spent', { run_id: 'child', llm_calls: 1, cost_cents: 0 }],
      ['event_received', { name: 'go', payload: null, by: 'somebody' }],
    ] as const) {
      const run = await client.run(id, 'paused')
      const taken = (await loadRun(engine, run.tenant_id, run.id))!
      await engine.kernel.ledger.append(run.tenant_id, run.id, ({ newestNs }) => {
        const at = timestampNotBefore(engine.kernel.clock.now(), newestNs).iso
        return [{ kind, payload, eventId: fresh('evt'), occurredAt: at, actor: 'system' } as NewEvent]
      })
      const outcome = await continueRun(taken, 'recovery').settled
      expect(outcome?.name).toBe(kind === 'child_run_spent' ? undefined : 'FencedError')
      expect((await client.kinds(run.id)).filter((kind) => kind === 'run_paused')).toHaveLength(
        kind === 'child_run_spent' ? 2 : 1,
      )
    }
  })

  test('without a limit nothing is written into the run above', async () => {
    const { workflowId } = await oneAgent()
    place.model.willAnswer('one', 'two')
    const run = await client.run(await sideBySide(workflowId, workflowId), 'completed')
    expect(run.llm_calls).toBe(2)
    expect(await client.kinds(run.id)).not.toContain('child_run_spent')
  })
})

describe('latency_slo_ms', () => {
  const slow = async (workflowId: string, limit: number) => {
    const began = performance.now()
    const answer = await client.start(workflowId, {}, { latency_slo_ms: limit })
    const took = performance.now() - began
    return { run: answer.body, took }
  }

  test('a tool that takes too long is stopped in time, and the run ends', async () => {
    const path = `/${fresh('path')}`
    const toolId = await client.addTool(place.world.url(path), { recovery: 'retry_with_key' })
    const id = await client.define([{ id: 'call', type: 'tool_node', config: { tool_id: toolId } }])
    const held = place.world.hold(path)
    const { run, took } = await slow(id, 200)
    held.release()
    expectRun(run, 'failed')
    expect(took).toBeLessThan(2_000)
    await expectExceeded(run.id, 'latency', 200)
  })

  test.each([
    { answer: { approved: true }, means: 'call it again' },
    { answer: { approved: true, output: { order: 5 } }, means: 'this is what it answered' },
    { answer: { approved: false }, means: 'no' },
  ])(
    'a call that is cut short and may have happened is asked about first: after "$means" the run ends, and nothing is called again',
    async ({ answer }) => {
      const path = `/${fresh('path')}`
      const toolId = await client.addTool(place.world.url(path), { recovery: 'ask_human' })
      const id = await client.define([{ id: 'call', type: 'tool_node', config: { tool_id: toolId } }])
      const held = place.world.hold(path)
      const { run } = await slow(id, 200)
      held.release()
      expectRun(run, 'paused')
      const asked = expectStatus(await client.get(`/v1/approvals/decisions/${run.waiting.decision_id}`), 200)
      expect(asked).toMatchObject({ status: 'pending', action: 'tool_call_in_doubt' })
      expect((await client.steps(run.id))[0]).toMatchObject({ in_doubt: true })
      expectRun(expectStatus(await client.resume(run.id, answer), 200), 'failed')
      await expectExceeded(run.id, 'latency', 200)
      expect(place.world.callsTo(path)).toHaveLength(1)
    },
  )

  test('a model that takes too long is stopped in time, and the run ends', async () => {
    const { workflowId } = await oneAgent()
    place.model.willAnswer(async (response) => {
      await pause(3_000, undefined, { ref: false })
      sendJson(response, 200, completion({ content: 'late' }))
    })
    const { run, took } = await slow(workflowId, 200)
    expectRun(run, 'failed')
    expect(took).toBeLessThan(2_000)
    const over = await expectExceeded(run.id, 'latency', 200)
    expect(over.llm_calls).toBe(1)
    expect(await client.payloads(run.id, 'llm_call')).toMatchObject([
      { finish_reason: 'interrupted', estimated_cost_cents: null, error: 'given up before the answer came' },
    ])
  })

  test('is looked at before every step', async () => {
    const path = `/${fresh('path')}`
    const toolId = await client.addTool(place.world.url(path), { recovery: 'retry_with_key' })
    const call = (id: string): Node => ({ id, type: 'tool_node', config: { tool_id: toolId } })
    const id = await client.define([call('a'), call('b')], [['a', 'b']])
    place.world.answers.set(path, async (_, response) => {
      await pause(120)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
    const { run } = await slow(id, 100)
    await expectExceeded(run.id, 'latency', 100)
    expect(place.world.callsTo(path)).toHaveLength(1)
  })
})

test('time in which a run waits for a human is not time at work', async () => {
  const clock = createTestClock()
  const still = await openRunWorld({ clock })
  try {
    const id = await still.client.define([{ id: 'gate', type: 'human_gate' }])
    const run = await still.client.run(id, 'paused', {}, { latency_slo_ms: 1000 })
    clock.advance(600_000)
    expectRun(expectStatus(await still.client.resume(run.id, { approved: true }), 200), 'completed')
  } finally {
    await still.close()
  }
})

test.runIf(DATABASES.includes('postgres'))('what was counted holds in the next process', async () => {
  const databaseUrl = await createPostgresDatabase()
  const keys = mkdtempSync(join(tmpdir(), 'countersign-keys-'))
  const before = await openRunWorld({ databaseUrl, settings: { DATA_DIR: keys } })
  const { client: one, model, world } = before
  const toolId = await one.addTool(world.url('/held'))
  await one.addPolicy('tool', toolId, 'require_approval')
  const agentId = await one.addAgent({ allowed_tools: [toolId] })
  const workflowId = await one.define([agentNode(agentId)])
  model.willAnswer(asksFor(toolId), 'not any more')
  const run = await one.run(workflowId, 'paused', {}, { llm_calls_limit: 1 })
  await before.server.close()
  const server = await startTestServer({ databaseUrl, background: true, settings: before.settings })
  try {
    const next = runClient(server, { headers: before.headers })
    const over = expectStatus(await next.resume(run.id, { approved: true }), 200)
    expect(over).toMatchObject({ status: 'failed', llm_calls: 1, error: { error_type: 'budget_exceeded' } })
    expect(model.requests).toHaveLength(1)
    expect(world.effectsOf('/held')).toHaveLength(1)
    await whenHappened(server, run.id, 'run_failed')
  } finally {
    await server.close()
    await model.close()
    await world.close()
    rmSync(keys, { recursive: true, force: true })
  }
})

test.runIf(DATABASES.includes('postgres'))(
  'children in two processes share what their parent has left',
  async () => {
    const databaseUrl = await createPostgresDatabase()
    const keys = mkdtempSync(join(tmpdir(), 'countersign-keys-'))
    const one = await openRunWorld({ databaseUrl, settings: { DATA_DIR: keys } })
    const other = await startTestServer({ databaseUrl, background: true, settings: one.settings })
    try {
      const agentId = await one.client.addAgent()
      const gated = await one.client.define(
        [{ id: 'gate', type: 'human_gate' }, agentNode(agentId)],
        [['gate', 'work']],
      )
      const child = (id: string): Node => ({ id, type: 'subgraph', config: { workflow_id: gated } })
      const parent = await one.client.define(
        [{ id: 'start', type: 'static' }, child('a'), child('b')],
        [
          ['start', 'a'],
          ['start', 'b'],
        ],
      )
      for (const limit of [1, 2]) {
        one.model.willAnswer('one', 'two')
        const run = await one.client.run(parent, 'paused', {}, { llm_calls_limit: limit })
        const steps = await one.client.steps(run.id)
        const [a, b] = steps.flatMap((step: { child_run_ids: string[] }) => step.child_run_ids)
        await Promise.all([
          one.client.resume(a, { approved: true }),
          runClient(other, { headers: one.headers }).resume(b, { approved: true }),
        ])
        // Either process may be the one that ends it.
        const end = limit === 1 ? 'run_failed' : 'run_completed'
        await Promise.race([one.server, other].map((server) => whenHappened(server, run.id, end)))
        expect(one.model.requests.length).toBeLessThanOrEqual(limit)
        expect(await one.client.read(run.id)).toMatchObject({
          status: limit === 1 ? 'failed' : 'completed',
          llm_calls: limit,
        })
      }
    } finally {
      await other.close()
      await one.close()
      rmSync(keys, { recursive: true, force: true })
    }
  },
)
