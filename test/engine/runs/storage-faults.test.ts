import type { ServerResponse } from 'node:http'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { completion, sendJson } from '../../../src/engine/models/chat-server.fixture.ts'
import type { BuiltInTool } from '../../../src/engine/tools/tool-handler.ts'
import { expectStatus, fresh } from '../../gate/purchase-client.ts'
import { createPostgresDatabase, DATABASES, type DatabaseKind } from '../../harness/open-test-database.ts'
import { expectSoundLog } from '../../store/check-log.ts'
import { expectRun, type Node, type RunClient, whenHappened } from './run-client.ts'
import { openRunWorld, type RunWorld } from './run-world.ts'
import { type Answering, send } from './tool-server.ts'

type Fault = { begin(): Promise<unknown>; end(): Promise<unknown> }

/** Every write of an event is refused for a while; reading goes on. */
const refusesWrites = ({ server }: RunWorld): Fault => {
  const { asOwner } = server.app.kernel.database
  const change = (statement: string) => asOwner((session) => session.query(statement))
  return {
    begin: () => change('REVOKE INSERT ON events FROM countersign_app'),
    end: () => change('GRANT INSERT ON events TO countersign_app'),
  }
}

/** PostgreSQL ends every connection, and takes no new one for a while. */
const dropsConnections = (_: RunWorld, databaseUrl: string): Fault => {
  const name = nameOf(databaseUrl)
  return {
    begin: () => administer(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`, endConnections(databaseUrl)),
    end: () => administer(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`),
  }
}

const nameOf = (databaseUrl: string) => new URL(databaseUrl).pathname.slice(1)
const endConnections = (databaseUrl: string) =>
  `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${nameOf(databaseUrl)}'`

async function administer(...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') })
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}

const FAULTS: [DatabaseKind, string, (place: RunWorld, databaseUrl: string) => Fault][] = [
  ['pglite', 'refuses writes', refusesWrites],
  ['postgres', 'refuses writes', refusesWrites],
  ['postgres', 'drops its connections', dropsConnections],
]

