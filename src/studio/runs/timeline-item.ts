import type { JournalEntry, RunEvents } from '../../http/schema.ts'

/** One line of a run's timeline, from its journal or, where no journal can be derived, from its events. */
export type TimelineItem = {
  eventId: string
  seq: number
  time: string
  kind: string
  type: string
  title: string
  details: string
  actor: string
  authenticatedAs: string
  risk: string | null
  confidence: number | null
  isLate: boolean
  approval: {
    status: string
    requestedBy: string | null
    resolvedBy: string | null
    resolvedAt: string | null
    reason: string | null
  }
  evidence: { kind: string; label: string; ref: string }[]
}

export type RunEvent = RunEvents['events'][number]

export function itemOfEntry(entry: JournalEntry): TimelineItem {
  const { metadata, approval_context: approval } = entry
  return {
    eventId: entry.event_id,
    seq: metadata.seq,
    time: entry.timestamp,
    kind: metadata.kind,
    type: entry.event_type,
    title: entry.title,
    details: entry.details,
    actor: metadata.actor,
    authenticatedAs: metadata.authenticated_as,
    risk: metadata.risk_level,
    confidence: metadata.confidence,
    isLate: metadata.integrity_warning,
    approval: {
      status: approval.status,
      requestedBy: approval.requested_by,
      resolvedBy: approval.resolved_by,
      resolvedAt: approval.resolved_at,
      reason: approval.reason,
    },
    evidence: entry.evidence_refs ?? [],
  }
}

export function itemOfEvent(event: RunEvent): TimelineItem {
  const { payload: receipt } = event
  return {
    eventId: event.id,
    seq: event.seq,
    time: event.timestamp,
    kind: event.kind,
    type: receipt.type,
    title: receipt.title,
    details: receipt.details,
    actor: receipt.actor,
    authenticatedAs: event.authenticated_as,
    risk: receipt.risk_level,
    confidence: receipt.confidence,
    isLate: event.integrity_warning,
    approval: {
      status: receipt.approval.status,
      requestedBy: receipt.approval.requested_by,
      resolvedBy: receipt.approval.resolved_by,
      resolvedAt: receipt.approval.resolved_at,
      reason: receipt.approval.reason,
    },
    evidence: receipt.evidence,
  }
}

/**
 * Effects whose outcome is not known. A result that came after settles the doubt; an effect is the one of its
 * decision, since a decision is executed once.
 */
export function findDoubts(events: RunEvent[]): RunEvent[] {
  const open = new Map<string, RunEvent>()
  for (const event of events.toSorted((a, b) => a.seq - b.seq)) {
    const decision = event.payload.approval.decision_id ?? event.id
    if (event.kind === 'effect_in_doubt') open.set(decision, event)
    if (event.kind === 'effect_completed' || event.kind === 'effect_failed') open.delete(decision)
  }
  return [...open.values()]
}
