import { AppError, stateConflict } from '../../lib/errors.ts'
import { type ApprovalRow, readApprovals, readVotes } from '../approvals/approval-rows.ts'
import { approvalNotFound } from '../approvals/find-gate.ts'
import { isAsStrong } from '../approvals/fresh-authentication.ts'
import type { Context } from '../context.ts'
import { readEffectOfDecision } from '../effects/effect-rows.ts'
import type { LedgerTransaction } from '../ledger/ledger.ts'
import { inconsistentRun } from '../ledger/read-status.ts'
import { stateAt } from '../ledger/run-state.ts'
import type { CompiledPolicySet } from '../policy/compile-policies.ts'
import { evaluateRecorded, requestOf } from '../policy/evaluate-recorded.ts'
import { type RecordedDecision, readDecisions } from '../read-decision.ts'
import { decisionExecuted, decisionNotApproved } from './token-errors.ts'

/** What a token may be minted and redeemed for. */
export type ExecutableDecision = {
  decisionId: string
  runId: string
  action: string
  payload: Record<string, unknown>
  policySha256: string
  /** Whether a human approved, or policy allowed without one. */
  approved: boolean
}

/**
 * Whether a decision may run now: approved by somebody with authority or allowed by policy, not executed yet, its run
 * not over, and the policies of this moment still agree. Asked when a token is minted and again when it is redeemed.
 *
 * @throws AppError 404 or 409, with the reason.
 */
export async function checkDecision(
  context: Context,
  transaction: LedgerTransaction,
  policySet: CompiledPolicySet,
  decisionId: string,
): Promise<ExecutableDecision> {
  const { tenantId } = context.principal
  const decision = (await readDecisions(transaction, tenantId, [decisionId])).get(decisionId)
  const [approval] = await readApprovals(transaction, tenantId, [decisionId])
  if (!decision && !approval) throw approvalNotFound({ decisionId })
  const effect = await readEffectOfDecision(transaction, tenantId, decisionId)
  if (effect) throw decisionExecuted(decisionId, effect.effect_id)
  if (approval && approval.status !== 'approved') {
    throw decisionNotApproved(decisionId, `its approval is ${approval.status}`)
  }
  if (!approval && decision!.effect !== 'allow') {
    throw decisionNotApproved(
      decisionId,
      decision!.effect === 'deny'
        ? `policy denied it (${decision!.reason_code})`
        : 'nobody with authority approved it; register it at /v1/approvals/requests (a resolution sent as a raw event unlocks nothing)',
    )
  }
  if (approval && decision && approval.payload_sha256 !== decision.payload_sha256) {
    throw decisionNotApproved(
      decisionId,
      'what was approved is not what was authorized under this id; authorize it before you register it',
    )
  }
  const payload = approval?.payload ?? decision?.payload
  const action = approval?.action ?? decision?.action
  if (!payload || !action) {
    throw decisionNotApproved(
      decisionId,
      'the approval shows no payload, so nothing binds; authorize the purchase first, or register the approval with its payload',
    )
  }
  const runId = approval?.run_id ?? decision!.runId
  await refuseFinishedRun(context, transaction, runId)
  refuseOthersDecision(context, decision ?? null)
  if (decision) {
    const votes = approval ? await readVotes(transaction, tenantId, [decisionId]) : []
    refuseChangedPolicy(policySet, decision, approval ?? null, votes.length)
    if (approval && context.principal.policies?.length) refuseLastAnswer(decision, approval, votes.length)
  }
  return {
    decisionId,
    runId,
    action,
    payload,
    policySha256: decision?.policy_sha256 ?? policySet.version,
    approved: approval !== undefined,
  }
}

/** What bounds an API key was heard when it asked, and not when others did: it may run its own decisions alone. */
function refuseOthersDecision({ principal }: Context, decision: RecordedDecision | null): void {
  if (!principal.policies?.length || decision?.actor === principal.id) return
  const message = `${principal.id} carries policies and runs only what it was allowed itself; authorize it with this key`
  throw new AppError({
    code: 'FORBIDDEN',
    status: 403,
    message,
    details: [{ path: 'principal.policies', message, type: 'forbidden', code: 'FORBIDDEN' }],
  })
}

