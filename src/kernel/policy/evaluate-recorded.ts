import type { RecordedDecision } from '../read-decision.ts'
import { fieldsOf } from './action-fields.ts'
import type { CompiledPolicySet } from './compile-policies.ts'
import { evaluatePolicies, type PolicyVerdict } from './evaluate-policies.ts'

/** What a set of policies says to the facts that a decision was made on, then. */
export function evaluateRecorded(policySet: CompiledPolicySet, decision: RecordedDecision): PolicyVerdict {
  return evaluatePolicies(policySet, {
    action: decision.action,
    fields: fieldsOf(decision.action),
    facts: decision.facts,
    scopeIds: {},
    unmatched: 'deny',
  })
}
