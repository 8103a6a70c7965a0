import { authorize } from '../../kernel/authorize.ts'
import type { Context } from '../../kernel/context.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { purchaseDecisionId } from './decision-id.ts'
import { type AuthorizeActionInput, PURCHASE_ACTION, type Purchase } from './schema.ts'

/** The wire's word for each effect. */
const STATES = { allow: 'allow', require_approval: 'requires_approval', deny: 'deny' } as const

/** What `authorize_action` answers, over HTTP and MCP alike. */
export async function authorizePurchase(context: Context, input: AuthorizeActionInput) {
  const { amount, currency, merchant, request_id, run_id } = input.context
  const decisionId = purchaseDecisionId(context.principal.tenantId, input)
  const payload: Purchase = { amount, currency, merchant: merchant ?? null }
  const facts = Object.fromEntries(
    Object.entries(input.context).filter(([, value]) => value != null),
  ) as Record<string, Json>
  const decision = await authorize(context, {
    decisionId,
    action: PURCHASE_ACTION,
    resource: null,
    payload,
    facts: { context: facts },
    runId: run_id ?? (request_id ? `run_${request_id}` : `run_${decisionId}`),
  })
  return {
    decision_id: decision.decisionId,
    state: STATES[decision.effect],
    reason_code: decision.reasonCode,
    reason: decision.reason,
    run_id: decision.runId,
    payload_sha256: decision.payloadSha256!,
    policy_sha256: decision.policySha256,
    ...(decision.executionId && { execution_id: decision.executionId }),
  }
}
