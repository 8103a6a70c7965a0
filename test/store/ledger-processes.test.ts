import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { checkIngestRules } from '../../src/kernel/ledger/check-ingest-rules.ts'
import { createLedger, type Ledger } from '../../src/kernel/ledger/ledger.ts'
import { answer, receipt, request, second } from '../../src/kernel/ledger/receipt.fixture.ts'
import type { Receipt } from '../../src/kernel/ledger/schema.ts'
import { AppError } from '../../src/lib/errors.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import { expectSoundLog } from './check-log.ts'
import { ingested, openTestKernel, rowsOf, type TestKernel } from './open-test-kernel.ts'

/** Refuses as `POST /v1/events` does. */
const checked = (ledger: Ledger, payload: Receipt) =>
  ledger.append('default', payload.run_id, (head) => {
    const [fault] = checkIngestRules(head.state, payload)
    if (fault) throw new AppError({ code: fault.code, status: 409, message: fault.message })
    return [ingested(payload)]
  })

describe.runIf(DATABASES.includes('postgres'))('several processes on one PostgreSQL', () => {
  let kernel: TestKernel
  let here: Ledger
  let there: Ledger
  let runs = 0
  const newRun = () => `run_${++runs}`
  const open = () => createLedger(kernel.database, kernel.clock)
  beforeAll(async () => {
    kernel = await openTestKernel('postgres')
    here = open()
    there = open()
  })
  afterEach(() => expectSoundLog(kernel.database))
  afterAll(() => kernel.close())

  test('4 of them appending to the same 7 runs lose nothing, double nothing and refuse nothing', async () => {
    const ledgers = [here, there, open(), open()]
    const names = Array.from({ length: 7 }, newRun)
    const acknowledged = await Promise.all(
      Array.from({ length: 48 }, async (_, caller) => {
        const told: string[] = []
        for (let round = 0; round < 6; round++) {
          const run_id = names[(caller + round) % names.length]!
          const ledger = ledgers[caller % ledgers.length]!
          const [event] = await checked(ledger, receipt({ run_id, id: `evt_${caller}_${round}` }))
          told.push(`${event!.runId}/${event!.seq}/${event!.eventId}`)
        }
        return told
      }),
    )
    const rows = await rowsOf(
      kernel.database,
      "SELECT run_id || '/' || seq || '/' || event_id AS told FROM events WHERE run_id = ANY ($1)",
      [names],
    )
    expect(rows).toHaveLength(48 * 6)
    expect(acknowledged.flat().sort()).toEqual(rows.map(({ told }) => told).sort())
  })

  test('the same event sent to two of them is stored once', async () => {
    for (let round = 0; round < 10; round++) {
      const run_id = newRun()
      const outcomes = await Promise.allSettled([
        checked(here, receipt({ run_id })),
        checked(there, receipt({ run_id })),
      ])
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      const refused = outcomes.find((outcome) => outcome.status === 'rejected')!
      expect(refused.reason).toMatchObject({ code: 'DUPLICATE_EVENT_ID' })
    }
  })

  test('what another process wrote counts: the gate that it answered refuses no summary here', async () => {
    const run_id = newRun()
    await checked(here, request({ run_id, id: 'gate' }))
    await checked(there, answer('approved', { run_id, id: 'answer', timestamp: second(1) }))
    const [event] = await checked(here, receipt({ run_id, id: 'end', type: 'summary', timestamp: second(2) }))
    expect(event!.seq).toBe(3)
  })

  test('what another process wrote counts: the gate that it opened can be answered here', async () => {
    const run_id = newRun()
    await checked(here, receipt({ run_id, id: 'work' }))
    await checked(there, request({ run_id, id: 'gate', timestamp: second(1) }))
    await checked(here, answer('approved', { run_id, id: 'answer', timestamp: second(2) }))
  })

  test('what another process wrote counts: nothing enters a run that it ended', async () => {
    const run_id = newRun()
    await checked(here, receipt({ run_id, id: 'work' }))
    await checked(there, receipt({ run_id, id: 'end', type: 'summary', timestamp: second(1) }))
    await expect(checked(here, receipt({ run_id, id: 'more', timestamp: second(2) }))).rejects.toMatchObject({
      code: 'TERMINAL_STATE_CONFLICT',
    })
  })

  test('what a caller was told was refused is not in the log, even when its commit had to be tried again', async () => {
    const run_id = newRun()
    await checked(here, request({ run_id, id: 'gate' }))
    await checked(there, answer('approved', { run_id, id: 'answer', timestamp: second(1) }))
    // Together in one commit, on a head of which this process does not know that it moved: the first is acceptable on
    // either, the second only on the new one.
    const outcomes = await Promise.allSettled([
      checked(here, receipt({ run_id, id: 'work', timestamp: second(2) })),
      checked(here, receipt({ run_id, id: 'end', type: 'summary', timestamp: second(3) })),
    ])
    const rows = await rowsOf(kernel.database, 'SELECT event_id FROM events WHERE run_id = $1 AND seq > 2', [
      run_id,
    ])
    const stored = outcomes.map(({ status }, index) =>
      status === 'fulfilled' ? ['work', 'end'][index] : null,
    )
    expect(rows.map(({ event_id }) => event_id).sort()).toEqual(stored.filter((id) => id !== null).sort())
    expect(stored).toEqual(['work', 'end'])
  })

  test('late events from two of them are sorted into place', async () => {
    const run_id = newRun()
    await checked(here, receipt({ run_id, id: 'newest', timestamp: second(1000) }))
    await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        checked(
          [here, there][index % 2]!,
          receipt({ run_id, id: `late_${index}`, timestamp: second(index) }),
        ),
      ),
    )
    const head = await here.readHead('default', run_id)
    expect(head).toMatchObject({ seq: 31, state: { status: 'running' } })
  })
})
