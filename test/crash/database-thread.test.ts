import { rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import type { Worker } from 'node:worker_threads'
import pino from 'pino'
import { afterAll, expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { listenOn } from '../../src/cli/serve.ts'
import { readConfig } from '../../src/config.ts'
import { runClient, whenHappened } from '../engine/runs/run-client.ts'
import { openToolServer } from '../engine/runs/tool-server.ts'
import { countRows, expectStatus, purchaseClient, receipt } from '../gate/purchase-client.ts'
import { makeDataFolder } from '../harness/make-data-folder.ts'
import type { TestServer } from '../harness/start-test-server.ts'
import { expectSoundLog } from '../store/check-log.ts'
import { callerOf } from './program.ts'

const CALLERS = 16
const DIES_AFTER = 120

const dataDir = makeDataFolder()
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

/** The product in this process on a real folder, with the thread that its database runs in. */
async function open(settings: Record<string, string> = {}) {
  const threads: Worker[] = []
  const collect = (worker: Worker) => threads.push(worker)
  process.on('worker', collect)
  const config = readConfig({ PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'silent', ...settings })
  const log = pino({ level: 'silent' })
  const app = await createApp(config, log)
  process.off('worker', collect)
  await app.recover()
  const server = await listenOn(app, config, log)
  const { port } = server.server.address() as AddressInfo
  const caller = callerOf(`http://127.0.0.1:${port}`)
  const client = purchaseClient(caller as TestServer)
  return {
    app,
    caller,
    client,
    kill: () => threads[0]!.terminate(),
    async close() {
      await server.close()
      await app.close()
    },
  }
}

test('the thread of the embedded database dies in the middle of writes: every answer says so, and after a restart nothing is half-written', {
  timeout: 60_000,
}, async () => {
  const first = await open()
  const bought = await first.client.mintedPurchase()
  const waiting = await first.client.mintedPurchase()
  const accepted: string[] = []
  const refused: { status: number; code: string }[] = []
  const dying = Promise.withResolvers<unknown>()
  const pour = async (caller: number) => {
    for (;;) {
      const event = receipt(`run_${caller % 4}`)
      const answer = await first.client.post('/v1/events', event)
      if (answer.status !== 201)
        return void refused.push({ status: answer.status, code: answer.body.error.code })
      if (accepted.push(event.id) === DIES_AFTER) {
        const executing = first.client.execute(bought.token, { amount: 250 })
        dying.resolve(Promise.all([executing, first.kill()]))
      }
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, (_, caller) => pour(caller)))
  await dying.promise
  expect(refused).toHaveLength(CALLERS)
  for (const { status, code } of refused) {
    expect([500, 503]).toContain(status)
    expect(code).toMatch(/^STORAGE_(WRITE_ERROR|UNAVAILABLE)$/)
  }

  const health = await first.client.get('/healthz')
  expect([health.status, health.body.status, health.body.database]).toEqual([503, 'degraded', 'unavailable'])
  for (const answer of [
    await first.client.authorize({ amount: 5 }),
    await first.client.post('/v1/events', receipt('run_0')),
    await first.client.execute(waiting.token, { amount: 250 }),
    await first.client.decision(bought.decisionId),
    await first.client.status('run_0'),
    await first.client.get('/v1/runs'),
  ]) {
    expect([500, 503], answer.text).toContain(answer.status)
    expect(answer.body.error.code, answer.text).toMatch(/^STORAGE_/)
  }
  await first.close()

  const second = await open()
  expect(expectStatus(await second.client.get('/healthz'), 200).status).toBe('ok')
  await expectSoundLog(second.app.kernel.database)
  const stored: string[] = []
  for (const run of [0, 1, 2, 3]) {
    stored.push(...(await second.client.events(`run_${run}`)).map(({ id }: { id: string }) => id))
  }
  expect(new Set(stored).size).toBe(stored.length)
  expect(stored).toEqual(expect.arrayContaining(accepted))
  // What was sent and not answered may be there or not; nothing else may.
  expect(stored.length - accepted.length).toBeLessThanOrEqual(CALLERS)

  // The purchase under way was made and recorded, or not made; either way it is told, and never made twice.
  const { execution } = expectStatus(await second.client.decision(bought.decisionId), 200)
  if (execution === null) expectStatus(await second.client.execute(bought.token, { amount: 250 }), 200)
  else expect(['completed', 'failed']).toContain(execution.status)
  expectStatus(await second.client.execute(waiting.token, { amount: 250 }), 200)
  const completed = expectStatus(await second.client.get('/v1/executions?status=completed'), 200).executions
  expect((await countRows(second as unknown as TestServer)).purchase_orders).toBe(completed.length)
  await second.close()
})

test('the thread dies while a run calls a tool: the next start takes the run up, and the tool acts once', {
  timeout: 60_000,
}, async () => {
  const world = await openToolServer()
  const settings = { COUNTERSIGN_TOOL_ORIGINS: world.origin }
  const first = await open(settings)
  first.app.startBackground()
  const before = runClient(first.caller)
  const tool_id = await before.addTool(world.url(), { recovery: 'retry_with_key' })
  const workflowId = await before.define(
    [
      { id: 'call', type: 'tool_node', config: { tool_id } },
      { id: 'after', type: 'static', config: { value: 'over' } },
    ],
    [['call', 'after']],
  )
  const held = world.hold('/do')
  const starting = before.start(workflowId)
  await held.arrived
  await first.kill()
  held.release()
  const answer = await starting
  expect([answer.status, answer.body.error.code]).toEqual([
    expect.toSatisfy((status) => status >= 500),
    expect.stringMatching(/^STORAGE_/),
  ])
  await first.close()

  const second = await open(settings)
  const after = runClient(second.caller)
  const { data, total } = expectStatus(await after.get(`/runs?workflow_id=${workflowId}`), 200)
  expect([total, data[0].status]).toEqual([1, 'running'])
  second.app.startBackground()
  await whenHappened(second as unknown as TestServer, data[0].id, 'run_completed')
  expect(await after.read(data[0].id)).toMatchObject({ status: 'completed', result: 'over' })
  expect(world.effects).toHaveLength(1)
  expect(new Set(world.calls.map(({ key }) => key)).size).toBe(1)
  await expectSoundLog(second.app.kernel.database)
  await second.close()
  await world.close()
})
