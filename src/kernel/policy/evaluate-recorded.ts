import type { Json } from '../../lib/canonical-json.ts'
import { fieldsOf } from './action-fields.ts'
import type { CompiledPolicySet } from './compile-policies.ts'
import { evaluatePolicies, type PolicyVerdict } from './evaluate-policies.ts'
import { isRunAction, runRequest } from './run-request.ts'

/** What a set of policies says to the facts that a decision was made on, then. */
export function evaluateRecorded(
  policySet: CompiledPolicySet,
  { action, facts }: { action: string; facts: Record<string, Json> },
): PolicyVerdict {
  return evaluatePolicies(
    policySet,
    isRunAction(action)
      ? runRequest(action, facts)
      : { action, fields: fieldsOf(action), facts, scopeIds: {}, unmatched: 'deny' },
  )
}
