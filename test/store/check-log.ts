import { expect } from 'vitest'
import { evolveRun, initialRunState, signalOf } from '../../src/kernel/ledger/run-state.ts'
import { decisionOf, type LedgerEvent, NO_HASH, openCanon } from '../../src/kernel/ledger/seal-event.ts'
import { inOrderOfTime } from '../../src/kernel/ledger/stage-events.ts'
import { canonicalJson } from '../../src/lib/canonical-json.ts'
import { sha256 } from '../../src/lib/hash.ts'
import { parseTimestamp } from '../../src/lib/timestamp.ts'
import type { Database } from '../../src/store/database.ts'
import { rowsOf } from './open-test-kernel.ts'

type EventRow = {
  tenant_id: string
  run_id: string
  seq: number
  event_id: string
  kind: string
  occurred_at: string
  occurred_ns: string
  recorded_at: Date
  actor: string
  decision_id: string | null
  integrity_warning: boolean
  canon: Buffer
  prev_hash: Buffer
  hash: Buffer
}

type HeadRow = {
  tenant_id: string
  run_id: string
  seq: number
  hash: Buffer
  newest_ns: string
  status: string
  inconsistent: boolean
  folded: { recorded_at: string }
}

/** Recomputes the whole log of the database from the stored bytes alone, and answers how many events it has. */
export async function expectSoundLog(database: Database): Promise<number> {
  const events = await rowsOf<EventRow>(database, 'SELECT * FROM events ORDER BY tenant_id, run_id, seq')
  const heads = await rowsOf<HeadRow>(database, 'SELECT * FROM run_heads')
  const runs = Map.groupBy(events, (row) => `${row.tenant_id}\n${row.run_id}`)
  expect(heads.map((head) => `${head.tenant_id}\n${head.run_id}`).sort()).toEqual([...runs.keys()].sort())
  for (const head of heads) expectSoundRun(head, runs.get(`${head.tenant_id}\n${head.run_id}`)!)
  return events.length
}

function expectSoundRun(head: HeadRow, rows: EventRow[]): void {
  let previous: Buffer = NO_HASH
  let newest: bigint | null = null
  let recordedAt = ''
  const opened: LedgerEvent[] = []
  for (const [index, row] of rows.entries()) {
    const where = `event ${row.seq} of ${row.run_id}`
    const said = JSON.parse(row.canon.toString('utf8'))
    const time = parseTimestamp(row.occurred_at)
    const ns = typeof time === 'object' ? time.ns : null
    expect(canonicalJson(said), where).toBe(row.canon.toString('utf8'))
    expect(row.hash.toString('hex'), where).toBe(sha256(Uint8Array.of(0), row.canon).toString('hex'))
    expect(row.prev_hash.toString('hex'), where).toBe(previous.toString('hex'))
    expect(said, where).toEqual({
      v: 1,
      tenant: row.tenant_id,
      run: row.run_id,
      seq: index + 1,
      event_id: row.event_id,
      kind: row.kind,
      occurred_at: row.occurred_at,
      recorded_at: row.recorded_at.toISOString(),
      actor: row.actor,
      integrity_warning: newest !== null && ns! < newest,
      prev: previous.toString('hex'),
      payload: said.payload,
    })
    expect([row.seq, row.integrity_warning, BigInt(row.occurred_ns)], where).toEqual([
      index + 1,
      said.integrity_warning,
      ns,
    ])
    expect(said.recorded_at >= recordedAt, `${where} is recorded before the one it follows`).toBe(true)
    const event = openCanon(row.canon, row.prev_hash, row.hash)
    expect(row.decision_id, where).toBe(decisionOf(event))
    opened.push(event)
    previous = row.hash
    recordedAt = said.recorded_at
    if (newest === null || ns! > newest) newest = ns
  }
  const state = foldFromScratch(opened)
  expect({ ...head, hash: head.hash.toString('hex'), newest_ns: BigInt(head.newest_ns) }).toMatchObject({
    seq: rows.length,
    hash: previous.toString('hex'),
    newest_ns: newest,
    status: state.status,
    inconsistent: state.inconsistency !== null,
    folded: { ...state, recorded_at: recordedAt },
  })
}

/** What the rules say of a run, from its first event in time to its last. */
export function foldFromScratch(events: LedgerEvent[]) {
  return events
    .toSorted(inOrderOfTime)
    .reduce(
      (state, event) => evolveRun(state, signalOf(event, event.eventId, event.occurredAt)),
      initialRunState,
    )
}
