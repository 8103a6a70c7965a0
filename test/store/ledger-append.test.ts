import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ingestEvent } from '../../src/kernel/ledger/ingest-event.ts'
import { createLedger, type Ledger } from '../../src/kernel/ledger/ledger.ts'
import { answer, receipt, request, second } from '../../src/kernel/ledger/receipt.fixture.ts'
import type { Receipt } from '../../src/kernel/ledger/schema.ts'
import { AppError } from '../../src/lib/errors.ts'
import type { Database } from '../../src/store/database.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import { expectSoundLog } from './check-log.ts'
import { ingested, openTestKernel, rowsOf, type TestKernel } from './open-test-kernel.ts'

describe.each(DATABASES)('appending on %s', (kind) => {
  let kernel: TestKernel
  let ledger: Ledger
  let runs = 0
  const newRun = () => `run_${++runs}`
  const append = (payload: Receipt, into = ledger) =>
    into.append('default', payload.run_id, () => [ingested(payload)])
  const idsOf = async (runId: string) => {
    const rows = await rowsOf(kernel.database, 'SELECT event_id FROM events WHERE run_id = $1 ORDER BY seq', [
      runId,
    ])
    return rows.map(({ event_id }) => event_id)
  }

  beforeAll(async () => {
    kernel = await openTestKernel(kind)
    ledger = kernel.as().ledger
  })
  // Whatever a test did, the log is sound after it.
  afterEach(() => expectSoundLog(kernel.database))
  afterAll(() => kernel.close())

  test('an event is stored as it was answered', async () => {
    const run_id = newRun()
    await append(receipt({ run_id, id: 'first' }))
    const [event] = await append(
      receipt({
        run_id,
        id: 'evt ä\u2028"\\',
        timestamp: second(1.000001),
        approval: { decision_id: 'dec_1' },
      }),
    )
    const [row] = await rowsOf(
      kernel.database,
      "SELECT *, encode(hash, 'hex') AS hex FROM events WHERE event_id = $1",
      [event!.eventId],
    )
    expect(row).toMatchObject({
      tenant_id: 'default',
      run_id,
      seq: 2,
      kind: 'receipt_ingested',
      decision_id: 'dec_1',
      signal: null,
      integrity_warning: false,
      recorded_at: new Date(event!.recordedAt),
      hex: event!.hash.toString('hex'),
    })
    expect((row!.canon as Buffer).toString()).toBe(event!.canon)
  })

  test('what opens, answers or ends a gate is marked, so that gates are found without reading the rest', async () => {
    const run_id = newRun()
    const all = [
      receipt({ run_id, id: 'work' }),
      request({ run_id, id: 'gate' }),
      answer('approved', { run_id, id: 'answer' }),
      receipt({ run_id, id: 'end', type: 'summary' }),
    ]
    for (const one of all) await append(one)
    expect(
      await rowsOf(kernel.database, 'SELECT signal FROM events WHERE run_id = $1 ORDER BY seq', [run_id]),
    ).toEqual([{ signal: null }, { signal: 'gate' }, { signal: 'resolution' }, { signal: 'end' }])
  })

  test.each([
    ['one run', 1],
    ['64 runs', 64],
  ])('64 callers at once into %s: each is acknowledged once, in one chain a run', async (_, count) => {
    const names = Array.from({ length: count }, newRun)
    const acknowledged = await Promise.all(
      Array.from({ length: 64 }, async (_, caller) => {
        const told: string[] = []
        for (let round = 0; round < 5; round++) {
          const run_id = names[(caller + round) % count]!
          const [event] = await append(receipt({ run_id, id: `evt_${caller}_${round}` }))
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
    expect(rows).toHaveLength(64 * 5)
    expect(acknowledged.flat().sort()).toEqual(rows.map(({ told }) => told).sort())
  })

  test('while a commit is under way the next one is sent, but never for the same run', async () => {
    let sent: (() => void) | null = null
    const held: (() => void)[] = []
    const slow: Database = {
      ...kernel.database,
      async statement(text, values, name) {
        if (name !== 'read_heads') {
          sent?.()
          await new Promise<void>((resolve) => held.push(resolve))
        }
        return kernel.database.statement(text, values, name)
      },
    }
    const nextSent = () => new Promise<void>((resolve) => (sent = resolve))
    const into = createLedger(slow, kernel.clock)
    const [a, b] = [newRun(), newRun()]
    const first = nextSent()
    const answers = [append(receipt({ run_id: a, id: '1' }), into)]
    await first
    const next = nextSent()
    answers.push(append(receipt({ run_id: a, id: '2', timestamp: second(2) }), into))
    answers.push(append(receipt({ run_id: b, id: '1' }), into))
    if (kind === 'postgres') await next
    else expect(held).toHaveLength(1)
    const last = nextSent()
    held[0]!()
    await last
    for (const release of held) release()
    // On the embedded database run b was sent together with the second event of run a.
    await Promise.all(answers)
    expect(held).toHaveLength(kind === 'postgres' ? 3 : 2)
    expect([await idsOf(a), await idsOf(b)]).toEqual([['1', '2'], ['1']])
  })

  test('who expects a new run and is mistaken is decided on the run as it is', async () => {
    const run_id = newRun()
    await append(receipt({ run_id, id: '1' }))
    const fresh = createLedger(kernel.database, kernel.clock)
    const seen: number[] = []
    await fresh.append(
      'default',
      run_id,
      ({ seq }) => {
        seen.push(seq)
        return [ingested(receipt({ run_id, id: '2', timestamp: second(2) }))]
      },
      { isNew: true },
    )
    const refusal = fresh.append(
      'default',
      run_id,
      ({ seq }) => {
        throw new AppError({ code: 'REFUSED', status: 409, message: `at ${seq}`, details: [] })
      },
      { isNew: true },
    )
    await expect(refusal).rejects.toMatchObject({ message: 'at 2' })
    expect(seen.at(-1)).toBe(1)
    expect(await idsOf(run_id)).toEqual(['1', '2'])
  })

  test('several events of one call stand together and in order', async () => {
    const run_id = newRun()
    const three = ['a', 'b', 'c'].map((id) => ingested(receipt({ run_id, id })))
    const [events] = await Promise.all([
      ledger.append('default', run_id, () => three),
      append(receipt({ run_id, id: 'other' })),
    ])
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3])
    expect(await idsOf(run_id)).toEqual(['a', 'b', 'c', 'other'])
  })

  test('a call that wants nothing appended is answered with nothing', async () => {
    const run_id = newRun()
    expect(await ledger.append('default', run_id, () => [])).toEqual([])
    expect(await ledger.readHead('default', run_id)).toBeNull()
  })

  test('a faulty neighbour in one commit is refused alone', async () => {
    const run_id = newRun()
    const refusal = new AppError({ code: 'NO', status: 409, message: 'no' })
    const outcomes = await Promise.allSettled([
      append(receipt({ run_id, id: 'ok_1' })),
      ledger.append('default', run_id, () => {
        throw refusal
      }),
      append(receipt({ run_id, id: 'ok_2' })),
      append(receipt({ run_id, id: 'ok_2', title: 'the same id' })),
      append(receipt({ run_id, id: 'surrogate', title: '\ud800' })),
      append(receipt({ run_id, id: 'nul\0' })),
      append(receipt({ run_id, id: 'ok_3' })),
      append(receipt({ run_id, id: 'no_time', timestamp: 'soon' })),
      append(receipt({ run_id: newRun(), id: 'ok_2' })),
      append(receipt({ run_id, id: 'ok_4' })),
    ])
    expect(
      outcomes.map((outcome) =>
        outcome.status === 'fulfilled' ? 'stored' : (outcome.reason.code ?? outcome.reason.name),
      ),
    ).toEqual([
      'stored',
      'NO',
      'stored',
      'DUPLICATE_EVENT_ID',
      'TypeError',
      'STORAGE_WRITE_ERROR',
      'stored',
      'TypeError',
      'stored',
      'stored',
    ])
    expect(await idsOf(run_id)).toEqual(['ok_1', 'ok_2', 'ok_3', 'ok_4'])
  })

  test('a gate whose text the database cannot keep is refused alone', async () => {
    const [run_id, other] = [newRun(), newRun()]
    const outcomes = await Promise.allSettled([
      append(request({ run_id: other, id: 'gate', title: 'a\0b' })),
      append(receipt({ run_id, id: 'ok' })),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    expect(await idsOf(other)).toEqual([])
  })

  describe('RULE-CORE-003: an event id stands once in a run', () => {
    const duplicate = (runId: string) => ({
      status: 409,
      code: 'DUPLICATE_EVENT_ID',
      message: 'Event ID already exists for this run',
      details: [
        {
          path: 'event_id',
          message: `Event ID 'evt_1' already exists for run '${runId}'`,
          type: 'duplicate_event',
          code: 'DUPLICATE_EVENT_ID',
        },
      ],
    })

    test('RULE-CORE-003: a second event with the id of the first is refused, and nothing of it stays', async () => {
      const run_id = newRun()
      const [first] = await append(receipt({ run_id }))
      await expect(append(receipt({ run_id, title: 'another' }))).rejects.toMatchObject(duplicate(run_id))
      await expect(append(receipt({ run_id, timestamp: second(-60) })), 'a late one').rejects.toMatchObject(
        duplicate(run_id),
      )
      const head = await ledger.readHead('default', run_id)
      expect(head).toMatchObject({ seq: 1, hash: first!.hash })
      await append(receipt({ run_id, id: 'evt_2' }))
    })

    test('a process that knows nothing of the run refuses it too', async () => {
      const run_id = newRun()
      await append(receipt({ run_id }))
      const restarted = createLedger(kernel.database, kernel.clock)
      await expect(append(receipt({ run_id }), restarted)).rejects.toMatchObject(duplicate(run_id))
    })

    test('of 20 callers with one id exactly one is told that it was stored', async () => {
      const run_id = newRun()
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) => append(receipt({ run_id, title: `number ${index}` }))),
      )
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(duplicate(run_id))
      }
      expect(await idsOf(run_id)).toEqual(['evt_1'])
    })

    test('two events of one call with one id are refused together', async () => {
      const run_id = newRun()
      const twice = [receipt({ run_id }), receipt({ run_id, title: 'again' })].map(ingested)
      await expect(ledger.append('default', run_id, () => twice)).rejects.toMatchObject(duplicate(run_id))
      expect(await idsOf(run_id)).toEqual([])
    })

    test('the same id in another run, and of another tenant, is another event', async () => {
      const [one, two] = [newRun(), newRun()]
      await append(receipt({ run_id: one }))
      await append(receipt({ run_id: two }))
      await ledger.append('acme', one, () => [ingested(receipt({ run_id: one }))])
      expect((await ledger.readHead('acme', one))!.seq).toBe(1)
    })
  })

  describe('checks and append are one step', () => {
    test('of 20 gates asked for at once by receipts that may only come alone, one is let in', async () => {
      const run_id = newRun()
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) =>
          ledger.append('default', run_id, (head) => {
            if (head.state.gate) throw new AppError({ code: 'TAKEN', status: 409, message: 'taken' })
            return [ingested(request({ run_id, id: `gate_${index}` }))]
          }),
        ),
      )
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      expect(await idsOf(run_id)).toHaveLength(1)
    })

    test('RULE-GATE-005: of 20 summaries at once one ends the run, the others come too late', async () => {
      const run_id = newRun()
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) =>
          ingestEvent(kernel.as(), receipt({ run_id, id: `end_${index}`, type: 'summary' })),
        ),
      )
      const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
      expect(refused).toHaveLength(19)
      for (const error of refused) {
        expect(error).toMatchObject({
          status: 409,
          code: 'BUSINESS_RULE_VIOLATION',
          details: [{ rule_id: 'RULE-GATE-005' }],
        })
      }
      expect(await idsOf(run_id)).toHaveLength(1)
    })
  })

  test('RULE-CORE-010: nothing is recorded earlier than the event before it, even when the clock steps back', async () => {
    const run_id = newRun()
    const [first] = await append(receipt({ run_id, id: 'before' }))
    kernel.clock.advance(-3_600_000)
    const [inOneProcess] = await append(receipt({ run_id, id: 'after' }))
    const restarted = createLedger(kernel.database, kernel.clock)
    const [afterRestart] = await append(receipt({ run_id, id: 'restarted' }), restarted)
    const inTransaction = await ledger.transaction('default', (transaction) =>
      transaction.append(run_id, () => [ingested(receipt({ run_id, id: 'transaction' }))]),
    )
    kernel.clock.advance(3_600_000 + 1)
    const [later] = await append(receipt({ run_id, id: 'later' }))
    expect([inOneProcess, afterRestart, inTransaction[0]].map((event) => event!.recordedAt)).toEqual(
      new Array(3).fill(first!.recordedAt),
    )
    expect(Date.parse(later!.recordedAt) - Date.parse(first!.recordedAt)).toBe(1)
  })
})
