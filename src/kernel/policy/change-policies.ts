import { randomBytes } from 'node:crypto'
import type { Json } from '../../lib/canonical-json.ts'
import { AppError, stateConflict } from '../../lib/errors.ts'
import { type RegisteredApproval, requestApproval } from '../approvals/request-approval.ts'
import { authorize } from '../authorize.ts'
import type { Context } from '../context.ts'
import { actionOf, factsOfChange, type PolicyChange } from './policy-change.ts'
import type { Policy } from './schema.ts'
import { applyChange, type PlannedChange, planChange, type RequestedChange } from './write-policy.ts'

export type ChangeOutcome =
  | { type: 'applied'; policy: Policy }
  /** A policy wants the word of somebody: the change waits in the inbox and is made by the approval. */
  | { type: 'waiting'; approval: RegisteredApproval }

/**
 * Changes a policy, where policies allow it. A change of policies is an action as any other: those that name it may deny
 * it or ask for an approval. Where none does, it is made at once.
 *
 * @throws AppError 403 POLICY_DENIED; 409 POLICY_CHANGED where other policies were in force by the time it was allowed; beside
 * what is wrong with the change itself.
 */
export async function changePolicies(context: Context, request: RequestedChange): Promise<ChangeOutcome> {
  const { ledger, principal, policySets } = context
  const { tenantId, id: by } = principal
  const begun = await ledger.transaction(tenantId, async (transaction) => {
    // Whether policies speak about it is asked where no other change can come in between.
    const { governsPolicies } = await policySets.holdForChange(transaction, tenantId)
    const planned = await planChange(context, transaction, request)
    if (governsPolicies) return planned
    return applyChange(context, transaction, planned.change, { by, decisionId: null })
  })
  if (!('change' in begun)) return { type: 'applied', policy: begun }
  const { change } = begun
  const decision = await askAbout(context, begun)
  const { decisionId, runId } = decision
  switch (decision.effect) {
    case 'deny':
      throw changeDenied(decisionId, decision.reason, decision.reasonCode)
    case 'require_approval': {
      const approval = await requestApproval(
        context,
        { decision_id: decisionId, run_id: runId, requested_by: principal.name, ...describe(begun) },
        actionOf(change),
      )
      return { type: 'waiting', approval }
    }
    case 'allow': {
      const policy = await ledger.transaction(tenantId, async (transaction) => {
        const { version } = await policySets.holdForChange(transaction, tenantId)
        if (version !== decision.policySha256) throw policiesChanged(decisionId)
        return applyChange(context, transaction, change, { by, decisionId })
      })
      return { type: 'applied', policy }
    }
  }
}

/** Each request is a decision of its own: what was rejected once may be asked for again. */
function askAbout(context: Context, { change, current, author }: PlannedChange) {
  const decisionId = `dec_${randomBytes(8).toString('hex')}`
  return authorize(context, {
    decisionId,
    action: actionOf(change),
    resource: { type: 'policy', id: change.policy_id },
    payload: change as unknown as Record<string, Json>,
    facts: { policy: factsOfChange(change, current, author) },
    runId: `run_${decisionId}`,
  })
}

const VERBS = { create: 'Add', update: 'Change', delete: 'Delete' } as const satisfies Record<
  PolicyChange['operation'],
  string
>

function describe({ change, current }: PlannedChange) {
  const { name, effect, scope } = (change.policy ?? current)!
  return {
    title: `${VERBS[change.operation]} policy ${name}`,
    details: `Effect ${effect}, scope ${scope}${current ? `, version ${current.version} until now` : ''}.`,
    risk_level: 'high' as const,
  }
}

function policiesChanged(decisionId: string): AppError {
  return stateConflict('POLICY_CHANGED', 'The policies were changed while this change was decided', {
    path: 'policy',
    message: `decision '${decisionId}' was made under policies that are no longer in force: ask for the change again`,
  })
}

function changeDenied(decisionId: string, reason: string, reasonCode: string): AppError {
  return new AppError({
    code: 'POLICY_DENIED',
    status: 403,
    message: 'A policy denies this change of policies',
    details: [
      {
        path: 'policy',
        message: `${reason} (${reasonCode}, decision '${decisionId}')`,
        type: 'forbidden',
        code: 'POLICY_DENIED',
      },
    ],
  })
}
