import { crashPoint } from '../../lib/crash-point.ts'
import { timestampAfter } from '../../lib/timestamp.ts'
import type { Context } from '../context.ts'
import type { LedgerTransaction } from '../ledger/ledger.ts'
import { evolveRun, type RunState, signalOf, stateAt } from '../ledger/run-state.ts'
import type { RunStatus } from '../ledger/schema.ts'
import type { LedgerEvent, NewEvent } from '../ledger/seal-event.ts'
import { readDecisions } from '../read-decision.ts'
import { type Approval, decideResolution, duplicateApproval, noPendingApproval } from './approval.ts'
import {
  type ApprovalRow,
  insertApproval,
  insertVote,
  lockApproval,
  readVotes,
  setApprovalStatus,
} from './approval-rows.ts'
import { findTarget, type GateTarget, type TracedGate, traceGates } from './find-gate.ts'
import type { ApprovalResolution } from './schema.ts'

export type ResolvedApproval = {
  /** False when the vote counted but more are needed. */
  resolved: boolean
  event: LedgerEvent
  targetEventId: string
  decisionId: string | null
  runId: string
  before: RunStatus
  after: RunStatus
  votes: number
  requiredApprovals: number
}

/**
 * A principal answers an open gate. Studio, API, MCP and command line all come here, and only what this writes can
 * unlock a token.
 *
 * @throws AppError 404 APPROVAL_NOT_FOUND; 409 AMBIGUOUS_EVENT_ID, DUPLICATE_APPROVAL, NO_PENDING_APPROVAL; 403 when
 * policy wants another person.
 */
export async function resolveApproval(
  context: Context,
  target: GateTarget,
  resolution: ApprovalResolution,
): Promise<ResolvedApproval> {
  const { ledger, principal, clock } = context
  const { tenantId } = principal
  const resolved = await ledger.transaction(tenantId, async (transaction) => {
    const { runId, eventId } = await findTarget(transaction, tenantId, target)
    const head = await transaction.lockHead(runId)
    const traced = (await traceGates(transaction, tenantId, runId)).get(eventId)
    if (!traced) throw noPendingApproval(eventId)
    if (traced.resolution) throw duplicateApproval(target, 'resolved')
    const row = await bindRow(context, transaction, traced)
    const decision = decideResolution(toApproval(row, traced, await votersOf(transaction, tenantId, row)), {
      decision: resolution.decision,
      principal,
      now: clock.now(),
    })
    if (head.state.gate?.event_id !== eventId) throw noPendingApproval(eventId)

    const [event] = await transaction.append(runId, ({ newestNs }) => {
      const at = timestampAfter(clock.now(), newestNs).iso
      return [
        decision.type === 'vote'
          ? voteEvent(context, traced, row!, resolution, decision.votes, at)
          : resolutionEvent(context, traced, row, resolution, decision.type, at),
      ]
    })
    await record(transaction, tenantId, context, row, resolution, decision.type, event!)
    return {
      resolved: decision.type !== 'vote',
      event: event!,
      targetEventId: eventId,
      decisionId: traced.gate.decision_id,
      runId,
      before: stateAt(head.state, clock.now()).status,
      after: stateAfter(head.state, event!).status,
      votes: decision.type === 'rejected' ? 0 : decision.votes,
      requiredApprovals: row?.required_approvals ?? 1,
    }
  })
  crashPoint(context.settings, 'approval-resolved')
  return resolved
}

/** The row that gives authority. A gate from a raw event gets one when it is answered, on what authorize recorded. */
async function bindRow(
  context: Context,
  transaction: LedgerTransaction,
  traced: TracedGate,
): Promise<ApprovalRow | null> {
  const { tenantId } = context.principal
  const { decision_id: decisionId } = traced.gate
  if (!decisionId) return null
  const existing = await lockApproval(transaction, tenantId, decisionId)
  if (existing) return existing.request_event_id === traced.request.eventId ? existing : null
  const decision = (await readDecisions(transaction, tenantId, [decisionId])).get(decisionId)
  if (!decision || decision.effect === 'deny') return null
  if (
    decision.approval &&
    (decision.approval.required_approvals > 1 || decision.approval.forbid_self_approval)
  ) {
    // An event does not tell which human is behind whoever sent it, so nobody could be kept from approving their own.
    throw noPendingApproval(
      traced.request.eventId,
      'APPROVAL_NOT_REGISTERED',
      'policy counts people here: authorize again with a new request_id and register that at /v1/approvals/requests',
    )
  }
  const row: ApprovalRow = {
    decision_id: decisionId,
    run_id: traced.request.runId,
    request_event_id: traced.request.eventId,
    status: 'pending',
    action: decision.action,
    payload: decision.payload,
    payload_sha256: decision.payload_sha256,
    policy_sha256: decision.policy_sha256,
    required_approvals: decision.approval?.required_approvals ?? 1,
    forbid_self_approval: decision.approval?.forbid_self_approval ?? false,
    requested_by_owner: null,
    requested_at: new Date(traced.request.recordedAt),
    expires_at: null,
    resolved_at: null,
  }
  await insertApproval(transaction, tenantId, row)
  return row
}

