import { rmSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openToolServer, type ToolServer } from '../engine/runs/tool-server.ts'
import { expectStatus } from '../gate/purchase-client.ts'
import { makeDataFolder } from '../harness/make-data-folder.ts'
import { expectVerified } from './program.ts'
import { begin, callNode, type RunProgram, settled, startRunProgram, times, traceOf } from './run-program.ts'

type Run = { id: string; status: string }

// Each test starts processes and waits for leases, which takes its time on a busy machine.
describe('the program is killed between two commits of a run', { timeout: 60_000 }, () => {
  let world: ToolServer
  let program: RunProgram
  let dataDir: string
  let first: Run
  let second: Run
  const start = (point?: string) =>
    startRunProgram(dataDir, world, point ? { COUNTERSIGN_CRASH_POINT: point } : {})
  const list = async (workflowId: string): Promise<Run[]> =>
    expectStatus(await program.client.get(`/runs?workflow_id=${workflowId}`), 200).data
  const trace = (path: string, run: Run) => traceOf(world, path, run.id)
  const addTool = (id: string, recovery: string) =>
    program.client.addTool(world.url(`/${id}`), { id, recovery })

  beforeAll(async () => {
    world = await openToolServer()
    dataDir = makeDataFolder()
    program = await start('tool-call-intended')
  })
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') console.error(program.output())
  })
  afterAll(async () => {
    await program.stop('SIGKILL')
    await world.close()
    rmSync(dataDir, { recursive: true, force: true })
  })

  /** Waits for the end that the crash point made, and starts the next program. */
  async function nextProgram(point?: string) {
    await program.ended
    expect(program.process.signalCode).toBe('SIGKILL')
    program = await start(point)
  }

  test('at tool-call-intended: the call had not been made, and is made once', async () => {
    await addTool('before', 'retry_with_key')
    await addTool('after', 'retry_with_key')
    await program.client.define(
      [callNode('before'), { id: 'gate', type: 'human_gate' }, callNode('after')],
      [
        ['before', 'gate'],
        ['gate', 'after'],
      ],
      { id: 'story' },
    )
    begin(program, 'story')
    await nextProgram('tool-call-performed')
    expect(world.calls).toEqual([])
    ;[first] = (await list('story')) as [Run]
    first = await settled(program.client, first.id, 'paused')
    expect(trace('/before', first)).toEqual({ calls: 1, keys: 1, effects: 1 })
    const kinds = await program.client.kinds(first.id)
    for (const once of ['run_started', 'tool_call_intended', 'tool_call', 'run_resumed']) {
      expect([once, times(kinds, once)]).toEqual([once, 1])
    }
    await expectVerified(program, first.id)
  })

  test('at tool-call-performed: it is called again under its key, and the world has acted once', async () => {
    begin(program, 'story')
    // What takes the run up dies where it is put aside.
    await nextProgram('run-paused')
    second = (await list('story')).find(({ id }) => id !== first.id)!
    expect(trace('/before', second)).toEqual({ calls: 1, keys: 1, effects: 1 })
    await nextProgram('approval-resolved')
    expect(trace('/before', second)).toEqual({ calls: 2, keys: 1, effects: 1 })
  })

  test('at run-paused: the run waits, and its gate was opened once', async () => {
    const run = await program.client.read(second.id)
    expect(run.status).toBe('paused')
    const kinds = await program.client.kinds(second.id)
    expect([times(kinds, 'approval_requested'), times(kinds, 'run_paused')]).toEqual([1, 1])
    const { approvals } = expectStatus(await program.client.get('/v1/approvals/pending'), 200)
    expect(approvals.filter(({ run_id }: { run_id: string }) => run_id === second.id)).toMatchObject([
      { decision_id: run.waiting.decision_id },
    ])
  })

  test('at approval-resolved: the answer counts, and the run goes on by itself', async () => {
    expect(await program.client.resume(second.id, { approved: true }).catch(() => null)).toBe(null)
    // What takes the run up dies where it has ended.
    await nextProgram('run-ended')
    await nextProgram()
    expect(trace('/after', second)).toEqual({ calls: 1, keys: 1, effects: 1 })
    expect(times(await program.client.kinds(second.id), 'approval_resolved')).toBe(1)
  })

  test('at run-ended: the run has ended, and nothing of it is done again', async () => {
    expect(await program.client.read(second.id)).toMatchObject({ status: 'completed', error: null })
    const kinds = await program.client.kinds(second.id)
    for (const once of ['run_started', 'run_paused', 'approval_requested', 'run_completed']) {
      expect([once, times(kinds, once)]).toEqual([once, 1])
    }
    expect(['tool_call_intended', 'tool_call', 'step_completed'].map((kind) => times(kinds, kind))).toEqual([
      2, 2, 3,
    ])
    await expectVerified(program, second.id)
  })

  test('what waited all the while goes on like any other', async () => {
    const over = expectStatus(await program.client.resume(first.id, { approved: true }), 200)
    expect(over).toMatchObject({ status: 'completed', error: null })
    expect(trace('/before', first)).toEqual({ calls: 1, keys: 1, effects: 1 })
    expect(trace('/after', first)).toEqual({ calls: 1, keys: 1, effects: 1 })
    expect(trace('/after', second).calls).toBe(1)
  })

  test('a tool that does not honour its key: what was under way is in doubt and asked of a human', async () => {
    await program.stop()
    program = await start('tool-call-performed')
    await addTool('blind', 'ask_human')
    await program.client.define([callNode('blind')], [], { id: 'blind' })
    const held = []
    for (let count = 0; count < 2; count++) {
      held.push(world.hold('/blind'))
      begin(program, 'blind')
      await held.at(-1)!.arrived
    }
    // Another call kills the program while these two are under way.
    begin(program, 'story')
    await nextProgram()
    for (const { release } of held) release()
    const runs = await list('blind')
    expect(runs).toHaveLength(2)
    for (const { id } of runs) {
      const run = await settled(program.client, id, 'paused')
      const { decision_id } = run.waiting
      const shown = expectStatus(await program.client.get(`/v1/approvals/decisions/${decision_id}`), 200)
      expect(shown).toMatchObject({ action: 'tool_call_in_doubt', payload: { tool_id: 'blind' } })
      expect((await program.client.steps(id))[0].in_doubt).toBe(true)
      expect(trace('/blind', run).calls).toBe(1)
    }
    const [known, unknown] = runs as [Run, Run]
    const said = await program.client.resume(known.id, { approved: true, output: { order: 7 } })
    expect(expectStatus(said, 200)).toMatchObject({ status: 'completed', result: { order: 7 } })
    expect(trace('/blind', known).calls).toBe(1)
    const again = await program.client.resume(unknown.id, { approved: true })
    expect(expectStatus(again, 200).status).toBe('completed')
    expect(trace('/blind', unknown)).toEqual({ calls: 2, keys: 1, effects: 1 })
    await expectVerified(program, known.id)
  })

  test('a program that is told to stop leaves what is under way to the next one', async () => {
    const [story, blind] = [world.hold('/before'), world.hold('/blind')]
    const lines = [begin(program, 'story'), begin(program, 'blind')]
    await Promise.all([story.arrived, blind.arrived])
    const isOpen = ({ status }: Run) => status === 'running'
    const keyed = (await list('story')).find(isOpen)!
    const unkeyed = (await list('blind')).find(isOpen)!
    // Closing waits for whoever is still on the line.
    for (const hangUp of lines) hangUp()
    await program.stop('SIGTERM')
    story.release()
    blind.release()
    program = await start()
    await settled(program.client, keyed.id, 'paused')
    expect(trace('/before', keyed)).toEqual({ calls: 2, keys: 1, effects: 1 })
    const doubt = await settled(program.client, unkeyed.id, 'paused')
    expect(doubt.waiting).toMatchObject({ for: 'approval', node_id: 'blind' })
    expect(trace('/blind', unkeyed).calls).toBe(1)
    const said = await program.client.resume(unkeyed.id, { approved: true, output: {} })
    expect(expectStatus(said, 200).status).toBe('completed')
  })
})
