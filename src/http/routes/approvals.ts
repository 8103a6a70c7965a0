import { z } from 'zod'
import { shownRunId } from '../../engine/demo/demo-run.ts'
import { type Continued, resolveAndContinue } from '../../engine/demo/resolve-and-continue.ts'
import { registerApproval } from '../../engine/purchase/register-approval.ts'
import { listPendingApprovals, type PendingApproval } from '../../kernel/approvals/list-pending-approvals.ts'
import { type ApprovalView, readApproval } from '../../kernel/approvals/read-approval.ts'
import { ApprovalRequest, ApprovalResolution } from '../../kernel/approvals/schema.ts'
import { APPROVAL_VOCABULARY } from '../../kernel/approvals/vocabulary.ts'
import { renderReceipt } from '../../kernel/ledger/render-receipt.ts'
import { contextFor } from '../authenticate.ts'
import { presentEffect } from '../present-effect.ts'
import { errors, type Routes } from '../route.ts'
import { ApprovalDecision, ApprovalRegistered, ApprovalResolved, PendingApprovals } from '../schema.ts'

const DecisionParams = z.object({ decision_id: z.string().min(1) })
const EventParams = z.object({ event_id: z.string().min(1) })
const PendingQuery = z.strictObject({ on_inconsistent: z.enum(['fail', 'report']).default('fail') })
const config = { vocabulary: APPROVAL_VOCABULARY }
const tags = ['approvals']

export const approvalRoutes: Routes = (app, http) => {
  app.get(
    '/v1/approvals/pending',
    {
      schema: {
        tags,
        summary: 'Every approval that waits, oldest first',
        description:
          'One inconsistent run makes the list fail; on_inconsistent=report names such runs instead.',
        querystring: PendingQuery,
        response: { 200: PendingApprovals, ...errors(409, 500) },
      },
    },
    async (request) => {
      const mode = request.query.on_inconsistent
      const { approvals, inconsistentRuns } = await listPendingApprovals(contextFor(request, http), mode)
      return {
        pending_count: approvals.length,
        approvals: approvals.map(presentPending),
        ...(mode === 'report' && {
          inconsistent_runs: inconsistentRuns.map(({ runId, code, message }) => ({
            run_id: runId,
            code,
            message,
          })),
        }),
      }
    },
  )

  app.post(
    '/v1/approvals/requests',
    {
      config,
      schema: {
        tags,
        summary: 'Ask a human about a decision',
        body: ApprovalRequest,
        response: { 200: ApprovalRegistered, ...errors(409, 422, 500) },
      },
    },
    async (request) => {
      const registered = await registerApproval(contextFor(request, http), request.body)
      return {
        status: 'registered' as const,
        decision_id: registered.decisionId,
        event_id: registered.eventId,
        run_id: registered.runId,
        approval_status: 'pending' as const,
        payload_sha256: registered.payloadSha256,
        required_approvals: registered.requiredApprovals,
        expires_at: registered.expiresAt,
      }
    },
  )

  app.get(
    '/v1/approvals/decisions/:decision_id',
    {
      schema: {
        tags,
        summary: 'The life of one approval',
        params: DecisionParams,
        response: { 200: ApprovalDecision, ...errors(404, 409, 500) },
      },
    },
    async (request) =>
      presentDecision(await readApproval(contextFor(request, http), request.params.decision_id)),
  )

  app.post(
    '/v1/approvals/decisions/:decision_id',
    {
      config,
      schema: {
        tags,
        summary: 'Approve or reject, by decision',
        params: DecisionParams,
        body: ApprovalResolution,
        response: { 200: ApprovalResolved, ...errors(403, 404, 409, 422, 500) },
      },
    },
    async (request) => {
      const decisionId = request.params.decision_id
      return presentResolved(
        await resolveAndContinue(contextFor(request, http), { decisionId }, request.body),
        request.body.decision,
        decisionId,
      )
    },
  )

  app.post(
    '/v1/approvals/:event_id',
    {
      config,
      schema: {
        tags,
        summary: 'Approve or reject, by the event that asked',
        params: EventParams,
        body: ApprovalResolution,
        response: { 200: ApprovalResolved, ...errors(403, 404, 409, 422, 500) },
      },
    },
    async (request) =>
      presentResolved(
        await resolveAndContinue(
          contextFor(request, http),
          { eventId: request.params.event_id },
          request.body,
        ),
        request.body.decision,
      ),
  )
}

function presentPending({ runId, gate, row, votes, decision }: PendingApproval) {
  return {
    event_id: gate.event_id,
    run_id: shownRunId(runId),
    decision_id: gate.decision_id,
    requested_at: gate.requested_at,
    requested_by: gate.requested_by,
    title: gate.title,
    details: gate.details,
    reason: gate.reason,
    risk_level: gate.risk_level as 'low' | 'medium' | 'high' | null,
    // A gate that a raw event opened binds nothing, whatever decision it names.
    action: row?.action ?? null,
    payload: (row?.payload ?? null) as never,
    payload_sha256: row?.payload_sha256 ?? null,
    required_approvals: row?.required_approvals ?? 1,
    forbid_self_approval: row?.forbid_self_approval ?? false,
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

const presentVote = (vote: PendingApproval['votes'][number]) => ({
  principal_id: vote.principal_id,
  approver: vote.label,
  voted_at: vote.voted_at.toISOString(),
})

function presentDecision({ decisionId, status, traced, row, votes, effect }: ApprovalView) {
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
    payload: (row?.payload ?? null) as never,
    payload_sha256: row?.payload_sha256 ?? null,
    required_approvals: row?.required_approvals ?? 1,
    expires_at: row?.expires_at?.toISOString() ?? null,
    votes: votes.map(presentVote),
    execution: effect && presentEffect(effect),
  }
}

function presentResolved(continued: Continued, decision: 'approved' | 'rejected', decisionId?: string) {
  const { resolution, orchestration, tookMs, runStatus } = continued
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

/** How soon after an approval the new state should be readable. */
const TARGET_MS = 1000
