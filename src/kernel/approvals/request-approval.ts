import { crashPoint } from '../../lib/crash-point.ts'
import { AppError, stateConflict } from '../../lib/errors.ts'
import { payloadHash } from '../../lib/hash.ts'
import { newId } from '../../lib/ids.ts'
import { timestampAfter } from '../../lib/timestamp.ts'
import type { Session } from '../../store/database.ts'
import type { AuthenticationMethod } from '../../verifier/schema.ts'
import { isReservedRun, reservedRun } from '../audit/audit-run.ts'
import type { Context } from '../context.ts'
import { ownedByEngine, refusePromised } from '../ledger/promised-runs.ts'
import { stateAt } from '../ledger/run-state.ts'
import type { NewEvent, RunHead } from '../ledger/seal-event.ts'
import type { ApprovalRequirement } from '../policy/combine-terms.ts'
import { isPolicyAction } from '../policy/policy-change.ts'
import { type RecordedDecision, readDecisions } from '../read-decision.ts'
import { duplicateApproval } from './approval.ts'
import { insertApprovalOf, readApprovals } from './approval-rows.ts'
import type { ApprovalRequest } from './schema.ts'

export type RegisteredApproval = {
  decisionId: string
  eventId: string
  runId: string
  payloadSha256: string | null
  requiredApprovals: number
  requireFreshAuthentication: AuthenticationMethod | null
  expiresAt: string | null
}

/**
 * Registers that a human must decide. What the human will be shown is bound here: the payload that authorize recorded,
 * or, for a decision it never saw, the payload sent along.
 *
 * @throws AppError 409 DUPLICATE_APPROVAL when this decision was ever asked for, in any run; 409
 * BUSINESS_RULE_VIOLATION when the run is over or waits already.
 */
export async function requestApproval(
  context: Context,
  request: ApprovalRequest,
  action: string,
): Promise<RegisteredApproval> {
  const { ledger, principal } = context
  const { tenantId } = principal
  if (isReservedRun(request.run_id)) throw reservedRun(request.run_id)
  await refusePromised(context, request.run_id)
  try {
    const registered = await ledger.transaction(tenantId, async (transaction) => {
      await refuseDuplicate(transaction, tenantId, request.decision_id)
      const decision = (await readDecisions(transaction, tenantId, [request.decision_id])).get(
        request.decision_id,
      )
      if (decision?.effect === 'deny') throw decisionDenied(decision)
      if (decision) refuseForeignAction(decision, action)
      const payload = bindPayload(request, decision)
      const payloadSha256 = payload && payloadHash(payload)
      const needs: ApprovalRequirement = decision?.approval ?? {
        required_approvals: 1,
        forbid_self_approval: false,
        expires_in_seconds: null,
      }
      const expiresAt = expiryOf(context, request, needs.expires_in_seconds)
      const terms = {
        action: decision?.action ?? (payload ? action : null),
        payload,
        payload_sha256: payloadSha256,
        policy_sha256: decision?.policy_sha256 ?? null,
        required_approvals: needs.required_approvals,
        forbid_self_approval: needs.forbid_self_approval,
        ...(needs.require_fresh_authentication && {
          require_fresh_authentication: needs.require_fresh_authentication,
        }),
      }
      const { decision_id, title, details, requested_by, risk_level } = request
      const [event] = await transaction.append(request.run_id, (head) => {
        if (head.state.execution) throw ownedByEngine(request.run_id)
        refuseClosedRun(context, head)
        const at = timestampAfter(context.clock.now(), head.newestNs)
        return [
          {
            kind: 'approval_requested',
            eventId: newId('evt'),
            occurredAt: at.iso,
            actor: principal.id,
            payload: {
              ...terms,
              decision_id,
              title,
              details,
              requested_by,
              risk_level,
              reason: request.reason ?? null,
              expires_at: expiresAt,
            },
          } as NewEvent,
        ]
      })
      await insertApprovalOf(transaction, tenantId, event!, principal.ownerId)
      return {
        decisionId: decision_id,
        eventId: event!.eventId,
        runId: request.run_id,
        payloadSha256,
        requiredApprovals: needs.required_approvals,
        requireFreshAuthentication: needs.require_fresh_authentication ?? null,
        expiresAt,
      }
    })
    crashPoint(context.settings, 'approval-requested')
    return registered
  } catch (error) {
    // Two registrations at once: the unique key let one through.
    const cause = (error as { cause?: { code?: string; table?: string } }).cause
    if (cause?.code === '23505' && cause.table === 'approvals') {
      throw duplicateApproval({ decisionId: request.decision_id }, 'pending')
    }
    throw error
  }
}

