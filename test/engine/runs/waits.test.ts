import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectError, expectStatus, fresh } from '../../gate/purchase-client.ts'
import { createTestClock } from '../../harness/start-test-server.ts'
import { expectRun, type Node, type RunClient, whenHappened } from './run-client.ts'
import { openRunWorld, type RunWorld } from './run-world.ts'
import { send } from './tool-server.ts'

const clock = createTestClock()
let place: RunWorld
let client: RunClient
beforeAll(async () => {
  // Sessions end before what is waited for here.
  place = await openRunWorld({ clock, signedIn: false })
  client = place.client
})
afterAll(() => place.close())

const wait = (config: Record<string, unknown>, id = 'wait'): Node => ({ id, type: 'wait', config })
const after: Node = { id: 'after', type: 'static', config: { input: { got: '$steps.wait.output' } } }
const gate: Node = { id: 'gate', type: 'human_gate' }
const start: Node = { id: 'start', type: 'static' }
const waitThen = (config: Record<string, unknown>) =>
  client.define([wait(config), after], [['wait', 'after']])

const completed = async (runId: string) => {
  await whenHappened(place.server, runId, 'run_completed')
  return client.read(runId)
}

describe('a wait for a time', () => {
  test('puts the run aside until then, and goes on by itself', async () => {
    const id = await waitThen({ duration_ms: 3_600_000 })
    const run = await client.run(id, 'paused', { n: 1 })
    expect(run.waiting).toMatchObject({
      for: 'time',
      node_id: 'wait',
      wake_at: new Date(clock.now() + 3_600_000).toISOString(),
    })
    expectError(await client.resume(run.id, { approved: true }), 409, 'RUN_WAITS_FOR_SOMETHING_ELSE')
    clock.advance(3_599_999)
    expectRun(await client.read(run.id), 'paused')
    clock.advance(1)
    expect(await completed(run.id)).toMatchObject({ result: { got: { n: 1 } } })
    const [resumed] = await client.payloads(run.id, 'run_resumed')
    expect(resumed).toMatchObject({ cause: 'time' })
  })

  test('lasts months as well', async () => {
    const id = await waitThen({ until: '$input.at' })
    const at = new Date(clock.now() + 90 * 86_400_000).toISOString()
    const run = await client.run(id, 'paused', { at })
    expect(run.waiting.wake_at).toBe(at)
    clock.advance(89 * 86_400_000)
    expectRun(await client.read(run.id), 'paused')
    clock.advance(86_400_000)
    await completed(run.id)
  })

  test('that has passed is no wait', async () => {
    await client.run(await waitThen({ until: '2020-01-01T00:00:00Z' }), 'completed')
    await client.run(await waitThen({ duration_ms: 0 }), 'completed')
  })

  test.each(['tomorrow', '2026-12-24', '2026-12-24T18:00:00'])(
    'that cannot be read (%s) is a fault of the definition',
    async (until) => {
      const nodes = [{ id: 'wait', type: 'wait', config: { until } }]
      const { error } = expectStatus(
        await client.post('/workflows', { name: 'never', definition: { entry: 'wait', nodes } }),
        422,
      )
      expect(error.details).toMatchObject([
        { path: 'definition.nodes.0.config.until', message: expect.stringContaining('RFC 3339') },
      ])
    },
  )

  test.each([['$input.missing'], ['{{ $input.word }}']])(
    'that a run does not give (%s) fails the step and says what was expected',
    async (until) => {
      const run = await client.run(await waitThen({ until }), 'failed', { word: 'soon' })
      expect(run.error).toMatchObject({
        error_type: 'invalid_time',
        error: expect.stringContaining('RFC 3339'),
        node_id: 'wait',
      })
    },
  )

  test('with until and a duration the earlier one counts', async () => {
    const until = new Date(clock.now() + 60_000).toISOString()
    const one = await client.run(await waitThen({ until, duration_ms: 30_000 }), 'paused')
    const other = await client.run(await waitThen({ until, duration_ms: 90_000 }), 'paused')
    expect(Date.parse(one.waiting.wake_at)).toBe(clock.now() + 30_000)
    expect(other.waiting.wake_at).toBe(until)
  })

  test('can be cancelled, and then nothing wakes it', async () => {
    const id = await waitThen({ duration_ms: 1000 })
    const run = await client.run(id, 'paused')
    expectStatus(await client.cancel(run.id), 200)
    clock.advance(5000)
    // Another run that is due wakes: the look that finds it has passed the cancelled one.
    const other = await client.run(id, 'paused')
    clock.advance(1000)
    await completed(other.id)
    expectRun(await client.read(run.id), 'cancelled')
  })
})

