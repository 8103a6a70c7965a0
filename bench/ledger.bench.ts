/**
 * Durable appends against raw single-row INSERT commits on the same database, and the cost of an append by the length
 * of its run. `node bench/ledger.bench.ts`
 */
import { randomBytes } from 'node:crypto'
import { createLedger, type Ledger } from '../src/kernel/ledger/ledger.ts'
import { Receipt } from '../src/kernel/ledger/schema.ts'
import type { Database } from '../src/store/database.ts'
import { openBenchDatabases } from './bench-database.ts'
import { interleave, printTable, ratePerSecond, ratio, rounded } from './measure.ts'

const GO_MS = 1000
const GOES = 5
const clock = { now: () => Date.now() }
const { databases, close } = await openBenchDatabases()

let counter = 0
/** Parsed once: what is measured is the log, and the edge has parsed what reaches it. */
const TEMPLATE = Receipt.parse({
  id: 'evt',
  run_id: 'run',
  timestamp: new Date().toISOString(),
  type: 'action',
  actor: 'agent',
  title: 'Start transfer workflow',
  details:
    'Agent prepared transfer request and attached the documents that the reviewer will want to see first',
  approval: { status: 'not_required' },
  evidence: [{ kind: 'log', label: 'Execution log', ref: 'log://bench' }],
})
const newReceipt = (runId: string) => ({
  ...TEMPLATE,
  id: `evt_${counter++}`,
  run_id: runId,
  timestamp: new Date().toISOString(),
})

function append(ledger: Ledger, runId: string) {
  return ledger.append('default', runId, (head) => {
    const receipt = newReceipt(runId)
    // Never late, whatever the clock's resolution: the bench is about the ordinary case.
    const newest =
      head.newestNs === null
        ? receipt.timestamp
        : new Date(Math.max(Date.now(), Number(head.newestNs / 1_000_000n) + 1)).toISOString()
    return [
      {
        kind: 'receipt_ingested',
        eventId: receipt.id,
        occurredAt: newest,
        actor: 'local',
        payload: { ...receipt, timestamp: newest },
      },
    ]
  })
}

async function makeRawTable(database: Database) {
  await database.asOwner(async (session) => {
    await session.query('CREATE TABLE raw_events (id text PRIMARY KEY, payload jsonb NOT NULL)')
    await session.query('GRANT INSERT ON raw_events TO countersign_app')
  })
}

const insertRaw = (database: Database) =>
  database.statement(
    'INSERT INTO raw_events (id, payload) VALUES ($1, $2)',
    [`raw_${counter++}`, JSON.stringify(newReceipt('raw'))],
    'raw',
  )

const rows: Record<string, string>[] = []
for (const { name, database } of databases) {
  await makeRawTable(database)
  const ledger = createLedger(database, clock)
  for (const callers of [1, 16, 64]) {
    const prefix = randomBytes(4).toString('hex')
    const rates = await interleave(GOES, {
      raw: () => ratePerSecond(callers, GO_MS, () => insertRaw(database)),
      one: () => ratePerSecond(callers, GO_MS, () => append(ledger, `${prefix}-one`)),
      many: () => ratePerSecond(callers, GO_MS, (caller) => append(ledger, `${prefix}-${caller}`)),
    })
    rows.push({
      database: name,
      callers: String(callers),
      'raw insert/s': rounded(rates.raw!),
      'append/s, one run': rounded(rates.one!),
      'to raw': ratio(rates.one! / rates.raw!),
      'append/s, a run each': rounded(rates.many!),
      'to raw ': ratio(rates.many! / rates.raw!),
    })
  }
}
printTable('Durable appends against raw single-row INSERT commits (medians of interleaved goes)', rows)

const lengths: Record<string, string>[] = []
for (const { name, database } of databases) {
  const ledger = createLedger(database, clock)
  for (const length of [10, 1_000, 100_000]) {
    const left = { count: length }
    await Promise.all(
      Array.from({ length: 128 }, async () => {
        while (left.count-- > 0) await append(ledger, `length-${length}`)
      }),
    )
  }
  const counted = countStatements(database)
  const watched = createLedger(counted.database, clock)
  const statements: Record<number, number> = {}
  for (const length of [10, 1_000, 100_000]) {
    await append(watched, `length-${length}`)
    counted.reset()
    await append(watched, `length-${length}`)
    statements[length] = counted.count()
  }
  const rates = await interleave(GOES, {
    10: () => ratePerSecond(8, GO_MS / 3, () => append(ledger, 'length-10')),
    1000: () => ratePerSecond(8, GO_MS / 3, () => append(ledger, 'length-1000')),
    100000: () => ratePerSecond(8, GO_MS / 3, () => append(ledger, 'length-100000')),
  })
  const values = Object.values(rates)
  lengths.push({
    database: name,
    '10 events': rounded(rates[10]!),
    '1,000 events': rounded(rates[1000]!),
    '100,000 events': rounded(rates[100000]!),
    'slowest to quickest': ratio(Math.min(...values) / Math.max(...values)),
    'statements each': Object.values(statements).join(' / '),
  })
}
printTable('Appends a second by the length of the run (8 callers)', lengths)
await close()

function countStatements(database: Database) {
  let count = 0
  const counting: Database = {
    ...database,
    statement: (text, values, name) => {
      count++
      return database.statement(text, values, name)
    },
  }
  return {
    database: counting,
    count: () => count,
    reset() {
      count = 0
    },
  }
}
