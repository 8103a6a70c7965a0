import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLedger } from '../../src/kernel/ledger/ledger.ts'
import { receipt } from '../../src/kernel/ledger/receipt.fixture.ts'
import { sequenceEvents } from '../../src/kernel/ledger/sequence-events.ts'
import { createOperations } from '../../src/ops/operations.ts'
import { catchUp, type Projection, projectAllTenants, projectEvents } from '../../src/ops/project-events.ts'
import type { Database } from '../../src/store/database.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import { ingested, openTestKernel, rowsOf, type TestKernel } from '../store/open-test-kernel.ts'

/** Writes down each event that it is given, in a table without any key: what counts twice stands there twice. */
const diary = (name: string): Projection => ({
  name,
  kinds: ['receipt_ingested'],
  async takeIn(session, tenantId, events) {
    for (const { runId, seq } of events)
      await session.query('INSERT INTO taken VALUES ($1, $2, $3, $4)', [tenantId, name, runId, seq])
  },
})

const SETTINGS = {
  alertIntervalMs: 0,
  historyDays: 1,
  channels: {
    webhookUrl: null,
    slackUrl: null,
    pagerdutyRoutingKey: null,
    pagerdutyUrl: '',
    emailTo: [],
    emailFrom: '',
    smtpUrl: null,
  },
}

let next = 0