describe('a wait for an event', () => {
  test('ends when it comes, with what it carries', async () => {
    const run = await client.run(await waitThen({ event: 'paid' }), 'paused')
    expect(run.waiting).toMatchObject({ for: 'event', event_name: 'paid', wake_at: null })
    expectStatus(await client.tell(run.id, 'shipped', { no: 1 }), 202)
    expectStatus(await client.tell(run.id, 'paid', { amount: 5 }), 202)
    expect((await completed(run.id)).result).toEqual({ got: { amount: 5 } })
    const told = await client.payloads(run.id, 'event_received')
    expect(told.map(({ name }: { name: string }) => name)).toEqual(['shipped', 'paid'])
    expect(
      (await client.payloads(run.id, 'run_resumed')).map(({ cause }: { cause: string }) => cause),
    ).toEqual(['event'])
  })

  test('that came before the run got there is over at once', async () => {
    const id = await client.define(
      [gate, wait({ event: 'paid' }), after],
      [
        ['gate', 'wait'],
        ['wait', 'after'],
      ],
    )
    const run = await client.run(id, 'paused')
    expectStatus(await client.tell(run.id, 'paid', 'early'), 202)
    expectStatus(await client.resume(run.id, { approved: true }), 200)
    expect((await completed(run.id)).result).toEqual({ got: 'early' })
  })

  test('told many times at once: each is kept, the run goes on once, and is not stranded', async () => {
    const run = await client.run(await waitThen({ event: 'paid' }), 'paused')
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => client.tell(run.id, n % 3 === 0 ? 'paid' : 'noise', n)),
    )
    const kept = answers.filter(({ status }) => status === 202)
    expect(kept.length).toBeGreaterThan(0)
    for (const { status, body } of answers) if (status !== 202) expect(body.error.code).toBe('RUN_ENDED')
    await completed(run.id)
    const kinds = await client.kinds(run.id)
    expect(kinds.filter((kind) => kind === 'event_received')).toHaveLength(kept.length)
    expect(kinds.filter((kind) => kind === 'run_completed')).toHaveLength(1)
  })

  test('or a time: whichever comes first', async () => {
    const id = await waitThen({ event: 'paid', duration_ms: 60_000 })
    const [told, late] = [await client.run(id, 'paused', 'in'), await client.run(id, 'paused', 'in')]
    expectStatus(await client.tell(told.id, 'paid', 'event'), 202)
    expect((await completed(told.id)).result).toEqual({ got: 'event' })
    clock.advance(60_000)
    expect((await completed(late.id)).result).toEqual({ got: 'in' })
    expectError(await client.tell(late.id, 'paid'), 409, 'RUN_ENDED')
  })

  test('that was given up after its time leaves the event to the next wait', async () => {
    const id = await client.define(
      [wait({ event: 'paid', duration_ms: 1000 }, 'first'), wait({ event: 'paid' }), after],
      [
        ['first', 'wait'],
        ['wait', 'after'],
      ],
    )
    const run = await client.run(id, 'paused')
    clock.advance(1000)
    await whenHappened(place.server, run.id, 'run_paused', 2)
    expectStatus(await client.tell(run.id, 'paid', 'late'), 202)
    expect((await completed(run.id)).result).toEqual({ got: 'late' })
  })

  test('one after the other: each takes the next one, in the order they came', async () => {
    const id = await client.define(
      [
        gate,
        wait({ event: 'x' }, 'one'),
        wait({ event: 'x' }, 'two'),
        {
          id: 'after',
          type: 'static',
          config: {
            input: ['$steps.one.output', '$steps.two.output'],
          },
        },
      ],
      [
        ['gate', 'one'],
        ['one', 'two'],
        ['two', 'after'],
      ],
    )
    const run = await client.run(id, 'paused')
    for (const n of [1, 2, 3]) expectStatus(await client.tell(run.id, 'x', n), 202)
    expectStatus(await client.resume(run.id, { approved: true }), 200)
    expect((await completed(run.id)).result).toEqual([1, 2])
  })

  test('in a loop: every visit takes another one', async () => {
    const id = await client.define(
      [wait({ event: 'x' }), { id: 'look', type: 'static' }, { id: 'end', type: 'static' }],
      [
        ['wait', 'look'],
        ['look', 'wait', 'more is true'],
        ['look', 'end'],
      ],
    )
    const run = await client.run(id, 'paused')
    for (const [n, more] of [true, true, false].entries()) {
      expectStatus(await client.tell(run.id, 'x', { n, more }), 202)
      if (more) await whenHappened(place.server, run.id, 'run_paused', n + 2)
    }
    expect((await completed(run.id)).result).toEqual({ n: 2, more: false })
    expect(
      (await client.steps(run.id)).filter((step: { node_id: string }) => step.node_id === 'wait'),
    ).toHaveLength(3)
  })

  test('of one name in two branches: one event ends one of them, the next one the other', async () => {
    const id = await client.define(
      [start, wait({ event: 'x' }, 'a'), wait({ event: 'x' }, 'b')],
      [
        ['start', 'a'],
        ['start', 'b'],
      ],
    )
    const run = await client.run(id, 'paused')
    expectStatus(await client.tell(run.id, 'x', 1), 202)
    await whenHappened(place.server, run.id, 'run_paused', 2)
    expectRun(await client.read(run.id), 'paused')
    expectStatus(await client.tell(run.id, 'x', 2), 202)
    expect(Object.values((await completed(run.id)).result).sort()).toEqual([1, 2])
  })

  test('of two names in two branches: the branch whose event comes goes on, whichever it is', async () => {
    const path = `/${fresh('path')}`
    const tool = await client.addTool(place.world.url(path))
    const call = (id: string): Node => ({
      id,
      type: 'tool_node',
      config: { tool_id: tool, input: { from: id } },
    })
    const id = await client.define(
      [start, wait({ event: 'one' }, 'a'), wait({ event: 'two' }, 'b'), call('after_a'), call('after_b')],
      [
        ['start', 'a'],
        ['start', 'b'],
        ['a', 'after_a'],
        ['b', 'after_b'],
      ],
    )
    for (const names of [
      ['one', 'two'],
      ['two', 'one'],
    ]) {
      const run = await client.run(id, 'paused')
      expectStatus(await client.tell(run.id, names[0]!), 202)
      await whenHappened(place.server, run.id, 'tool_call')
      expectRun(await client.read(run.id), 'paused')
      expectStatus(await client.tell(run.id, names[1]!), 202)
      await completed(run.id)
    }
    expect(place.world.effectsOf(path)).toHaveLength(4)
  })

  test('beside a branch that waits for a human: the event is not held up by the human', async () => {
    const path = `/${fresh('path')}`
    const tool = await client.addTool(place.world.url(path))
    const id = await client.define(
      [start, gate, wait({ event: 'paid' }), { id: 'call', type: 'tool_node', config: { tool_id: tool } }],
      [
        ['start', 'gate'],
        ['start', 'wait'],
        ['wait', 'call'],
      ],
    )
    const run = await client.run(id, 'paused')
    expectStatus(await client.tell(run.id, 'paid', {}), 202)
    await whenHappened(place.server, run.id, 'tool_call')
    expect(await client.read(run.id)).toMatchObject({ status: 'paused', waiting: { for: 'approval' } })
    expectRun(expectStatus(await client.resume(run.id, { approved: true }), 200), 'completed')
    expect(place.world.effectsOf(path)).toHaveLength(1)
  })

  test.each([
    ['a name with a space', { name: 'a b' }],
    ['no name', { payload: 1 }],
    ['an approval', { name: 'approval_input:dec_1' }],
  ])('told with %s is refused and stored nowhere', async (_, body) => {
    const run = await client.run(await waitThen({ event: 'paid' }), 'paused')
    const before = await client.kinds(run.id)
    expect((await client.post(`/runs/${run.id}/events`, body)).status).toBe(422)
    expect(await client.kinds(run.id)).toEqual(before)
  })
})