async function votersOf(
  transaction: LedgerTransaction,
  tenantId: string,
  row: ApprovalRow | null,
): Promise<string[]> {
  if (!row) return []
  return (await readVotes(transaction, tenantId, [row.decision_id])).map((vote) => vote.principal_id)
}

function toApproval(row: ApprovalRow | null, traced: TracedGate, voters: string[]): Approval {
  return {
    decisionId: traced.gate.decision_id,
    targetEventId: traced.request.eventId,
    requiredApprovals: row?.required_approvals ?? 1,
    forbidSelfApproval: row?.forbid_self_approval ?? false,
    requestedByOwner: row?.requested_by_owner ?? null,
    expiresAt: row?.expires_at?.toISOString() ?? null,
    voters,
  }
}

function voteEvent(
  { principal }: Context,
  traced: TracedGate,
  row: ApprovalRow,
  resolution: ApprovalResolution,
  votes: number,
  occurredAt: string,
): NewEvent {
  return {
    kind: 'approval_vote_cast',
    eventId: `apr_${traced.request.eventId}_vote_${votes}_${compact(occurredAt)}`,
    occurredAt,
    actor: principal.id,
    payload: {
      decision_id: row.decision_id,
      target_event_id: traced.request.eventId,
      approver: resolution.approver_id,
      reason: resolution.reason ?? null,
      votes,
      required_approvals: row.required_approvals,
    },
  }
}

function resolutionEvent(
  { principal }: Context,
  traced: TracedGate,
  row: ApprovalRow | null,
  resolution: ApprovalResolution,
  status: 'approved' | 'rejected',
  occurredAt: string,
): NewEvent {
  const { request, gate } = traced
  const isReceipt = request.kind === 'receipt_ingested' || request.kind === 'receipt_recorded'
  return {
    kind: 'approval_resolved',
    eventId: `apr_${request.eventId}_${status}_${compact(occurredAt)}`,
    occurredAt,
    actor: principal.id,
    payload: {
      decision_id: gate.decision_id,
      target_event_id: request.eventId,
      status,
      resolved_by: resolution.approver_id,
      authenticated_as: principal.id,
      resolved_at: occurredAt,
      reason: resolution.reason ?? null,
      requested_by: gate.requested_by,
      confidence: isReceipt ? request.payload.confidence : null,
      risk_level: (gate.risk_level ?? null) as 'low' | 'medium' | 'high' | null,
      payload_sha256: row?.payload_sha256 ?? null,
    },
  }
}

async function record(
  transaction: LedgerTransaction,
  tenantId: string,
  { principal }: Context,
  row: ApprovalRow | null,
  resolution: ApprovalResolution,
  outcome: 'vote' | 'approved' | 'rejected',
  event: LedgerEvent,
): Promise<void> {
  if (!row) return
  const at = new Date(event.recordedAt)
  if (outcome !== 'rejected') {
    const { decision_id } = row
    await insertVote(transaction, tenantId, {
      decision_id,
      principal_id: principal.ownerId,
      label: resolution.approver_id,
      voted_at: at,
    })
  }
  if (outcome !== 'vote') await setApprovalStatus(transaction, tenantId, row.decision_id, outcome, at)
}

function stateAfter(state: RunState, event: LedgerEvent): RunState {
  return evolveRun(state, signalOf(event, event.eventId, event.occurredAt))
}

/** `2026-02-15T13:01:00.123Z` as it stands in an id: `20260215T130100123Z`. */
function compact(iso: string): string {
  return iso.replace(/[-:.]/g, '')
}
