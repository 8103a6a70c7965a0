import type { CompilablePolicy, Condition } from './schema.ts'

/** After everything else: whatever a tenant says is heard first. Beyond what a written policy may have. */
const LAST = 2_147_483_647

/**
 * The policies of the installation, which hold for every tenant beside its own: purchases above the threshold need a
 * human. Asking goes first and ties go to the stricter, so no tenant can loosen it. Allowing goes last, so any can
 * tighten it.
 */
export function builtInPolicies(settings: { purchaseApprovalThreshold: number }): CompilablePolicy[] {
  const purchase: Condition = { field: 'action', operator: 'equals', value: 'purchase.create' }
  const threshold = settings.purchaseApprovalThreshold
  return [
    {
      id: 'builtin.purchase_above_threshold',
      name: 'Purchases above the threshold',
      description: 'A purchase above the configured amount needs the approval of a human.',
      scope: 'global',
      rule_expr: {
        conditions: [purchase, { field: 'context.amount', operator: 'greater_than', value: threshold }],
      },
      effect: 'require_approval',
      priority: 0,
      enabled: true,
      reason_code: 'AMOUNT_ABOVE_THRESHOLD',
    },
    {
      id: 'builtin.purchase_within_threshold',
      name: 'Purchases within the threshold',
      description: 'A purchase up to the configured amount is allowed where no other policy speaks.',
      scope: 'global',
      rule_expr: {
        conditions: [purchase, { field: 'context.amount', operator: 'less_than_or_equal', value: threshold }],
      },
      effect: 'allow',
      priority: LAST,
      enabled: true,
      reason_code: 'POLICY_ALLOW_WITHIN_THRESHOLD',
    },
    {
      id: 'builtin.web3_transaction',
      name: 'Transactions of a wallet',
      description: 'No wallet is given a transaction that nobody has approved.',
      scope: 'global',
      rule_expr: { conditions: [{ field: 'action', operator: 'equals', value: 'web3.transaction' }] },
      effect: 'require_approval',
      priority: 0,
      enabled: true,
      reason_code: 'WALLET_NEEDS_APPROVAL',
    },
  ]
}