describe('a time beside a gate', () => {
  test('comes while the human still thinks: that branch goes on, and the gate stays open', async () => {
    const path = `/${fresh('path')}`
    const tool = await client.addTool(place.world.url(path))
    const id = await client.define(
      [
        start,
        gate,
        wait({ duration_ms: 1000 }),
        { id: 'call', type: 'tool_node', config: { tool_id: tool } },
        { id: 'join', type: 'static' },
      ],
      [
        ['start', 'gate'],
        ['start', 'wait'],
        ['wait', 'call'],
        ['call', 'join'],
        ['gate', 'join'],
      ],
    )
    const run = await client.run(id, 'paused')
    expect(run.waiting).toMatchObject({
      for: 'approval',
      wake_at: new Date(clock.now() + 1000).toISOString(),
    })
    clock.advance(1000)
    await whenHappened(place.server, run.id, 'run_paused', 2)
    expect(place.world.effectsOf(path)).toHaveLength(1)
    const still = await client.read(run.id)
    expect(still.waiting).toMatchObject({ for: 'approval', decision_id: run.waiting.decision_id })
    expect((await client.kinds(run.id)).filter((kind) => kind === 'approval_requested')).toHaveLength(1)
    expectRun(expectStatus(await client.resume(run.id, { approved: true }), 200), 'completed')
    expect(place.world.effectsOf(path)).toHaveLength(1)
  })

  test('answered while the other branch is at work: the answer is not lost', async () => {
    const path = `/${fresh('path')}`
    const tool = await client.addTool(place.world.url(path))
    const id = await client.define(
      [
        start,
        gate,
        wait({ duration_ms: 1000 }),
        { id: 'call', type: 'tool_node', config: { tool_id: tool } },
      ],
      [
        ['start', 'gate'],
        ['start', 'wait'],
        ['wait', 'call'],
      ],
    )
    const run = await client.run(id, 'paused')
    const held = place.world.hold(path)
    clock.advance(1000)
    await held.arrived
    expectStatus(await client.answer(run.waiting.decision_id), 200)
    held.release({ done: true })
    await completed(run.id)
    expect(place.world.callsTo(path)).toHaveLength(1)
    // Nobody had to take the run up from a process that lost it, and no policy changed it.
    expect(await client.read(run.id)).toMatchObject({ status: 'completed' })
    const causes = (await client.payloads(run.id, 'run_resumed')).map(({ cause }: { cause: string }) => cause)
    expect(causes).toEqual(['time'])
    expect(await client.kinds(run.id)).not.toContain('run_modified')
  })
})

