import type { Json } from '../../lib/canonical-json.ts'
import { fieldsOf } from './action-fields.ts'
import type { CompiledPolicySet } from './compile-policies.ts'
import { evaluatePolicies, type PolicyVerdict } from './evaluate-policies.ts'
import { isPolicyChange, policyChangeRequest } from './policy-change.ts'
import type { PolicyRequest } from './read-facts.ts'
import { isRunAction, runRequest } from './run-request.ts'

type Recorded = { action: string; facts: Record<string, Json> }

/** The question that a decision was made on, from its recorded facts. */
export function requestOf({ action, facts }: Recorded): PolicyRequest {
  if (isPolicyChange(action, facts)) return policyChangeRequest(action, facts)
  if (isRunAction(action)) return runRequest(action, facts)
  return { action, fields: fieldsOf(action), facts, scopeIds: {}, unmatched: 'deny' }
}

/** What a set of policies says to the facts that a decision was made on, then. */
export function evaluateRecorded(policySet: CompiledPolicySet, recorded: Recorded): PolicyVerdict {
  return evaluatePolicies(policySet, requestOf(recorded))
}
