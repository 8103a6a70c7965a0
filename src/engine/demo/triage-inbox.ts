import type { Context } from '../../kernel/context.ts'
import type { Receipt } from '../../kernel/ledger/schema.ts'
import type { NewEvent } from '../../kernel/ledger/seal-event.ts'
import { storageWriteError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { fromNanoseconds, parseTimestamp, timestampAfter } from '../../lib/timestamp.ts'
import { nextRunId, TRIAGE_GATE_ID } from './demo-run.ts'

const WORKFLOW = 'triage_inbox'
const NS_PER_MS = 1_000_000n

const NOT_REQUIRED = {
  status: 'not_required',
  decision_id: null,
  requested_by: null,
  resolved_by: null,
  resolved_at: null,
  reason: null,
} as const

function receipt(
  runId: string,
  id: string,
  timestamp: string,
  step: string,
  told: Partial<Receipt> & Pick<Receipt, 'type' | 'title' | 'details'>,
): Receipt {
  return {
    id,
    run_id: runId,
    timestamp,
    actor: 'agent',
    confidence: null,
    risk_level: null,
    requires_approval: false,
    approval: { ...NOT_REQUIRED },
    evidence: [],
    meta: { workflow: WORKFLOW, step },
    ...told,
  }
}

const toEvent = (content: Receipt, actor: string): NewEvent => ({
  kind: 'receipt_recorded',
  eventId: content.id,
  occurredAt: content.timestamp,
  actor,
  payload: content,
})

/** The three events the demo starts from. */
function seedReceipts(runId: string): Receipt[] {
  return [
    receipt(runId, 'evt_triage_inbox_001', '2026-02-16T08:00:00Z', 'start', {
      type: 'intent',
      title: 'Triage the support inbox',
      details: 'Read the unread messages and draft answers',
      risk_level: 'low',
      evidence: [{ kind: 'log', label: 'Inbox listing', ref: 'log://triage_inbox/listing' }],
    }),
    receipt(runId, 'evt_triage_inbox_002', '2026-02-16T08:00:10Z', 'draft_response', {
      type: 'action',
      title: 'Draft a refund answer',
      details: 'Prepared a reply that promises a refund of 240.00 EUR',
      confidence: 0.82,
      risk_level: 'medium',
      evidence: [{ kind: 'diff', label: 'Draft reply', ref: 'diff://triage_inbox/draft' }],
    }),
    receipt(runId, TRIAGE_GATE_ID, '2026-02-16T08:00:20Z', 'approval_gate', {
      type: 'approval_requested',
      title: 'Approve the refund answer',
      details: 'Sending the reply commits us to a refund',
      confidence: 0.74,
      risk_level: 'high',
      requires_approval: true,
      approval: {
        ...NOT_REQUIRED,
        status: 'pending',
        requested_by: 'agent',
        reason: 'A refund is promised to a customer',
      },
      evidence: [{ kind: 'artifact', label: 'Message to send', ref: 'artifact://triage_inbox/message' }],
    }),
  ]
}

/** The demo: an agent triages an inbox and waits for a human. Starts it over as a new run; nothing is erased. */
export async function seedTriageInbox(context: Context): Promise<{ eventIds: string[] }> {
  const { ledger, principal } = context
  const runId = await nextRunId(context)
  const events = await ledger.append(principal.tenantId, runId, () =>
    seedReceipts(runId).map((content) => toEvent(content, principal.id)),
  )
  return { eventIds: events.map(({ eventId }) => eventId) }
}

/** What happens right after the demo's gate was approved: the action goes on and the run completes. */
export async function continueTriageInbox(
  context: Context,
  runId: string,
  approvedAt: string,
): Promise<{ eventIds: string[]; gapMs: number }> {
  const { ledger, principal, clock } = context
  const approved = parseTimestamp(approvedAt)
  const base = typeof approved === 'object' ? approved.ns : 0n
  const at = (ms: bigint) => fromNanoseconds(base + ms * NS_PER_MS).iso
  try {
    const events = await ledger.append(principal.tenantId, runId, () =>
      [
        receipt(runId, 'evt_triage_inbox_004', at(1n), 'resume_after_approval', {
          type: 'action',
          title: 'Send the approved answer',
          details: 'The run went on after the approval and sent the reply',
          evidence: [{ kind: 'log', label: 'Delivery log', ref: 'log://triage_inbox/delivery' }],
        }),
        receipt(runId, 'evt_triage_inbox_005', at(2n), 'run_completed', {
          type: 'summary',
          actor: 'system',
          title: 'Inbox triaged',
          details: 'The approved answer was sent; nothing is left to do',
        }),
      ].map((content) => toEvent(content, principal.id)),
    )
    return { eventIds: events.map(({ eventId }) => eventId), gapMs: 2 }
  } catch (cause) {
    await recordFailure()
    throw storageWriteError(cause, 'triage_inbox orchestration append failed')
  }

  /** Best effort: the journal should say that the run stopped here. */
  async function recordFailure() {
    await ledger
      .append(principal.tenantId, runId, (head) => {
        const id = newId('evt_triage_inbox_err')
        return [
          toEvent(
            receipt(runId, id, timestampAfter(clock.now(), head.newestNs).iso, 'run_stopped', {
              type: 'error',
              actor: 'system',
              title: 'The demo could not go on',
              details: 'Events after the approval could not be stored; the run stopped',
              risk_level: 'high',
            }),
            principal.id,
          ),
        ]
      })
      .catch(() => {})
  }
}
