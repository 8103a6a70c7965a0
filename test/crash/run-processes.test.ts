import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openModelServer } from '../engine/runs/run-world.ts'
import { openToolServer, type ToolServer } from '../engine/runs/tool-server.ts'
import { expectStatus } from '../gate/purchase-client.ts'
import { createPostgresDatabase, DATABASES } from '../harness/open-test-database.ts'
import { expectVerified } from './program.ts'
import { begin, callNode, type RunProgram, settled, startRunProgram, times, traceOf } from './run-program.ts'

type Run = { id: string; status: string }

describe.runIf(DATABASES.includes('postgres'))(
  'runs of two processes on one PostgreSQL',
  { timeout: 60_000 },
  () => {
    let world: ToolServer
    let model: Awaited<ReturnType<typeof openModelServer>>
    let one: RunProgram
    let other: RunProgram
    let dataDir: string
    let databaseUrl: string
    const start = () =>
      startRunProgram(dataDir, world, {
        DATABASE_URL: databaseUrl,
        LLM_BASE_URL: model.baseUrl,
        LLM_MODEL: 'local',
      })
    const openRun = async (workflowId: string): Promise<Run> =>
      expectStatus(await other.client.get(`/runs?workflow_id=${workflowId}&status=running`), 200).data[0]

    beforeAll(async () => {
      world = await openToolServer()
      model = await openModelServer()
      dataDir = mkdtempSync(join(tmpdir(), 'countersign-crash-'))
      databaseUrl = await createPostgresDatabase()
      ;[one, other] = (await Promise.all([start(), start()])) as [RunProgram, RunProgram]
      for (const [id, recovery] of [
        ['keyed', 'retry_with_key'],
        ['blind', 'ask_human'],
      ] as const) {
        await one.client.addTool(world.url(`/${id}`), { id, recovery })
        const next = {
          id: 'next',
          type: 'tool_node',
          config: { tool_id: 'keyed', input: { run: '$context.run_id', next: true } },
        }
        await one.client.define([callNode(id), next], [[id, 'next']], { id })
      }
      await one.client.define([{ id: 'gate', type: 'human_gate' }, callNode('keyed')], [['gate', 'keyed']], {
        id: 'gated',
      })
    })
    afterEach(({ task }) => {
      if (task.result?.state === 'fail') console.error(one.output(), other.output())
    })
    afterAll(async () => {
      await Promise.all([one.stop('SIGKILL'), other.stop('SIGKILL')])
      await world.close()
      await model.close()
      rmSync(dataDir, { recursive: true, force: true })
    })

    test('a run stays with the process that drives it, however long it takes and whatever it is told elsewhere', async () => {
      const held = world.hold('/keyed')
      begin(one, 'keyed')
      await held.arrived
      const run = await openRun('keyed')
      // Longer than a process may be silent about a run, and told something by the other one all the while.
      for (let second = 0; second < 4; second++) {
        expectStatus(await other.client.tell(run.id, 'news', second), 202)
        await new Promise((resolve) => setTimeout(resolve, 1000))
      }
      held.release()
      await settled(other.client, run.id, 'completed')
      expect(traceOf(world, '/keyed', run.id)).toEqual({ calls: 2, keys: 2, effects: 2 })
      expect(await other.client.kinds(run.id)).not.toContain('run_resumed')
    })

    test('paused by one and answered at both at once: one answer counts, and the run goes on once', async () => {
      const run = await one.client.run('gated', 'paused')
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, caller) =>
          (caller % 2 === 0 ? one : other).client.resume(run.id, { approved: true }),
        ),
      )
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
      for (const { status } of answers) expect([200, 409]).toContain(status)
      await settled(one.client, run.id, 'completed')
      expect(traceOf(world, '/keyed', run.id)).toEqual({ calls: 1, keys: 1, effects: 1 })
      const kinds = await other.client.kinds(run.id)
      expect([times(kinds, 'approval_resolved'), times(kinds, 'run_resumed')]).toEqual([1, 1])
    })

    test('the process that drives a run is killed: the other takes over within five seconds and finishes it', async () => {
      const keyed = world.hold('/keyed')
      begin(one, 'keyed')
      await keyed.arrived
      const run = await openRun('keyed')
      const blind = world.hold('/blind')
      begin(one, 'blind')
      await blind.arrived
      const doubtful = await openRun('blind')
      const agentId = await one.client.addAgent()
      const asking = await one.client.define([
        { id: 'ask', type: 'agent_node', config: { agent_id: agentId } },
      ])
      const asked = Promise.withResolvers<void>()
      model.willAnswer(() => asked.resolve())
      begin(one, asking, { llm_calls_limit: 1 })
      await asked.promise
      const spent = await openRun(asking)
      const taken = world.expectCall('/keyed')
      const killed = performance.now()
      one.process.kill('SIGKILL')
      await taken
      expect(performance.now() - killed).toBeLessThan(5_000)
      await settled(other.client, run.id, 'completed')
      keyed.release()
      blind.release()
      expect(traceOf(world, '/keyed', run.id)).toEqual({ calls: 3, keys: 2, effects: 2 })
      const doubt = await settled(other.client, doubtful.id, 'paused')
      expect(doubt.waiting).toMatchObject({ for: 'approval', node_id: 'blind' })
      expect(traceOf(world, '/blind', doubtful.id).calls).toBe(1)
      await expectVerified(other, run.id)
      // The call that was cut off may have been made: it counts.
      const over = await settled(other.client, spent.id, 'failed')
      expect(over).toMatchObject({ llm_calls: 1, error: { error_type: 'budget_exceeded' } })
      expect(model.requests).toHaveLength(1)

      one = await start()
      const said = await one.client.resume(doubtful.id, { approved: true, output: {} })
      expect(expectStatus(said, 200).status).toBe('completed')
      expect(traceOf(world, '/blind', doubtful.id).calls).toBe(1)
    })

    test('a process that only seemed dead keeps nothing of a run that another took over', async () => {
      const held = world.hold('/keyed')
      begin(one, 'keyed')
      await held.arrived
      const run = await openRun('keyed')
      const taken = world.expectCall('/keyed')
      one.process.kill('SIGSTOP')
      await taken
      await settled(other.client, run.id, 'completed')
      one.process.kill('SIGCONT')
      held.release()
      // It answers again, so it has gone on with what it held.
      await one.client.read(run.id)
      expect(traceOf(world, '/keyed', run.id)).toMatchObject({ keys: 2, effects: 2 })
      const kinds = await other.client.kinds(run.id)
      expect([
        times(kinds, 'run_completed'),
        times(kinds, 'step_completed'),
        times(kinds, 'run_resumed'),
      ]).toEqual([1, 2, 1])
      await expectVerified(other, run.id)
    })
  },
)
