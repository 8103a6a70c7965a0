import type { CompiledPolicySet } from './compile-policies.ts'
import type { CompiledRule } from './compile-rule.ts'
import { type FactView, type PolicyRequest, viewFacts } from './read-facts.ts'
import { recordEvidence } from './record-evidence.ts'
import type { ConditionEvidence, PolicyExplanation } from './schema.ts'

/**
 * Every policy of the set, in the order of precedence, with every condition and what it met. It looks at all of them and
 * not only at what the index offers: made for a dry run and not for each decision.
 */
export function explainPolicies(set: CompiledPolicySet, request: PolicyRequest): PolicyExplanation[] {
  const view = viewFacts(set.readers, request)
  return set.rules.map((rule) => {
    const { scope, scope_id: scopeId } = rule.policy
    const evidence = recordEvidence(rule, view)
    const outcome = explainOutcome(rule, evidence.conditions, view)
    return { ...evidence, scope, scope_id: scopeId, outcome }
  })
}

function explainOutcome(
  rule: CompiledRule,
  conditions: ConditionEvidence[],
  view: FactView,
): PolicyExplanation['outcome'] {
  if (!rule.covers(view.request)) return 'out_of_scope'
  const outOfReach = ({ outcome }: ConditionEvidence) => outcome === 'out_of_reach'
  const needsAll = rule.policy.rule_expr.logic === 'AND'
  if (needsAll ? conditions.some(outOfReach) : conditions.every(outOfReach)) return 'out_of_reach'
  return rule.evaluate(view)
}
