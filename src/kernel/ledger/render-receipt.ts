import type { EventContent } from './event-kinds.ts'
import { tellRunEvent } from './render-run-receipt.ts'
import type { Receipt } from './schema.ts'

type Told = Pick<Receipt, 'type' | 'actor' | 'title' | 'details'> & {
  approval?: Partial<Receipt['approval']>
  step: string
  workflow?: string
} & Partial<Pick<Receipt, 'risk_level' | 'requires_approval' | 'confidence' | 'evidence'>>

/**
 * Any event as a receipt. Receipts stay as they came; what Countersign records itself is told in words, so that a run
 * of an outside agent, of a workflow and of a swap read alike.
 */
export function renderReceipt(
  content: EventContent,
  event: { eventId: string; runId: string; occurredAt: string },
): Receipt {
  if (content.kind === 'receipt_ingested' || content.kind === 'receipt_recorded') return content.payload
  const { approval, step, workflow = 'execution_gate', ...told } = tell(content)
  return {
    id: event.eventId,
    run_id: event.runId,
    timestamp: event.occurredAt,
    type: told.type,
    actor: told.actor,
    title: told.title,
    details: told.details,
    confidence: told.confidence ?? null,
    risk_level: told.risk_level ?? null,
    requires_approval: told.requires_approval ?? false,
    approval: {
      status: 'not_required',
      decision_id: null,
      requested_by: null,
      resolved_by: null,
      resolved_at: null,
      reason: null,
      ...approval,
    },
    evidence: told.evidence ?? [],
    meta: { workflow, step },
  }
}

type OwnContent = Exclude<EventContent, { kind: 'receipt_ingested' | 'receipt_recorded' }>

const VERDICT = { allow: 'allowed', require_approval: 'needs approval', deny: 'denied' }

function tell(content: OwnContent): Told {
  switch (content.kind) {
    case 'decision_recorded': {
      const { decision_id, action, effect, reason_code, reason } = content.payload
      return {
        type: 'decision',
        actor: 'system',
        title: `${action} ${VERDICT[effect]}`,
        details: `${reason} (${reason_code}, ${decision_id})`,
        confidence: 1,
        risk_level: 'low',
        approval: { decision_id },
        step: 'authorize_action_decision',
      }
    }
    case 'approval_requested': {
      const { decision_id, title, details, requested_by, risk_level, reason } = content.payload
      return {
        type: 'approval_requested',
        actor: 'agent',
        title,
        details,
        risk_level,
        requires_approval: true,
        approval: { status: 'pending', decision_id, requested_by, reason },
        workflow: 'approval_gate',
        step: 'approval_requested',
      }
    }
    case 'approval_vote_cast': {
      const { decision_id, approver, votes, required_approvals, reason } = content.payload
      return {
        type: 'observation',
        actor: 'human',
        title: `Approval ${votes} of ${required_approvals}`,
        details: reason ?? `${approver} approved; ${required_approvals - votes} more needed`,
        approval: { decision_id },
        workflow: 'approval_gate',
        step: 'approval_vote_cast',
      }
    }
    case 'approval_resolved': {
      const { decision_id, status, resolved_by, resolved_at, reason, requested_by, confidence, risk_level } =
        content.payload
      const title = `Approval ${status}`
      return {
        type: 'approval_resolved',
        actor: 'human',
        title,
        details: reason ?? `${title} by ${resolved_by}`,
        confidence,
        risk_level,
        requires_approval: true,
        approval: { status, decision_id, requested_by, resolved_by, resolved_at, reason },
        workflow: 'approval_gate',
        step: status === 'approved' ? 'approval_approved' : 'approval_rejected',
      }
    }
    case 'approval_expired': {
      const { decision_id, closes_run } = content.payload
      return {
        type: 'observation',
        actor: 'system',
        title: 'Approval expired',
        details: 'Nobody resolved the approval in time; it can no longer be approved',
        approval: { decision_id },
        workflow: 'approval_gate',
        step: closes_run ? 'approval_expired' : 'approval_lapsed',
      }
    }
    case 'execution_token_minted': {
      const { decision_id, action, expires_at, payload_sha256 } = content.payload
      return {
        type: 'observation',
        actor: 'system',
        title: 'Execution token minted',
        details: `Good for one ${action} with payload ${payload_sha256} until ${expires_at}`,
        approval: { decision_id },
        step: 'execution_token_minted',
      }
    }
    case 'effect_intended': {
      const { decision_id, action, connector, payload, payload_sha256, effect_id } = content.payload
      return {
        type: 'intent',
        actor: 'system',
        title: `${action} begins`,
        details: `${sayPurchase(payload)} through connector ${connector}`,
        approval: { decision_id },
        evidence: [{ kind: 'artifact', label: `payload ${payload_sha256}`, ref: `effect://${effect_id}` }],
        step: 'effect_intended',
      }
    }
    case 'effect_completed': {
      const { decision_id, action, effect_id, result, settled_reason } = content.payload
      return {
        type: 'action',
        actor: 'system',
        title: `${action} executed`,
        details: settled_reason ?? `Execution ${effect_id}: ${JSON.stringify(result)}`,
        approval: { decision_id },
        evidence: [{ kind: 'artifact', label: 'Result', ref: `effect://${effect_id}` }],
        step: action === 'purchase.create' ? 'purchase_executed' : 'effect_completed',
      }
    }
    case 'effect_failed': {
      const { decision_id, action, error, settled_reason } = content.payload
      return {
        type: 'error',
        actor: 'system',
        title: `${action} failed`,
        details: settled_reason ?? error,
        approval: { decision_id },
        step: 'effect_failed',
      }
    }
    case 'effect_in_doubt': {
      const { decision_id, action, reason } = content.payload
      return {
        type: 'error',
        actor: 'system',
        title: `${action} is in doubt`,
        details: `${reason}. It may or may not have happened; it is not repeated by itself`,
        approval: { decision_id },
        step: 'effect_in_doubt',
      }
    }
    case 'passkey_registered': {
      const { owner, name, relying_party_id } = content.payload
      return {
        type: 'observation',
        actor: 'human',
        title: 'Passkey registered',
        details: `${name} of ${owner}, good at ${relying_party_id}`,
        workflow: 'audit',
        step: 'passkey_registered',
      }
    }
    case 'passkey_removed':
      return {
        type: 'observation',
        actor: 'human',
        title: 'Passkey removed',
        details: `${content.payload.owner} removed it; what it signs from now on proves nothing`,
        workflow: 'audit',
        step: 'passkey_removed',
      }
    case 'audit_recorded': {
      const { action, resource_type, resource_id, changes } = content.payload
      const changed = Object.keys(changes ?? {})
      return {
        type: 'observation',
        actor: 'system',
        title: `${action} ${resource_type}`,
        details: `${resource_id ?? 'no id'}${changed.length > 0 ? `: ${changed.join(', ')}` : ''}`,
        workflow: 'audit',
        step: action,
      }
    }
    default:
      return { ...tellRunEvent(content), workflow: 'workflow_run', step: content.kind }
  }
}

function sayPurchase(payload: Record<string, unknown>): string {
  const { amount, currency, merchant } = payload
  if (typeof amount !== 'number' || typeof currency !== 'string') return JSON.stringify(payload)
  return `${amount.toFixed(2)} ${currency}${typeof merchant === 'string' ? ` to ${merchant}` : ''}`
}
