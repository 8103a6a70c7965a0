import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { takeUpDueRuns } from '../../../src/engine/runs/place-runs.ts'
import { AUTH_SETTINGS, signUp } from '../../gate/people.ts'
import { expectError, expectStatus, fresh } from '../../gate/purchase-client.ts'
import { DATABASES } from '../../harness/open-test-database.ts'
import { startTestServer, type TestServer } from '../../harness/start-test-server.ts'
import { expectRun, type Node, type RunClient, runClient, whenHappened } from './run-client.ts'
import { openToolServer, type ToolServer } from './tool-server.ts'

type Frame = {
  id: number | null
  event: string | null
  data: { kind?: string; seq?: number; status?: string; id: string }
}

describe.each(DATABASES)('the stream of a run on %s', (database) => {
  let server: TestServer
  let world: ToolServer
  let headers: Record<string, string>
  let client: RunClient
  beforeAll(async () => {
    world = await openToolServer()
    server = await startTestServer({
      database,
      background: true,
      settings: { ...AUTH_SETTINGS, COUNTERSIGN_TOOL_ORIGINS: world.origin },
    })
    headers = (await signUp(server)).headers
    client = runClient(server, { headers })
  })
  afterAll(async () => {
    await server.close()
    await world.close()
  })

  /** Opens the stream; frames come as they are sent. */
  async function open(runId: string, { lastId, query = '' }: { lastId?: number; query?: string } = {}) {
    const response = await fetch(`${server.address}/runs/${runId}/stream${query}`, {
      headers: { ...headers, ...(lastId !== undefined && { 'last-event-id': String(lastId) }) },
    })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    return readFrames(response.body!.pipeThrough(new TextDecoderStream()))
  }
  /** All frames up to the end that the server makes. */
  async function readAll(...args: Parameters<typeof open>): Promise<Frame[]> {
    const frames: Frame[] = []
    for await (const frame of await open(...args)) frames.push(frame)
    return frames
  }
  /** Every event of the run once, in order, under its number; then the run itself. */
  async function expectWhole(frames: Frame[], runId: string, status: string, afterSeq = 0) {
    const events = (await client.events(runId)).filter(({ seq }: { seq: number }) => seq > afterSeq)
    expect(frames.slice(0, -1)).toEqual(
      events.map((event: { seq: number }) => ({ id: event.seq, event: null, data: event })),
    )
    const last = frames.at(-1)!
    expect(last).toMatchObject({ id: null, event: 'complete', data: { id: runId, status } })
  }

  const gate: Node = { id: 'gate', type: 'human_gate' }
  async function slowCall() {
    const path = `/${fresh('path')}`
    const toolId = await client.addTool(world.url(path))
    const workflowId = await client.define(
      [{ id: 'call', type: 'tool_node', config: { tool_id: toolId } }, gate],
      [['call', 'gate']],
    )
    const held = world.hold(path)
    const starting = client.start(workflowId)
    await held.arrived
    const [run] = expectStatus(await client.get(`/runs?workflow_id=${workflowId}`), 200).data
    return { runId: run.id as string, held, starting }
  }

  test('of a run that has completed or failed tells all of it and ends', async () => {
    const done = await client.run(await client.define([{ id: 'a', type: 'static' }]), 'completed')
    await expectWhole(await readAll(done.id), done.id, 'completed')
    const missing = await client.define([{ id: 'wait', type: 'wait', config: { until: '$input.soon' } }])
    const failed = await client.run(missing, 'failed')
    await expectWhole(await readAll(failed.id), failed.id, 'failed')
  })

  test('of a run at work tells what comes as it comes, and ends when the run is put aside', async () => {
    const { runId, held, starting } = await slowCall()
    const frames: Frame[] = []
    for await (const frame of await open(runId)) {
      frames.push(frame)
      if (frame.data.kind === 'tool_call_intended') held.release()
    }
    await expectWhole(frames, runId, 'paused')
    expectRun(expectStatus(await starting, 201), 'paused')
  })

  test('ends when the run is cancelled', async () => {
    const { runId, held } = await slowCall()
    const frames: Frame[] = []
    for await (const frame of await open(runId)) {
      frames.push(frame)
      if (frame.data.kind === 'tool_call_intended') expectStatus(await client.cancel(runId), 200)
    }
    held.release()
    expect(frames.at(-1)).toMatchObject({ event: 'complete', data: { status: 'cancelled' } })
    expect(frames.map(({ data }) => data.kind)).toContain('run_cancelled')
  })

  test('of a cancelled run ends also when the call that was stopped is recorded before the stream looks', async () => {
    const { runId, held } = await slowCall()
    const { ledger } = server.app.kernel
    const { readHead } = ledger
    const frames: Frame[] = []
    for await (const frame of await open(runId)) {
      frames.push(frame)
      if (frame.data.kind !== 'tool_call_intended') continue
      const recorded = whenHappened(server, runId, 'tool_call')
      vi.spyOn(ledger, 'readHead').mockImplementation(async (...args) => {
        await recorded
        return readHead(...args)
      })
      expectStatus(await client.cancel(runId), 200)
    }
    vi.restoreAllMocks()
    held.release()
    await expectWhole(frames, runId, 'cancelled')
    expect(frames.at(-2)!.data.kind).toBe('tool_call')
  })

  test('goes on behind the event that was seen last', async () => {
    const id = await client.define(
      [
        { id: 'a', type: 'static' },
        { id: 'b', type: 'static' },
      ],
      [['a', 'b']],
    )
    const run = await client.run(id, 'completed')
    const whole = await readAll(run.id)
    for (const lastId of [1, 3, whole.length - 2]) {
      await expectWhole(await readAll(run.id, { lastId }), run.id, 'completed', lastId)
      await expectWhole(await readAll(run.id, { query: `?after_seq=${lastId}` }), run.id, 'completed', lastId)
    }
    // Behind the last one there is nothing but the run.
    expect(await readAll(run.id, { lastId: whole.length - 1 })).toHaveLength(1)
    expect(await readAll(run.id, { lastId: 1_000_000 })).toHaveLength(1)
  })

  test('broken off and taken up again tells every event once', async () => {
    const { runId, held } = await slowCall()
    const first: Frame[] = []
    for await (const frame of await open(runId)) {
      first.push(frame)
      if (first.length === 3) break
    }
    held.release()
    const rest = await readAll(runId, { lastId: first.at(-1)!.id! })
    await expectWhole([...first, ...rest], runId, 'paused')
  })

  test('of a paused run says that it is, and a new one tells how it went on', async () => {
    const run = await client.run(await client.define([gate]), 'paused')
    const before = await readAll(run.id)
    await expectWhole(before, run.id, 'paused')
    expectStatus(await client.resume(run.id, { approved: true }), 200)
    await expectWhole(
      await readAll(run.id, { lastId: before.length - 1 }),
      run.id,
      'completed',
      before.length - 1,
    )
  })

  test('twenty readers at once are each told everything', async () => {
    const { runId, held } = await slowCall()
    const readers = Array.from({ length: 20 }, () => readAll(runId))
    held.release()
    for (const frames of await Promise.all(readers)) await expectWhole(frames, runId, 'paused')
  })

  test.each([['x'], ['-1'], ['1.5'], ['99999999999999999999'], ['']])(
    'a Last-Event-ID of %j means the beginning',
    async (lastId) => {
      const run = await client.run(await client.define([{ id: 'a', type: 'static' }]), 'completed')
      const response = await fetch(`${server.address}/runs/${run.id}/stream`, {
        headers: { ...headers, 'last-event-id': lastId },
      })
      const frames: Frame[] = []
      for await (const frame of readFrames(response.body!.pipeThrough(new TextDecoderStream())))
        frames.push(frame)
      await expectWhole(frames, run.id, 'completed')
    },
  )

  test('asks for a credential, and for a query that it knows', async () => {
    const run = await client.run(await client.define([{ id: 'a', type: 'static' }]), 'completed')
    expectError(await server.get(`/runs/${run.id}/stream`), 401, 'UNAUTHENTICATED')
    expect((await client.get(`/runs/${run.id}/stream?after_seq=-1`)).status).toBe(422)
    expect((await client.get(`/runs/${run.id}/stream?other=1`)).status).toBe(422)
  })
})

