import type { Json } from '../../lib/canonical-json.ts'
import type { Session } from '../../store/database.ts'
import type { AuthenticationMethod } from '../../verifier/schema.ts'
import type { LedgerEvent } from '../ledger/seal-event.ts'

export type ApprovalStatus = 'pending' | 'approved' | 'rejected' | 'expired'

/** A row of `approvals`: what resolveApproval has authority over. */
export type ApprovalRow = {
  decision_id: string
  run_id: string
  request_event_id: string
  status: ApprovalStatus
  action: string | null
  payload: Record<string, Json> | null
  payload_sha256: string | null
  policy_sha256: string | null
  required_approvals: number
  forbid_self_approval: boolean
  require_fresh_authentication: AuthenticationMethod | null
  requested_by_owner: string | null
  requested_at: Date
  expires_at: Date | null
  resolved_at: Date | null
}

export type VoteRow = { decision_id: string; principal_id: string; label: string; voted_at: Date }

const COLUMNS = `decision_id, run_id, request_event_id, status, action, payload, payload_sha256, policy_sha256,
  required_approvals, forbid_self_approval, require_fresh_authentication, requested_by_owner, requested_at, expires_at, resolved_at`

export async function readApprovals(
  session: Session,
  tenantId: string,
  decisionIds: string[],
): Promise<ApprovalRow[]> {
  return session.query<ApprovalRow>(
    `SELECT ${COLUMNS} FROM approvals WHERE tenant_id = $1 AND decision_id = ANY ($2)`,
    [tenantId, decisionIds],
    'read_approvals',
  )
}

/** Locks the row until the transaction ends, so that two votes are counted one after the other. */
export async function lockApproval(
  session: Session,
  tenantId: string,
  decisionId: string,
): Promise<ApprovalRow | null> {
  const rows = await session.query<ApprovalRow>(
    `SELECT ${COLUMNS} FROM approvals WHERE tenant_id = $1 AND decision_id = $2 FOR UPDATE`,
    [tenantId, decisionId],
    'lock_approval',
  )
  return rows[0] ?? null
}

async function insertApproval(session: Session, tenantId: string, row: ApprovalRow): Promise<void> {
  await session.query(
    `INSERT INTO approvals (tenant_id, ${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
    [
      tenantId,
      row.decision_id,
      row.run_id,
      row.request_event_id,
      row.status,
      row.action,
      row.payload && JSON.stringify(row.payload),
      row.payload_sha256,
      row.policy_sha256,
      row.required_approvals,
      row.forbid_self_approval,
      row.require_fresh_authentication,
      row.requested_by_owner,
      row.requested_at,
      row.expires_at,
      row.resolved_at,
    ],
    'insert_approval',
  )
}

/** Gives a gate that was just opened its row, which is what can be approved with authority. */
export async function insertApprovalOf(
  session: Session,
  tenantId: string,
  event: LedgerEvent,
  requestedByOwner: string,
): Promise<void> {
  if (event.kind !== 'approval_requested') throw new TypeError(`${event.kind} opens no gate`)
  const { payload } = event
  await insertApproval(session, tenantId, {
    decision_id: payload.decision_id,
    run_id: event.runId,
    request_event_id: event.eventId,
    status: 'pending',
    action: payload.action,
    payload: payload.payload,
    payload_sha256: payload.payload_sha256,
    policy_sha256: payload.policy_sha256,
    required_approvals: payload.required_approvals,
    forbid_self_approval: payload.forbid_self_approval,
    require_fresh_authentication: payload.require_fresh_authentication ?? null,
    requested_by_owner: requestedByOwner,
    requested_at: new Date(event.recordedAt),
    expires_at: payload.expires_at ? new Date(payload.expires_at) : null,
    resolved_at: null,
  })
}

export async function setApprovalStatus(
  session: Session,
  tenantId: string,
  decisionId: string,
  status: ApprovalStatus,
  resolvedAt: Date,
): Promise<void> {
  await session.query(
    'UPDATE approvals SET status = $3, resolved_at = $4 WHERE tenant_id = $1 AND decision_id = $2',
    [tenantId, decisionId, status, resolvedAt],
    'set_approval_status',
  )
}

export async function readVotes(
  session: Session,
  tenantId: string,
  decisionIds: string[],
): Promise<VoteRow[]> {
  return session.query<VoteRow>(
    `SELECT decision_id, principal_id, label, voted_at FROM approval_votes
     WHERE tenant_id = $1 AND decision_id = ANY ($2) ORDER BY voted_at, principal_id`,
    [tenantId, decisionIds],
  )
}

export async function insertVote(session: Session, tenantId: string, vote: VoteRow): Promise<void> {
  await session.query(
    'INSERT INTO approval_votes (tenant_id, decision_id, principal_id, label, voted_at) VALUES ($1, $2, $3, $4, $5)',
    [tenantId, vote.decision_id, vote.principal_id, vote.label, vote.voted_at],
    'insert_vote',
  )
}

/** The vote that decides, and what it decides, in one statement. */
export async function approveWithVote(session: Session, tenantId: string, vote: VoteRow): Promise<void> {
  await session.query(
    `WITH vote AS (INSERT INTO approval_votes (tenant_id, decision_id, principal_id, label, voted_at) VALUES ($1, $2, $3, $4, $5))
     UPDATE approvals SET status = 'approved', resolved_at = $5 WHERE tenant_id = $1 AND decision_id = $2`,
    [tenantId, vote.decision_id, vote.principal_id, vote.label, vote.voted_at],
    'approve_with_vote',
  )
}
