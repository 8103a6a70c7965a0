import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectError, expectStatus, fresh } from '../../gate/purchase-client.ts'
import { definitionOf, expectRun, type Node, type RunClient, whenHappened } from './run-client.ts'
import { openRunWorld, type RunWorld } from './run-world.ts'
import { send } from './tool-server.ts'

let place: RunWorld
let client: RunClient
beforeAll(async () => {
  place = await openRunWorld()
  client = place.client
})
afterAll(() => place.close())

const gate: Node = { id: 'gate', type: 'human_gate' }
const child = (workflow_id: string, id = 'child', config: Record<string, unknown> = {}): Node => ({
  id,
  type: 'subgraph',
  config: { workflow_id, ...config },
})
const parentOf = (workflowId: string, config: Record<string, unknown> = {}) =>
  client.define(
    [
      child(workflowId, 'child', config),
      { id: 'after', type: 'static', config: { input: { got: '$steps.child.output' } } },
    ],
    [['child', 'after']],
  )
const settled = async (runId: string, status: string) => {
  await whenHappened(place.server, runId, `run_${status}`)
  const run = await client.read(runId)
  expectRun(run, status)
  return run
}
const childrenOf = async (runId: string): Promise<string[]> =>
  (await client.steps(runId)).flatMap((step: { child_run_ids: string[] }) => step.child_run_ids)

async function oneCall(more: Record<string, unknown> = {}) {
  const path = `/${fresh('path')}`
  const toolId = await client.addTool(place.world.url(path), { recovery: 'retry_with_key', ...more })
  const workflowId = await client.define([{ id: 'call', type: 'tool_node', config: { tool_id: toolId } }])
  return { path, toolId, workflowId }
}