describe.each(DATABASES)('projections on %s', (kind) => {
  let kernel: TestKernel
  beforeAll(async () => {
    kernel = await openTestKernel(kind)
    await kernel.database.asOwner(async (session) => {
      await session.query('CREATE TABLE taken (tenant_id text, name text, run_id text, seq bigint)')
      await session.query('GRANT INSERT ON taken TO countersign_app')
    })
  })
  afterAll(() => kernel.close())

  const write = async (tenant: string, runId: string, count: number) => {
    const { ledger } = kernel.as(tenant)
    for (let n = 0; n < count; n++)
      await ledger.append(tenant, runId, () => [ingested(receipt({ id: `evt_${next++}`, run_id: runId }))])
  }
  const taken = (tenant: string, name: string) =>
    rowsOf(
      kernel.database,
      'SELECT run_id, seq FROM taken WHERE tenant_id = $1 AND name = $2 ORDER BY 1, 2',
      [tenant, name],
    )
  const seen = (runId: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({ run_id: runId, seq: index + 1 }))

  test('each event counts once, while others write and several are projecting', async () => {
    const projections = [diary('one'), diary('two')]
    const writing = write('busy', 'run_busy', 30)
    const projecting = async () => {
      for (let go = 0; go < 6; go++) await catchUp(kernel.as('busy'), 'busy', projections)
    }
    await Promise.all([writing, projecting(), projecting(), projecting()])
    await catchUp(kernel.as('busy'), 'busy', projections)
    for (const { name } of projections) expect(await taken('busy', name)).toEqual(seen('run_busy', 30))
  })

  test('who catches up at the same time shares one round, which is never older than the question', async () => {
    const source = kernel.as('shared')
    let rounds = 0
    const database: Database = {
      ...kernel.database,
      transactionAs(role, work) {
        rounds++
        return kernel.database.transactionAs(role, work)
      },
    }
    const operations = createOperations({ ...source, database }, SETTINGS)
    await write('shared', 'run_shared', 1)
    await operations.catchUp('shared')
    const alone = rounds
    const asked = Array.from({ length: 20 }, () => operations.catchUp('shared'))
    await write('shared', 'run_shared', 1)
    const later = operations.catchUp('shared')
    await Promise.all([...asked, later])
    expect(rounds - alone).toBeLessThanOrEqual(3 * alone)
    const [place] = await rowsOf(
      kernel.database,
      "SELECT leaf FROM projections WHERE tenant_id = 'shared' AND name = 'metrics'",
    )
    expect(place).toEqual({ leaf: 2 })
  })

  test('a reader sees what was written before, and one that finds nothing new writes nothing', async () => {
    await write('acme', 'run_a', 3)
    await catchUp(kernel.as('acme'), 'acme', [diary('one')])
    expect(await taken('acme', 'one')).toEqual(seen('run_a', 3))
    const log = () => rowsOf(kernel.database, 'SELECT xmin::text, next_xid::text FROM sequencer')
    // Once more settles where the sequencer looks next; from then on there is nothing to write down.
    await sequenceEvents(kernel.as())
    const before = await log()
    expect(await sequenceEvents(kernel.as())).toBe(0)
    expect(await projectEvents(kernel.as('acme'), 'acme', [diary('one')])).toBe(0)
    expect(await log()).toEqual(before)
    await write('acme', 'run_a', 1)
    await catchUp(kernel.as('acme'), 'acme', [diary('one')])
    expect(await taken('acme', 'one')).toEqual(seen('run_a', 4))
  })

  test('what changes nothing in a projection is passed over, and counts as taken in', async () => {
    await write('other', 'run_o', 3)
    const deaf: Projection = { ...diary('deaf'), kinds: ['run_started'] }
    await catchUp(kernel.as('other'), 'other', [deaf])
    expect(await taken('other', 'deaf')).toEqual([])
    expect(await projectEvents(kernel.as('other'), 'other', [deaf])).toBe(0)
  })

  test('a projection that fails half-way has taken in nothing, and does it again', async () => {
    await write('half', 'run_h', 2)
    let fails = true
    const stumbling: Projection = {
      ...diary('stumbling'),
      async takeIn(session, tenantId, events) {
        await diary('stumbling').takeIn(session, tenantId, events)
        if (fails) throw new Error('out of luck')
      },
    }
    await expect(catchUp(kernel.as('half'), 'half', [stumbling])).rejects.toThrow('out of luck')
    expect(await taken('half', 'stumbling')).toEqual([])
    fails = false
    await catchUp(kernel.as('half'), 'half', [stumbling])
    expect(await taken('half', 'stumbling')).toEqual(seen('run_h', 2))
  })

  test('one that fails keeps no other from taking in, and later goes on from its own place', async () => {
    await write('apart', 'run_p', 2)
    let fails = true
    const failing: Projection = {
      ...diary('failing'),
      async takeIn(session, tenantId, events) {
        if (fails) throw new Error('out of luck')
        await diary('failing').takeIn(session, tenantId, events)
      },
    }
    const projections = [diary('sound'), failing, diary('also sound')]
    await expect(catchUp(kernel.as('apart'), 'apart', projections)).rejects.toThrow('out of luck')
    for (const name of ['sound', 'also sound']) expect(await taken('apart', name)).toEqual(seen('run_p', 2))
    expect(await taken('apart', 'failing')).toEqual([])
    fails = false
    await write('apart', 'run_p', 1)
    await catchUp(kernel.as('apart'), 'apart', projections)
    for (const { name } of projections) expect(await taken('apart', name)).toEqual(seen('run_p', 3))
  })

  test('the work behind takes in every tenant that is behind, another process’s events too', async () => {
    const elsewhere = createLedger(kernel.database, kernel.clock)
    for (const tenant of ['left', 'right'])
      await elsewhere.append(tenant, 'run_x', () => [ingested(receipt({ run_id: 'run_x' }))])
    await sequenceEvents(kernel.as())
    const failures: string[] = []
    const log = { warn: (fields: { error: string }) => failures.push(fields.error) }
    const projection: Projection = {
      ...diary('all'),
      async takeIn(session, tenantId, events) {
        if (tenantId === 'left') throw new Error('left fails')
        await diary('all').takeIn(session, tenantId, events)
      },
    }
    await projectAllTenants({ ...kernel.as(), log } as never, [projection])
    expect(await taken('right', 'all')).toEqual(seen('run_x', 1))
    expect(failures).toEqual(['left fails'])
  })
})
