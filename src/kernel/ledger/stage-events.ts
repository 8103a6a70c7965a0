import { AppError } from '../../lib/errors.ts'
import type { Session } from '../../store/database.ts'
import { evolveRun, initialRunState, type RunState, signalOf } from './run-state.ts'
import { type LedgerEvent, type NewEvent, openCanon, type RunHead, sealEvent } from './seal-event.ts'

/** Pure but for reading: given the head as it stands, what to append. Throws an AppError to refuse. */
export type Decide = (head: RunHead) => NewEvent[]

export type Staged = { head: RunHead; events: LedgerEvent[]; late: boolean }

/** Seals what `decide` wants behind the head. */
export function stageEvents(tenantId: string, head: RunHead, decide: Decide, recordedAt: string): Staged {
  let next = head
  const events: LedgerEvent[] = []
  const ids = new Set<string>()
  for (const event of decide(head)) {
    if (ids.has(event.eventId)) throw duplicateEvent(head.runId, event.eventId)
    ids.add(event.eventId)
    const sealed = sealEvent(tenantId, next, event, recordedAt)
    events.push(sealed.event)
    next = sealed.head
  }
  return { head: next, events, late: events.some((event) => event.integrityWarning) }
}

export function duplicateEvent(runId: string, eventId: string): AppError {
  return new AppError({
    code: 'DUPLICATE_EVENT_ID',
    status: 409,
    message: 'Event ID already exists for this run',
    details: [
      {
        path: 'event_id',
        message: `Event ID '${eventId}' already exists for run '${runId}'`,
        type: 'duplicate_event',
        code: 'DUPLICATE_EVENT_ID',
      },
    ],
  })
}

type SnapshotRow = { seq: number; newest_ns: string; folded: RunState }
type EventRow = { canon: Buffer; prev_hash: Buffer; hash: Buffer }

/**
 * The state of a run with events that came late sorted into place. Starts at the newest snapshot that the earliest
 * of them leaves true, so that a long run is not read from its beginning. Needs the head locked.
 */
export async function refoldRun(
  session: Session,
  tenantId: string,
  runId: string,
  added: LedgerEvent[],
): Promise<RunState> {
  const earliest = added.reduce(
    (least, event) => (event.occurredNs < least ? event.occurredNs : least),
    added[0]!.occurredNs,
  )
  const [snapshot] = await session.query<SnapshotRow>(
    `SELECT seq, newest_ns::text, folded FROM run_snapshots
     WHERE tenant_id = $1 AND run_id = $2 AND newest_ns <= $3 ORDER BY seq DESC LIMIT 1`,
    [tenantId, runId, earliest.toString()],
  )
  const rows = await session.query<EventRow>(
    `SELECT canon, prev_hash, hash FROM events WHERE tenant_id = $1 AND run_id = $2 AND seq > $3 ORDER BY seq`,
    [tenantId, runId, snapshot?.seq ?? 0],
  )
  const events = rows.map((row) => openCanon(row.canon, row.prev_hash, row.hash)).concat(added)
  events.sort(inOrderOfTime)
  return events.reduce(
    (state, event) => evolveRun(state, signalOf(event, event.eventId, event.occurredAt)),
    snapshot?.folded ?? initialRunState,
  )
}

/** The order shown: time, then order of appending. */
export function inOrderOfTime(a: LedgerEvent, b: LedgerEvent): number {
  if (a.occurredNs !== b.occurredNs) return a.occurredNs < b.occurredNs ? -1 : 1
  return a.seq - b.seq
}
