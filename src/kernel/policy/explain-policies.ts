import { type CompiledCondition, evaluateCondition } from './compile-condition.ts'
import type { CompiledPolicySet } from './compile-policies.ts'
import type { CompiledRule } from './compile-rule.ts'
import { isImposed } from './imposed-policies.ts'
import { type FactView, type PolicyRequest, viewFacts } from './read-facts.ts'
import { recordMatch } from './record-match.ts'
import type { PolicyExplanation } from './schema.ts'

/**
 * Every policy of the set, in the order of precedence, with every condition and what it met. It looks at all of them and
 * not only at what the index offers: made for a dry run and not for each decision.
 */
export function explainPolicies(set: CompiledPolicySet, request: PolicyRequest): PolicyExplanation[] {
  const view = viewFacts(set.readers, request)
  return set.rules.map((rule) => {
    const { scope, scope_id: scopeId } = rule.policy
    const mode = rule.shadowSha256 === null ? ('enforce' as const) : ('shadow' as const)
    return { ...recordMatch(rule, view, explainOutcome(rule, view)), mode, scope, scope_id: scopeId }
  })
}

function explainOutcome(rule: CompiledRule, view: FactView): PolicyExplanation['outcome'] {
  if (view.request.onlyAboutPolicies && !rule.isAboutPolicies) return 'out_of_reach'
  if (!rule.covers(view.request) && !isImposed(rule, view.request)) return 'out_of_scope'
  const isOutOfReach = (condition: CompiledCondition) => evaluateCondition(condition, view) === 'out_of_reach'
  const { conditions, policy } = rule
  const outOfReach =
    policy.rule_expr.logic === 'AND' ? conditions.some(isOutOfReach) : conditions.every(isOutOfReach)
  return outOfReach ? 'out_of_reach' : rule.evaluate(view)
}
