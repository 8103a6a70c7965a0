import { AppError } from '../../lib/errors.ts'
import type { Context } from '../context.ts'
import type { LedgerTransaction } from '../ledger/ledger.ts'
import { evaluateRecorded } from '../policy/evaluate-recorded.ts'
import { isPolicyAction, PolicyChange } from '../policy/policy-change.ts'
import { applyChange } from '../policy/write-policy.ts'
import { readDecisions } from '../read-decision.ts'
import { refuseChangedPolicy } from '../tokens/check-decision.ts'
import type { ApprovalRow } from './approval-rows.ts'

/**
 * Makes the change of policies that was approved, in the transaction of the approval: there is no approval without the
 * change and no second change. Policies that were changed meanwhile are heard again.
 *
 * @throws AppError 409 where the policy is another one by now, or the policies of now would not have it; the approval
 * then still waits, and can be rejected.
 */
export async function applyApprovedChange(
  context: Context,
  transaction: LedgerTransaction,
  row: ApprovalRow,
  votes: number,
): Promise<void> {
  const { tenantId } = context.principal
  const decision = (await readDecisions(transaction, tenantId, [row.decision_id])).get(row.decision_id)!
  const policySet = await context.policySets.holdForChange(transaction, tenantId)
  if (evaluateRecorded(policySet, decision).effect !== 'none') {
    refuseChangedPolicy(policySet, decision, row, votes)
  }
  await applyChange(context, transaction, PolicyChange.parse(row.payload), {
    by: decision.actor,
    decisionId: row.decision_id,
  })
}

/** Whoever lets a change of policies happen must be one who may change them: a person who is an administrator. */
export function refuseApprover({ principal }: Context, row: ApprovalRow): void {
  if (!isPolicyAction(row.action)) return
  if (principal.kind !== 'agent' && principal.kind !== 'service' && principal.role === 'admin') return
  const message = `changes of policies are approved by administrators; '${principal.id}' is of kind ${principal.kind} with role ${principal.role}`
  throw new AppError({
    code: 'ADMINISTRATOR_REQUIRED',
    status: 403,
    message,
    details: [
      {
        path: 'approver_id',
        message,
        type: 'forbidden',
        code: 'ADMINISTRATOR_REQUIRED',
        rule_id: 'RULE-GATE-004',
      },
    ],
    ruleIds: ['RULE-GATE-004'],
  })
}