test('of a run whose question was answered goes on until somebody has taken the run up', async () => {
  // Nothing runs by itself here, so the time between the answer and the taking up lasts as long as is wanted.
  const server = await startTestServer()
  const client = runClient(server)
  const run = await client.run(await client.define([{ id: 'gate', type: 'human_gate' }]), 'paused')
  const answer = { decision: 'approved', approver_id: 'maria' }
  const { decision_id: decisionId } = run.waiting
  expectStatus(await client.post(`/v1/approvals/decisions/${decisionId}`, answer), 200)
  const response = await fetch(`${server.address}/runs/${run.id}/stream`)
  const frames: Frame[] = []
  for await (const frame of readFrames(response.body!.pipeThrough(new TextDecoderStream()))) {
    frames.push(frame)
    if (frame.data.kind === 'approval_resolved') await takeUpDueRuns(server.app.http.engine)
  }
  expect(frames.at(-1)).toMatchObject({ event: 'complete', data: { id: run.id, status: 'completed' } })
  await server.close()
})

async function* readFrames(stream: AsyncIterable<string>): AsyncGenerator<Frame> {
  let rest = ''
  for await (const text of stream) {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop()!
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? null
      const data = field('data')
      if (data === null) continue
      const id = field('id')
      yield { id: id === null ? null : Number(id), event: field('event'), data: JSON.parse(data) }
    }
  }
}
