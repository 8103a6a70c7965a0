import type { Actual, CompiledCondition, PolicyRequest } from './compile-condition.ts'
import type { CompiledRule } from './compile-rule.ts'
import type { Condition, ConditionEvidence, PolicyMatch } from './schema.ts'

const MAX_TEXT = 200

/** What a decision writes down about a policy that holds or may hold: plain JSON with a canonical form. */
export function recordMatch(
  rule: CompiledRule,
  request: PolicyRequest,
  outcome: PolicyMatch['outcome'],
): PolicyMatch {
  return { ...recordEvidence(rule, request), outcome }
}

export function recordEvidence(rule: CompiledRule, request: PolicyRequest): Omit<PolicyMatch, 'outcome'> {
  const { policy } = rule
  return {
    policy_id: policy.id,
    name: policy.name,
    effect: policy.effect,
    priority: policy.priority,
    reason_code: policy.reason_code,
    logic: policy.rule_expr.logic,
    conditions: rule.conditions.map((condition) => recordCondition(condition, request)),
  }
}

function recordCondition(condition: CompiledCondition, request: PolicyRequest): ConditionEvidence {
  const { source } = condition
  const outcome = condition.evaluate(request)
  const actual = outcome === 'out_of_reach' ? undefined : condition.read(request)
  const evidence: ConditionEvidence = {
    field: source.field,
    operator: source.operator,
    outcome,
    actual: abridge(actual),
    actual_type: typeOf(actual),
    margin: marginOf(source, actual),
  }
  if ('value' in source) evidence.value = source.value
  return evidence
}

/** The facts are recorded whole once; a copy of each long value for every policy that looked at it would multiply them. */
function abridge(actual: Actual): string | number | boolean | null {
  if (actual === undefined || typeof actual === 'object') return null
  if (typeof actual !== 'string' || actual.length <= MAX_TEXT) return actual
  // Cut between characters, as half a surrogate pair has no canonical form.
  return actual.slice(0, MAX_TEXT).replace(/[\uD800-\uDBFF]$/, '')
}

function typeOf(actual: Actual): ConditionEvidence['actual_type'] {
  if (Array.isArray(actual)) return 'array'
  switch (typeof actual) {
    case 'string':
      return 'string'
    case 'number':
      return 'number'
    case 'boolean':
      return 'boolean'
    case 'object':
      return 'object'
    default:
      return 'missing'
  }
}

function marginOf(condition: Condition, actual: Actual): number | null {
  switch (condition.operator) {
    case 'greater_than':
    case 'less_than':
    case 'greater_than_or_equal':
    case 'less_than_or_equal':
      return typeof actual === 'number' ? subtract(actual, condition.value) : null
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
