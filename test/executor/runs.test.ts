import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Node, type RunClient, runClient } from '../engine/runs/run-client.ts'
import { AUTH_SETTINGS, signUp } from '../gate/people.ts'
import { expectStatus, fresh } from '../gate/purchase-client.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import type { SpawnedProgram } from '../harness/spawn-program.ts'
import { createTestClock, startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { SECRET, spawnExecutor } from './spawn-executor.ts'

const CALLED = 'a tool is called'
const code = (text: string, id = 'code'): Node => ({
  id,
  type: 'tool_node',
  config: { tool_id: 'code_interpreter', input: { language: 'javascript', code: text } },
})
const files = (id: string, input: Record<string, unknown>): Node => ({
  id,
  type: 'tool_node',
  config: { tool_id: 'file_system', input },
})
/** Prints, and then never ends. */
const LOOP = 'console.log("begun"); for (;;);'

describe.each(DATABASES)('runs whose tools are performed by the executor, on %s', (database) => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-executor-'))
  const clock = createTestClock()
  let executor: SpawnedProgram
  let server: TestServer
  let client: RunClient
  /** Once more at the same address, where one was before. */
  const start = async () => {
    const port = executor ? new URL(executor.address).port : '0'
    executor = await spawnExecutor(folder, { EXECUTOR_PORT: port })
  }
  const calls = () => executor.output().split(CALLED).length - 1

  beforeAll(async () => {
    await start()
    server = await startTestServer({
      database,
      clock,
      background: true,
      settings: { ...AUTH_SETTINGS, LOGLINE_EXECUTOR_URL: executor.address, LOGLINE_SHARED_SECRET: SECRET },
    })
    client = runClient(server, { headers: (await signUp(server)).headers })
  })
  afterAll(async () => {
    await server.close()
    await executor.stop('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  /** Begins a run whose program never ends, and kills the executor while it runs. */
  async function killDuring(workflowId: string) {
    const before = calls()
    const started = client.start(workflowId)
    await executor.said(CALLED, before + 1)
    await executor.stop('SIGKILL')
    return expectStatus(await started, 201)
  }

  test('a program runs once a human has approved exactly it, and what it printed is the output', async () => {
    const text = 'console.log(6 * 7)'
    const workflowId = await client.define([code(text)])
    await client.addPolicy('tool', 'code_interpreter', 'require_approval', {
      conditions: [{ field: 'workflow.id', operator: 'equals', value: workflowId }],
    })
    const before = calls()
    const run = await client.run(workflowId, 'paused')
    expect(calls()).toBe(before)
    const shown = expectStatus(await client.get(`/v1/approvals/decisions/${run.waiting.decision_id}`), 200)
    expect(shown.payload).toMatchObject({
      tool_id: 'code_interpreter',
      input: { language: 'javascript', code: text },
      definition: { handler_type: 'remote' },
    })
    const over = expectStatus(await client.resume(run.id, { approved: true }), 200)
    expect(over).toMatchObject({ status: 'completed', result: { stdout: '42\n', stderr: '', exit_code: 0 } })
    expect(calls()).toBe(before + 1)
    const [called] = await client.payloads(run.id, 'tool_call')
    expect(called).toMatchObject({ outcome: 'done', remote: true })
    expect(JSON.stringify(await client.events(run.id))).not.toContain(SECRET)
  })

  test('nodes of a run share its files, and another run sees none of them', async () => {
    const write = files('write', { action: 'write', path: 'notes/a', content: '$input.said' })
    const read = files('read', { action: 'read', path: 'notes/a' })
    const workflowId = await client.define([write, read], [['write', 'read']])
    const said = fresh('said')
    expect((await client.run(workflowId, 'completed', { said })).result).toEqual({ content: said })
    const other = await client.define([files('list', { action: 'list', path: '.' })])
    expect((await client.run(other, 'completed')).result).toEqual({ entries: [] })
  })

  test('what the executor has not got, and what a tool could not do, fails the step with its words', async () => {
    const python = code('print(1)')
    ;(python.config as { input: { language: string } }).input.language = 'python'
    const lacking = await client.run(await client.define([python]), 'failed')
    expect(lacking.error).toMatchObject({
      error_type: 'TOOL_NOT_AVAILABLE',
      error: expect.stringContaining('no Python'),
    })
    const missing = files('read', { action: 'read', path: 'nowhere' })
    const failed = await client.run(await client.define([missing]), 'failed')
    expect(failed.error).toMatchObject({ error_type: 'FILE_NOT_FOUND' })
  })

  test('killed during a call that may be made again: the run has failed, and nothing makes it again', async () => {
    const run = await killDuring(await client.define([code(LOOP)]))
    expect(run).toMatchObject({ status: 'failed', error: { error_type: 'EXECUTOR_LOST' } })
    await start()
    await client.run(await client.define([files('list', { action: 'list', path: '.' })]), 'completed')
    expect(calls()).toBe(1)
    const kinds = await client.kinds(run.id)
    expect(kinds.filter((kind) => kind.startsWith('tool_call'))).toEqual(['tool_call_intended', 'tool_call'])
  })

  test('killed during a call that may not: the run waits in doubt for a human, who says what it did', async () => {
    const builtIn = expectStatus(await client.get('/tools/code_interpreter'), 200)
    const { created_at: _created, updated_at: _updated, ...tool } = builtIn
    // The tenant's own takes its place from here on.
    await client.addTool('', { ...tool, recovery: 'ask_human' })
    const run = await killDuring(await client.define([code(LOOP)]))
    expect(run).toMatchObject({ status: 'paused', waiting: { for: 'approval' } })
    expect((await client.steps(run.id))[0].in_doubt).toBe(true)
    await start()
    const output = { stdout: 'seen', stderr: '', exit_code: 0, duration_ms: 1 }
    const said = expectStatus(await client.resume(run.id, { approved: true, output }), 200)
    expect(said).toMatchObject({ status: 'completed', result: output })
    expect(calls()).toBe(0)
  })

  test('while it is away calls fail, after five at once and for a minute; then one finds it back', async () => {
    const workflowId = await client.define([files('list', { action: 'list', path: '.' })])
    await client.run(workflowId, 'completed')
    await executor.stop('SIGKILL')
    const attempt = async () => (await client.run(workflowId, 'failed')).error
    for (let count = 0; count < 5; count++) {
      expect(await attempt()).toMatchObject({
        error_type: 'EXECUTOR_UNAVAILABLE',
        error: expect.stringContaining('ECONNREFUSED'),
      })
    }
    await start()
    expect(await attempt()).toMatchObject({
      error_type: 'EXECUTOR_UNAVAILABLE',
      error: expect.stringContaining('not asked for a minute'),
    })
    expect(calls()).toBe(0)
    clock.advance(60_000)
    await client.run(workflowId, 'completed')
    expect(calls()).toBe(1)
  })
})
