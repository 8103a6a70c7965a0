import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { followEvents, followRun } from '../../src/kernel/ledger/follow-events.ts'
import { createLedger, type Ledger } from '../../src/kernel/ledger/ledger.ts'
import { receipt, second } from '../../src/kernel/ledger/receipt.fixture.ts'
import type { LedgerEvent } from '../../src/kernel/ledger/seal-event.ts'
import type { Database } from '../../src/store/database.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import { ingested, openTestKernel, type TestKernel } from './open-test-kernel.ts'

type Process = { database: Database; ledger: Ledger }

const write = (ledger: Ledger, runId: string, id: string, tenantId = 'default') =>
  ledger.append(tenantId, runId, () => [ingested(receipt({ run_id: runId, id }))])

const nameOf = (event: LedgerEvent) => `${event.runId}/${event.seq}/${event.eventId}`

/** What was heard until the event of this id came. */
async function hearUntil(events: AsyncIterable<LedgerEvent>, lastId: string): Promise<string[]> {
  const heard: string[] = []
  for await (const event of events) {
    heard.push(nameOf(event))
    if (event.eventId === lastId) break
  }
  return heard
}

/** Writes from many callers at once, from each process, then one last event. Answers what was stored. */
async function writeAtOnce(ledgers: Ledger[], runs: string[], lastRun = 'run_z'): Promise<string[]> {
  const stored = await Promise.all(
    Array.from({ length: 12 }, async (_, caller) => {
      const told: string[] = []
      for (let round = 0; round < 8; round++) {
        const ledger = ledgers[caller % ledgers.length]!
        const runId = runs[(caller + round) % runs.length]!
        const id = `evt_${caller}_${round}`
        const late = second(-round)
        const events =
          round % 3 === 0
            ? await ledger.transaction('default', (transaction) =>
                transaction.append(runId, () => [ingested(receipt({ run_id: runId, id, timestamp: late }))]),
              )
            : await write(ledger, runId, id)
        told.push(...events.map(nameOf))
      }
      return told
    }),
  )
  const last = await write(ledgers.at(-1)!, lastRun, 'last')
  return [...stored.flat(), ...last.map(nameOf)]
}

const numbersOf = (heard: string[], runId: string) =>
  heard.filter((name) => name.startsWith(`${runId}/`)).map((name) => Number(name.split('/')[1]))

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

describe.each(DATABASES)('following the log on %s', (kind) => {
  let kernel: TestKernel
  let here: Process
  let stopping: AbortController
  beforeEach(async () => {
    kernel = await openTestKernel(kind)
    here = kernel.as()
    stopping = new AbortController()
  })
  afterEach(async () => {
    stopping.abort()
    await kernel.close()
  })
  const follow = (process: Process, tenantId = 'default') =>
    followEvents(process, tenantId, { signal: stopping.signal })

  test('a listener hears each event of its own process once, in the order of each run', async () => {
    const events = await follow(here)
    const [heard, stored] = await Promise.all([
      hearUntil(events, 'last'),
      writeAtOnce([here.ledger], ['run_a', 'run_b', 'run_c']),
    ])
    expect(heard.toSorted()).toEqual(stored.toSorted())
    for (const runId of ['run_a', 'run_b', 'run_c']) {
      expect(numbersOf(heard, runId)).toEqual(upTo(numbersOf(heard, runId).length))
    }
  })

  test('what stood in the log before, and what another tenant writes, is not heard', async () => {
    await write(here.ledger, 'run_a', 'before')
    const events = await follow(here)
    const foreign = await follow(here, 'ten_b')
    await write(here.ledger, 'run_a', 'foreign', 'ten_b')
    await write(here.ledger, 'run_a', 'own')
    expect(await hearUntil(events, 'own')).toEqual(['run_a/2/own'])
    expect(await hearUntil(foreign, 'foreign')).toEqual(['run_a/1/foreign'])
  })

  test('the signal ends the listening, also while it waits', async () => {
    const heard = hearUntil(await follow(here), 'never')
    await write(here.ledger, 'run_a', 'one')
    setImmediate(() => stopping.abort())
    expect((await heard).length).toBeLessThanOrEqual(1)
    expect(await hearUntil(await follow(here), 'never')).toEqual([])
  })

  test('a reader that does not keep up is told so instead of losing events', async () => {
    const events = await follow(here)
    const many = Array.from({ length: 10_001 }, (_, index) =>
      ingested(receipt({ run_id: 'run_a', id: `evt_${index}` })),
    )
    await here.ledger.append('default', 'run_a', () => many)
    const other = await follow(here)
    await write(here.ledger, 'run_b', 'next')
    await hearUntil(other, 'next')
    await expect(hearUntil(events, 'next')).rejects.toThrow('behind')
  })

  test('a run is followed from any number on, without a gap between what was and what comes', async () => {
    for (let index = 1; index <= 4; index++) await write(here.ledger, 'run_a', `evt_${index}`)
    await write(here.ledger, 'run_b', 'elsewhere')
    const signal = stopping.signal
    const heard = Promise.all(
      [0, 3, 4].map(async (afterSeq) =>
        hearUntil(await followRun(here, 'default', 'run_a', { afterSeq, signal }), 'last'),
      ),
    )
    const stored = await writeAtOnce([here.ledger], ['run_a', 'run_b'], 'run_a')
    const all = 4 + numbersOf(stored, 'run_a').length
    const numbers = (await heard).map((names) => numbersOf(names, 'run_a'))
    expect(numbers).toEqual([upTo(all), upTo(all).slice(3), upTo(all).slice(4)])
  })
})