describe('a workflow that runs another', () => {
  test('is given its result; the child is a run of its own that names its parent', async () => {
    const inner = await client.define([{ id: 'say', type: 'static', config: { input: { heard: '$input' } } }])
    const run = await client.run(await parentOf(inner, { input: { n: '$input.n' } }), 'completed', { n: 5 })
    expect(run.result).toEqual({ got: { heard: { n: 5 } } })
    const [childId] = await childrenOf(run.id)
    expect(await client.read(childId!)).toMatchObject({
      workflow_id: inner,
      parent_run_id: run.id,
      status: 'completed',
      input: { n: 5 },
      mode: 'auto',
      user_id: run.user_id,
    })
    expect((await client.payloads(run.id, 'child_run_ended'))[0]).toMatchObject({
      run_id: childId,
      status: 'completed',
    })
  })

  test('waits while its child waits for a human, and goes on by itself once that is answered', async () => {
    const run = await client.run(await parentOf(await client.define([gate])), 'paused', { n: 1 })
    const [childId] = await childrenOf(run.id)
    expect(run.waiting).toMatchObject({ for: 'run', node_id: 'child', run_id: childId, decision_id: null })
    expect(run.waiting.reason).toContain('waits for a human')
    expectError(await client.resume(run.id, { approved: true }), 409, 'RUN_WAITS_FOR_SOMETHING_ELSE')
    expectRun(expectStatus(await client.resume(childId!, { approved: true }), 200), 'completed')
    expect((await settled(run.id, 'completed')).result).toEqual({ got: { n: 1 } })
  })

  test('fails when the human refuses its child', async () => {
    const run = await client.run(await parentOf(await client.define([gate])), 'paused')
    expectRun(expectStatus(await client.resume(run.waiting.run_id, { approved: false }), 200), 'failed')
    const over = await settled(run.id, 'failed')
    expect(over.error).toMatchObject({ error_type: 'child_failed', node_id: 'child' })
    expect(over.error.error).toContain('rejected by a human')
  })

  test('three deep: an answer at the bottom moves all of them', async () => {
    const second = await parentOf(await client.define([gate]))
    const run = await client.run(await parentOf(second), 'paused')
    const [secondRun] = await childrenOf(run.id)
    const [deepest] = await childrenOf(secondRun!)
    expectStatus(await client.resume(deepest!, { approved: true }), 200)
    expect((await settled(run.id, 'completed')).result).toEqual({ got: { got: {} } })
  })

  test('fails with the reason when its child fails', async () => {
    const { workflowId, path } = await oneCall()
    place.world.answers.set(path, (_, response) => send(response, 400, {}))
    const run = await client.run(await parentOf(workflowId), 'failed')
    expect(run.error).toMatchObject({ error_type: 'child_failed', node_id: 'child' })
    expect(run.error.error).toContain('400')
  })

  test('retried after its child failed, runs the child anew; the child that failed stays as it is', async () => {
    const { workflowId, path } = await oneCall()
    place.world.answers.set(path, (_, response) => send(response, 400, {}))
    const run = await client.run(await parentOf(workflowId), 'failed')
    place.world.answers.delete(path)
    const over = expectStatus(await client.retry(run.id), 200)
    expectRun(over, 'completed')
    const children = await childrenOf(run.id)
    expect(children).toHaveLength(2)
    expect(await Promise.all(children.map(async (id) => (await client.read(id)).status))).toEqual([
      'failed',
      'completed',
    ])
  })

  test('retried after its child was retried and completed, takes its result', async () => {
    const { workflowId, path } = await oneCall()
    place.world.answers.set(path, (_, response) => send(response, 400, {}))
    const run = await client.run(await parentOf(workflowId), 'failed')
    place.world.answers.delete(path)
    const [childId] = await childrenOf(run.id)
    expectRun(expectStatus(await client.retry(childId!), 200), 'completed')
    expectRun(expectStatus(await client.retry(run.id), 200), 'completed')
    expect(place.world.effectsOf(path)).toHaveLength(1)
  })

  test('fails when somebody cancels its child', async () => {
    const run = await client.run(await parentOf(await client.define([gate])), 'paused')
    expectStatus(await client.cancel(run.waiting.run_id), 200)
    expect((await settled(run.id, 'failed')).error.error).toContain('was cancelled')
  })

  test('cancelled while its child waits: the child is cancelled too', async () => {
    const run = await client.run(await parentOf(await client.define([gate])), 'paused')
    expectStatus(await client.cancel(run.id), 200)
    expectRun(await client.read(run.waiting.run_id), 'cancelled')
    expectError(await client.resume(run.waiting.run_id, { approved: true }), 409, 'RUN_NOT_PAUSED')
  })

  test('cancelled while its child is at work: the child is cancelled too and does nothing more', async () => {
    const { path, toolId } = await oneCall()
    const next = await oneCall()
    const inner = await client.define(
      [
        { id: 'call', type: 'tool_node', config: { tool_id: toolId } },
        { id: 'next', type: 'tool_node', config: { tool_id: next.toolId } },
      ],
      [['call', 'next']],
    )
    const parent = await parentOf(inner)
    const held = place.world.hold(path)
    const starting = client.start(parent)
    await held.arrived
    const [run] = expectStatus(await client.get(`/runs?workflow_id=${parent}`), 200).data
    expectRun(expectStatus(await client.cancel(run.id), 200), 'cancelled')
    held.release()
    expectRun(expectStatus(await starting, 201), 'cancelled')
    const [childRun] = expectStatus(await client.get(`/runs?workflow_id=${inner}`), 200).data
    await settled(childRun.id, 'cancelled')
    expect(place.world.callsTo(next.path)).toEqual([])
  })

  test('whose other branch fails: the child is cancelled, and a retry runs it anew', async () => {
    const inner = await client.define([gate])
    const { path, toolId } = await oneCall()
    const parent = await client.define(
      [
        { id: 'start', type: 'static' },
        child(inner),
        { id: 'wait', type: 'wait', config: { event: 'go' } },
        { id: 'call', type: 'tool_node', config: { tool_id: toolId } },
      ],
      [
        ['start', 'child'],
        ['start', 'wait'],
        ['wait', 'call'],
      ],
    )
    place.world.answers.set(path, (_, response) => send(response, 400, {}))
    const run = await client.run(parent, 'paused')
    const [childId] = await childrenOf(run.id)
    expectStatus(await client.tell(run.id, 'go', {}), 202)
    await settled(run.id, 'failed')
    await settled(childId!, 'cancelled')
    place.world.answers.delete(path)
    expectRun(expectStatus(await client.retry(run.id), 200), 'paused')
    const children = await childrenOf(run.id)
    expect(children).toHaveLength(2)
    expectStatus(await client.resume(children[1]!, { approved: true }), 200)
    await settled(run.id, 'completed')
  })

  test('that runs itself is stopped ten deep, and every run of it has ended', async () => {
    const id = await client.define([{ id: 'child', type: 'static' }])
    const definition = definitionOf([child(id)])
    expectStatus(await client.call('PATCH', `/workflows/${id}`, { definition }), 200)
    const run = await client.run(id, 'failed')
    expect(run.error.error_type).toBe('child_failed')
    expect(run.error.error).toContain('deep')
    const { total } = expectStatus(await client.get(`/runs?workflow_id=${id}`), 200)
    expect(total).toBe(11)
    expect(expectStatus(await client.get(`/runs?workflow_id=${id}&status=failed`), 200).total).toBe(11)
  })

  test('that is gone by then: the step fails and says so', async () => {
    const inner = await client.define([{ id: 'a', type: 'static' }])
    const parent = await client.define([gate, child(inner)], [['gate', 'child']])
    const run = await client.run(parent, 'paused')
    expectStatus(await client.call('DELETE', `/workflows/${inner}`), 204)
    const over = expectStatus(await client.resume(run.id, { approved: true }), 200)
    expectRun(over, 'failed')
    expect(over.error).toMatchObject({
      error_type: 'workflow_not_found',
      error: expect.stringContaining(inner),
    })
  })

  test('whose input does not fit: the step fails and says where', async () => {
    const input_schema = { type: 'object', required: ['hotel'] }
    const inner = await client.define([{ id: 'a', type: 'static' }], [], { input_schema })
    const run = await client.run(await parentOf(inner), 'failed')
    expect(run.error).toMatchObject({
      error_type: 'invalid_run_input',
      error: expect.stringContaining('hotel'),
    })
  })

  test('takes the version of the child that there is when it gets there; the child then keeps it', async () => {
    const says = (value: string): Node => ({ id: 'say', type: 'static', config: { value } })
    const inner = await client.define([gate, says('old')], [['gate', 'say']])
    const run = await client.run(await parentOf(inner), 'paused')
    const definition = definitionOf([says('new')])
    expectStatus(await client.call('PATCH', `/workflows/${inner}`, { definition }), 200)
    expectStatus(await client.resume(run.waiting.run_id, { approved: true }), 200)
    expect((await settled(run.id, 'completed')).result).toEqual({ got: 'old' })
  })

  test('two of them side by side that both wait: answered in either order, the parent goes on', async () => {
    const inner = await client.define([gate])
    const parent = await client.define(
      [{ id: 'start', type: 'static' }, child(inner, 'a'), child(inner, 'b'), { id: 'join', type: 'static' }],
      [
        ['start', 'a'],
        ['start', 'b'],
        ['a', 'join'],
        ['b', 'join'],
      ],
    )
    for (const order of [0, 1]) {
      const run = await client.run(parent, 'paused', { order })
      const children = await childrenOf(run.id)
      expect(children).toHaveLength(2)
      expectStatus(await client.resume(children[order]!, { approved: true }), 200)
      expectStatus(await client.resume(children[1 - order]!, { approved: true }), 200)
      expect((await settled(run.id, 'completed')).result).toEqual({ a: { order }, b: { order } })
      expect(await childrenOf(run.id)).toEqual(children)
    }
  })

  test('beside a branch that waits for a human: the child that is done is not held up', async () => {
    const inner = await client.define([gate])
    const { path, toolId } = await oneCall()
    const parent = await client.define(
      [
        { id: 'start', type: 'static' },
        gate,
        child(inner),
        { id: 'call', type: 'tool_node', config: { tool_id: toolId } },
      ],
      [
        ['start', 'gate'],
        ['start', 'child'],
        ['child', 'call'],
      ],
    )
    const run = await client.run(parent, 'paused')
    const [childId] = await childrenOf(run.id)
    expectStatus(await client.resume(childId!, { approved: true }), 200)
    await whenHappened(place.server, run.id, 'tool_call')
    expect(place.world.effectsOf(path)).toHaveLength(1)
    await whenHappened(place.server, run.id, 'run_paused', 2)
    expectStatus(await client.resume(run.id, { approved: true }), 200)
    await settled(run.id, 'completed')
  })

  test('what a child used counts once for its parent, also when the parent is retried', async () => {
    const agentId = await client.addAgent()
    const { toolId, path } = await oneCall()
    const inner = await client.define(
      [
        { id: 'work', type: 'agent_node', config: { agent_id: agentId } },
        { id: 'call', type: 'tool_node', config: { tool_id: toolId, input: {} } },
      ],
      [['work', 'call']],
    )
    place.model.willAnswer('one', 'two')
    place.world.answers.set(path, (_, response) => send(response, 400, {}))
    const run = await client.run(await parentOf(inner), 'failed')
    expect(run.llm_calls).toBe(1)
    place.world.answers.delete(path)
    const [childId] = await childrenOf(run.id)
    expectRun(expectStatus(await client.retry(childId!), 200), 'completed')
    expectRun(expectStatus(await client.retry(run.id), 200), 'completed')
    expect((await client.read(run.id)).llm_calls).toBe(1)
  })
})

test('a child that has ended while its parent was put aside does not leave it waiting: it is looked at once more', async () => {
  const run = await client.run(await parentOf(await client.define([gate])), 'paused')
  const [row] = await place.server.app.kernel.database.asOwner((session) =>
    session.query<{ due_at: Date | null }>('SELECT due_at FROM runs WHERE run_id = $1', [run.id]),
  )
  expect(row!.due_at).not.toBe(null)
})
