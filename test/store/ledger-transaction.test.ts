import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createLedger, type Ledger, type LedgerTransaction } from '../../src/kernel/ledger/ledger.ts'
import { receipt, second } from '../../src/kernel/ledger/receipt.fixture.ts'
import type { LedgerEvent } from '../../src/kernel/ledger/seal-event.ts'
import { AppError } from '../../src/lib/errors.ts'
import type { Database } from '../../src/store/database.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import { expectSoundLog } from './check-log.ts'
import { ingested, openTestKernel, rowsOf, type TestKernel } from './open-test-kernel.ts'

describe.each(DATABASES)('rows and events in one transaction on %s', (kind) => {
  let kernel: TestKernel
  let ledger: Ledger
  let runs = 0
  const newRun = () => `run_${++runs}`
  const work = (run_id: string, id: string, count = 0) =>
    ingested(receipt({ run_id, id, timestamp: second(count) }))
  const addOrder = (transaction: LedgerTransaction, id: string) =>
    transaction.query(
      `INSERT INTO purchase_orders (tenant_id, order_id, idempotency_key, amount, currency, created_at)
       VALUES ('default', $1, $1, 1, 'EUR', now())`,
      [id],
    )
  const hasOrder = async (id: string) =>
    (await rowsOf(kernel.database, 'SELECT FROM purchase_orders WHERE order_id = $1', [id])).length === 1
  const seqOf = async (runId: string) => (await ledger.readHead('default', runId))?.seq ?? 0

  beforeAll(async () => {
    kernel = await openTestKernel(kind)
    ledger = kernel.as().ledger
  })
  afterEach(() => expectSoundLog(kernel.database))
  afterAll(() => kernel.close())

  test('both are there afterwards, and several appends follow each other', async () => {
    const [run, other] = [newRun(), newRun()]
    const seqs = await ledger.transaction('default', async (transaction) => {
      await addOrder(transaction, run)
      const first = await transaction.append(run, () => [work(run, 'a'), work(run, 'b')])
      const second = await transaction.append(run, (head) => [work(run, `after_${head.seq}`)])
      const third = await transaction.append(other, () => [work(other, 'a')])
      return [...first, ...second, ...third].map(
        (event) => `${event.runId === run ? 'run' : 'other'} ${event.seq}`,
      )
    })
    expect(seqs).toEqual(['run 1', 'run 2', 'run 3', 'other 1'])
    expect(await hasOrder(run)).toBe(true)
  })

  test.each([
    ['a refusal of the work', new AppError({ code: 'NO', status: 409, message: 'no' }), 'NO'],
    ['any other error of the work', new Error('oops'), 'STORAGE_WRITE_ERROR'],
  ])('%s leaves neither row nor event', async (_, error, code) => {
    const run = newRun()
    await expect(
      ledger.transaction('default', async (transaction) => {
        await addOrder(transaction, run)
        await transaction.append(run, () => [work(run, 'a')])
        throw error
      }),
    ).rejects.toMatchObject({ code })
    expect([await hasOrder(run), await seqOf(run)]).toEqual([false, 0])
    // And the run goes on from where it really is.
    const [event] = await ledger.append('default', run, () => [work(run, 'a')])
    expect(event!.seq).toBe(1)
  })

  test('an event id that stands already undoes the rows too', async () => {
    const run = newRun()
    await ledger.append('default', run, () => [work(run, 'a')])
    await expect(
      ledger.transaction('default', async (transaction) => {
        await addOrder(transaction, run)
        await transaction.append(run, () => [work(run, 'a')])
      }),
    ).rejects.toMatchObject({ code: 'DUPLICATE_EVENT_ID' })
    expect([await hasOrder(run), await seqOf(run)]).toEqual([false, 1])
  })

  test('a failing row undoes the events', async () => {
    const run = newRun()
    await expect(
      ledger.transaction('default', async (transaction) => {
        await transaction.append(run, () => [work(run, 'a')])
        await addOrder(transaction, run)
        await addOrder(transaction, run)
      }),
    ).rejects.toMatchObject({ code: 'STORAGE_WRITE_ERROR', cause: { code: '23505' } })
    expect([await hasOrder(run), await seqOf(run)]).toEqual([false, 0])
  })

  test('a writer that was quicker makes the work run again from the start, on the new head', async () => {
    const run = newRun()
    const seen: number[] = []
    // The first time the head moves after it was read, which only a run without a row to lock allows.
    const [event] = await ledger.transaction('default', (transaction) =>
      transaction.append(run, (head) => {
        seen.push(head.seq)
        if (seen.length === 1) return conflict()
        return [work(run, 'a')]
      }),
    )
    expect([seen, event!.seq]).toEqual([[0, 0], 1])

    function conflict(): never {
      throw Object.assign(new Error('stale'), { code: 'CS001', severity: 'ERROR' })
    }
  })

  test('20 transactions on one new run at once: all are stored, in one chain', async () => {
    const run = newRun()
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        ledger.transaction('default', async (transaction) => {
          await transaction.append(run, () => [work(run, `evt_${index}`)])
          await addOrder(transaction, `${run}_${index}`)
        }),
      ),
    )
    expect(await seqOf(run)).toBe(20)
    expect(
      await rowsOf(kernel.database, "SELECT FROM purchase_orders WHERE order_id LIKE $1 || '\\_%'", [run]),
    ).toHaveLength(20)
  })

  test('transactions and plain appends mix', async () => {
    const run = newRun()
    await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        index % 2
          ? ledger.append('default', run, () => [work(run, `evt_${index}`)])
          : ledger.transaction('default', (transaction) =>
              transaction.append(run, () => [work(run, `evt_${index}`)]),
            ),
      ),
    )
    expect(await seqOf(run)).toBe(30)
  })

  describe('subscribers', () => {
    const listen = (to: Ledger) => {
      const told: LedgerEvent[] = []
      const stop = to.subscribe((events) => told.push(...events))
      return {
        told: (runId: string) => told.filter((event) => event.runId === runId).map((event) => event.eventId),
        stop,
      }
    }

    test('are told of an event only once everybody can read it', async () => {
      const run = newRun()
      const checks: Promise<void>[] = []
      const stop = ledger.subscribe((events) => {
        for (const event of events) {
          checks.push(
            rowsOf(kernel.database, 'SELECT FROM events WHERE run_id = $1 AND seq = $2', [
              run,
              event.seq,
            ]).then((rows) => expect(rows, event.eventId).toHaveLength(1)),
          )
        }
      })
      await ledger.append('default', run, () => [work(run, 'a')])
      await ledger.transaction('default', (transaction) => transaction.append(run, () => [work(run, 'b')]))
      await ledger.append('default', run, () => [work(run, 'late', -10)])
      stop()
      expect(checks).toHaveLength(3)
      await Promise.all(checks)
    })

    test('are told once, in order, and of nothing that was refused or rolled back', async () => {
      const run = newRun()
      const { told, stop } = listen(ledger)
      let attempts = 0
      const refuse = () => {
        throw new AppError({ code: 'NO', status: 409, message: 'no' })
      }
      await Promise.allSettled([
        ledger.append('default', run, () => [work(run, 'a'), work(run, 'b')]),
        ledger.append('default', run, refuse),
        ledger.append('default', run, () => [work(run, 'a')]),
      ])
      await ledger
        .transaction('default', async (transaction) => {
          await transaction.append(run, () => [work(run, 'undone')])
          refuse()
        })
        .catch(() => {})
      await ledger.transaction('default', async (transaction) => {
        await transaction.append(run, () => [work(run, 'c')])
        if (++attempts === 1) throw Object.assign(new Error('stale'), { code: '40001', severity: 'ERROR' })
      })
      stop()
      await ledger.append('default', run, () => [work(run, 'unheard')])
      expect(told(run)).toEqual(['a', 'b', 'c'])
    })
  })

  describe('when the storage fails', () => {
    /** The database, whose next write fails before it is sent or after it was done. */
    function failing(when: 'before' | 'after'): { database: Database; fail(): void } {
      let due = false
      const database: Database = {
        ...kernel.database,
        async statement(text, values, name) {
          const write = /append_/.test(text) && due
          if (write) due = false
          if (write && when === 'before') throw new Error('Connection terminated unexpectedly')
          const rows = await kernel.database.statement(text, values, name)
          if (write) throw new Error('Connection terminated unexpectedly')
          return rows as never
        },
      }
      return {
        database,
        fail: () => {
          due = true
        },
      }
    }

    test('a write that failed says so, leaves nothing, and the next one works', async () => {
      const run = newRun()
      const { database, fail } = failing('before')
      const fragile = createLedger(database, kernel.clock)
      await fragile.append('default', run, () => [work(run, 'a')])
      fail()
      await expect(fragile.append('default', run, () => [work(run, 'b')])).rejects.toMatchObject({
        status: 500,
        code: 'STORAGE_WRITE_ERROR',
        details: [
          {
            path: 'storage',
            message: 'storage backend append failed',
            type: 'storage_failure',
            code: 'STORAGE_APPEND_FAILED',
          },
        ],
      })
      expect(await seqOf(run)).toBe(1)
      const [event] = await fragile.append('default', run, () => [work(run, 'b')])
      expect(event!.seq).toBe(2)
    })

    test('a write whose outcome is unknown and is sent again is told that it stands, and stands once', async () => {
      const run = newRun()
      const { database, fail } = failing('after')
      const fragile = createLedger(database, kernel.clock)
      for (const id of ['first of a run', 'of a run that exists']) {
        fail()
        const send = () => fragile.append('default', run, () => [work(run, id)])
        await expect(send()).rejects.toMatchObject({ code: 'STORAGE_WRITE_ERROR' })
        await expect(send()).rejects.toMatchObject({ code: 'DUPLICATE_EVENT_ID' })
      }
      expect(await seqOf(run)).toBe(2)
    })

    test('a head that cannot be read is a read error', async () => {
      const broken: Database = { ...kernel.database, statement: () => Promise.reject(new Error('gone')) }
      await expect(createLedger(broken, kernel.clock).readHead('default', 'run')).rejects.toMatchObject({
        status: 500,
        code: 'STORAGE_READ_ERROR',
      })
    })

    test.runIf(kind === 'postgres')(
      'a connection that is cut in the middle of a commit costs that commit only',
      async () => {
        const run = newRun()
        await ledger.append('default', run, () => [work(run, 'a')])
        const killed = await kernel.database.transaction('default', async (session) => {
          await session.query('SELECT FROM run_heads WHERE run_id = $1 FOR UPDATE', [run])
          const waiting = ledger.append('default', run, () => [work(run, 'b')]).catch((error) => error)
          await expect
            .poll(() =>
              rowsOf(
                kernel.database,
                `SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity
               WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%append_one%'`,
              ),
            )
            .toEqual([{ ended: true }])
          return waiting
        })
        expect(killed).toMatchObject({ code: 'STORAGE_WRITE_ERROR', cause: { code: '57P01' } })
        const [event] = await ledger.append('default', run, () => [work(run, 'b')])
        expect(event!.seq).toBe(2)
      },
    )
  })

  test('a check-and-append takes as many statements in a run of 2,000 events as in one of 10', async () => {
    let statements = 0
    const counted = <S extends { query: Database['statement'] }>(session: S): S => ({
      ...session,
      query: (text: string, values?: unknown[], name?: string) => {
        statements++
        return session.query(text, values, name)
      },
    })
    const counting: Database = {
      ...kernel.database,
      statement(text, values, name) {
        statements++
        return kernel.database.statement(text, values, name)
      },
      transaction: (tenantId, task) =>
        kernel.database.transaction(tenantId, (session) => task(counted(session))),
    }
    const fill = async (run: string, from: number, to: number) => {
      const all = Array.from({ length: to - from }, (_, index) =>
        work(run, `evt_${from + index}`, from + index),
      )
      for (let at = 0; at < all.length; at += 500)
        await ledger.append('default', run, () => all.slice(at, at + 500))
    }
    const run = newRun()
    const costs: number[][] = []
    for (const [from, to] of [
      [0, 10],
      [10, 2000],
    ] as const) {
      await fill(run, from, to)
      const fresh = createLedger(counting, kernel.clock)
      const cost: number[] = []
      for (const id of ['cold', 'warm']) {
        statements = 0
        await fresh.append('default', run, () => [work(run, `${id}_${to}`, to)])
        cost.push(statements)
      }
      statements = 0
      await fresh.transaction('default', (transaction) =>
        transaction.append(run, () => [work(run, `transaction_${to}`, to)]),
      )
      cost.push(statements)
      costs.push(cost)
    }
    expect(costs).toEqual([
      [2, 1, 2],
      [2, 1, 2],
    ])
  })
})
