import { type Fact, type FactView, factAt, MISSING, OUT_OF_REACH } from './read-facts.ts'
import type { Condition, ConditionEvidence, ConditionOutcome } from './schema.ts'

export type CompiledCondition = {
  readonly source: Condition
  /** What the condition compares with; null for those that compare nothing. */
  readonly value: ConditionEvidence['value']
  /** The limit of an ordering. */
  readonly limit: number | null
  /** Where its fact stands in the view of a request. */
  readonly slot: number
  test(fact: Fact): ConditionOutcome
}

export function evaluateCondition({ slot, test }: CompiledCondition, view: FactView): ConditionOutcome {
  return test(factAt(view, slot))
}

/**
 * Turns a condition into a closure over the fact in a slot, in three-valued logic:
 *
 * - A field that the action does not have is `out_of_reach`, whatever the operator, and counts as false. So a rule that
 *   needs it does not apply, and an OR lives on by its other conditions.
 * - A field that the action has and the request lacks is `unknown`, for `not_equals` and `not_in` too.
 * - Nothing is coerced. Orderings and parts of text on another type are `unknown`; `equals` across types is false.
 * - `exists` and `not_exists` always know.
 */
export function compileCondition(source: Condition, slot: number): CompiledCondition {
  const value = 'value' in source ? source.value : null
  const limit = typeof value === 'number' && ORDERINGS.has(source.operator) ? value : null
  return { source, value, limit, slot, test: compileTest(source) }
}

const ORDERINGS: ReadonlySet<string> = new Set([
  'greater_than',
  'less_than',
  'greater_than_or_equal',
  'less_than_or_equal',
])

type Test = (fact: Fact) => ConditionOutcome

const outcomeOf = (holds: boolean): ConditionOutcome => (holds ? 'holds' : 'fails')

/** The outcome where there is a fact of the right type. */
function unlessAbsent(fact: Fact, outcome: ConditionOutcome): ConditionOutcome {
  if (fact === OUT_OF_REACH) return 'out_of_reach'
  return fact === MISSING ? 'unknown' : outcome
}

function compileTest(condition: Condition): Test {
  switch (condition.operator) {
    case 'exists':
      return (fact) => (fact === MISSING ? 'fails' : unlessAbsent(fact, 'holds'))
    case 'not_exists':
      return (fact) => (fact === MISSING ? 'holds' : unlessAbsent(fact, 'fails'))
    case 'equals': {
      const { value } = condition
      return (fact) => (fact === value ? 'holds' : unlessAbsent(fact, 'fails'))
    }
    case 'not_equals': {
      const { value } = condition
      return (fact) => (fact === value ? 'fails' : unlessAbsent(fact, 'holds'))
    }
    case 'in': {
      const values = new Set<Fact>(condition.value)
      return (fact) => (values.has(fact) ? 'holds' : unlessAbsent(fact, 'fails'))
    }
    case 'not_in': {
      const values = new Set<Fact>(condition.value)
      return (fact) => (values.has(fact) ? 'fails' : unlessAbsent(fact, 'holds'))
    }
    case 'greater_than':
      return onNumbers(condition.value, (fact, limit) => fact > limit)
    case 'less_than':
      return onNumbers(condition.value, (fact, limit) => fact < limit)
    case 'greater_than_or_equal':
      return onNumbers(condition.value, (fact, limit) => fact >= limit)
    case 'less_than_or_equal':
      return onNumbers(condition.value, (fact, limit) => fact <= limit)
    case 'starts_with':
      return onText((text) => text.startsWith(condition.value))
    case 'ends_with':
      return onText((text) => text.endsWith(condition.value))
    case 'contains': {
      const { value } = condition
      return (fact) => {
        if (Array.isArray(fact)) return outcomeOf(fact.includes(value))
        const texts = typeof fact === 'string' && typeof value === 'string'
        return texts ? outcomeOf(fact.includes(value)) : unlessAbsent(fact, 'unknown')
      }
    }
  }
}

const onNumbers =
  (limit: number, holds: (fact: number, limit: number) => boolean): Test =>
  (fact) =>
    typeof fact === 'number' ? outcomeOf(holds(fact, limit)) : unlessAbsent(fact, 'unknown')

const onText =
  (holds: (fact: string) => boolean): Test =>
  (fact) =>
    typeof fact === 'string' ? outcomeOf(holds(fact)) : unlessAbsent(fact, 'unknown')
