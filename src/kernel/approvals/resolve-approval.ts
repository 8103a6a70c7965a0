import type { Json } from '../../lib/canonical-json.ts'
import { crashPoint } from '../../lib/crash-point.ts'
import { stateConflict } from '../../lib/errors.ts'
import { timestampAfter } from '../../lib/timestamp.ts'
import type { Context } from '../context.ts'
import type { LedgerTransaction } from '../ledger/ledger.ts'
import { evolveRun, type RunState, signalOf, stateAt } from '../ledger/run-state.ts'
import type { RunStatus } from '../ledger/schema.ts'
import type { LedgerEvent, NewEvent, RunHead } from '../ledger/seal-event.ts'
import { isPolicyAction } from '../policy/policy-change.ts'
import { applyApprovedChange, refuseApprover } from './apply-approved-change.ts'
import {
  type Approval,
  decideResolution,
  duplicateApproval,
  noPendingApproval,
  TOOL_CALL_IN_DOUBT,
} from './approval.ts'
import {
  type ApprovalRow,
  approveWithVote,
  insertVote,
  lockApproval,
  readVotes,
  setApprovalStatus,
} from './approval-rows.ts'
import { refuseDependentApprover } from './dependent-approvers.ts'
import { findTarget, type GateTarget, type TracedGate, traceGates } from './find-gate.ts'
import type { FreshAuthentication } from './fresh-authentication.ts'
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

/** What a run waits for. */
type GateOfRun = {
  runId: string
  /** Refuses a run that waits for nobody's answer. */
  decisionOf(head: RunHead): string
  /** What the answer says to the run besides. It stands in the event of the answer, so a refused one leaves nothing. */
  input?: Record<string, Json> | undefined
}

/**
 * A principal answers an open gate. Studio, API, MCP and command line all come here, and only what this writes can
 * unlock a token.
 *
 * @throws AppError 404 APPROVAL_NOT_FOUND; 409 AMBIGUOUS_EVENT_ID, DUPLICATE_APPROVAL, NO_PENDING_APPROVAL; 403 when
 * policy wants another person, or proof of who this one is.
 */
