import type { CompiledCondition } from './compile-condition.ts'
import type { CompiledRule } from './compile-rule.ts'
import { type Fact, type FactView, factAt } from './read-facts.ts'
import type { Condition, ConditionEvidence, PolicyMatch } from './schema.ts'

const MAX_TEXT = 200

/** What a decision writes down about a policy that holds or may hold: plain JSON with a canonical form. */
export function recordMatch(
  rule: CompiledRule,
  view: FactView,
  outcome: PolicyMatch['outcome'],
): PolicyMatch {
  return { ...recordEvidence(rule, view), outcome }
}

export function recordEvidence(rule: CompiledRule, view: FactView): Omit<PolicyMatch, 'outcome'> {
  const { policy } = rule
  return {
    policy_id: policy.id,
    name: policy.name,
    effect: policy.effect,
    priority: policy.priority,
    reason_code: policy.reason_code,
    logic: policy.rule_expr.logic,
    conditions: rule.conditions.map((condition) => recordCondition(condition, view)),
  }
}

function recordCondition(condition: CompiledCondition, view: FactView): ConditionEvidence {
  const { source } = condition
  const { field, operator } = source
  const outcome = condition.evaluate(view)
  const fact = factAt(view, condition.slot)
  const found = { outcome, actual: abridge(fact), actual_type: typeOf(fact), margin: marginOf(source, fact) }
  return 'value' in source
    ? { field, operator, value: source.value, ...found }
    : { field, operator, ...found }
}

/** The facts are recorded whole once; a copy of each long value for every policy that looked at it would multiply them. */
function abridge(fact: Fact): string | number | boolean | null {
  switch (typeof fact) {
    case 'number':
    case 'boolean':
      return fact
    case 'string':
      // Cut between characters, as half a surrogate pair has no canonical form.
      return fact.length > MAX_TEXT ? fact.slice(0, MAX_TEXT).replace(/[\uD800-\uDBFF]$/, '') : fact
    default:
      return null
  }
}

function typeOf(fact: Fact): ConditionEvidence['actual_type'] {
  const type = typeof fact
  switch (type) {
    case 'string':
    case 'number':
    case 'boolean':
      return type
    case 'object':
      return Array.isArray(fact) ? 'array' : 'object'
    default:
      return 'missing'
  }
}

function marginOf(condition: Condition, fact: Fact): number | null {
  switch (condition.operator) {
    case 'greater_than':
    case 'less_than':
    case 'greater_than_or_equal':
    case 'less_than_or_equal':
      return typeof fact === 'number' ? subtract(fact, condition.value) : null
    default:
      return null
  }
}

/** Without the noise of binary fractions (100.1 - 100 is 0.1): cut to the decimals that both numbers can carry. */
function subtract(actual: number, limit: number): number | null {
  const difference = actual - limit
  if (Number.isInteger(difference)) return difference
  if (!Number.isFinite(difference)) return null
  const magnitude = Math.floor(Math.log10(Math.max(Math.abs(actual), Math.abs(limit))))
  const decimals = Math.min(100, Math.max(0, 14 - magnitude))
  return Number(difference.toFixed(decimals)) || difference
}
