import { inconsistentRun } from './read-status.ts'
import { renderReceipt } from './render-receipt.ts'
import type { Receipt } from './schema.ts'
import type { LedgerEvent } from './seal-event.ts'

export type JournalEntry = ReturnType<typeof toEntry>

/**
 * The events of one run, already in order of time, as entries a human can read. Checks what a store must never lose.
 *
 * @throws AppError 409 INCONSISTENT_RUN_STATE when an entry cannot be read or does not lead back to its event.
 */
export function projectJournal(runId: string, events: LedgerEvent[]): JournalEntry[] {
  return events.map((event, index) => {
    const receipt = renderReceipt(event, event)
    const refuse = (code: string, path: string, message: string) =>
      inconsistentRun({ code, path, message: `event '${event.eventId}': ${message}` })
    if (!receipt.type || !receipt.title?.trim() || !receipt.details?.trim()) {
      throw refuse('MISSING_TIMELINE_FIELDS', 'title', 'type, title and details must be readable')
    }
    if (receipt.id !== event.eventId || receipt.run_id !== event.runId || event.runId !== events[0]!.runId) {
      throw refuse('TRACEABILITY_LINK_BROKEN', 'payload.id', 'its payload names another event or run')
    }
    const risky = receipt.type === 'action' && (receipt.risk_level === 'high' || receipt.requires_approval)
    if (risky && receipt.evidence.length === 0) {
      throw refuse('MISSING_RISK_EVIDENCE', 'evidence', 'a risky action has no evidence')
    }
    return toEntry(runId, event, receipt, index + 1)
  })
}

/** A whole journal, as everybody is shown it. */
export function presentJournal(runId: string, events: LedgerEvent[]) {
  const entries = projectJournal(runId, events)
  return { run_id: runId, entry_count: entries.length, entries }
}

function toEntry(runId: string, event: LedgerEvent, receipt: Receipt, position: number) {
  const { approval, evidence, requires_approval } = receipt
  const resolved = approval.status === 'approved' || approval.status === 'rejected'
  return {
    entry_id: `jrnl_${runId}_${String(position).padStart(4, '0')}`,
    event_id: event.eventId,
    timestamp: receipt.timestamp,
    event_type: receipt.type,
    title: receipt.title,
    details: receipt.details,
    payload_ref: {
      run_id: runId,
      event_id: event.eventId,
      path: `/v1/runs/${runId}/events#${event.eventId}`,
    },
    approval_context: {
      requires_approval,
      status: approval.status,
      requested_by: approval.requested_by,
      resolved_by: approval.resolved_by,
      resolved_at: approval.resolved_at,
      reason: approval.reason,
    },
    metadata: {
      actor: receipt.actor,
      confidence: receipt.confidence,
      risk_level: receipt.risk_level,
      integrity_warning: event.integrityWarning,
      kind: event.kind,
      seq: event.seq,
      authenticated_as: event.actor,
    },
    ...(evidence.length > 0 && { evidence_refs: evidence }),
    ...((requires_approval || resolved || approval.status === 'pending') && {
      approval_indicator: {
        is_approval_required: requires_approval,
        is_approval_resolved: resolved,
        decision: resolved ? approval.status : null,
      },
    }),
  }
}
