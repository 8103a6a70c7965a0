import { parseTimestamp } from '../../lib/timestamp.ts'
import { drawnByChildren, type ExecutionState } from './execution-state.ts'
import type { LedgerEvent, RunHead } from './seal-event.ts'

/** How long a process may be silent about a run at work before another takes it up. Milliseconds. */
export const LEASE_MS = 3_000

/** A process that drives runs, as rows of `runs` name it. */
export type Owner = string

type RunRow = { run_id: string; [column: string]: unknown }
export type RunRows = { started: RunRow[]; changed: RunRow[] }

/** Kinds after which the row of a run says something else. */
const TELLING = new Set([
  'run_started',
  'run_paused',
  'run_modified',
  'run_resumed',
  'run_completed',
  'run_failed',
  'run_cancelled',
  'llm_call_intended',
  'llm_call',
  'tool_call_intended',
  'child_run_ended',
  'event_received',
  'approval_resolved',
  'approval_expired',
])

/** What the appended events of one run change in its row of `runs`: the row is their projection. */
export function projectRunRow(head: RunHead, events: LedgerEvent[], owner: Owner, rows: RunRows): void {
  const { execution } = head.state
  if (!execution || !events.some((event) => TELLING.has(event.kind) && !isBeside(event, execution))) return
  const last = events.at(-1)!
  const started = events.find((event) => event.kind === 'run_started')
  const state = columnsOf(execution, events, owner, last.recordedAt)
  if (started?.kind !== 'run_started') {
    rows.changed.push({ run_id: head.runId, ...state })
    return
  }
  const { payload } = started
  rows.started.push({
    run_id: head.runId,
    workflow_id: payload.workflow_id,
    workflow_version: payload.workflow_version,
    definition_sha256: payload.definition_sha256,
    input: payload.input,
    app_id: payload.app_id,
    app_action_id: payload.app_action_id,
    user_id: payload.started_by.id,
    parent_run_id: payload.parent?.run_id ?? null,
    forked_from: payload.forked_from?.run_id ?? null,
    created_at: started.recordedAt,
    ...state,
  })
}

/** What somebody tells a run that is at work, or answers it, leaves it with the process that drives it. */
const isBeside = ({ kind }: LedgerEvent, { status }: ExecutionState) => TOLD.has(kind) && status !== 'paused'
const TOLD = new Set(['event_received', 'approval_resolved', 'approval_expired'])

function columnsOf(execution: ExecutionState, events: LedgerEvent[], owner: Owner, recordedAt: string) {
  const { status, waiting, limits } = execution
  const ended = status !== 'running' && status !== 'paused'
  const outcome = ended ? outcomeOf(events) : { result: null, error: null }
  // What children under way have drawn is shown once nobody is going to count it any more.
  const drawn = ended ? drawnByChildren(execution) : { llm_calls: 0, cost_cents: 0 }
  return {
    status,
    mode: execution.mode,
    ...outcome,
    waiting,
    ...limits,
    cost_cents: execution.unpriced_calls > 0 ? null : execution.cost_cents + drawn.cost_cents,
    llm_calls: execution.llm_calls + drawn.llm_calls,
    updated_at: recordedAt,
    finished_at: ended ? recordedAt : null,
    due_at: dueAt(execution, events, recordedAt),
    owner: status === 'running' ? owner : null,
  }
}

/** When any process may take the run up: a silent driver's lease, a timer, or at once when what it waited for came. */
function dueAt(
  { status, waiting }: ExecutionState,
  events: LedgerEvent[],
  recordedAt: string,
): string | null {
  if (status === 'running') return new Date(Date.parse(recordedAt) + LEASE_MS).toISOString()
  if (status !== 'paused') return null
  const paused = events.findLastIndex(({ kind }) => kind === 'run_paused')
  // Whether that lets it go on is seen by whoever takes it up.
  if (events.slice(paused + 1).some(({ kind }) => TOLD.has(kind))) return recordedAt
  // It may have ended before this was written, and then nobody tells.
  if (waiting?.run_id) return new Date(Date.parse(recordedAt) + LOOK_AFTER_MS).toISOString()
  return waiting?.wake_at ? millisecondsOf(waiting.wake_at) : null
}

/** When a run that waits for another is looked at once. */
const LOOK_AFTER_MS = 1_000

/** Stored to the millisecond, so never before the nanosecond it means. */
function millisecondsOf(at: string): string {
  const timestamp = parseTimestamp(at)
  const ns = typeof timestamp === 'object' ? timestamp.ns : 0n
  return new Date(Number((ns + 999_999n) / 1_000_000n)).toISOString()
}

function outcomeOf(events: LedgerEvent[]) {
  const end = events.findLast(
    ({ kind }) => kind === 'run_completed' || kind === 'run_failed' || kind === 'run_cancelled',
  )
  if (end?.kind === 'run_completed') return { result: end.payload.result, error: null }
  if (end?.kind === 'run_failed') return { result: null, error: end.payload }
  return { result: null, error: null }
}