/** A decision's approval is asked for once, whichever run; raw events that carry its id count. */
export async function refuseDuplicate(session: Session, tenantId: string, decisionId: string): Promise<void> {
  const [row] = await readApprovals(session, tenantId, [decisionId])
  const signals = await session.query<{ signal: string }>(
    'SELECT signal FROM events WHERE tenant_id = $1 AND decision_id = $2 AND signal IS NOT NULL',
    [tenantId, decisionId],
  )
  if (!row && signals.length === 0) return
  const resolved = (row && row.status !== 'pending') || signals.some(({ signal }) => signal === 'resolution')
  throw duplicateApproval({ decisionId }, resolved ? 'resolved' : 'pending')
}

function decisionDenied(decision: RecordedDecision): AppError {
  return stateConflict('DECISION_DENIED', 'Policy denied this decision; an approval cannot change that', {
    path: 'decision_id',
    message: `Decision '${decision.decision_id}' was denied: ${decision.reason} (${decision.reason_code})`,
  })
}

/** An approved change of policies is made: only the one that was asked for as such can be registered. */
function refuseForeignAction(decision: RecordedDecision, action: string): void {
  if (!isPolicyAction(decision.action) || decision.action === action) return
  const message = `decision '${decision.decision_id}' is about '${decision.action}', which is asked for at /api/v1/policies`
  throw stateConflict('DECISION_NOT_REGISTRABLE', message, { path: 'decision_id' })
}

/** What binds is what authorize recorded. A registration may repeat it but never change it. */
function bindPayload(request: ApprovalRequest, decision: RecordedDecision | undefined) {
  const sent = request.payload ?? null
  if (!decision?.payload) return sent
  if (sent && payloadHash(sent) !== decision.payload_sha256) {
    throw stateConflict(
      'EXECUTION_PAYLOAD_MISMATCH',
      'The payload differs from the one that was authorized',
      {
        path: 'payload',
        message: `authorized: ${JSON.stringify(decision.payload)}; leave payload out, or authorize the new one`,
      },
    )
  }
  return decision.payload
}

function expiryOf(
  { clock, settings }: Context,
  request: ApprovalRequest,
  policySeconds: number | null,
): string | null {
  const seconds = policySeconds ?? settings.approvalTtlSeconds
  const byPolicy = seconds > 0 ? clock.now() + seconds * 1000 : Number.POSITIVE_INFINITY
  const asked = request.expires_at ? Date.parse(request.expires_at) : Number.POSITIVE_INFINITY
  if (asked <= clock.now()) {
    const message = `expected a time in the future, got ${request.expires_at}`
    throw new AppError({
      code: 'REQUEST_VALIDATION_ERROR',
      status: 422,
      message: 'Approval request payload failed validation',
      details: [{ path: 'expires_at', message, type: 'value_error', code: 'REQUEST_VALIDATION_ERROR' }],
      ruleIds: [],
    })
  }
  const earliest = Math.min(byPolicy, asked)
  return Number.isFinite(earliest) ? new Date(earliest).toISOString() : null
}

/** A second gate, or one in a finished run, would make the run inconsistent and stop the whole pending list. */
function refuseClosedRun({ clock }: Context, head: RunHead): void {
  const state = stateAt(head.state, clock.now())
  const refuse = (ruleId: string, code: string, path: string, message: string) =>
    new AppError({
      code: 'BUSINESS_RULE_VIOLATION',
      status: 409,
      message: 'Event payload violates workflow governance rules',
      details: [{ path, message, type: 'state_conflict', code, rule_id: ruleId }],
      ruleIds: [ruleId],
    })
  if (state.terminal) {
    throw refuse(
      'RULE-GATE-005',
      'TERMINAL_STATE_CONFLICT',
      'workflow_status',
      `run '${head.runId}' is already ${state.status}`,
    )
  }
  if (state.inconsistency) {
    throw refuse(
      'RULE-GATE-004',
      state.inconsistency.code,
      state.inconsistency.path,
      `run '${head.runId}' is inconsistent: ${state.inconsistency.message}`,
    )
  }
  if (state.status === 'rejected') {
    throw refuse(
      'RULE-GATE-004',
      'REJECTED_STATE_CONFLICT',
      'workflow_status',
      `run '${head.runId}' was rejected`,
    )
  }
  if (state.gate) {
    throw refuse(
      'RULE-GATE-001',
      'DUPLICATE_PENDING_APPROVAL',
      'approval',
      `run '${head.runId}' waits for approval '${state.gate.event_id}' already; resolve it first or use another run_id`,
    )
  }
}
