import { askHuman } from './ask-human.ts'
import { pauseRun } from './pause-run.ts'
import type { Segment } from './segment.ts'

/**
 * Acts on the policies' word on the start, before any step: true when the run goes on, false when it has ended or waits
 * for a human.
 */
export async function passStart(segment: Segment): Promise<boolean> {
  const decision = segment.progress.startDecision!
  // What a fork took over was done by another run: this one has not begun.
  const begun = [...segment.progress.steps.values()].some(({ reused }) => !reused)
  if (decision.effect === 'allow' || begun) return true
  if (decision.effect === 'deny') {
    await end(
      segment,
      'policy_denied',
      `policy denied the start: ${decision.reason} (${decision.reason_code})`,
    )
    return false
  }
  const { workflow_name: workflowName } = segment.progress.started!
  const matches = decision.matches as { policy_id?: string; effect?: string }[]
  const answer = await askHuman(segment, START, {
    decisionId: decision.decision_id,
    title: `Start a run of ${workflowName}`,
    details: `With input ${JSON.stringify(segment.progress.input).slice(0, 1000)}`,
    reason: decision.reason,
    requestedBy: segment.principal.name,
    riskLevel: 'medium',
    action: 'run_start',
    payload: decision.payload!,
    policyId: matches.find(({ effect }) => effect === 'require_approval')?.policy_id ?? null,
    policySha256: decision.policy_sha256,
    requiredApprovals: decision.approval?.required_approvals ?? 1,
    forbidSelfApproval: decision.approval?.forbid_self_approval ?? false,
    requireFreshAuthentication: decision.approval?.require_fresh_authentication,
    expiresInSeconds: decision.approval?.expires_in_seconds ?? null,
    decision: { ...decision, runId: segment.runId, recordedAt: segment.now(), actor: segment.principal.id },
  })
  if (answer.approved) return true
  const { outcome } = answer
  if (outcome.type === 'failed') {
    await end(segment, outcome.errorType, outcome.error)
    return false
  }
  if (outcome.type !== 'parked') throw new TypeError('a question has no output')
  await pauseRun(segment, outcome.waiting, outcome.gate)
  return false
}

/** Stands for the start where a step is named. */
const START = { stepId: 'run_start', nodeId: 'run_start' }

async function end(segment: Segment, errorType: string, error: string): Promise<void> {
  segment.record(
    {
      kind: 'error',
      payload: {
        error,
        error_type: errorType,
        node_id: null,
        tool_id: null,
        reason: null,
        limit: null,
        actual: null,
      },
    },
    { kind: 'run_failed', payload: { error, error_type: errorType, node_id: null } },
  )
  await segment.commit()
}
