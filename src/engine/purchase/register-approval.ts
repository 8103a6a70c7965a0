import {
  type RegisteredApproval,
  refuseDuplicate,
  requestApproval,
} from '../../kernel/approvals/request-approval.ts'
import type { ApprovalRequest } from '../../kernel/approvals/schema.ts'
import { authorize } from '../../kernel/authorize.ts'
import type { Context } from '../../kernel/context.ts'
import { readDecisions } from '../../kernel/read-decision.ts'
import { stateConflict } from '../../lib/errors.ts'
import { checkRegisteredPurchase } from './check-registered-purchase.ts'
import { PURCHASE_ACTION, type Purchase } from './schema.ts'

/** The form of ids that authorize gives, each made from its request: nobody else may give a request such an id. */
const AUTHORIZED_ID = /^dec_[0-9a-f]{16}$/

/**
 * Registers an approval. A purchase sent along under an id of the caller's own is authorized here first, so that asking
 * a human never goes around the policies.
 *
 * @throws AppError 409 DECISION_NOT_AUTHORIZED for a payload under an id that only authorize_action can give.
 */
export async function registerApproval(
  context: Context,
  request: ApprovalRequest,
): Promise<RegisteredApproval> {
  const payload = checkRegisteredPurchase(request.payload)
  if (payload) await authorizeUnderOwnId(context, request, payload)
  return requestApproval(context, { ...request, payload }, PURCHASE_ACTION)
}

async function authorizeUnderOwnId(
  context: Context,
  request: ApprovalRequest,
  payload: Purchase,
): Promise<void> {
  const { tenantId } = context.principal
  const { decision_id: decisionId, run_id: runId } = request
  const isKnown = await context.database.transaction(tenantId, async (session) => {
    await refuseDuplicate(session, tenantId, decisionId)
    return (await readDecisions(session, tenantId, [decisionId])).size > 0
  })
  if (isKnown) return
  if (AUTHORIZED_ID.test(decisionId)) {
    const message = `'${decisionId}' has the form of ids that authorize_action gives, and it gave none such: authorize first, or use an id of your own`
    throw stateConflict('DECISION_NOT_AUTHORIZED', message, { path: 'decision_id' }, [])
  }
  await authorize(context, {
    decisionId,
    action: PURCHASE_ACTION,
    resource: null,
    payload,
    facts: { context: payload },
    runId,
  })
}
