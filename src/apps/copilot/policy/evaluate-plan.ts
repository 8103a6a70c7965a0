import type { Check, CopilotDecision, PolicyResult } from '../schema.ts'
import { decide } from './decide.ts'
import type { Review } from './review.ts'
import { evaluatePolicyRules } from './rules.ts'
import { evaluateSecurity } from './security-checks.ts'

/** The rules, the checks, and what follows from both together. */
export type Evaluation = { policy: PolicyResult; security: Check[]; decision: CopilotDecision }

export function evaluatePlan(review: Review): Evaluation {
  const policy = { checks: evaluatePolicyRules(review) }
  const security = evaluateSecurity(review)
  return { policy, security, decision: decide([...policy.checks, ...security]) }
}