export async function resolveApproval(
  context: Context,
  asked: GateTarget | GateOfRun,
  resolution: ApprovalResolution,
  fresh: FreshAuthentication | null = null,
): Promise<ResolvedApproval> {
  const { ledger, principal, clock } = context
  const { tenantId } = principal
  const resolved = await ledger.transaction(tenantId, async (transaction) => {
    const { target, runId, eventId } = await locate(transaction, tenantId, asked)
    const head = await transaction.lockHead(runId)
    const traced = (await traceGates(transaction, tenantId, runId)).get(eventId)
    if (!traced) throw noPendingApproval(eventId)
    if (traced.resolution) throw duplicateApproval(target, 'resolved')
    const row = await lockRow(transaction, tenantId, traced)
    refuseOtherPayload(row, resolution.payload_sha256)
    // Anybody may say no, but an agent must not keep away the policy that would bind it.
    const isVeto = resolution.decision !== 'approved'
    const byAgent = principal.kind === 'agent' && isPolicyAction(row?.action ?? null)
    if (row && (!isVeto || byAgent)) refuseApprover(context, row)
    const proof = row && !isVeto ? proofFor(row, fresh) : null
    const decision = decideResolution(toApproval(row, traced, await votersOf(transaction, tenantId, row)), {
      decision: resolution.decision,
      principal,
      now: clock.now(),
      freshAuthentication: proof?.record.method,
    })
    if (row && decision.type !== 'rejected') {
      await refuseDependentApprover(transaction, tenantId, row, principal)
    }
    if (head.state.gate?.event_id !== eventId) throw noPendingApproval(eventId)
    await proof?.spend(transaction)
    const input = 'decisionOf' in asked ? asked.input : undefined

    const [event] = await transaction.append(runId, ({ newestNs }) => {
      const at = timestampAfter(clock.now(), newestNs).iso
      return [
        decision.type === 'vote'
          ? voteEvent(context, traced, row!, resolution, decision.votes, at, { proof, input })
          : resolutionEvent(context, traced, row, resolution, decision.type, at, { proof, input }),
      ]
    })
    await record(transaction, tenantId, context, row, resolution, decision.type, event!)
    if (row && decision.type === 'approved' && isPolicyAction(row.action)) {
      await applyApprovedChange(context, transaction, row, decision.votes)
    }
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

/** Most often the gate of a run is the one that its head names, and nothing has to be looked for. */
async function locate(transaction: LedgerTransaction, tenantId: string, asked: GateTarget | GateOfRun) {
  if (!('decisionOf' in asked)) return { target: asked, ...(await findTarget(transaction, tenantId, asked)) }
  const { runId } = asked
  const head = await transaction.lockHead(runId)
  const target = { decisionId: asked.decisionOf(head) }
  const { gate } = head.state
  if (gate?.decision_id === target.decisionId) return { target, runId, eventId: gate.event_id }
  return { target, ...(await findTarget(transaction, tenantId, target)) }
}

/**
 * The row that gives authority, if this gate has one. A gate that a raw event opened has none: what it showed was never
 * bound to a payload, so its answer is recorded and unlocks nothing.
 */
async function lockRow(
  transaction: LedgerTransaction,
  tenantId: string,
  { gate, request }: TracedGate,
): Promise<ApprovalRow | null> {
  const row = gate.decision_id === null ? null : await lockApproval(transaction, tenantId, gate.decision_id)
  return row?.request_event_id === request.eventId ? row : null
}

/** An approver who says which payload they saw is never taken to have approved another. */
function refuseOtherPayload(row: ApprovalRow | null, seen: string | null | undefined): void {
  if (!seen || seen === row?.payload_sha256) return
  throw stateConflict(
    'EXECUTION_PAYLOAD_MISMATCH',
    'The payload that was seen is not the one that is bound',
    {
      path: 'payload_sha256',
      message: `bound is ${row?.payload_sha256 ?? 'none'}, seen was ${seen}; look at the approval again`,
    },
    ['RULE-GATE-004'],
  )
}

/** A proof counts where one is asked for, and for the payload that it was given for alone. */
function proofFor(row: ApprovalRow, fresh: FreshAuthentication | null): FreshAuthentication | null {
  if (!row.require_fresh_authentication || fresh?.decisionId !== row.decision_id) return null
  return fresh.payloadSha256 === row.payload_sha256 ? fresh : null
}

async function votersOf(
  transaction: LedgerTransaction,
  tenantId: string,
  row: ApprovalRow | null,
): Promise<string[]> {
  // Where one voice decides, there was none before.
  if (!row || row.required_approvals === 1) return []
  return (await readVotes(transaction, tenantId, [row.decision_id])).map((vote) => vote.principal_id)
}

function toApproval(row: ApprovalRow | null, traced: TracedGate, voters: string[]): Approval {
  return {
    decisionId: traced.gate.decision_id,
    targetEventId: traced.request.eventId,
    requiredApprovals: row?.required_approvals ?? 1,
    forbidSelfApproval: row?.forbid_self_approval ?? false,
    requireFreshAuthentication: row?.require_fresh_authentication ?? null,
    // It names policies where a human was, or by now would be, needed for the call itself.
    refusesKeys: row?.action === TOOL_CALL_IN_DOUBT && row.policy_sha256 !== null,
    requestedByOwner: row?.requested_by_owner ?? null,
    expiresAt: row?.expires_at?.toISOString() ?? null,
    voters,
  }
}

/** What came with an answer. */
type Brought = { proof: FreshAuthentication | null; input: Record<string, Json> | undefined }

function voteEvent(
  { principal }: Context,
  traced: TracedGate,
  row: ApprovalRow,
  resolution: ApprovalResolution,
  votes: number,
  occurredAt: string,
  { proof, input }: Brought,
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
      ...(proof && { fresh_authentication: proof.record }),
      ...(input && { input }),
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
  { proof, input }: Brought,
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
      ...(proof && { fresh_authentication: proof.record }),
      ...(input && { input }),
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
  const { decision_id } = row
  const vote = { decision_id, principal_id: principal.ownerId, label: resolution.approver_id, voted_at: at }
  if (outcome === 'vote') await insertVote(transaction, tenantId, vote)
  else if (outcome === 'rejected') await setApprovalStatus(transaction, tenantId, decision_id, outcome, at)
  else await approveWithVote(transaction, tenantId, vote)
}

function stateAfter(state: RunState, event: LedgerEvent): RunState {
  return evolveRun(state, signalOf(event, event.eventId, event.occurredAt))
}

/** `2026-02-15T13:01:00.123Z` as it stands in an id: `20260215T130100123Z`. */
function compact(iso: string): string {
  return iso.replace(/[-:.]/g, '')
}
