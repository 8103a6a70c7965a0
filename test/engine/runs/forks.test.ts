import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectError, expectStatus, fresh } from '../../gate/purchase-client.ts'
import { definitionOf, expectRun, type Node, type RunClient } from './run-client.ts'
import { asksFor, openRunWorld, type RunWorld } from './run-world.ts'

let place: RunWorld
let client: RunClient
beforeAll(async () => {
  place = await openRunWorld()
  client = place.client
})
afterAll(() => place.close())

const fork = async (runId: string, fromStep: string, input?: unknown) =>
  expectStatus(await client.fork(runId, fromStep, input), 201)
const stepsOf = async (runId: string) =>
  (await client.steps(runId)).map(({ id, reused }: { id: string; reused: boolean }) =>
    reused ? `${id} reused` : id,
  )

/** An agent that calls a tool, a tool of its own, and a last step that says what they gave. */
async function pipeline() {
  const path = `/${fresh('path')}`
  const toolId = await client.addTool(place.world.url(path))
  const agentId = await client.addAgent({ allowed_tools: [toolId] })
  const workflowId = await client.define(
    [
      { id: 'work', type: 'agent_node', config: { agent_id: agentId } },
      { id: 'call', type: 'tool_node', config: { tool_id: toolId, input: { from: 'call', n: '$input.n' } } },
      {
        id: 'end',
        type: 'static',
        config: {
          input: { said: '$steps.work.output.text', did: '$steps.call.output.number', n: '$input.n' },
        },
      },
    ],
    [
      ['work', 'call'],
      ['call', 'end'],
    ],
  )
  return { path, toolId, workflowId, effects: () => place.world.effectsOf(path) }
}

