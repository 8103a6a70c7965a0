import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { completion, sendJson, sendStream } from '../../../src/engine/models/chat-server.fixture.ts'
import { type BuiltInTool, type CallOutcome, ToolError } from '../../../src/engine/tools/tool-handler.ts'
import { expectError, expectStatus, fresh } from '../../gate/purchase-client.ts'
import { DATABASES } from '../../harness/open-test-database.ts'
import { expectRun, type Node, type RunClient, whenHappened } from './run-client.ts'
import { asksFor, openRunWorld, type RunWorld } from './run-world.ts'
import { type Answering, send } from './tool-server.ts'

let place: RunWorld
let client: RunClient

const RETRY = { max_attempts: 4, backoff_ms: 20, backoff_factor: 2 }

/** A workflow of one tool call, with the path that tells its calls apart. */
async function oneCall(tool: Record<string, unknown> = {}, config: Record<string, unknown> = {}) {
  const path = `/${fresh('path')}`
  const toolId = await client.addTool(place.world.url(path), { recovery: 'retry_with_key', ...tool })
  const node: Node = { id: 'call', type: 'tool_node', config: { tool_id: toolId, ...config } }
  const workflowId = await client.define([node])
  return {
    path,
    toolId,
    workflowId,
    node,
    calls: () => place.world.callsTo(path),
    effects: () => place.world.effectsOf(path),
    /** How the first requests are answered; the ones after succeed. */
    first(...answers: Answering[]) {
      place.world.answers.set(path, (call, response) => {
        const answer = answers.shift()!
        if (answers.length === 0) place.world.answers.delete(path)
        return answer(call, response)
      })
    },
  }
}
const status =
  (code: number): Answering =>
  (_, response) =>
    send(response, code, { error: 'not now' })
const cut: Answering = (_, response) => void response.destroy()

async function oneAgent(agent: Record<string, unknown> = {}, tool: Record<string, unknown> = {}) {
  const call = await oneCall(tool)
  const agentId = await client.addAgent({ allowed_tools: [call.toolId], ...agent })
  const workflowId = await client.define([{ id: 'work', type: 'agent_node', config: { agent_id: agentId } }])
  return { ...call, agentId, workflowId }
}

