import type { ApprovalRow } from '../kernel/approvals/approval-rows.ts'
import type { PendingApproval } from '../kernel/approvals/list-pending-approvals.ts'
import type { ApprovalView } from '../kernel/approvals/read-approval.ts'
import type { RegisteredApproval } from '../kernel/approvals/request-approval.ts'
import { renderReceipt } from '../kernel/ledger/render-receipt.ts'
import type { RiskLevel } from '../kernel/ledger/schema.ts'
import { shownRunId } from './demo/demo-run.ts'
import type { Continued } from './demo/resolve-and-continue.ts'
import { presentEffect } from './present-execution.ts'

/** How soon after an approval the new state should be readable. */
const TARGET_MS = 1000

/** What approvals look like from outside, over HTTP and MCP alike. */
export function presentRegistered(registered: RegisteredApproval) {
  return {
    status: 'registered' as const,
    decision_id: registered.decisionId,
    event_id: registered.eventId,
    run_id: registered.runId,
    approval_status: 'pending' as const,
    payload_sha256: registered.payloadSha256,
    required_approvals: registered.requiredApprovals,
    ...sayFresh(registered.requireFreshAuthentication),
    expires_at: registered.expiresAt,
  }
}

export function presentPending({ runId, gate, row, votes, decision }: PendingApproval) {
  return {
    event_id: gate.event_id,
    run_id: shownRunId(runId),
    decision_id: gate.decision_id,
    requested_at: gate.requested_at,
    requested_by: gate.requested_by,
    title: gate.title,
    details: gate.details,
    reason: gate.reason,
    risk_level: gate.risk_level as RiskLevel | null,
    // A gate that a raw event opened binds nothing, whatever decision it names.
    action: row?.action ?? null,
    payload: row?.payload ?? null,
    payload_sha256: row?.payload_sha256 ?? null,
    required_approvals: row?.required_approvals ?? 1,
    forbid_self_approval: row?.forbid_self_approval ?? false,
    ...sayFresh(row?.require_fresh_authentication),
    expires_at: gate.expires_at,
    votes: votes.map(presentVote),
    decision: row &&
      decision && {
        effect: decision.effect,
        reason_code: decision.reason_code,
        reason: decision.reason,
        policy_sha256: decision.policy_sha256,
        matches: decision.matches,
      },
  }
}

export function presentApproval({ decisionId, status, traced, row, votes, effect }: ApprovalView) {
  const { request, gate, resolution } = traced
  const answer = resolution && renderReceipt(resolution, resolution).approval
  return {
    decision_id: decisionId,
    run_id: shownRunId(request.runId),
    status,
    requested_event_id: request.eventId,
    resolved_event_id: resolution?.eventId ?? null,
    requested_at: gate.requested_at,
    resolved_at: answer?.resolved_at ?? null,
    requested_by: gate.requested_by,
    resolved_by: answer?.resolved_by ?? null,
    authenticated_as: resolution?.actor ?? null,
    authoritative: row?.status === status,
    reason: answer ? answer.reason : gate.reason,
    action: row?.action ?? null,
    payload: row?.payload ?? null,
    payload_sha256: row?.payload_sha256 ?? null,
    required_approvals: row?.required_approvals ?? 1,
    ...sayFresh(row?.require_fresh_authentication),
    expires_at: row?.expires_at?.toISOString() ?? null,
    votes: votes.map(presentVote),
    execution: effect && presentEffect(effect),
  }
}

/** Said only where it is asked for. */
const sayFresh = (method: ApprovalRow['require_fresh_authentication'] | undefined) =>
  method && { require_fresh_authentication: method }

const presentVote = (vote: PendingApproval['votes'][number]) => ({
  principal_id: vote.principal_id,
  approver: vote.label,
  voted_at: vote.voted_at.toISOString(),
})

/** `decisionId`: where the caller named the decision and not the event that asked. */
export function presentResolved(
  { resolution, orchestration, tookMs, runStatus }: Continued,
  decision: 'approved' | 'rejected',
  decisionId?: string,
) {
  const { event, before } = resolution
  return {
    status: resolution.resolved ? ('resolved' as const) : ('vote_recorded' as const),
    event_id: event.eventId,
    target_event_id: resolution.targetEventId,
    ...(decisionId !== undefined && { decision_id: decisionId }),
    run_id: shownRunId(resolution.runId),
    decision,
    resolved_at: resolution.resolved ? event.occurredAt : null,
    run_status: runStatus,
    votes: resolution.votes,
    required_approvals: resolution.requiredApprovals,
    orchestration: { applied: orchestration.eventIds.length > 0, event_ids: orchestration.eventIds },
    timing: {
      target_ms: TARGET_MS,
      approval_to_state_update_ms: tookMs,
      within_target: tookMs <= TARGET_MS,
      orchestration_receipt_gap_ms: orchestration.gapMs,
      state_transition: `${before}->${runStatus}`,
    },
  }
}