describe('a fork', () => {
  test('takes over what was recorded before a step, with no call of a model or a tool, and goes on from there', async () => {
    const { workflowId, toolId, effects } = await pipeline()
    place.model.willAnswer(asksFor(toolId), 'worked')
    const run = await client.run(workflowId, 'completed', { n: 1 }, { llm_calls_limit: 5 })
    expect(effects()).toHaveLength(2)
    place.model.willAnswer()
    const forked = await fork(run.id, 'end')
    expectRun(forked, 'completed')
    expect(place.model.requests).toEqual([])
    expect(effects()).toHaveLength(2)
    expect(forked).toMatchObject({
      result: run.result,
      forked_from: run.id,
      workflow_id: workflowId,
      llm_calls: 0,
      cost_cents: 0,
      mode: 'auto',
      llm_calls_limit: 5,
    })
    expect(forked.id).not.toBe(run.id)
    expect(await stepsOf(forked.id)).toEqual(['work:1 reused', 'call:1 reused', 'end:1'])
    const kinds = await client.kinds(forked.id)
    expect(kinds.filter((kind) => /tool_call|llm_call/.test(kind))).toEqual([])
    expect((await client.payloads(forked.id, 'run_started'))[0].forked_from).toEqual({
      run_id: run.id,
      from_step: 'end:1',
    })
    expect(await client.kinds(run.id)).not.toContain('run_resumed')
  })

  test('from the middle does only what comes after', async () => {
    const { workflowId, toolId, effects } = await pipeline()
    place.model.willAnswer(asksFor(toolId), 'worked')
    const run = await client.run(workflowId, 'completed', { n: 1 })
    place.model.willAnswer()
    const forked = await fork(run.id, 'call')
    expect(place.model.requests).toEqual([])
    // Another run is another call: its key is its own.
    expect(effects().map(({ body }) => body)).toEqual([{}, { from: 'call', n: 1 }, { from: 'call', n: 1 }])
    expect(forked.result).toEqual({ said: 'worked', did: 3, n: 1 })
  })

  test('from the first step is the whole run anew', async () => {
    const { workflowId, toolId, effects } = await pipeline()
    place.model.willAnswer(asksFor(toolId), 'worked')
    const run = await client.run(workflowId, 'completed', { n: 1 })
    place.model.willAnswer('worked differently')
    const forked = await fork(run.id, 'work')
    expect(place.model.requests).toHaveLength(1)
    expect(effects()).toHaveLength(3)
    expect(forked.result.said).toBe('worked differently')
    expect(await stepsOf(forked.id)).toEqual(['work:1', 'call:1', 'end:1'])
  })

  test('with another input keeps what was done and gives the rest the new one', async () => {
    const { workflowId, toolId } = await pipeline()
    place.model.willAnswer(asksFor(toolId), 'worked')
    const run = await client.run(workflowId, 'completed', { n: 1 })
    place.model.willAnswer()
    const forked = await fork(run.id, 'end', { n: 2 })
    expect(forked.input).toEqual({ n: 2 })
    expect(forked.result).toMatchObject({ said: 'worked', n: 2 })
    expect(place.model.requests).toEqual([])
  })

  test('with an input that the workflow does not take is refused, and there is no run', async () => {
    const input_schema = { type: 'object', required: ['n'] }
    const id = await client.define([{ id: 'a', type: 'static' }], [], { input_schema })
    const run = await client.run(id, 'completed', { n: 1 })
    expectError(await client.fork(run.id, 'a', {}), 422, 'INVALID_RUN_INPUT')
    expect(expectStatus(await client.get(`/runs?workflow_id=${id}`), 200).total).toBe(1)
  })

  test('keeps the version of the run it came from', async () => {
    const says = (value: string) => definitionOf([{ id: 'say', type: 'static', config: { value } }])
    const id = await client.define([{ id: 'say', type: 'static', config: { value: 'old' } }])
    const run = await client.run(id, 'completed')
    expectStatus(await client.call('PATCH', `/workflows/${id}`, { definition: says('new') }), 200)
    expect(await fork(run.id, 'say')).toMatchObject({ result: 'old', workflow_version: '1.0.0' })
    expectStatus(await client.call('DELETE', `/workflows/${id}`), 204)
    expect((await fork(run.id, 'say')).result).toBe('old')
  })

  test('of a failed run goes on before the step that failed, of a paused one asks anew', async () => {
    const { workflowId, path, effects } = await (async () => {
      const path = `/${fresh('path')}`
      const toolId = await client.addTool(place.world.url(path))
      const nodes: Node[] = [
        { id: 'call', type: 'tool_node', config: { tool_id: toolId } },
        { id: 'gate', type: 'human_gate' },
      ]
      const workflowId = await client.define(nodes, [['call', 'gate']])
      return { workflowId, path, effects: () => place.world.effectsOf(path) }
    })()
    const paused = await client.run(workflowId, 'paused')
    const again = await fork(paused.id, 'gate')
    expectRun(again, 'paused')
    expect(again.waiting.decision_id).not.toBe(paused.waiting.decision_id)
    expect(effects(), path).toHaveLength(1)
    expectRun(expectStatus(await client.resume(again.id, { approved: true }), 200), 'completed')
    expectRun(await client.read(paused.id), 'paused')
    const refused = expectStatus(await client.resume(paused.id, { approved: false }), 200)
    expectRun(refused, 'failed')
    expectRun(await fork(refused.id, 'gate'), 'paused')
  })

  test('remembers what a human had said at a gate that it takes over', async () => {
    const id = await client.define(
      [
        { id: 'gate', type: 'human_gate' },
        { id: 'end', type: 'static', config: { input: { said: '$steps.gate.approval.note' } } },
      ],
      [['gate', 'end']],
    )
    const run = await client.run(id, 'paused')
    const first = expectStatus(await client.resume(run.id, { approved: true, note: 'go' }), 200)
    expect(first.result).toEqual({ said: 'go' })
    const forked = await fork(run.id, 'end')
    expect(forked.result).toEqual({ said: 'go' })
    expect((await fork(forked.id, 'end')).result).toEqual({ said: 'go' })
  })

  test('takes over the way that was chosen, without asking who chose it', async () => {
    const id = await client.define([
      {
        id: 'route',
        type: 'router',
        config: {
          routes: [
            { id: 'left', target_node: 'a' },
            { id: 'right', target_node: 'b' },
          ],
        },
      },
      { id: 'a', type: 'static', config: { value: 'a' } },
      { id: 'b', type: 'static', config: { value: 'b' } },
    ])
    place.model.willAnswer('{"route":"right","reason":"x"}')
    const run = await client.run(id, 'completed')
    place.model.willAnswer('{"route":"left","reason":"x"}')
    expect((await fork(run.id, 'b')).result).toBe('b')
    expect(place.model.requests).toEqual([])
    expect((await fork(run.id, 'route')).result).toBe('a')
    expect(place.model.requests).toHaveLength(1)
  })

  test('in a loop: a node means its last visit, a step that very one', async () => {
    const path = `/${fresh('path')}`
    const toolId = await client.addTool(place.world.url(path), {
      handler_config: { method: 'POST', url: place.world.url(path), body: {} },
    })
    const id = await client.define(
      [
        { id: 'call', type: 'tool_node', config: { tool_id: toolId, input: {} } },
        { id: 'look', type: 'static' },
        { id: 'end', type: 'static' },
      ],
      [
        ['call', 'look'],
        ['look', 'call', 'number is less than 3'],
        ['look', 'end'],
      ],
    )
    const run = await client.run(id, 'completed')
    expect((await stepsOf(run.id)).slice(0, 6)).toEqual([
      'call:1',
      'look:1',
      'call:2',
      'look:2',
      'call:3',
      'look:3',
    ])
    const last = await fork(run.id, 'call')
    expect(await stepsOf(last.id)).toEqual([
      'call:1 reused',
      'look:1 reused',
      'call:2 reused',
      'look:2 reused',
      'call:3',
      'look:3',
      'end:1',
    ])
    expect((await stepsOf((await fork(run.id, 'call:2')).id)).slice(0, 3)).toEqual([
      'call:1 reused',
      'look:1 reused',
      'call:2',
    ])
  })

  test('with branches: what was complete when the step began is taken over, the rest is done anew', async () => {
    const path = `/${fresh('path')}`
    const toolId = await client.addTool(place.world.url(path))
    const call = (id: string): Node => ({
      id,
      type: 'tool_node',
      config: { tool_id: toolId, input: { from: id } },
    })
    const id = await client.define(
      [{ id: 'start', type: 'static' }, call('a'), call('b'), { id: 'join', type: 'static' }],
      [
        ['start', 'a'],
        ['start', 'b'],
        ['a', 'join'],
        ['b', 'join'],
      ],
    )
    const run = await client.run(id, 'completed')
    const joined = await fork(run.id, 'join')
    expect(joined.result).toEqual(run.result)
    expect(place.world.effectsOf(path)).toHaveLength(2)
    const branch = await fork(run.id, 'b')
    expectRun(branch, 'completed')
    expect(Object.keys(branch.result)).toEqual(['a', 'b'])
    expect((await stepsOf(branch.id)).toSorted()).toEqual(['a:1', 'b:1', 'join:1', 'start:1 reused'])
  })

  test('of a fork is a fork of what it holds', async () => {
    const { workflowId, toolId, effects } = await pipeline()
    place.model.willAnswer(asksFor(toolId), 'worked')
    const run = await client.run(workflowId, 'completed', { n: 1 })
    place.model.willAnswer()
    const second = await fork((await fork(run.id, 'end')).id, 'end')
    expect(second.result).toEqual(run.result)
    expect(effects()).toHaveLength(2)
    expect(place.model.requests).toEqual([])
  })

  test('from a step that the run has not is refused, and names those it has', async () => {
    const id = await client.define([{ id: 'a', type: 'static' }])
    const run = await client.run(id, 'completed')
    const error = expectError(await client.fork(run.id, 'nowhere'), 422, 'UNKNOWN_STEP')
    expect(error.details[0]).toMatchObject({ path: 'from_step', message: expect.stringContaining('a:1') })
    expectError(await client.fork('nowhere', 'a'), 404, 'RUN_NOT_FOUND')
    expect((await client.post(`/runs/${run.id}/fork`, {})).status).toBe(422)
    expect(expectStatus(await client.get(`/runs?workflow_id=${id}`), 200).total).toBe(1)
  })

  test('its chain of events holds like every other', async () => {
    const { workflowId, toolId } = await pipeline()
    place.model.willAnswer(asksFor(toolId), 'worked')
    const run = await client.run(workflowId, 'completed', { n: 1 })
    const forked = await fork(run.id, 'end')
    const events = await client.events(forked.id)
    expect(events.map(({ seq }: { seq: number }) => seq)).toEqual(
      events.map((_: unknown, index: number) => index + 1),
    )
    expect(
      expectStatus(await client.get(`/v1/runs/${forked.id}/journal`), 200).entries.length,
    ).toBeGreaterThan(0)
  })
})
