import type { CompiledCondition } from './compile-condition.ts'
import type { CompiledRule } from './compile-rule.ts'
import { type Fact, type FactView, factAt } from './read-facts.ts'
import type { ConditionEvidence, PolicyExplanation, PolicyMatch } from './schema.ts'

const MAX_TEXT = 200

/** What a decision writes down about a policy that it looked at: plain JSON with a canonical form. */
export function recordMatch<Outcome extends PolicyExplanation['outcome']>(
  { policy, conditions }: CompiledRule,
  view: FactView,
  outcome: Outcome,
): Omit<PolicyMatch, 'outcome'> & { outcome: Outcome } {
  return {
    policy_id: policy.id,
    name: policy.name,
    effect: policy.effect,
    priority: policy.priority,
    reason_code: policy.reason_code,
    outcome,
    logic: policy.rule_expr.logic,
    conditions: conditions.map((condition) => recordCondition(condition, view)),
  }
}

function recordCondition(condition: CompiledCondition, view: FactView): ConditionEvidence {
  const { source, limit, value } = condition
  const fact = factAt(view, condition.slot)
  return {
    field: source.field,
    operator: source.operator,
    value,
    outcome: condition.test(fact),
    actual: abridge(fact),
    actual_type: typeOf(fact),
    margin: limit !== null && typeof fact === 'number' ? subtract(fact, limit) : null,
  }
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

/** Without the noise of binary fractions (100.1 - 100 is 0.1): cut to the decimals that both numbers can carry. */
function subtract(actual: number, limit: number): number | null {
  const difference = actual - limit
  if (Number.isInteger(difference)) return difference
  if (!Number.isFinite(difference)) return null
  const magnitude = Math.floor(Math.log10(Math.max(Math.abs(actual), Math.abs(limit))))
  const decimals = Math.min(100, Math.max(0, 14 - magnitude))
  return Number(difference.toFixed(decimals)) || difference
}
