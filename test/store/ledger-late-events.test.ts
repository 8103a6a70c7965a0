import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLedger, type Ledger } from '../../src/kernel/ledger/ledger.ts'
import { readEventsByTime } from '../../src/kernel/ledger/read-run.ts'
import { answer, receipt, request, second, step } from '../../src/kernel/ledger/receipt.fixture.ts'
import type { Receipt } from '../../src/kernel/ledger/schema.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import { expectSoundLog, foldFromScratch } from './check-log.ts'
import { ingested, openTestKernel, rowsOf, type TestKernel } from './open-test-kernel.ts'

const KINDS: Record<string, (given: Partial<Receipt>) => Receipt> = {
  work: (given) => receipt({ ...given, approval: undefined as never }),
  gate: (given) => request({ ...given, approval: undefined as never }),
  approved: (given) => answer('approved', { ...given, approval: undefined as never }),
  rejected: (given) => answer('rejected', { ...given, approval: undefined as never }),
  nobody: (given) => answer('approved', { ...given, approval: { resolved_by: null } }),
  summary: (given) => receipt({ ...given, type: 'summary', approval: undefined as never }),
  stopped: (given) => step('run_stopped', { ...given, approval: undefined as never }),
}

describe.each(DATABASES)('late events on %s', (kind) => {
  let kernel: TestKernel
  let ledger: Ledger
  let runs = 0
  const newRun = () => `run_${++runs}`
  const append = (payload: Receipt) => ledger.append('default', payload.run_id, () => [ingested(payload)])
  const stateOf = async (runId: string) => (await ledger.readHead('default', runId))!.state
  const snapshots = (runId: string) =>
    rowsOf<{ seq: number }>(kernel.database, 'SELECT seq FROM run_snapshots WHERE run_id = $1 ORDER BY seq', [
      runId,
    ])
  const expectFolded = async (runId: string) => {
    const events = await readEventsByTime(kernel.database, 'default', runId)
    expect(await stateOf(runId)).toEqual(foldFromScratch(events))
  }

  beforeAll(async () => {
    kernel = await openTestKernel(kind)
    ledger = kernel.as().ledger
  })
  afterAll(() => kernel.close())

  test('RULE-CORE-005: an event older than the newest is kept, flagged and sorted into place', async () => {
    const run_id = newRun()
    const flags: boolean[] = []
    for (const [id, at] of [
      ['first', 10],
      ['newest', 20],
      ['late', 15],
      ['as old as the newest', 20],
      ['a microsecond late', 19.999999],
      ['in time again', 21],
    ] as const) {
      const timestamp = at === 19.999999 ? '2026-03-01T12:00:19.999999Z' : second(at)
      const [event] = await append(receipt({ run_id, id, timestamp }))
      flags.push(event!.integrityWarning)
    }
    expect(flags).toEqual([false, false, true, false, true, false])
    const shown = await readEventsByTime(kernel.database, 'default', run_id)
    expect(shown.map(({ eventId }) => eventId)).toEqual([
      'first',
      'late',
      'a microsecond late',
      'newest',
      'as old as the newest',
      'in time again',
    ])
  })

  test('a late gate makes an answered run contradict itself, and the head says so at once', async () => {
    const run_id = newRun()
    await append(request({ run_id, id: 'gate', timestamp: second(10) }))
    await append(answer('approved', { run_id, id: 'answer', timestamp: second(20) }))
    expect((await stateOf(run_id)).status).toBe('approved')
    await append(request({ run_id, id: 'late gate', timestamp: second(15) }))
    expect((await stateOf(run_id)).inconsistency?.code).toBe('DUPLICATE_PENDING_APPROVAL')
  })

  test('a late gate before an answer that came without one heals the run', async () => {
    const run_id = newRun()
    await append(answer('approved', { run_id, id: 'answer', timestamp: second(20) }))
    expect((await stateOf(run_id)).inconsistency?.code).toBe('NO_PENDING_APPROVAL')
    await append(request({ run_id, id: 'late gate', timestamp: second(10) }))
    expect(await stateOf(run_id)).toMatchObject({ status: 'approved', inconsistency: null })
  })

  test('whatever arrives in whatever order: the head is what folding from the beginning gives', async () => {
    const arrivals = fc.array(
      fc.record({
        kind: fc.constantFrom(...Object.keys(KINDS)),
        at: fc.integer({ min: 0, max: 9 }),
        together: fc.boolean(),
      }),
      { minLength: 2, maxLength: 14 },
    )
    await fc.assert(
      fc.asyncProperty(arrivals, async (all) => {
        const run_id = newRun()
        let pending: Promise<unknown>[] = []
        for (const [index, { kind, at, together }] of all.entries()) {
          pending.push(append(KINDS[kind]!({ run_id, id: `evt_${index}`, timestamp: second(at) })))
          if (together) continue
          await Promise.all(pending)
          pending = []
        }
        await Promise.all(pending)
        await expectFolded(run_id)
      }),
      { numRuns: 40 },
    )
    await expectSoundLog(kernel.database)
  })

  describe('in a run of more than 1,000 events', () => {
    let run_id: string
    /** Plain work, one event a second, but for a gate in the 1,800th second that is answered in the next. */
    const nth = (index: number) => {
      const given = { run_id, id: `evt_${index}`, timestamp: second(index) }
      if (index === 1800) return ingested(request(given))
      return ingested(index === 1801 ? answer('approved', given) : receipt(given))
    }
    const fill = async (from: number, to: number) => {
      for (let at = from; at < to; at += 250) {
        const events = Array.from({ length: Math.min(250, to - at) }, (_, index) => nth(at + index))
        await ledger.append('default', run_id, () => events)
      }
    }
    beforeAll(async () => {
      run_id = newRun()
      await fill(0, 2100)
    })

    test('every thousandth event leaves a snapshot', async () => {
      await expect.poll(() => snapshots(run_id), { timeout: 15_000 }).toEqual([{ seq: 1000 }, { seq: 2000 }])
    })

    test('a late event behind a snapshot is folded from there and not from the beginning', async () => {
      // Whoever folds from this snapshot finds a run that was rejected.
      const asOwner = (text: string) => rowsOf(kernel.database, text, [run_id])
      await asOwner(
        `UPDATE run_snapshots SET folded = jsonb_set(folded, '{status}', '"rejected"') WHERE run_id = $1 AND seq = 2000`,
      )
      await append(receipt({ run_id, id: 'late_2050', timestamp: second(2050) }))
      expect((await stateOf(run_id)).inconsistency?.code).toBe('REJECTED_STATE_CONFLICT')
      await asOwner(
        `UPDATE run_snapshots SET folded = jsonb_set(folded, '{status}', '"running"') WHERE run_id = $1 AND seq = 2000`,
      )
      await append(receipt({ run_id, id: 'late_2051', timestamp: second(2051) }))
      await expectFolded(run_id)
      expect(await snapshots(run_id)).toEqual([{ seq: 1000 }, { seq: 2000 }])
    })

    test('a late event before a snapshot makes that one void, and earlier ones stay in use', async () => {
      await append(request({ run_id, id: 'late_gate', timestamp: second(1500) }))
      expect(await snapshots(run_id)).toEqual([{ seq: 1000 }])
      await expectFolded(run_id)
      expect((await stateOf(run_id)).inconsistency?.code).toBe('DUPLICATE_PENDING_APPROVAL')
    })

    test('a late event at the very time of a snapshot comes after what the snapshot holds', async () => {
      await append(answer('approved', { run_id, id: 'late_answer', timestamp: second(999) }))
      expect(await snapshots(run_id)).toEqual([{ seq: 1000 }])
      await expectFolded(run_id)
      expect((await stateOf(run_id)).inconsistency?.code).toBe('NO_PENDING_APPROVAL')
    })

    test('a late event before all snapshots folds the whole run again', async () => {
      await append(request({ run_id, id: 'first_gate', timestamp: second(-1) }))
      expect(await snapshots(run_id)).toEqual([])
      await expectFolded(run_id)
      // The answer in second 999 now has its gate; the gates of 1,500 and 1,800 still contradict each other.
      expect((await stateOf(run_id)).inconsistency?.code).toBe('DUPLICATE_PENDING_APPROVAL')
    })

    test('snapshots are taken again afterwards, and a process that starts new uses them', async () => {
      await fill(2100, 3100)
      await expect.poll(() => snapshots(run_id), { timeout: 15_000 }).toEqual([{ seq: expect.any(Number) }])
      ledger = createLedger(kernel.database, kernel.clock)
      await append(receipt({ run_id, id: 'late_3090', timestamp: second(3090) }))
      await expectFolded(run_id)
      await expectSoundLog(kernel.database)
    })
  })
})
