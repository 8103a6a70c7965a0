import { type RegisteredApproval, requestApproval } from '../../kernel/approvals/request-approval.ts'
import type { ApprovalRequest } from '../../kernel/approvals/schema.ts'
import { authorize } from '../../kernel/authorize.ts'
import type { Context } from '../../kernel/context.ts'
import { readDecisions } from '../../kernel/read-decision.ts'
import { checkRegisteredPurchase } from './check-registered-purchase.ts'
import { PURCHASE_ACTION } from './schema.ts'

/**
 * Registers an approval. A purchase sent along with a decision that nobody authorized is authorized here first, so
 * that asking a human never goes around the policies.
 */
export async function registerApproval(
  context: Context,
  request: ApprovalRequest,
): Promise<RegisteredApproval> {
  const { tenantId } = context.principal
  const payload = checkRegisteredPurchase(request.payload)
  if (payload) {
    const known = await context.database.transaction(tenantId, (session) =>
      readDecisions(session, tenantId, [request.decision_id]),
    )
    if (known.size === 0) {
      await authorize(context, {
        decisionId: request.decision_id,
        action: PURCHASE_ACTION,
        resource: null,
        payload,
        facts: { context: payload },
        runId: request.run_id,
      })
    }
  }
  return requestApproval(context, { ...request, payload }, PURCHASE_ACTION)
}
