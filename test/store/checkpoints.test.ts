import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLedger } from '../../src/kernel/ledger/ledger.ts'
import { receipt } from '../../src/kernel/ledger/receipt.fixture.ts'
import { sequenceEvents } from '../../src/kernel/ledger/sequence-events.ts'
import { parseCheckpoint } from '../../src/verifier/checkpoint.ts'
import { rootFromLeaves } from '../../src/verifier/merkle.ts'
import { parseNote, parseVerifierKey, verifyNote } from '../../src/verifier/signed-note.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import { expectSoundLog } from './check-log.ts'
import { ingested, openTestKernel, rowsOf, type TestKernel } from './open-test-kernel.ts'

type Leaf = {
  tenant_id: string
  leaf: number
  run_id: string
  seq: number
  hash: Buffer
  event_hash: Buffer | null
}
type StoredCheckpoint = { tenant_id: string; size: number; root: Buffer; note: string }

/** Recomputes every tree of the database and answers the sizes of each tenant's checkpoints. */
async function expectSoundTrees(kernel: TestKernel): Promise<Record<string, number[]>> {
  const leaves = await rowsOf<Leaf>(
    kernel.database,
    `SELECT l.*, e.hash AS event_hash FROM merkle_leaves l
     LEFT JOIN events e USING (tenant_id, run_id, seq) ORDER BY l.tenant_id, l.leaf`,
  )
  const checkpoints = await rowsOf<StoredCheckpoint>(
    kernel.database,
    'SELECT tenant_id, size, root, note FROM checkpoints ORDER BY tenant_id, size',
  )
  const trees = Map.groupBy(leaves, ({ tenant_id }) => tenant_id)
  for (const [tenant, tree] of trees) {
    expect(
      tree.map(({ leaf }) => leaf),
      'gapless from 0',
    ).toEqual(tree.map((_, index) => index))
    expect(
      tree.filter(({ hash, event_hash }) => !event_hash?.equals(hash)),
      'leaf = event',
    ).toEqual([])
    for (const [run, ofRun] of Map.groupBy(tree, ({ run_id }) => run_id)) {
      expect(
        ofRun.map(({ seq }) => seq),
        `run ${run} of ${tenant} in its own order`,
      ).toEqual(ofRun.map((_, index) => index + 1))
    }
  }
  for (const { tenant_id, size, root, note } of checkpoints) {
    const tree = trees.get(tenant_id)!
    const computed = rootFromLeaves(tree.slice(0, size).map(({ hash }) => hash))
    const opened = parseNote(note)
    expect(parseCheckpoint(opened.text)).toEqual({
      origin: `test.example/${encodeURIComponent(tenant_id)}`,
      size,
      root: computed,
      extensions: [],
    })
    expect(root.equals(computed)).toBe(true)
    const key = parseVerifierKey(kernel.as(tenant_id).checkpointSigner.verifierKey(tenant_id))
    expect(await verifyNote(opened, key)).toBe('verified')
  }
  const ofTenant = Object.groupBy(checkpoints, ({ tenant_id }) => tenant_id)
  return Object.fromEntries(
    Object.entries(ofTenant).map(([tenant, own]) => [tenant, own!.map(({ size }) => size)]),
  )
}

describe.each(DATABASES)('checkpoints on %s', (kind) => {
  let kernel: TestKernel
  const append = (tenant: string, run_id: string, id: string) =>
    kernel.as().ledger.append(tenant, run_id, () => [ingested(receipt({ run_id, id }))])
  const sequence = () => sequenceEvents(kernel.as())
  const missingLeaves = () =>
    rowsOf(
      kernel.database,
      `SELECT e.run_id, e.seq FROM events e WHERE NOT EXISTS (
         SELECT FROM merkle_leaves l WHERE l.tenant_id = e.tenant_id AND l.run_id = e.run_id AND l.seq = e.seq)`,
    )

  beforeAll(async () => {
    kernel = await openTestKernel(kind)
  })
  afterAll(() => kernel.close())

  test('nothing new is nothing to sign', async () => {
    expect(await sequence()).toBe(0)
    expect(await expectSoundTrees(kernel)).toEqual({})
  })

  test('each tenant has a tree and a signed checkpoint of its own', async () => {
    for (let index = 0; index < 3; index++) await append('default', 'run_1', `evt_${index}`)
    await append('acme/é', 'run_1', 'evt_0')
    expect(await sequence()).toBe(4)
    expect(await sequence()).toBe(0)
    await append('default', 'run_2', 'evt_0')
    expect(await sequence()).toBe(1)
    expect(await expectSoundTrees(kernel)).toEqual({ default: [3, 4], 'acme/é': [1] })
  })

  test('a checkpoint of one tenant is not signed by the key of another', async () => {
    const [row] = await rowsOf<StoredCheckpoint>(
      kernel.database,
      "SELECT note FROM checkpoints WHERE tenant_id = 'default'",
    )
    const signer = kernel.as().checkpointSigner
    const key = parseVerifierKey(signer.verifierKey('acme/é'))
    expect(await verifyNote(parseNote(row!.note), key)).toBe('not-signed')
  })

  test('32 writers into 7 runs of 2 tenants while the sequencer runs: no event without a leaf, none twice', async () => {
    const ledgers =
      kind === 'postgres' ? [1, 2, 3].map(() => createLedger(kernel.database, kernel.clock)) : []
    let writing = true
    const sequencing = (async () => {
      let added = 0
      while (writing) added += await sequence()
      return added
    })()
    // Owns the smallest transaction id of all, and appends last.
    const early =
      kind === 'postgres' &&
      kernel.as().ledger.transaction('default', async (transaction) => {
        await transaction.query('SELECT pg_current_xact_id()')
        await writers()
        return transaction.append('run_shared_0', () => [
          ingested(receipt({ run_id: 'run_shared_0', id: 'early' })),
        ])
      })
    if (early) await early
    else await writers()
    writing = false
    const added = (await sequencing) + (await sequence())
    expect(added).toBe(32 * 8 + (early ? 1 : 0))
    expect(await missingLeaves()).toEqual([])
    await expectSoundLog(kernel.database)
    await expectSoundTrees(kernel)

    function writers() {
      return Promise.all(
        Array.from({ length: 32 }, async (_, writer) => {
          const ledger = ledgers[writer % 3] ?? kernel.as().ledger
          for (let round = 0; round < 8; round++) {
            const run_id = `run_shared_${(writer + round) % 7}`
            const event = ingested(receipt({ run_id, id: `evt_${writer}_${round}` }))
            await ledger.append(writer % 2 ? 'default' : 'acme/é', run_id, () => [event])
          }
        }),
      )
    }
  })

  test.runIf(kind === 'postgres')('sequencers in several processes at once double no leaf', async () => {
    for (let index = 0; index < 10; index++) await append('default', 'run_parallel', `evt_${index}`)
    const added = await Promise.all(Array.from({ length: 5 }, sequence))
    expect(added.reduce((sum, count) => sum + count)).toBe(10)
    await expectSoundTrees(kernel)
  })

  test('after a restore into a cluster with younger transaction ids everything is looked at again, and doubled nowhere', async () => {
    await append('default', 'run_restored', 'evt_0')
    await rowsOf(kernel.database, "UPDATE sequencer SET next_xid = '999999999'")
    expect(await sequence()).toBe(1)
    expect(await missingLeaves()).toEqual([])
    await expectSoundTrees(kernel)
  })
})
