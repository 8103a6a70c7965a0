import type { z } from 'zod'
import { type CompiledCondition, evaluateCondition } from './compile-condition.ts'
import type { FactView, PolicyRequest } from './read-facts.ts'
import { type CompilablePolicy, type Condition, stripToolAlias } from './schema.ts'

/** A policy with every default filled in, as the version of its set hashes it. */
export type PolicyContent = z.output<typeof CompilablePolicy>

export type RuleOutcome = 'matched' | 'indeterminate' | 'not_matched'

export type CompiledRule = {
  readonly policy: PolicyContent
  readonly conditions: readonly CompiledCondition[]
  /** Its place in the order of precedence. */
  readonly rank: number
  /** The hash of a policy that is only asked and decides nothing; null for those in force. */
  readonly shadowSha256: string | null
  /** Whether it names changes of policies: it looks at one, or at an action that is one. */
  readonly isAboutPolicies: boolean
  /** Whether the request is within the policy's scope. */
  covers(request: PolicyRequest): boolean
  evaluate(view: FactView): RuleOutcome
}

export function compileRule(
  policy: PolicyContent,
  conditions: readonly CompiledCondition[],
  rank: number,
  shadowSha256: string | null,
): CompiledRule {
  const evaluate = policy.rule_expr.logic === 'OR' ? anyOf(conditions) : allOf(conditions)
  return {
    policy,
    conditions,
    rank,
    shadowSha256,
    isAboutPolicies: policy.rule_expr.conditions.some(isAboutPolicies),
    covers: compileScope(policy),
    evaluate,
  }
}

/** Whether a condition names changes of policies. */
export function isAboutPolicies(condition: Condition): boolean {
  if (condition.field.startsWith('policy.')) return true
  if (condition.field !== 'action') return false
  const { operator } = condition
  if (operator !== 'equals' && operator !== 'in' && operator !== 'starts_with') return false
  return [condition.value].flat().some((value) => String(value).startsWith('policy.'))
}

/** The same rule where one of its conditions, all of which it needs, is known to hold. */
export function withoutAsking(rule: CompiledRule, known: Condition): CompiledRule {
  return { ...rule, evaluate: allOf(rule.conditions.filter(({ source }) => source !== known)) }
}

function compileScope({ scope, scope_id: id, id: policyId }: PolicyContent): CompiledRule['covers'] {
  switch (scope) {
    case 'global':
    case 'tenant':
      return () => true
    case 'tool':
      return ({ scopeIds }) => stripToolAlias(scopeIds.tool) === id
    case 'agent':
      return ({ scopeIds, attached }) => scopeIds.agent === id || attached?.includes(policyId) === true
    case 'app':
    case 'workflow':
      return ({ scopeIds }) => scopeIds[scope] === id
  }
}

/** False AND unknown is false. */
function allOf(conditions: readonly CompiledCondition[]): CompiledRule['evaluate'] {
  return (view) => {
    let outcome: RuleOutcome = 'matched'
    for (const condition of conditions) {
      const each = evaluateCondition(condition, view)
      if (each === 'fails' || each === 'out_of_reach') return 'not_matched'
      if (each === 'unknown') outcome = 'indeterminate'
    }
    return outcome
  }
}

/** True OR unknown is true. */
function anyOf(conditions: readonly CompiledCondition[]): CompiledRule['evaluate'] {
  return (view) => {
    let outcome: RuleOutcome = 'not_matched'
    for (const condition of conditions) {
      const each = evaluateCondition(condition, view)
      if (each === 'holds') return 'matched'
      if (each === 'unknown') outcome = 'indeterminate'
    }
    return outcome
  }
}
