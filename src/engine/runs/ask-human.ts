import type { RecordedDecision } from '../../kernel/read-decision.ts'
import { refuseChangedPolicy } from '../../kernel/tokens/check-decision.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { AppError } from '../../lib/errors.ts'
import { payloadHash, sha256 } from '../../lib/hash.ts'
import type { Step } from './progress.ts'
import type { Segment } from './segment.ts'
import { failed, type GateRequest, type StepOutcome } from './step-outcome.ts'

/** What a human is asked, bound to what will be done with a yes. */
export type Question = {
  decisionId: string
  title: string
  details: string
  reason: string
  requestedBy: string
  riskLevel: 'low' | 'medium' | 'high'
  action: string
  payload: Record<string, Json>
  policyId: string | null
  policySha256: string | null
  requiredApprovals: number
  forbidSelfApproval: boolean
  requireFreshAuthentication?: GateRequest['require_fresh_authentication']
  expiresInSeconds: number | null
  /** Set when policy asked: then the policies of the moment must still agree when it is answered. */
  decision: RecordedDecision | null
}

/** The same question of the same step has the same id, however often it is come back to; another try asks anew. */
export function decisionIdOf(segment: Segment, step: Step, what: string): string {
  const { retries } = segment.progress
  const asked = retries === 0 ? what : `${what}\nretry ${retries}`
  return `dec_${sha256(`${segment.tenantId}\n${segment.runId}\n${step.stepId}\n${asked}`).toString('hex').slice(0, 32)}`
}

/**
 * Asks a human, or takes the answer that stands in the run: only the gate writes it there, for somebody with authority. `approved` means that this very payload was
 * approved and that the policies of now would not refuse it.
 */
export async function askHuman(
  segment: Segment,
  step: Pick<Step, 'stepId' | 'nodeId'>,
  question: Question,
): Promise<{ approved: true; answer: Json } | { approved: false; outcome: StepOutcome }> {
  const payloadSha256 = payloadHash(question.payload)
  const gate = segment.progress.gates.get(question.decisionId)
  const refuse = (errorType: string, error: string) => ({
    approved: false as const,
    outcome: failed(errorType, error),
  })
  if (!gate || gate.status === 'pending') {
    const wanted = gate ? null : gateOf(segment, question, payloadSha256)
    return {
      approved: false,
      outcome: { type: 'parked', waiting: waitingFor(step, question), gate: wanted },
    }
  }
  if (gate.status === 'rejected') {
    return refuse('approval_rejected', `rejected by a human: ${question.title}`)
  }
  if (gate.status === 'expired') {
    return refuse('approval_expired', `nobody answered in time: ${question.title}`)
  }
  if (gate.request.payload_sha256 !== payloadSha256) {
    return refuse('payload_changed', 'what was approved is not what would run now; start the run anew')
  }
  if (question.decision) {
    try {
      refuseChangedPolicy(await segment.policySet(), question.decision, gate.request, gate.votes)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return refuse('policy_changed', error.details[0]?.message ?? error.message)
    }
  }
  return { approved: true, answer: gate.answer?.input ?? null }
}

function waitingFor(step: Pick<Step, 'stepId' | 'nodeId'>, { title, decisionId, policyId }: Question) {
  return {
    for: 'approval' as const,
    step_id: step.stepId,
    node_id: step.nodeId,
    reason: `waits for a human: ${title}`,
    decision_id: decisionId,
    policy_id: policyId,
    wake_at: null,
    event_name: null,
    run_id: null,
  }
}

function gateOf({ engine }: Segment, question: Question, payloadSha256: string): GateRequest {
  const { clock, settings } = engine.kernel
  const seconds = question.expiresInSeconds ?? settings.approvalTtlSeconds
  return {
    decision_id: question.decisionId,
    title: question.title,
    details: question.details,
    requested_by: question.requestedBy,
    risk_level: question.riskLevel,
    reason: question.reason,
    action: question.action,
    payload: question.payload,
    payload_sha256: payloadSha256,
    policy_sha256: question.policySha256,
    required_approvals: question.requiredApprovals,
    forbid_self_approval: question.forbidSelfApproval,
    ...(question.requireFreshAuthentication && {
      require_fresh_authentication: question.requireFreshAuthentication,
    }),
    expires_at: seconds > 0 ? new Date(clock.now() + seconds * 1000).toISOString() : null,
  }
}
