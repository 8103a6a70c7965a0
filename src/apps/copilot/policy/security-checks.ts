import type { Check } from '../schema.ts'
import { type CheckDefinition, runChecks } from './check-definition.ts'
import { APPROVAL_CHECKS } from './checks/approvals.ts'
import { CALLDATA_CHECKS } from './checks/calldata.ts'
import { CHAIN_CHECKS } from './checks/chain.ts'
import { CONTRACT_CHECKS } from './checks/contracts.ts'
import { EFFECT_CHECKS } from './checks/effects.ts'
import { INTENT_CHECKS } from './checks/intent.ts'
import { PRICE_CHECKS } from './checks/prices.ts'
import { RECIPIENT_CHECKS } from './checks/recipients.ts'
import { SPENDING_CHECKS } from './checks/spending.ts'
import { TRANSFER_FEE_CHECKS } from './checks/transfer-fees.ts'
import type { Review } from './review.ts'

/** Every check of the security evaluation, in the order in which they are shown. */
export const SECURITY_CHECKS: readonly CheckDefinition[] = [
  ...CALLDATA_CHECKS,
  ...INTENT_CHECKS,
  ...APPROVAL_CHECKS,
  ...RECIPIENT_CHECKS,
  ...EFFECT_CHECKS,
  ...TRANSFER_FEE_CHECKS,
  ...PRICE_CHECKS,
  ...CONTRACT_CHECKS,
  ...CHAIN_CHECKS,
  ...SPENDING_CHECKS,
]

export const evaluateSecurity = (review: Review): Check[] => runChecks(SECURITY_CHECKS, review)