describe.each(DATABASES)('what fails, on %s', (database) => {
  beforeAll(async () => {
    place = await openRunWorld({ database })
    client = place.client
  })
  afterAll(() => place.close())

  describe('a tool that fails', () => {
    test('for a while: is tried again after growing waits, each time under the same key', async () => {
      const { workflowId, first, calls, effects } = await oneCall({}, { retry: RETRY })
      first(status(503), status(503))
      const run = await client.run(workflowId, 'completed', { n: 1 })
      expect(calls()).toHaveLength(3)
      expect(effects()).toHaveLength(1)
      expect(new Set(calls().map(({ key }) => key)).size).toBe(1)
      const failures = await client.payloads(run.id, 'step_failed')
      expect(
        failures.map(({ attempt, error_type }: Record<string, unknown>) => [attempt, error_type]),
      ).toEqual([
        [1, 'http_503'],
        [2, 'http_503'],
      ])
      const events = await client.events(run.id)
      const at = (kind: string) =>
        events.flatMap((event: { kind: string; ts: string; payload: { retry_at?: string } }) =>
          event.kind === kind ? [Date.parse(event.payload.retry_at ?? event.ts)] : [],
        )
      const [begun, due] = [at('step_started'), at('step_failed')]
      expect(begun).toHaveLength(3)
      for (const [index, time] of due.entries()) expect(begun[index + 1]).toBeGreaterThanOrEqual(time)
      expect((await client.steps(run.id))[0]).toMatchObject({ attempt: 3, status: 'completed', error: null })
    })

    test('for good: is tried as often as its node says, then the run fails with the reason', async () => {
      const { workflowId, path, calls } = await oneCall({}, { retry: { max_attempts: 3, backoff_ms: 1 } })
      place.world.answers.set(path, status(503))
      const run = await client.run(workflowId, 'failed')
      expect(calls()).toHaveLength(3)
      expect(run.error).toMatchObject({ error_type: 'http_503', node_id: 'call' })
      expect(run.error.error).toContain('503')
      const kinds = await client.kinds(run.id)
      expect(kinds.filter((kind) => kind === 'error')).toHaveLength(3)
      expect(kinds.at(-1)).toBe('run_failed')
    })

    test('without a retry policy, or in a way that no repeat helps: once', async () => {
      const plain = await oneCall()
      place.world.answers.set(plain.path, status(503))
      await client.run(plain.workflowId, 'failed')
      expect(plain.calls()).toHaveLength(1)
      const refused = await oneCall({}, { retry: RETRY })
      place.world.answers.set(refused.path, status(400))
      expect((await client.run(refused.workflowId, 'failed')).error.error_type).toBe('http_400')
      expect(refused.calls()).toHaveLength(1)
    })

    test('is tried again only for the errors that its node names', async () => {
      const { workflowId, path, calls } = await oneCall({}, { retry: { ...RETRY, on: ['tool_timeout'] } })
      place.world.answers.set(path, status(503))
      await client.run(workflowId, 'failed')
      expect(calls()).toHaveLength(1)
    })

    test('is tried again when it is due, however long another branch takes', async () => {
      const [again, slow] = [await oneCall({}, { retry: RETRY }), await oneCall()]
      const id = await client.define(
        [
          { id: 'start', type: 'static' },
          { ...again.node, id: 'again' },
          { ...slow.node, id: 'slow' },
        ],
        [
          ['start', 'again'],
          ['start', 'slow'],
        ],
      )
      const held = place.world.hold(slow.path)
      again.first(status(503), (call, response) => {
        send(response, 200, { body: call.body as object })
        held.release()
      })
      await client.run(id, 'completed')
      expect(again.calls()).toHaveLength(2)
    })

    test('is not asked twice whether it may: a second attempt needs a decision of its own', async () => {
      const { workflowId, toolId, first, effects } = await oneCall({}, { retry: RETRY })
      await client.addPolicy('tool', toolId, 'require_approval')
      first(status(503))
      const run = await client.run(workflowId, 'paused')
      const again = expectStatus(await client.resume(run.id, { approved: true }), 200)
      // What was approved was tried; another try is another call.
      if (again.status === 'paused') expectStatus(await client.resume(run.id, { approved: true }), 200)
      expectRun(await client.read(run.id), 'completed')
      expect(effects()).toHaveLength(1)
    })
  })

  describe('what a tool did is not known', () => {
    test('it honours its key: it is called again under it, and acts once', async () => {
      const { workflowId, first, calls, effects, path } = await oneCall({}, { retry: RETRY })
      first((call, response) => {
        place.world.effects.push(call)
        response.destroy()
      })
      await client.run(workflowId, 'completed')
      expect(calls()).toHaveLength(2)
      expect(new Set(calls().map(({ key }) => key)).size).toBe(1)
      expect(effects().length, path).toBeGreaterThan(0)
    })

    test('it does not: a human is asked, and with a yes it is called once more', async () => {
      const { workflowId, first, calls, toolId } = await oneCall({ recovery: 'ask_human' }, { retry: RETRY })
      first(cut)
      const run = await client.run(workflowId, 'paused', { n: 1 })
      expect(calls()).toHaveLength(1)
      expect((await client.steps(run.id))[0].in_doubt).toBe(true)
      const shown = expectStatus(await client.get(`/v1/approvals/decisions/${run.waiting.decision_id}`), 200)
      expect(shown).toMatchObject({
        action: 'tool_call_in_doubt',
        payload: { tool_id: toolId, input: { n: 1 } },
      })
      expectRun(expectStatus(await client.resume(run.id, { approved: true }), 200), 'completed')
      expect(calls()).toHaveLength(2)
      expect(new Set(calls().map(({ key }) => key)).size).toBe(1)
    })

    test.each(['ask_human', 'retry_with_key'])(
      'it was changed since (%s): whoever says yes calls nothing, and is told what to do',
      async (recovery) => {
        const { workflowId, path, first, calls, toolId } = await oneCall({ recovery: 'ask_human' })
        first(cut)
        const run = await client.run(workflowId, 'paused')
        const other = `/${fresh('other')}`
        await client.addTool(place.world.url(other), { id: toolId, recovery })
        const over = expectStatus(await client.resume(run.id, { approved: true }), 200)
        expect(over).toMatchObject({ status: 'failed', error: { error_type: 'approval_void' } })
        expect(over.error.error).toContain(`it was http POST ${place.world.url(path)}`)
        expect(over.error.error).toContain('retry the run')
        expect(calls()).toHaveLength(1)
        expect(place.world.callsTo(other)).toEqual([])
      },
    )

    test('the time of an agent is over while it calls: a human is asked before it may do anything again', async () => {
      const { agentId, path, calls, toolId } = await oneAgent({}, { recovery: 'ask_human' })
      const node: Node = {
        id: 'work',
        type: 'agent_node',
        config: { agent_id: agentId, timeout_ms: 300, retry: RETRY },
      }
      const held = place.world.hold(path)
      place.model.willAnswer(asksFor(toolId), 'done')
      const run = await client.run(await client.define([node]), 'paused')
      held.release()
      const shown = expectStatus(await client.get(`/v1/approvals/decisions/${run.waiting.decision_id}`), 200)
      expect(shown).toMatchObject({ action: 'tool_call_in_doubt' })
      expectRun(
        expectStatus(await client.resume(run.id, { approved: true, output: { order: 5 } }), 200),
        'completed',
      )
      expect(calls()).toHaveLength(1)
    })

    test('the human says no, and the run is tried again: the same question comes again', async () => {
      const { workflowId, first, calls } = await oneCall({ recovery: 'ask_human' })
      first(cut)
      const run = await client.run(workflowId, 'paused')
      expectRun(expectStatus(await client.resume(run.id, { approved: false }), 200), 'failed')
      const again = expectStatus(await client.retry(run.id), 200)
      expectRun(again, 'paused')
      expect(again.waiting.decision_id).not.toBe(run.waiting.decision_id)
      expect(calls()).toHaveLength(1)
      expectRun(expectStatus(await client.resume(run.id, { approved: true }), 200), 'completed')
      expect(calls()).toHaveLength(2)
    })

    test('another branch fails meanwhile: the run fails only once a human has said', async () => {
      const [slow, bad] = [await oneCall({ recovery: 'ask_human' }), await oneCall()]
      const { path } = slow
      const workflowId = await client.define(
        [
          { id: 'start', type: 'static' },
          { ...slow.node, id: 'slow' },
          { ...bad.node, id: 'bad' },
        ],
        [
          ['start', 'slow'],
          ['start', 'bad'],
        ],
      )
      const held = place.world.hold(path)
      bad.first(async (call, response) => {
        await held.arrived
        return status(400)(call, response)
      })
      const run = await client.run(workflowId, 'paused')
      held.release()
      expect(run.waiting).toMatchObject({ node_id: 'slow', for: 'approval' })
      const [asked] = await client.payloads(run.id, 'approval_requested')
      expect(asked.details).toContain('about to fail')
      const over = expectStatus(await client.resume(run.id, { approved: true, output: { order: 5 } }), 200)
      expect(over).toMatchObject({ status: 'failed', error: { node_id: 'bad' } })
      const steps: { node_id: string }[] = await client.steps(run.id)
      expect(steps.find(({ node_id }) => node_id === 'slow')).toMatchObject({
        status: 'completed',
        in_doubt: false,
        output: { order: 5 },
      })
      expect(place.world.callsTo(path)).toHaveLength(1)
    })

    test('it did its work and answered something else than it says: a retry of the run asks before it is called again', async () => {
      const output_schema = { type: 'object', required: ['order'] }
      const { workflowId, first, calls } = await oneCall({ recovery: 'ask_human', output_schema })
      first((_, response) => send(response, 200, { other: 1 }))
      const run = await client.run(workflowId, 'failed')
      expect(run.error.error_type).toBe('invalid_output')
      const again = expectStatus(await client.retry(run.id), 200)
      expectRun(again, 'paused')
      expect(calls()).toHaveLength(1)
      const shown = expectStatus(
        await client.get(`/v1/approvals/decisions/${again.waiting.decision_id}`),
        200,
      )
      expect(shown).toMatchObject({ action: 'tool_call_in_doubt' })
      const over = expectStatus(await client.resume(run.id, { approved: true, output: { order: 5 } }), 200)
      expect(over).toMatchObject({ status: 'completed', result: { order: 5 } })
      expect(calls()).toHaveLength(1)
    })

    test('the human says what it answered: it is not called again', async () => {
      const { workflowId, first, calls } = await oneCall({ recovery: 'ask_human' })
      first(cut)
      const run = await client.run(workflowId, 'paused')
      const over = expectStatus(await client.resume(run.id, { approved: true, output: { order: 5 } }), 200)
      expect(over).toMatchObject({ status: 'completed', result: { order: 5 } })
      expect(calls()).toHaveLength(1)
    })

    test('the human says no: the run ends and it is not called again', async () => {
      const { workflowId, first, calls } = await oneCall({ recovery: 'ask_human' })
      first(cut)
      const run = await client.run(workflowId, 'paused')
      expectRun(expectStatus(await client.resume(run.id, { approved: false }), 200), 'failed')
      expect(calls()).toHaveLength(1)
    })

    test('with a yes it is called once more, and in doubt again: nothing calls it a third time by itself', async () => {
      const { workflowId, path, calls } = await oneCall({ recovery: 'ask_human' }, { retry: RETRY })
      place.world.answers.set(path, cut)
      const run = await client.run(workflowId, 'paused')
      expectRun(expectStatus(await client.resume(run.id, { approved: true }), 200), 'failed')
      expect(calls()).toHaveLength(2)
    })

    test.each<[string, CallOutcome, string, number]>([
      ['it was done: that is its result', { outcome: 'done', output: { found: 1 } }, 'completed', 1],
      ['it was not done: it is called again', { outcome: 'not-done' }, 'completed', 2],
      ['it does not know: a human is asked', { outcome: 'unknown', reason: 'no trace' }, 'paused', 1],
    ])('it can be asked, and says that %s', async (_, outcome, status, calls) => {
      const id = fresh('ledger.post')
      const keys: string[] = []
      const asked: string[] = []
      const tools = place.server.app.http.engine.builtInTools as Map<string, BuiltInTool>
      tools.set(id, {
        tool: {
          id,
          name: 'Posts',
          description: null,
          input_schema: { type: 'object' },
          output_schema: null,
          handler_config: {},
          risk_level: 'low',
          side_effects: [],
          recovery: 'query',
          timeout_ms: 1000,
        },
        async handler({ idempotencyKey }) {
          keys.push(idempotencyKey)
          if (keys.length === 1) throw new ToolError('line_cut', 'the line was cut', { outcomeUnknown: true })
          return { posted: keys.length }
        },
        async query({ idempotencyKey }) {
          asked.push(idempotencyKey)
          return outcome
        },
      })
      const workflowId = await client.define([{ id: 'call', type: 'tool_node', config: { tool_id: id } }])
      const run = await client.run(workflowId, status)
      expect(keys).toHaveLength(calls)
      expect(new Set([...keys, ...asked]).size).toBe(1)
      if (outcome.outcome === 'done') expect(run.result).toEqual({ found: 1 })
      tools.delete(id)
    })

    test('a tool that can be asked but has no way of it: a human is asked', async () => {
      const { workflowId, first, calls } = await oneCall({ recovery: 'query' })
      first(cut)
      const run = await client.run(workflowId, 'paused')
      expect(run.waiting.for).toBe('approval')
      expect(calls()).toHaveLength(1)
    })

    test('in an agent’s hands: a human is asked there too, and the agent goes on where it stood', async () => {
      const { workflowId, toolId, first, calls } = await oneAgent({}, { recovery: 'ask_human' })
      first(cut)
      place.model.willAnswer(asksFor(toolId, { n: 1 }), 'done')
      const run = await client.run(workflowId, 'paused')
      expect(place.model.requests).toHaveLength(1)
      expectRun(expectStatus(await client.resume(run.id, { approved: true }), 200), 'completed')
      expect(calls()).toHaveLength(2)
      expect(new Set(calls().map(({ key }) => key)).size).toBe(1)
      expect(place.model.requests).toHaveLength(2)
    })
  })

  describe('time limits of tools', () => {
    test.each([
      ['of the tool', { timeout_ms: 100 }, {}],
      ['of the node', {}, { timeout_ms: 100 }],
    ])('the one %s ends a call that takes longer', async (_, tool, config) => {
      const { workflowId, path } = await oneCall(tool, config)
      const held = place.world.hold(path)
      const run = await client.run(workflowId, 'failed')
      held.release()
      expect(run.error).toMatchObject({
        error_type: 'tool_timeout',
        error: expect.stringContaining('100 ms'),
      })
      expect((await client.payloads(run.id, 'tool_call'))[0]).toMatchObject({
        outcome: 'unknown',
        output: null,
      })
    })

    test('a call that took too long is tried again under the same key', async () => {
      const { workflowId, path, calls, effects } = await oneCall({ timeout_ms: 150 }, { retry: RETRY })
      const held = place.world.hold(path)
      await client.run(workflowId, 'completed')
      held.release()
      expect(calls()).toHaveLength(2)
      expect(new Set(calls().map(({ key }) => key)).size).toBe(1)
      expect(effects()).toHaveLength(1)
    })
  })

  describe('what a tool is given and answers', () => {
    test('an answer that its output_schema does not allow fails the step, and stands in the log', async () => {
      const output_schema = { type: 'object', required: ['order'], properties: { order: { type: 'string' } } }
      const { workflowId, calls } = await oneCall({ output_schema }, { retry: RETRY })
      const run = await client.run(workflowId, 'failed')
      expect(run.error).toMatchObject({
        error_type: 'invalid_output',
        error: expect.stringContaining('order'),
      })
      expect(calls()).toHaveLength(1)
      expect((await client.payloads(run.id, 'tool_call'))[0]).toMatchObject({
        outcome: 'failed',
        output: { ok: true },
      })
    })

    test('without a mapping it is given what the run was given and, over it, what the step before answered', async () => {
      const { node, effects } = await oneCall()
      const id = await client.define(
        [{ id: 'before', type: 'static', config: { value: { b: 2, c: 2 } } }, node],
        [['before', 'call']],
      )
      await client.run(id, 'completed', { a: 1, b: 1 })
      expect(effects()[0]!.body).toEqual({ a: 1, b: 2, c: 2 })
    })

    test('of what is offered it is given only what a closed schema knows; a mapping is given as it is', async () => {
      const input_schema = {
        type: 'object',
        properties: { a: { type: 'number' } },
        additionalProperties: false,
      }
      const { workflowId, effects, toolId } = await oneCall({ input_schema })
      await client.run(workflowId, 'completed', { a: 1, secret: 'x' })
      expect(effects()[0]!.body).toEqual({ a: 1 })
      const mapped = await client.define([
        { id: 'call', type: 'tool_node', config: { tool_id: toolId, input: { a: '$input.a', more: 1 } } },
      ])
      expect((await client.run(mapped, 'failed', { a: 1 })).error.error_type).toBe('invalid_input')
    })

    test('a mapping that names nothing fails where the schema wants it', async () => {
      const input_schema = { type: 'object', required: ['a'] }
      const { toolId } = await oneCall({ input_schema })
      const id = await client.define([
        { id: 'call', type: 'tool_node', config: { tool_id: toolId, input: { a: '$input.missing' } } },
      ])
      expect((await client.run(id, 'failed')).error.error_type).toBe('invalid_input')
    })
  })

  describe('tools that cannot be called', () => {
    test('a builtin without a handler is accepted, and fails after policy had its say', async () => {
      const id = fresh('crm.update')
      expectStatus(await client.post('/tools', { id, name: 'No handler', handler_type: 'builtin' }), 201)
      const workflowId = await client.define([{ id: 'call', type: 'tool_node', config: { tool_id: id } }])
      const run = await client.run(workflowId, 'failed')
      expect(run.error.error_type).toBe('handler_missing')
      expect(
        (await client.payloads(run.id, 'policy_eval')).map(({ action }: { action: string }) => action),
      ).toEqual(['run_start', 'tool_call'])
      await client.addPolicy('tool', id, 'deny')
      expect((await client.run(workflowId, 'failed')).error.error_type).toBe('policy_denied')
    })

    test('a tool that is gone when the run gets there fails the step', async () => {
      const { workflowId, toolId, path } = await oneCall()
      await place.server.app.kernel.database.asOwner((session) =>
        session.query('DELETE FROM tools WHERE id = $1', [toolId]),
      )
      const run = await client.run(workflowId, 'failed')
      expect(run.error).toMatchObject({ error_type: 'tool_not_found', node_id: 'call' })
      expect(place.world.callsTo(path)).toEqual([])
    })

    test('an agent that is gone when the run gets there fails the step', async () => {
      const { workflowId, agentId } = await oneAgent()
      await place.server.app.kernel.database.asOwner((session) =>
        session.query('DELETE FROM agents WHERE id = $1', [agentId]),
      )
      expect((await client.run(workflowId, 'failed')).error.error_type).toBe('agent_not_found')
    })
  })

  describe('a model that', () => {
    test('asks for tools without end is stopped after five turns', async () => {
      const { workflowId, toolId, calls, agentId } = await oneAgent()
      place.model.willAnswer(...Array.from({ length: 9 }, (_, n) => asksFor(toolId, { n })))
      const run = await client.run(workflowId, 'failed')
      expect(run.error.error_type).toBe('too_many_turns')
      expect(place.model.requests).toHaveLength(5)
      expect(calls().length).toBeLessThanOrEqual(5)
      expect(expectStatus(await client.get(`/agents/${agentId}`), 200)).toMatchObject({
        total_runs: 1,
        failed_runs: 1,
      })
    })

    test('is told what went wrong with a tool, and may work around it', async () => {
      const { workflowId, toolId, path } = await oneAgent()
      place.world.answers.set(path, status(400))
      place.model.willAnswer(asksFor(toolId), 'it did not work')
      const run = await client.run(workflowId, 'completed')
      expect(run.result.text).toBe('it did not work')
      const told = JSON.stringify(place.model.requests[1]!.messages)
      expect(told).toContain('http_400')
    })

    test('asks for several tools in one turn: each is called once, under a key of its own', async () => {
      const { workflowId, toolId, calls } = await oneAgent()
      const call = (id: string, n: number) => ({
        id,
        type: 'function',
        function: { name: toolId, arguments: JSON.stringify({ n }) },
      })
      place.model.willAnswer(
        completion({ content: null, tool_calls: [call('a', 1), call('b', 2), call('c', 1)] }, 'tool_calls'),
        'done',
      )
      await client.run(workflowId, 'completed')
      expect(calls().map(({ body }) => body)).toEqual([{ n: 1 }, { n: 2 }, { n: 1 }])
      expect(new Set(calls().map(({ key }) => key)).size).toBe(3)
    })

    test('does not answer in time fails the step', async () => {
      const { workflowId } = await oneAgent()
      const { engine } = place.server.app.http
      engine.models.callTimeoutMs = 150
      const held: ServerResponse[] = []
      place.model.willAnswer((response) => void held.push(response))
      const run = await client.run(workflowId, 'failed')
      delete engine.models.callTimeoutMs
      for (const response of held) response.destroy()
      expect(run.error.error_type).toBe('model_timeout')
      expect((await client.payloads(run.id, 'llm_call'))[0]).toMatchObject({
        error: expect.any(String),
        finish_reason: 'error',
      })
    })

    test('fails for a while is asked again within the call; for good, the step fails', async () => {
      const { workflowId } = await oneAgent()
      const down = (response: ServerResponse) => sendJson(response, 503, { error: { message: 'down' } })
      place.model.willAnswer(down, 'back again')
      await client.run(workflowId, 'completed')
      place.model.willAnswer(down, down, down, down, down)
      expect((await client.run(workflowId, 'failed')).error.error_type).toBe('model_unavailable')
    })

    test.each<[string, (response: ServerResponse) => void]>([
      ['no JSON', (response) => sendJson(response, 200, 'Bad gateway, sorry')],
      ['half a JSON', (response) => sendJson(response, 200, '{"choices":[{"mess')],
      ['no choices', (response) => sendJson(response, 200, { choices: [] })],
      ['a text stream nobody asked for', (response) => sendStream(response, ['a', 'b'], 'cut')],
      ['nothing', (response) => sendJson(response, 200, completion({ content: '' }))],
      ['blanks', (response) => sendJson(response, 200, completion({ content: ' \n ' }))],
      ['a broken connection', (response) => void response.destroy()],
      [
        'a call with arguments that are no JSON',
        (response) =>
          sendJson(
            response,
            200,
            completion(
              {
                content: null,
                tool_calls: [{ id: 'c', type: 'function', function: { name: 'x', arguments: '{"a":' } }],
              },
              'tool_calls',
            ),
          ),
      ],
    ])(
      'answers %s fails the step with a reason, and the run is neither lost nor stuck',
      async (_, respond) => {
        const { workflowId, calls } = await oneAgent()
        place.model.willAnswer(respond, respond, respond, respond, respond, respond)
        const run = await client.run(workflowId, 'failed')
        expect(run.error.error_type).toMatch(/^model_/)
        expect(run.error.error).not.toMatch(/ at .*\.ts|node:internal/)
        expect(calls()).toEqual([])
        const steps = await client.steps(run.id)
        expect(steps[0]).toMatchObject({ status: 'failed', error: expect.any(String) })
      },
    )

    test('answers something else than its schema fails the step', async () => {
      const output_schema = { type: 'object', required: ['total'], properties: { total: { type: 'number' } } }
      const { workflowId } = await oneAgent({ output_schema })
      place.model.willAnswer('{"total":"many"}', '{"total":"many"}', '{"total":"many"}')
      expect((await client.run(workflowId, 'failed')).error.error_type).toBe('model_bad_output')
      place.model.willAnswer('{"total":3}')
      expect((await client.run(workflowId, 'completed')).result).toEqual({ total: 3 })
    })

    test('failed is asked again where its node says so', async () => {
      const agentId = await client.addAgent()
      const id = await client.define([
        {
          id: 'work',
          type: 'agent_node',
          config: { agent_id: agentId, retry: { max_attempts: 2, backoff_ms: 1 } },
        },
      ])
      const empty = completion({ content: '' })
      place.model.willAnswer(empty, 'better')
      const run = await client.run(id, 'completed')
      expect(run.result.text).toBe('better')
      expect(run.llm_calls).toBe(2)
    })
  })

  describe('routes', () => {
    const router = (config: Record<string, unknown> = {}): Node => ({
      id: 'route',
      type: 'router',
      config: {
        routes: [
          { id: 'left', condition: 'it goes left', target_node: 'a' },
          { id: 'right', condition: 'it goes right', target_node: 'b' },
        ],
        ...config,
      },
    })
    const ends: Node[] = ['a', 'b'].map((id) => ({ id, type: 'static', config: { value: id } }))

    test('the router follows the one that its agent names, and the choice stands in the log', async () => {
      const id = await client.define([router(), ...ends])
      place.model.willAnswer('{"route":"right","reason":"because"}')
      const run = await client.run(id, 'completed')
      expect(run.result).toBe('b')
      expect((await client.payloads(run.id, 'route_chosen'))[0]).toMatchObject({
        route_id: 'right',
        target_node: 'b',
        by: 'agent',
        answer: { route: 'right', reason: 'because', agent_id: 'agent.router' },
      })
      expect(place.model.requests).toHaveLength(1)
      expect((await client.kinds(run.id)).filter((kind) => kind === 'llm_call')).toHaveLength(1)
    })

    test.each([
      ['{"route":"up","reason":"x"}'],
      ['left, I think'],
      ['{"route":null,"reason":"x"}'],
      ['{}'],
      [''],
    ])('an answer of %j is asked for once more', async (answer) => {
      const id = await client.define([router(), ...ends])
      place.model.willAnswer(answer, '{"route":"left","reason":"x"}')
      expect((await client.run(id, 'completed')).result).toBe('a')
      expect(place.model.requests).toHaveLength(2)
      place.model.willAnswer(answer, answer, '{"route":"left","reason":"x"}')
      const run = await client.run(id, 'failed')
      expect(run.error).toMatchObject({ error_type: 'no_usable_route', node_id: 'route' })
      expect(place.model.requests).toHaveLength(2)
    })

    const conditional = () =>
      client.define(
        [{ id: 'route', type: 'static' }, ...ends],
        [
          ['route', 'a', 'the guest would rather not come back'],
          ['route', 'b'],
        ],
      )
    const vague = { text: 'Well. It was a stay.' }

    test('a condition that the data decides is read, and no model is asked', async () => {
      const id = await client.define(
        [{ id: 'route', type: 'static' }, ...ends],
        [
          ['route', 'a', 'amount is less than 1000'],
          ['route', 'b'],
        ],
      )
      place.model.willAnswer()
      const small = await client.run(id, 'completed', { amount: 999 })
      expect(small.result).toBe('a')
      expect((await client.run(id, 'completed', { amount: 1000 })).result).toBe('b')
      expect(place.model.requests).toEqual([])
      expect((await client.payloads(small.id, 'route_chosen'))[0]).toMatchObject({
        by: 'rules',
        target_node: 'a',
      })
    })

    test('a condition that the data leaves open is judged by an agent; none that holds means the other edge', async () => {
      const id = await conditional()
      place.model.willAnswer('{"route":"edge_1","reason":"x"}')
      expect((await client.run(id, 'completed', vague)).result).toBe('a')
      place.model.willAnswer('{"route":null,"reason":"x"}')
      expect((await client.run(id, 'completed', vague)).result).toBe('b')
      const alone = await client.define(
        [{ id: 'route', type: 'static' }, ends[0]!],
        [['route', 'a', 'the guest would rather not come back']],
      )
      place.model.willAnswer('{"route":null,"reason":"x"}')
      const ended = await client.run(alone, 'completed', vague)
      expect(ended.result).toEqual(vague)
      expect((await client.steps(ended.id)).map((step: { node_id: string }) => step.node_id)).toEqual([
        'route',
      ])
    })

    test('a condition that nobody could judge fails the run; another try judges anew', async () => {
      const id = await conditional()
      place.model.willAnswer('no idea', 'no idea')
      const run = await client.run(id, 'failed', vague)
      expect(run.error.error_type).toBe('no_usable_route')
      place.model.willAnswer('{"route":"edge_1","reason":"x"}')
      const again = expectStatus(await client.retry(run.id), 200)
      expect(again).toMatchObject({ status: 'completed', result: 'a' })
    })

    test('a policy that denies the evaluator denies the judging', async () => {
      const id = await conditional()
      const policy = await client.addPolicy('agent', 'agent.condition_evaluator', 'deny')
      place.model.willAnswer('{"route":"edge_1","reason":"x"}')
      expect((await client.run(id, 'failed', vague)).error.error_type).toBe('policy_denied')
      expect(place.model.requests).toEqual([])
      expectStatus(await client.call('DELETE', `/api/v1/policies/${policy}`), 204)
    })

    test.each([
      ['{"holds":false,"reason":"x"}', 'completed'],
      ['{"holds":true,"reason":"x"}', 'paused'],
      ['{"holds":null,"reason":"x"}', 'paused'],
      ['no human is needed', 'paused'],
      ['', 'paused'],
    ])('a gate whose judge answers %j: %s', async (answer, expected) => {
      const judge = await client.addAgent()
      const id = await client.define([{ id: 'gate', type: 'human_gate', config: { judge_agent_id: judge } }])
      place.model.willAnswer(answer, answer, answer)
      const run = await client.run(id, expected)
      if (expected === 'paused') {
        place.model.willAnswer('{"holds":true,"reason":"x"}')
        expectRun(expectStatus(await client.resume(run.id, { approved: true }), 200), 'completed')
        expect(place.model.requests).toEqual([])
      }
    })
  })

  describe('another try and an early end', () => {
    test('a run that takes longer than its caller waits is answered as running, and goes on', async () => {
      const { settings } = place.server.app.http.engine
      const before = settings.runWaitMs
      const { workflowId, path } = await oneCall()
      try {
        for (const wait of [50, 0]) {
          settings.runWaitMs = wait
          const held = place.world.hold(path)
          const run = expectStatus(await client.start(workflowId), 202)
          expect(run).toMatchObject({ status: 'running', result: null })
          await held.arrived
          held.release({ late: true })
          await whenHappened(place.server, run.id, 'run_completed')
          expect((await client.read(run.id)).result).toEqual({ late: true })
        }
      } finally {
        settings.runWaitMs = before
      }
    })

    test('a run that fails in one branch takes back what it asked a human in another', async () => {
      const { node, path } = await oneCall()
      const id = await client.define(
        [
          { id: 'start', type: 'static' },
          { id: 'gate', type: 'human_gate' },
          { id: 'wait', type: 'wait', config: { event: 'go' } },
          node,
        ],
        [
          ['start', 'gate'],
          ['start', 'wait'],
          ['wait', 'call'],
        ],
      )
      place.world.answers.set(path, status(400))
      const run = await client.run(id, 'paused')
      const { decision_id: decisionId } = run.waiting
      expectStatus(await client.tell(run.id, 'go', {}), 202)
      await whenHappened(place.server, run.id, 'run_failed')
      const pending = async () =>
        expectStatus(await client.get('/v1/approvals/pending'), 200).approvals.map(
          (one: { decision_id: string }) => one.decision_id,
        )
      expect(await pending()).not.toContain(decisionId)
      expect((await client.answer(decisionId)).status).toBe(409)
      expectRun(await client.read(run.id), 'failed')
      // Tried again, it asks anew.
      place.world.answers.delete(path)
      const again = expectStatus(await client.retry(run.id), 200)
      expectRun(again, 'paused')
      expect(await pending()).toContain(again.waiting.decision_id)
      expectRun(expectStatus(await client.resume(run.id, { approved: true }), 200), 'completed')
    })

    test('a failed run that is retried goes on from the step that failed; what was done is not done again', async () => {
      const done = await oneCall()
      const broken = await oneCall()
      const id = await client.define(
        [
          { ...done.node, id: 'done' },
          { ...broken.node, id: 'broken' },
        ],
        [['done', 'broken']],
      )
      place.world.answers.set(broken.path, status(503))
      const run = await client.run(id, 'failed')
      place.world.answers.delete(broken.path)
      const again = expectStatus(await client.retry(run.id), 200)
      expectRun(again, 'completed')
      expect(done.calls()).toHaveLength(1)
      expect(broken.calls()).toHaveLength(2)
      const [resumed] = await client.payloads(run.id, 'run_resumed')
      expect(resumed).toMatchObject({ cause: 'retry', by: expect.stringMatching(/^user:/) })
      expect(again.error).toBe(null)
    })

    test('retried 10 times at once: it is tried once', async () => {
      const { workflowId, path, calls } = await oneCall()
      place.world.answers.set(path, status(400))
      const run = await client.run(workflowId, 'failed')
      const held = place.world.hold(path)
      const retries = Array.from({ length: 10 }, () => client.retry(run.id))
      await held.arrived
      held.release()
      for (const { status: code } of await Promise.all(retries)) expect([200, 409]).toContain(code)
      await whenHappened(place.server, run.id, 'run_completed')
      expect(calls()).toHaveLength(2)
    })

    test('what ran beside the step that failed is taken up again by a retry', async () => {
      const [slow, broken] = [await oneCall(), await oneCall()]
      const id = await client.define(
        [
          { id: 'start', type: 'static' },
          { ...slow.node, id: 'slow' },
          { ...broken.node, id: 'broken' },
        ],
        [
          ['start', 'slow'],
          ['start', 'broken'],
        ],
      )
      const held = place.world.hold(slow.path)
      place.world.answers.set(broken.path, async (call, response) => {
        await held.arrived
        return status(400)(call, response)
      })
      const run = await client.run(id, 'failed')
      held.release()
      expect(run.error.node_id).toBe('broken')
      place.world.answers.delete(broken.path)
      expectRun(expectStatus(await client.retry(run.id), 200), 'completed')
      expect(new Set(slow.calls().map(({ key }) => key)).size).toBe(1)
      expect(slow.effects()).toHaveLength(1)
      expect(broken.effects()).toHaveLength(1)
    })

    test('cancelled while a tool is under way: how that came out is still recorded, and the run stays cancelled', async () => {
      const { workflowId, path, node } = await oneCall({ recovery: 'ask_human' })
      const after = `/${fresh('after')}`
      const next = await client.addTool(place.world.url(after))
      const id = await client.define(
        [node, { id: 'next', type: 'tool_node', config: { tool_id: next } }],
        [['call', 'next']],
      )
      expect(workflowId).not.toBe(id)
      const held = place.world.hold(path)
      const starting = client.start(id)
      await held.arrived
      const { data } = expectStatus(await client.get(`/runs?workflow_id=${id}`), 200)
      const cancelled = expectStatus(
        await client.post(`/runs/${data[0].id}/cancel`, { reason: 'enough' }),
        200,
      )
      expectRun(cancelled, 'cancelled')
      expectRun(expectStatus(await starting, 201), 'cancelled')
      held.release()
      await whenHappened(place.server, data[0].id, 'tool_call')
      const kinds = await client.kinds(data[0].id)
      expect(kinds.filter((kind) => kind === 'tool_call')).toHaveLength(1)
      expect(kinds.indexOf('tool_call')).toBeGreaterThan(kinds.indexOf('run_cancelled'))
      for (const never of ['run_completed', 'run_failed', 'run_paused', 'approval_requested']) {
        expect(kinds).not.toContain(never)
      }
      expectRun(await client.read(data[0].id), 'cancelled')
      expect(place.world.callsTo(after)).toEqual([])
      expect((await client.steps(data[0].id))[0]).toMatchObject({ status: 'failed' })
    })

    test('cancelled while a model is asked: it is stopped and nothing follows', async () => {
      const { workflowId, toolId, calls } = await oneAgent()
      const asked = Promise.withResolvers<ServerResponse>()
      place.model.willAnswer((response) => asked.resolve(response))
      const starting = client.start(workflowId)
      const response = await asked.promise
      const { data } = expectStatus(await client.get(`/runs?workflow_id=${workflowId}`), 200)
      expectRun(expectStatus(await client.cancel(data[0].id), 200), 'cancelled')
      sendJson(response, 200, asksFor(toolId))
      expectRun(expectStatus(await starting, 201), 'cancelled')
      expect(calls()).toEqual([])
      expectError(await client.retry(data[0].id), 409, 'RUN_NOT_FAILED')
    })
  })
})
