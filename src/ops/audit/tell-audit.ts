import type { AuditAction } from '../../kernel/audit/schema.ts'
import type { EventKind } from '../../kernel/ledger/event-kinds.ts'
import type { LedgerEvent } from '../../kernel/ledger/seal-event.ts'
import type { Json } from '../../lib/canonical-json.ts'

/** What an event tells the audit log. */
export type AuditTold = {
  actor: string
  /** The human behind the actor, where the event says it. */
  owner: string | null
  action: AuditAction
  resourceType: string
  resourceId: string | null
  changes: Record<string, Json> | null
  ipAddress: string | null
  userAgent: string | null
}

/** The kinds that may tell of somebody who did something. */
export const TOLD_KINDS = [
  'audit_recorded',
  'run_started',
  'run_cancelled',
  'tool_call',
  'effect_intended',
  'effect_completed',
  'effect_failed',
  'decision_recorded',
  'approval_vote_cast',
  'approval_resolved',
] as const satisfies EventKind[]
export type ToldKind = (typeof TOLD_KINDS)[number]

/**
 * The audit entry that an event stands for; null where it tells of nothing that somebody did. What came in from outside
 * is evidence about others and never an entry.
 */
export function tellAudit(event: Extract<LedgerEvent, { kind: ToldKind }>): AuditTold | null {
  const told = (
    action: AuditAction,
    resourceType: string,
    resourceId: string | null,
    changes: Record<string, Json> | null = null,
  ): AuditTold => ({
    actor: event.actor,
    owner: null,
    action,
    resourceType,
    resourceId,
    changes,
    ipAddress: null,
    userAgent: null,
  })
  const run_id = event.runId
  switch (event.kind) {
    case 'audit_recorded': {
      const { action, resource_type, resource_id, changes, owner, ip_address, user_agent } = event.payload
      return {
        ...told(action, resource_type, resource_id, changes),
        owner,
        ipAddress: ip_address,
        userAgent: user_agent,
      }
    }
    case 'run_started': {
      const { workflow_id, workflow_version, mode, definition_sha256, started_by } = event.payload
      return {
        ...told('execute', 'run', run_id, { workflow_id, workflow_version, mode, definition_sha256 }),
        owner: started_by.ownerId,
      }
    }
    case 'run_cancelled':
      return {
        ...told('update', 'run', run_id, { status: 'cancelled', reason: event.payload.reason }),
        actor: event.payload.by,
      }
    case 'tool_call': {
      const { tool_id, call_id, node_id, outcome } = event.payload
      return told('execute', 'tool', tool_id, { run_id, node_id, call_id, outcome })
    }
    case 'effect_intended': {
      const { action, effect_id, decision_id, payload_sha256 } = event.payload
      return told('execute', 'execution', effect_id, { run_id, action, decision_id, payload_sha256 })
    }
    case 'effect_completed':
    case 'effect_failed': {
      const { effect_id, settled_reason: reason } = event.payload
      // How it ended by itself is nobody's doing; who settles it by hand says why.
      if (reason === null) return null
      const status = event.kind === 'effect_completed' ? 'completed' : 'failed'
      return told('update', 'execution', effect_id, { run_id, status, reason })
    }
    case 'decision_recorded': {
      const { effect, action, resource, decision_id, reason_code, policy_sha256 } = event.payload
      if (effect !== 'deny') return null
      const { type, id } = resource ?? {}
      return told(
        'policy_deny',
        typeof type === 'string' ? type : 'action',
        typeof id === 'string' ? id : action,
        { run_id, action, decision_id, reason_code, policy_sha256 },
      )
    }
    case 'approval_vote_cast':
    case 'approval_resolved': {
      const { decision_id, target_event_id, reason } = event.payload
      const rejected = event.kind === 'approval_resolved' && event.payload.status === 'rejected'
      return told(rejected ? 'reject' : 'approve', 'approval', decision_id ?? target_event_id, {
        run_id,
        reason,
        ...(event.kind === 'approval_resolved' && { payload_sha256: event.payload.payload_sha256 }),
      })
    }
  }
}
