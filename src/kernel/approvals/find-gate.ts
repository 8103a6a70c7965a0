import { AppError, notFound } from '../../lib/errors.ts'
import type { Session } from '../../store/database.ts'
import { readSignals } from '../ledger/read-run.ts'
import { renderReceipt } from '../ledger/render-receipt.ts'
import { evolveRun, type Gate, initialRunState, signalOf } from '../ledger/run-state.ts'
import type { LedgerEvent } from '../ledger/seal-event.ts'
import { readApprovals } from './approval-rows.ts'

/** An event id may be in several runs: then it is ambiguous, unless the run is named too. */
export type GateTarget = { eventId: string; runId?: string } | { decisionId: string }

/** Where a target stands. Throws 404 when nothing has that id, 409 AMBIGUOUS_EVENT_ID when several do. */
export async function findTarget(
  session: Session,
  tenantId: string,
  target: GateTarget,
): Promise<{ runId: string; eventId: string }> {
  const byEvent = 'eventId' in target
  if (!byEvent) {
    // What was registered counts; events that merely name the decision cannot stand in its way.
    const [registered] = await readApprovals(session, tenantId, [target.decisionId])
    if (registered) return { runId: registered.run_id, eventId: registered.request_event_id }
  }
  const rows = byEvent
    ? await session.query<{ run_id: string; event_id: string }>(
        `SELECT run_id, event_id FROM events
         WHERE tenant_id = $1 AND event_id = $2 AND ($3::text IS NULL OR run_id = $3) LIMIT 2`,
        [tenantId, target.eventId, target.runId ?? null],
      )
    : await session.query<{ run_id: string; event_id: string }>(
        "SELECT run_id, event_id FROM events WHERE tenant_id = $1 AND decision_id = $2 AND signal = 'gate' LIMIT 2",
        [tenantId, target.decisionId],
      )
  const [row] = rows
  if (!row) throw approvalNotFound(target)
  if (rows.length > 1) throw ambiguousTarget(target)
  return { runId: row.run_id, eventId: row.event_id }
}

export function approvalNotFound(target: GateTarget): AppError {
  return 'eventId' in target
    ? notFound(
        'APPROVAL_NOT_FOUND',
        'Approval target not found',
        'event_id',
        `Approval target event '${target.eventId}' was not found`,
      )
    : notFound(
        'APPROVAL_NOT_FOUND',
        'Approval target not found',
        'decision_id',
        `Approval decision '${target.decisionId}' was not found`,
      )
}

function ambiguousTarget(target: GateTarget): AppError {
  const message =
    'eventId' in target
      ? `Event ID '${target.eventId}' exists in multiple runs`
      : `Decision ID '${target.decisionId}' has several approval requests`
  return new AppError({
    code: 'AMBIGUOUS_EVENT_ID',
    status: 409,
    message: 'Event ID maps to multiple runs',
    details: [{ path: 'event_id', message, type: 'state_conflict', code: 'AMBIGUOUS_EVENT_ID' }],
  })
}

/** A gate and how it was answered, as far as it was. */
export type TracedGate = {
  request: LedgerEvent
  gate: Gate
  resolution: LedgerEvent | null
  closedBy: LedgerEvent | null
}

/** Follows the run's gates in order of time and says what became of each, by the event that opened it. */
export async function traceGates(
  session: Session,
  tenantId: string,
  runId: string,
): Promise<Map<string, TracedGate>> {
  const traced = new Map<string, TracedGate>()
  let state = initialRunState
  for (const event of await readSignals(session, tenantId, runId)) {
    const signal = signalOf(event, event.eventId, event.occurredAt)
    const open = state.gate && traced.get(state.gate.event_id)
    if (signal.type === 'gate') {
      traced.set(event.eventId, { request: event, gate: signal.gate, resolution: null, closedBy: null })
    } else if (open) {
      open.closedBy = event
      if (renderReceipt(event, event).type === 'approval_resolved' || signal.type === 'resolution')
        open.resolution = event
    }
    state = evolveRun(state, signal)
  }
  return traced
}