describe.each(FAULTS.filter(([kind]) => DATABASES.includes(kind)))(
  'a %s that %s while runs are at work',
  (kind, _name, faultOf) => {
    let place: RunWorld
    let client: RunClient
    let fault: Fault
    beforeAll(async () => {
      const databaseUrl = kind === 'postgres' ? await createPostgresDatabase() : ''
      place = await openRunWorld(kind === 'postgres' ? { databaseUrl } : { database: kind })
      client = place.client
      fault = faultOf(place, databaseUrl)
      await prepare()
    })
    afterAll(() => place.close())

    /** A run that stands in the middle of a call when the fault begins. */
    async function atCall(recovery: string, more: Node[] = []) {
      const path = `/${fresh('path')}`
      const tool_id = await client.addTool(place.world.url(path), { recovery })
      const before: Node = { id: 'before', type: 'static', config: { value: 1 } }
      const nodes = [before, { id: 'call', type: 'tool_node', config: { tool_id } }, ...more]
      const workflowId = await client.define(
        nodes,
        nodes.slice(1).map((node, index) => [nodes[index]!.id, node.id]),
      )
      const held = place.world.hold(path)
      const answered = client.start(workflowId)
      await held.arrived
      const { data } = expectStatus(await client.get(`/runs?workflow_id=${workflowId}`), 200)
      return { id: data[0].id as string, path, held, answered }
    }

    /** The same with a tool that comes with the program, which works on the same database. */
    async function atOwnTool() {
      const [arrived, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const keys: string[] = []
      const { database } = place.server.app.kernel
      const tools = place.server.app.http.engine.builtInTools as Map<string, BuiltInTool>
      tools.set('test.counts', {
        tool: {
          id: 'test.counts',
          name: 'Counts',
          description: null,
          input_schema: { type: 'object' },
          output_schema: null,
          handler_config: {},
          risk_level: 'low',
          // One without any is called while its intent is still on its way.
          side_effects: ['counts'],
          recovery: 'retry_with_key',
          timeout_ms: 60_000,
        },
        async handler({ idempotencyKey, principal }) {
          keys.push(idempotencyKey)
          arrived.resolve()
          await released.promise
          const [row] = await database.transaction(principal.tenantId, (session) =>
            session.query<{ count: number }>('SELECT count(*) AS count FROM tickets'),
          )
          return { tickets: row!.count }
        },
      })
      const workflowId = await client.define([
        { id: 'count', type: 'tool_node', config: { tool_id: 'test.counts' } },
      ])
      const answered = client.start(workflowId)
      await arrived.promise
      const { data } = expectStatus(await client.get(`/runs?workflow_id=${workflowId}`), 200)
      return { id: data[0].id as string, keys, held: { release: released.resolve }, answered }
    }

    let plain: Awaited<ReturnType<typeof atCall>>
    let doubted: typeof plain
    let gated: typeof plain
    let ours: Awaited<ReturnType<typeof atOwnTool>>
    let asking: { id: string; response: ServerResponse }
    let paused: { id: string; refused: number; decision: string }
    let sleeping: { id: string }
    let refusedStart: { workflowId: string; status: number; code: string | undefined }

    /** Runs of every kind stand in the middle of something; then the fault comes and goes. */
    async function prepare() {
      plain = await atCall('retry_with_key', [{ id: 'after', type: 'static', config: { value: 'over' } }])
      doubted = await atCall('ask_human')
      gated = await atCall('retry_with_key', [{ id: 'gate', type: 'human_gate' }])
      ours = await atOwnTool()
      const asked = Promise.withResolvers<ServerResponse>()
      const agent_id = await client.addAgent()
      place.model.willAnswer((response) => asked.resolve(response), 'asked again')
      const agents = await client.define([{ id: 'work', type: 'agent_node', config: { agent_id } }])
      const answered = client.start(agents)
      const response = await asked.promise
      const { data } = expectStatus(await client.get(`/runs?workflow_id=${agents}`), 200)
      asking = { id: data[0].id, response }
      const gateOnly = await client.define([{ id: 'gate', type: 'human_gate' }])
      const waiting = await client.run(gateOnly, 'paused')
      const late = await client.define([{ id: 'late', type: 'wait', config: { duration_ms: 300 } }])
      sleeping = await client.run(late, 'paused')

      const { driving } = place.server.app.http.engine
      const atWork = [...driving.values()].map(({ settled }) => settled)
      expect(atWork).toHaveLength(5)
      await fault.begin()
      for (const { held } of [plain, doubted, gated, ours]) held.release()
      sendJson(response, 200, completion({ content: 'lost' }))
      const start = await client.start(gateOnly)
      refusedStart = { workflowId: gateOnly, status: start.status, code: start.body?.error?.code }
      const resumed = await client.resume(waiting.id, { approved: true })
      paused = { id: waiting.id, refused: resumed.status, decision: waiting.waiting.decision_id }
      // None of them could write what it did: each was let go of.
      for (const error of await Promise.all(atWork)) expect(error).toBeInstanceOf(Error)
      await Promise.all([plain, doubted, gated, ours].map((each) => each.answered).concat(answered))
      await fault.end()
    }

    test('a call that was under way is made again under its key, and the run goes on', async () => {
      await whenHappened(place.server, plain.id, 'run_completed')
      expect(await client.read(plain.id)).toMatchObject({ status: 'completed', result: 'over' })
      expect(place.world.effectsOf(plain.path)).toHaveLength(1)
      expect(new Set(place.world.callsTo(plain.path).map(({ key }) => key)).size).toBe(1)
      const kinds = await client.kinds(plain.id)
      for (const once of ['run_started', 'tool_call', 'run_completed']) {
        expect([once, kinds.filter((each) => each === once).length]).toEqual([once, 1])
      }
    })

    test('a tool of the program that met the fault itself has not failed: it is called again under its key', async () => {
      await whenHappened(place.server, ours.id, 'run_completed')
      expect(await client.read(ours.id)).toMatchObject({ status: 'completed', result: { tickets: 7 } })
      expect(ours.keys).toHaveLength(2)
      expect(new Set(ours.keys).size).toBe(1)
      expect(await client.kinds(ours.id)).not.toContain('step_failed')
    })

    test('a call that must not be made twice is not: a human is asked, and says what it answered', async () => {
      await whenHappened(place.server, doubted.id, 'run_paused')
      expect((await client.steps(doubted.id)).at(-1)).toMatchObject({ node_id: 'call', in_doubt: true })
      const over = expectStatus(await client.resume(doubted.id, { approved: true, output: { n: 1 } }), 200)
      expect(over).toMatchObject({ status: 'completed', result: { n: 1 } })
      expect(place.world.callsTo(doubted.path)).toHaveLength(1)
    })

    test('a run that was about to wait waits, with one question, and goes on when it is answered', async () => {
      await whenHappened(place.server, gated.id, 'run_paused')
      const kinds = await client.kinds(gated.id)
      expect(kinds.filter((each) => each === 'approval_requested')).toHaveLength(1)
      expectRun(expectStatus(await client.resume(gated.id, { approved: true }), 200), 'completed')
      expect(place.world.effectsOf(gated.path)).toHaveLength(1)
    })

    test('a model whose answer was lost is asked again, and both calls are counted', async () => {
      await whenHappened(place.server, asking.id, 'run_completed')
      expect(await client.read(asking.id)).toMatchObject({
        status: 'completed',
        llm_calls: 2,
        result: { text: 'asked again' },
      })
    })

    test('an answer that could not be written was refused, and the same answer counts afterwards', async () => {
      expect([500, 503]).toContain(paused.refused)
      expectRun(await client.read(paused.id), 'paused')
      expectRun(expectStatus(await client.resume(paused.id, { approved: true }), 200), 'completed')
      const kinds = await client.kinds(paused.id)
      expect(kinds.filter((each) => each === 'approval_resolved')).toHaveLength(1)
    })

    test('a run that slept wakes once it can be written', async () => {
      await whenHappened(place.server, sleeping.id, 'run_completed')
      const kinds = await client.kinds(sleeping.id)
      expect(kinds.filter((each) => each === 'run_resumed')).toHaveLength(1)
    })

    test('a start that could not be written is refused and leaves no run', async () => {
      expect([500, 503]).toContain(refusedStart.status)
      expect(refusedStart.code).toMatch(/^STORAGE_/)
      const { total } = expectStatus(await client.get(`/runs?workflow_id=${refusedStart.workflowId}`), 200)
      expect(total).toBe(1)
    })

    test('the log is sound, and nothing is left at work', async () => {
      await expectSoundLog(place.server.app.kernel.database)
      expect(expectStatus(await client.get('/runs?status=running'), 200).total).toBe(0)
      expect(place.server.app.http.engine.driving.size).toBe(0)
    })
  },
)

test.runIf(DATABASES.includes('postgres'))(
  'connections that are ended again and again while runs call tools: every run completes, and nothing is done twice',
  async () => {
    const [RUNS, CALLS] = [8, 4]
    const databaseUrl = await createPostgresDatabase()
    const place = await openRunWorld({ databaseUrl })
    const { client, world } = place
    const path = `/${fresh('path')}`
    const tool_id = await client.addTool(world.url(path), { recovery: 'retry_with_key' })
    const nodes = Array.from({ length: CALLS }, (_, index): Node => {
      return { id: `call${index}`, type: 'tool_node', config: { tool_id, input: { index } } }
    })
    const id = await client.define(
      nodes,
      nodes.slice(1).map((node, index) => [nodes[index]!.id, node.id]),
    )
    // So many answers come together as a connection is ended, and are written on others. Each end has calls made again,
    // so that without a last one there might be no end of it.
    let seen = 0
    const answer: Answering = async (call, response) => {
      if (++seen % 5 === 0 && seen <= 30) await administer(endConnections(databaseUrl))
      send(response, 200, { key: call.key })
    }
    world.answers.set(path, answer)
    const answers = await Promise.all(Array.from({ length: RUNS }, () => client.start(id)))
    type Listed = { id: string; status: string }
    // What is asked meanwhile may meet an ended connection, and an event whose answer was lost is announced to nobody.
    const list = async (): Promise<Listed[]> =>
      (await client.get(`/runs?workflow_id=${id}&limit=50`)).body.data ?? []
    const statuses = async () => [...new Set((await list()).map(({ status }) => status))]
    await expect.poll(statuses, { timeout: 35_000, interval: 200 }).toEqual(['completed'])
    const data = await list()
    // A start that was accepted is a run; one that was not may be one, if only its answer was lost.
    const ids = data.map((run) => run.id)
    for (const { status, body } of answers) {
      if (status < 300) expect(ids).toContain(body.id)
      else expect(body.error.code).toMatch(/^STORAGE_/)
    }
    for (const run of data) {
      const kinds = await client.kinds(run.id)
      expect(kinds.filter((each) => each === 'tool_call')).toHaveLength(CALLS)
    }
    // Each call of each run has one key, however often it had to be made.
    expect(new Set(world.callsTo(path).map(({ key }) => key)).size).toBe(data.length * CALLS)
    expect(seen).toBeGreaterThan(RUNS)
    await expectSoundLog(place.server.app.kernel.database)
    await place.close()
  },
)
