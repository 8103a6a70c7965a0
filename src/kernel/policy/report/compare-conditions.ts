import { type CompiledCondition, compileCondition } from '../compile-condition.ts'
import type { Condition } from '../schema.ts'

type Scalar = string | number | boolean
type Ordering = Extract<
  Condition,
  { operator: 'greater_than' | 'less_than' | 'greater_than_or_equal' | 'less_than_or_equal' }
>

/** Whether the second holds wherever the first one does. Says no where it cannot tell. */
export function implies(first: Condition, second: Condition): boolean {
  if (first.field !== second.field) return false
  if (second.operator === 'exists') return first.operator !== 'not_exists'
  const values = valuesOf(first)
  if (values) return values.every((value) => holdsFor(second, value))
  switch (first.operator) {
    case 'not_equals':
    case 'not_in':
      return excludedBy(second)?.every((value) => !holdsFor(first, value)) ?? false
    case 'greater_than':
    case 'greater_than_or_equal':
    case 'less_than':
    case 'less_than_or_equal':
      return impliedByOrdering(first, second)
    case 'starts_with':
      if (second.operator === 'starts_with') return first.value.startsWith(second.value)
      if (second.operator === 'contains') return containsText(first.value, second.value)
      return excludedBy(second)?.every((value) => !isText(value) || !value.startsWith(first.value)) ?? false
    case 'ends_with':
      if (second.operator === 'ends_with') return first.value.endsWith(second.value)
      if (second.operator === 'contains') return containsText(first.value, second.value)
      return excludedBy(second)?.every((value) => !isText(value) || !value.endsWith(first.value)) ?? false
    case 'contains':
      return second.operator === 'contains' && first.value === second.value
    case 'not_exists':
      return second.operator === 'not_exists'
    default:
      return false
  }
}

/** Whether conditions on one field can never hold together. Says no where it cannot tell. */
export function exclude(conditions: Condition[]): boolean {
  const absent = conditions.filter(({ operator }) => operator === 'not_exists')
  if (absent.length > 0) return absent.length < conditions.length
  const finite = conditions.map(valuesOf).find((values) => values !== null)
  if (finite) return !finite.some((value) => conditions.every((condition) => holdsFor(condition, value)))
  return conditions.some((first, index) =>
    conditions.slice(index + 1).some((second) => excludePair(first, second)),
  )
}

function excludePair(first: Condition, second: Condition): boolean {
  if (isOrdering(first) && isOrdering(second)) {
    const [lower, upper] = isLower(first) ? [first, second] : [second, first]
    if (!isLower(lower) || isLower(upper)) return false
    const closed = lower.operator === 'greater_than_or_equal' && upper.operator === 'less_than_or_equal'
    return closed ? lower.value > upper.value : lower.value >= upper.value
  }
  // One wants a number, the other a text or a list.
  if (isOrdering(first) || isOrdering(second)) return isPart(first) || isPart(second)
  if (first.operator === 'starts_with' && second.operator === 'starts_with') {
    return !first.value.startsWith(second.value) && !second.value.startsWith(first.value)
  }
  if (first.operator === 'ends_with' && second.operator === 'ends_with') {
    return !first.value.endsWith(second.value) && !second.value.endsWith(first.value)
  }
  return false
}

/** Whether one of them holds for every value there is. */
export function areComplements(first: Condition, second: Condition): boolean {
  const [named, excluded] = [valuesOf(first), excludedBy(second)]
  return (
    first.field === second.field && !!named && !!excluded && excluded.every((value) => holdsFor(first, value))
  )
}

/** A condition is compared with many others: it is compiled once, for as long as its policy is there. */
const compiled = new WeakMap<Condition, CompiledCondition>()

export function holdsFor(condition: Condition, value: Scalar): boolean {
  let test = compiled.get(condition)
  if (!test) {
    test = compileCondition(condition, 0)
    compiled.set(condition, test)
  }
  return test.test(value) === 'holds'
}

/** How many values comparing a condition with another may look at. */
export const weightOf = (condition: Condition): number =>
  'value' in condition && Array.isArray(condition.value) ? condition.value.length : 1

/** The values of which a field must have one; null where others may do. */
function valuesOf(condition: Condition): Scalar[] | null {
  if (condition.operator === 'equals') return [condition.value]
  return condition.operator === 'in' ? condition.value : null
}

function excludedBy(condition: Condition): Scalar[] | null {
  if (condition.operator === 'not_equals') return [condition.value]
  return condition.operator === 'not_in' ? condition.value : null
}

function impliedByOrdering(first: Ordering, second: Condition): boolean {
  const excluded = excludedBy(second)
  if (excluded) return excluded.every((value) => typeof value !== 'number' || !holdsFor(first, value))
  if (!isOrdering(second) || isLower(first) !== isLower(second)) return false
  const narrower = isLower(first) ? first.value > second.value : first.value < second.value
  const admitsLimit = (condition: Ordering) => condition.operator.endsWith('_or_equal')
  return narrower || (first.value === second.value && (!admitsLimit(first) || admitsLimit(second)))
}

const isOrdering = (condition: Condition): condition is Ordering =>
  /^(greater|less)_/.test(condition.operator)
const isLower = ({ operator }: Condition) => operator.startsWith('greater')
const isPart = ({ operator }: Condition) => ['contains', 'starts_with', 'ends_with'].includes(operator)
const isText = (value: Scalar): value is string => typeof value === 'string'
const containsText = (text: string, part: Scalar) => isText(part) && text.includes(part)
