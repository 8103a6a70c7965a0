import type { ErrorDetail } from '../../lib/errors.ts'
import type { RunState } from './run-state.ts'
import type { Receipt } from './schema.ts'

/** The rule that an already inconsistent stream breaks again when more of the same is sent. */
const RULE_OF_INCONSISTENCY: Record<string, string> = {
  NO_PENDING_APPROVAL: 'RULE-GATE-002',
  DUPLICATE_PENDING_APPROVAL: 'RULE-GATE-001',
  INVALID_APPROVAL_TRANSITION: 'RULE-GATE-004',
  MISSING_APPROVER_ID: 'RULE-GATE-007',
  MISSING_APPROVAL_TIMESTAMP: 'RULE-GATE-008',
  TERMINAL_STATE_CONFLICT: 'RULE-GATE-005',
  REJECTED_STATE_CONFLICT: 'RULE-GATE-004',
}

/**
 * The rule book of `POST /v1/events`: every rule a receipt would break in a run of this state. Pure; an empty list
 * means the receipt may be stored.
 */
export function checkIngestRules(state: RunState, receipt: Receipt): ErrorDetail[] {
  const { type, approval } = receipt
  const faults: ErrorDetail[] = []
  const refuse = (rule: string, code: string, path: string, message: string) =>
    faults.push({ path, message, type: 'state_conflict', code, rule_id: rule })

  if (state.terminal) {
    refuse(
      'RULE-GATE-005',
      'TERMINAL_STATE_CONFLICT',
      'workflow_status',
      `run is already ${state.status}; it takes no more events`,
    )
  }

  if (type === 'approval_requested') {
    if (approval.status !== 'pending') {
      refuse(
        'RULE-GATE-001',
        'INVALID_APPROVAL_TRANSITION',
        'approval.status',
        "approval_requested must use approval.status='pending'",
      )
    }
    if (!receipt.requires_approval) {
      refuse(
        'RULE-GATE-001',
        'INVALID_APPROVAL_TRANSITION',
        'requires_approval',
        'approval_requested must use requires_approval=true',
      )
    }
  }

  if (type === 'approval_resolved') {
    if (!state.terminal && !state.inconsistency && !state.gate) {
      refuse(
        'RULE-GATE-002',
        'NO_PENDING_APPROVAL',
        'approval',
        'approval_resolved needs a pending approval in this run',
      )
    }
    if (approval.status !== 'approved' && approval.status !== 'rejected') {
      refuse(
        'RULE-GATE-002',
        'INVALID_APPROVAL_TRANSITION',
        'approval.status',
        "approval_resolved must use approval.status='approved' or 'rejected'",
      )
    }
    if (state.gate?.decision_id && state.gate.decision_id !== approval.decision_id) {
      refuse(
        'RULE-GATE-011',
        'APPROVAL_DECISION_ID_MISMATCH',
        'approval.decision_id',
        `approval_resolved must carry the pending approval's decision_id '${state.gate.decision_id}'`,
      )
    }
  }

  if (approval.status === 'approved' || approval.status === 'rejected') {
    if (!approval.resolved_by?.trim()) {
      refuse(
        'RULE-GATE-007',
        'MISSING_APPROVER_ID',
        'approval.resolved_by',
        `approval.status='${approval.status}' needs approval.resolved_by`,
      )
    }
    if (!approval.resolved_at) {
      refuse(
        'RULE-GATE-008',
        'MISSING_APPROVAL_TIMESTAMP',
        'approval.resolved_at',
        `approval.status='${approval.status}' needs approval.resolved_at`,
      )
    }
  }

  if (
    type === 'action' &&
    (receipt.risk_level === 'high' || receipt.requires_approval) &&
    receipt.evidence.length === 0
  ) {
    refuse(
      'RULE-RISK-005',
      'MISSING_RISK_EVIDENCE',
      'evidence',
      'a risky action needs at least one evidence item',
    )
  }

  if (type === 'summary') {
    if (receipt.requires_approval) {
      refuse(
        'RULE-GATE-010',
        'INVALID_SUMMARY_COMPLETION',
        'requires_approval',
        'summary must use requires_approval=false',
      )
    }
    if (approval.status !== 'not_required') {
      refuse(
        'RULE-GATE-010',
        'INVALID_SUMMARY_COMPLETION',
        'approval.status',
        "summary must use approval.status='not_required'",
      )
    }
    if (state.gate) {
      refuse(
        'RULE-GATE-010',
        'PENDING_APPROVAL_EXISTS',
        'approval',
        `summary is refused while approval '${state.gate.event_id}' is pending`,
      )
    }
  }

  if (state.inconsistency && !state.terminal && (type === 'approval_resolved' || type === 'summary')) {
    const { code, path, message } = state.inconsistency
    refuse(RULE_OF_INCONSISTENCY[code]!, code, path, `the run is already inconsistent: ${message}`)
  }
  return faults
}