test('what was said at a gate while another branch was at work can be read like any other answer', async () => {
  const path = `/${fresh('path')}`
  const tool = await client.addTool(place.world.url(path))
  const id = await client.define(
    [
      start,
      gate,
      wait({ event: 'go' }),
      { id: 'call', type: 'tool_node', config: { tool_id: tool } },
      { id: 'join', type: 'static', config: { input: { said: '$steps.gate.approval.reason' } } },
    ],
    [
      ['start', 'gate'],
      ['start', 'wait'],
      ['wait', 'call'],
      ['call', 'join'],
      ['gate', 'join'],
    ],
  )
  const run = await client.run(id, 'paused')
  const held = place.world.hold(path)
  expectStatus(await client.tell(run.id, 'go'), 202)
  await held.arrived
  expectStatus(await client.answer(run.waiting.decision_id, 'approved', { reason: 'fine' }), 200)
  held.release()
  expect((await completed(run.id)).result).toEqual({ said: 'fine' })
})

test('an attempt that is far off: the run is put aside until then, and the tool is called again', async () => {
  const path = `/${fresh('path')}`
  const tool = await client.addTool(place.world.url(path), { recovery: 'retry_with_key' })
  const retry = { max_attempts: 3, backoff_ms: 60_000, backoff_factor: 2 }
  const id = await client.define([{ id: 'call', type: 'tool_node', config: { tool_id: tool, retry } }])
  place.world.answers.set(path, (_, response) => send(response, 503, {}))
  const run = await client.run(id, 'paused')
  expect(run.waiting).toMatchObject({
    for: 'time',
    node_id: 'call',
    wake_at: new Date(clock.now() + 60_000).toISOString(),
  })
  clock.advance(60_000)
  await whenHappened(place.server, run.id, 'run_paused', 2)
  expect((await client.read(run.id)).waiting.wake_at).toBe(new Date(clock.now() + 120_000).toISOString())
  expect(place.world.callsTo(path)).toHaveLength(2)
  place.world.answers.delete(path)
  clock.advance(120_000)
  await completed(run.id)
  expect(place.world.callsTo(path)).toHaveLength(3)
  expect(new Set(place.world.callsTo(path).map(({ key }) => key)).size).toBe(1)
  const attempts = (await client.payloads(run.id, 'step_started')).map(
    ({ attempt }: { attempt: number }) => attempt,
  )
  expect(attempts).toEqual([1, 2, 3])
})