describe.runIf(DATABASES.includes('postgres'))('following the log of several processes', () => {
  let kernel: TestKernel
  let here: Process
  let there: Process
  let stopping: AbortController
  beforeEach(async () => {
    kernel = await openTestKernel('postgres')
    here = kernel.as()
    there = { ...here, ledger: createLedger(kernel.database, kernel.clock) }
    stopping = new AbortController()
  })
  afterEach(async () => {
    vi.useRealTimers()
    stopping.abort()
    await kernel.close()
  })
  const follow = (process: Process, tenantId = 'default') =>
    followEvents(process, tenantId, { signal: stopping.signal })

  test('a listener hears what another process writes, and not what stood in the log when it came', async () => {
    const earlier = await follow(here)
    await write(there.ledger, 'run_a', 'before')
    const events = await follow(here)
    const foreign = await follow(here, 'ten_b')
    await write(there.ledger, 'run_a', 'foreign', 'ten_b')
    await write(there.ledger, 'run_a', 'other')
    expect(await hearUntil(events, 'other')).toEqual(['run_a/2/other'])
    expect(await hearUntil(foreign, 'foreign')).toEqual(['run_a/1/foreign'])
    expect(await hearUntil(earlier, 'other')).toEqual(['run_a/1/before', 'run_a/2/other'])
  })

  test('with both writing into the same runs, listeners of both hear all, once, in the order of each run', async () => {
    const runs = ['run_a', 'run_b', 'run_c', 'run_d', 'run_e']
    const listeners = await Promise.all([follow(here), follow(here), follow(there)])
    const [stored, ...heard] = await Promise.all([
      writeAtOnce([here.ledger, there.ledger], runs),
      ...listeners.map((events) => hearUntil(events, 'last')),
    ])
    for (const names of heard) {
      expect(names.toSorted()).toEqual(stored.toSorted())
      for (const runId of runs) expect(numbersOf(names, runId)).toEqual(upTo(numbersOf(names, runId).length))
    }
  })

  test('a transaction that began early and commits late is heard', async () => {
    const events = await follow(here)
    const iterator = events[Symbol.asyncIterator]()
    const nextName = async () => nameOf((await iterator.next()).value!)
    const written = Promise.withResolvers<void>()
    const mayCommit = Promise.withResolvers<void>()
    const slow = there.ledger.transaction('default', async (transaction) => {
      await transaction.append('run_slow', () => [ingested(receipt({ run_id: 'run_slow', id: 'early' }))])
      written.resolve()
      await mayCommit.promise
    })
    await written.promise
    await write(there.ledger, 'run_quick', 'quick')
    expect(await nextName()).toBe('run_quick/1/quick')
    await write(here.ledger, 'run_quick', 'quicker')
    expect(await nextName()).toBe('run_quick/2/quicker')
    mayCommit.resolve()
    await slow
    expect(await nextName()).toBe('run_slow/1/early')
    await write(here.ledger, 'run_slow', 'after')
    expect(await nextName()).toBe('run_slow/2/after')
  })

  test('a run is followed from its start while both write into it', async () => {
    const signal = stopping.signal
    const stored = writeAtOnce([there.ledger, here.ledger], ['run_a'], 'run_a')
    const heard = await hearUntil(await followRun(here, 'default', 'run_a', { afterSeq: 0, signal }), 'last')
    expect(numbersOf(heard, 'run_a')).toEqual(upTo((await stored).length))
  })

  test('what was written while the database did not answer is heard afterwards', async () => {
    let isAway = false
    const unsteady: Process = {
      ledger: here.ledger,
      database: {
        ...here.database,
        transaction: async (tenantId, work) => {
          if (isAway) throw new Error('connection lost')
          return here.database.transaction(tenantId, work)
        },
      },
    }
    const events = await follow(unsteady)
    isAway = true
    await write(here.ledger, 'run_a', 'one')
    await write(there.ledger, 'run_a', 'two')
    await expect(follow(unsteady)).rejects.toMatchObject({ code: 'STORAGE_READ_ERROR' })
    isAway = false
    await write(there.ledger, 'run_a', 'three')
    expect(await hearUntil(events, 'three')).toEqual(['run_a/1/one', 'run_a/2/two', 'run_a/3/three'])
  })

  test('the database is looked at once for all listeners of a tenant, and never while nobody listens', async () => {
    let looks = 0
    const counted: Process = {
      ledger: here.ledger,
      database: {
        ...here.database,
        transaction: (tenantId, work) => {
          looks++
          return here.database.transaction(tenantId, work)
        },
      },
    }
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const listeners = await Promise.all([follow(counted), follow(counted), follow(counted)])
    const heard = Promise.all(listeners.map((events) => hearUntil(events, 'one')))
    await write(there.ledger, 'run_a', 'one')
    looks = 0
    await vi.advanceTimersByTimeAsync(500)
    await heard
    expect(looks).toBe(1)
    await write(there.ledger, 'run_a', 'two')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(looks).toBe(1)
  })
})
