import type { Session } from '../../store/database.ts'
import { type Owner, projectRunRow, type RunRows } from './project-run-rows.ts'
import { type RunState, signalOf } from './run-state.ts'
import { decisionOf, emptyHead, type LedgerEvent, type RunHead } from './seal-event.ts'

/** One run's part of a write: its head before and after, and the events between. */
export type StagedRun = { base: Buffer; head: RunHead; events: LedgerEvent[] }

type Statement = (text: string, values: unknown[], name: string) => Promise<unknown>

const APPEND_ONE = `SELECT append_one(${placeholders(19)})`
const APPEND_EVENTS = `SELECT append_events(${placeholders(25)})`

function placeholders(count: number): string {
  return Array.from({ length: count }, (_, index) => `$${index + 1}`).join(', ')
}

/** Writes staged runs of one tenant in one statement. Fails with CS001 when a head has moved. */
export async function writeEvents(
  statement: Statement,
  tenantId: string,
  runs: StagedRun[],
  owner: Owner,
): Promise<void> {
  const rows: RunRows = { started: [], changed: [] }
  for (const { head, events } of runs) projectRunRow(head, events, owner, rows)
  const [only] = runs
  const alone = runs.length === 1 && only!.events.length === 1 && only!.events[0]!.seq > 1
  if (alone && rows.started.length + rows.changed.length === 0) {
    const { head, base, events } = only!
    await statement(APPEND_ONE, appendOneValues(tenantId, head, base, events[0]!), 'append_one')
    return
  }
  await statement(APPEND_EVENTS, appendEventsValues(tenantId, runs, rows), 'append_events')
}

function appendOneValues(tenantId: string, head: RunHead, base: Buffer, event: LedgerEvent): unknown[] {
  return [
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
  ]
}

function appendEventsValues(tenantId: string, runs: StagedRun[], rows: RunRows): unknown[] {
  // Heads in key order, so that two processes never lock the same rows crosswise.
  const sorted = runs.length === 1 ? runs : [...runs].sort(byRunId)
  const heads = sorted.map(({ head }) => head)
  const events = sorted.flatMap((run) => run.events)
  const canon = events.map((event) => Buffer.from(event.canon))
  let start = 1
  const offsets = canon.map((bytes) => {
    const at = start
    start += bytes.length
    return at
  })
  return [
    tenantId,
    heads.map((head) => head.runId),
    heads.map((head) => head.seq),
    heads.map((head) => head.newestNs!.toString()),
    heads.map((head) => head.state.status),
    heads.map((head) => head.state.inconsistency !== null),
    heads.map(foldedOf),
    Buffer.concat(sorted.flatMap(({ base, head }) => [base, head.hash])),
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
    offsets,
    canon.map((bytes) => bytes.length),
    Buffer.concat(canon),
    Buffer.concat(events.flatMap((event) => [event.prevHash, event.hash])),
    rows.started.length > 0 ? JSON.stringify(rows.started) : null,
    rows.changed.length > 0 ? JSON.stringify(rows.changed) : null,
  ]
}

const byRunId = (a: StagedRun, b: StagedRun) =>
  Buffer.compare(Buffer.from(a.head.runId), Buffer.from(b.head.runId))

/** Gates, resolutions and endings have an index of their own: whether a gate is open is read from them alone. */
function signalColumn(event: LedgerEvent): string | null {
  if (event.kind === 'approval_resolved') return 'resolution'
  const signal = signalOf(event, event.eventId, event.occurredAt)
  if (signal.type === 'engine') return OPENS_OR_CLOSES.has(event.kind) ? 'engine' : null
  return signal.type === 'work' || signal.type === 'note' ? null : signal.type
}

/** A start comes before any gate and a completion after the last one: neither tells anything about gates. */
const OPENS_OR_CLOSES = new Set(['run_resumed', 'run_failed', 'run_cancelled'])

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