async function refuseFinishedRun(
  { clock }: Context,
  transaction: LedgerTransaction,
  runId: string,
): Promise<void> {
  const state = stateAt((await transaction.lockHead(runId)).state, clock.now())
  if (state.inconsistency) {
    throw inconsistentRun(state.inconsistency, runId)
  }
  if (!state.terminal) return
  throw stateConflict(
    'BUSINESS_RULE_VIOLATION',
    'Event payload violates workflow governance rules',
    {
      path: 'workflow_status',
      message: `run '${runId}' is already ${state.status}; nothing more runs in it`,
      code: 'TERMINAL_STATE_CONFLICT',
      rule_id: 'RULE-GATE-005',
    },
    ['RULE-GATE-005'],
  )
}

/** What an approval was answered under. */
type AnsweredTerms = Pick<ApprovalRow, 'policy_sha256' | 'forbid_self_approval'> & {
  require_fresh_authentication?: ApprovalRow['require_fresh_authentication'] | undefined
}

/**
 * A policy that changed since the decision voids it where it would no longer decide so. What counts is what the human
 * answered under: asking again after a change records a newer decision and makes an old approval no better.
 */
export function refuseChangedPolicy(
  policySet: CompiledPolicySet,
  decision: RecordedDecision,
  approval: AnsweredTerms | null,
  votes: number,
): void {
  if (policySet.version === (approval ?? decision).policy_sha256) return
  const verdict = evaluateRecorded(policySet, decision)
  const { decision_id: decisionId } = decision
  // Where no policy speaks any more, the action's own default holds: inside runs that is to allow.
  if (verdict.effect === 'deny' || (verdict.effect === 'none' && requestOf(decision).unmatched !== 'allow')) {
    throw decisionNotApproved(
      decisionId,
      `the policies of now deny it (${verdict.reasonCode}); authorize it anew`,
    )
  }
  if (verdict.effect === 'require_approval') {
    refuseWeakerApproval(decisionId, 'the policies of now', verdict.approval, approval, votes)
  }
}

/**
 * A key that carries policies asked last itself (`refuseOthersDecision`), and may be bound by more than who asked before.
 * What its answer wanted, the approval has to give. Others are not bound by it.
 */
function refuseLastAnswer(decision: RecordedDecision, approval: AnsweredTerms, votes: number): void {
  const { decision_id: decisionId, effect, reason_code: reason } = decision
  if (effect === 'deny') {
    throw decisionNotApproved(decisionId, `policy denied it when it was asked about last (${reason})`)
  }
  if (effect === 'require_approval') {
    refuseWeakerApproval(decisionId, 'the policies of whoever asked last', decision.approval, approval, votes)
  }
}

type WantedTerms = {
  required_approvals: number
  forbid_self_approval: boolean
  require_fresh_authentication?: RecordedTerms['require_fresh_authentication'] | undefined
}
type RecordedTerms = NonNullable<RecordedDecision['approval']>

function refuseWeakerApproval(
  decisionId: string,
  who: string,
  wanted: WantedTerms | null | undefined,
  approval: AnsweredTerms | null,
  votes: number,
): void {
  const needed = wanted?.required_approvals ?? 1
  if (votes < needed) {
    throw decisionNotApproved(
      decisionId,
      `${who} want ${needed} approvals, it has ${votes}; authorize it anew`,
    )
  }
  if (wanted?.forbid_self_approval && !approval?.forbid_self_approval) {
    throw decisionNotApproved(
      decisionId,
      `${who} forbid self-approval, which was allowed when it was approved; authorize it anew`,
    )
  }
  const method = wanted?.require_fresh_authentication
  if (method && !isAsStrong(approval?.require_fresh_authentication ?? undefined, method)) {
    throw decisionNotApproved(
      decisionId,
      `${who} want a ${method} of whoever approves, which was not asked for when it was approved; authorize it anew`,
    )
  }
}
