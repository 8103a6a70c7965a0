import type { Session } from '../../store/database.ts'
import { type RunState, signalOf } from './run-state.ts'
import { decisionOf, emptyHead, type LedgerEvent, type RunHead } from './seal-event.ts'

/** One run's part of a write: its head before and after, and the events between. */
export type StagedRun = { base: Buffer; head: RunHead; events: LedgerEvent[] }

type Statement = (text: string, values: unknown[], name: string) => Promise<unknown>

const APPEND_ONE = `SELECT append_one(${placeholders(19)})`
const APPEND_BATCH = `SELECT append_batch(${placeholders(23)})`

function placeholders(count: number): string {
  return Array.from({ length: count }, (_, index) => `$${index + 1}`).join(', ')
}

/** Writes staged runs of one tenant in one statement. Fails with CS001 when a head has moved. */
export async function writeEvents(statement: Statement, tenantId: string, runs: StagedRun[]): Promise<void> {
  const [only] = runs
  if (runs.length === 1 && only!.events.length === 1 && only!.events[0]!.seq > 1) {
    const { head, base, events } = only!
    const event = events[0]!
    await statement(
      APPEND_ONE,
      [
        tenantId,
        head.runId,
        base,
        head.seq,
        head.hash,
        head.newestNs!.toString(),
        head.state.status,
        head.state.inconsistency !== null,
        foldedOf(head),
        event.eventId,
        event.kind,
        event.occurredAt,
        event.occurredNs.toString(),
        event.recordedAt,
        event.actor,
        decisionOf(event),
        signalColumn(event),
        event.integrityWarning,
        Buffer.from(event.canon),
      ],
      'append_one',
    )
    return
  }
  // Heads in key order, so that two processes never lock the same rows crosswise.
  const sorted = [...runs].sort((a, b) =>
    Buffer.compare(Buffer.from(a.head.runId), Buffer.from(b.head.runId)),
  )
  const heads = sorted.map(({ head }) => head)
  const events = sorted.flatMap((run) => run.events)
  await statement(
    APPEND_BATCH,
    [
      tenantId,
      heads.map((head) => head.runId),
      sorted.map(({ base }) => base),
      heads.map((head) => head.seq),
      heads.map((head) => head.hash),
      heads.map((head) => head.newestNs!.toString()),
      heads.map((head) => head.state.status),
      heads.map((head) => head.state.inconsistency !== null),
      heads.map(foldedOf),
      events.map((event) => event.runId),
      events.map((event) => event.seq),
      events.map((event) => event.eventId),
      events.map((event) => event.kind),
      events.map((event) => event.occurredAt),
      events.map((event) => event.occurredNs.toString()),
      events.map((event) => event.recordedAt),
      events.map((event) => event.actor),
      events.map(decisionOf),
      events.map(signalColumn),
      events.map((event) => event.integrityWarning),
      events.map((event) => Buffer.from(event.canon)),
      events.map((event) => event.prevHash),
      events.map((event) => event.hash),
    ],
    'append_batch',
  )
}

/** Gates, resolutions and endings have an index of their own: whether a gate is open is read from them alone. */
function signalColumn(event: LedgerEvent): string | null {
  if (event.kind === 'approval_resolved') return 'resolution'
  const signal = signalOf(event, event.eventId, event.occurredAt)
  return signal.type === 'work' || signal.type === 'note' ? null : signal.type
}

type HeadRow = { run_id: string; seq: number; hash: Buffer; newest_ns: string; folded: Folded }
type Folded = RunState & { recorded_at: string }

const foldedOf = (head: RunHead) =>
  JSON.stringify({ ...head.state, recorded_at: head.recordedAt } satisfies Folded)

function toHead(row: HeadRow): RunHead {
  const { recorded_at: recordedAt, ...state } = row.folded
  return {
    runId: row.run_id,
    seq: row.seq,
    hash: row.hash,
    newestNs: BigInt(row.newest_ns),
    recordedAt,
    state,
  }
}

/** The heads of the runs that exist. */
export async function readHeads(
  statement: Session['query'],
  tenantId: string,
  runIds: string[],
): Promise<RunHead[]> {
  const rows = await statement<HeadRow>('SELECT * FROM read_heads($1, $2)', [tenantId, runIds], 'read_heads')
  return rows.map(toHead)
}

/** Locks a run's head until the transaction ends; a run without events has an empty one, which cannot be locked. */
export async function lockHead(session: Session, tenantId: string, runId: string): Promise<RunHead> {
  const rows = await session.query<HeadRow>(
    'SELECT run_id, seq, hash, newest_ns::text, folded FROM run_heads WHERE tenant_id = $1 AND run_id = $2 FOR UPDATE',
    [tenantId, runId],
    'lock_head',
  )
  return rows[0] ? toHead(rows[0]) : emptyHead(runId)
}
