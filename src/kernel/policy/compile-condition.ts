import type { Json } from '../../lib/canonical-json.ts'
import type { ActionFields } from './action-fields.ts'
import { type Condition, type ConditionOutcome, type Namespace, stripToolAlias } from './schema.ts'

/** What policies are asked about. */
export type PolicyRequest = {
  /** What counts for conditions on `action`, whatever the facts say. */
  action: string
  fields: ActionFields
  /** Plain JSON by namespace. */
  facts: { readonly [namespace: string]: Json }
  /** What the request belongs to, for policies of narrower scope than the tenant. */
  scopeIds: { readonly [S in 'app' | 'tool' | 'workflow' | 'agent']?: string }
  /**
   * What the caller answers when nothing matches. With `deny`, a rule that may hold cannot lift that denial to a
   * question: leaving a field out must never get more than filling it in.
   */
  unmatched?: 'allow' | 'deny'
}

/** A value of the request; undefined where there is none. */
export type Actual = Exclude<Json, null> | undefined

export type CompiledCondition = {
  readonly source: Condition
  read(request: PolicyRequest): Actual
  evaluate(request: PolicyRequest): ConditionOutcome
}

/**
 * Turns a condition into closures, in three-valued logic:
 *
 * - A field that the action does not have is `out_of_reach`, whatever the operator, and counts as false. So a rule that
 *   needs it does not apply, and an OR lives on by its other conditions.
 * - A field that the action has and the request lacks is `unknown`, for `not_equals` and `not_in` too. `null` is no
 *   value, as a decision id is made without null members: what has one id must have one answer.
 * - Nothing is coerced. Orderings and parts of text on another type are `unknown`; `equals` across types is false.
 * - `exists` and `not_exists` always know.
 */
export function compileCondition(source: Condition): CompiledCondition {
  const read = compileRead(source.field)
  const test = compileTest(source)
  const [namespace, name] = source.field.split('.') as [Namespace | 'action', string]
  if (namespace === 'action') return { source, read, evaluate: (request) => test(read(request)) }
  return {
    source,
    read,
    evaluate(request) {
      const fields = request.fields[namespace]
      if (fields !== 'open' && !fields?.includes(name)) return 'out_of_reach'
      return test(read(request))
    },
  }
}

/** How to read a field of a request without leaving plain JSON. */
export function compileRead(field: string): (request: PolicyRequest) => Actual {
  if (field === 'action') return (request) => request.action
  if (field === 'tool.id') return (request) => stripToolAlias(readPath(request.facts, ['tool', 'id']))
  const [namespace = '', name = '', ...below] = field.split('.')
  if (below.length > 0) return ({ facts }) => readPath(facts, [namespace, name, ...below])
  return ({ facts }) => factOf(memberOf(memberOf(facts, namespace), name))
}

const readPath = (facts: PolicyRequest['facts'], path: readonly string[]): Actual =>
  factOf(path.reduce<Json | undefined>(memberOf, facts as { [member: string]: Json }))

/** Own members of objects only: nothing of a prototype, and no position or length of a list. */
function memberOf(value: unknown, member: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.hasOwn(value, member) ? (value as { [member: string]: Json })[member] : undefined
}

/** NaN and the infinities are no JSON: they count as missing, so that they satisfy nothing. */
function factOf(value: Json | undefined): Actual {
  if (value === null) return undefined
  return typeof value === 'number' && !Number.isFinite(value) ? undefined : value
}

type Test = (actual: Actual) => ConditionOutcome

const outcomeOf = (holds: boolean): ConditionOutcome => (holds ? 'holds' : 'fails')

function compileTest(condition: Condition): Test {
  switch (condition.operator) {
    case 'exists':
      return (actual) => outcomeOf(actual !== undefined)
    case 'not_exists':
      return (actual) => outcomeOf(actual === undefined)
    case 'equals': {
      const { value } = condition
      return (actual) => (actual === undefined ? 'unknown' : outcomeOf(actual === value))
    }
    case 'not_equals': {
      const { value } = condition
      return (actual) => (actual === undefined ? 'unknown' : outcomeOf(actual !== value))
    }
    case 'in': {
      const values = new Set<unknown>(condition.value)
      return (actual) => (actual === undefined ? 'unknown' : outcomeOf(values.has(actual)))
    }
    case 'not_in': {
      const values = new Set<unknown>(condition.value)
      return (actual) => (actual === undefined ? 'unknown' : outcomeOf(!values.has(actual)))
    }
    case 'greater_than':
      return ordering(condition.value, (actual, limit) => actual > limit)
    case 'less_than':
      return ordering(condition.value, (actual, limit) => actual < limit)
    case 'greater_than_or_equal':
      return ordering(condition.value, (actual, limit) => actual >= limit)
    case 'less_than_or_equal':
      return ordering(condition.value, (actual, limit) => actual <= limit)
    case 'starts_with': {
      const { value } = condition
      return (actual) => (typeof actual === 'string' ? outcomeOf(actual.startsWith(value)) : 'unknown')
    }
    case 'ends_with': {
      const { value } = condition
      return (actual) => (typeof actual === 'string' ? outcomeOf(actual.endsWith(value)) : 'unknown')
    }
    case 'contains': {
      const { value } = condition
      return (actual) => {
        if (Array.isArray(actual)) return outcomeOf(actual.includes(value))
        return typeof actual === 'string' && typeof value === 'string'
          ? outcomeOf(actual.includes(value))
          : 'unknown'
      }
    }
  }
}

const ordering =
  (limit: number, holds: (actual: number, limit: number) => boolean): Test =>
  (actual) =>
    typeof actual === 'number' ? outcomeOf(holds(actual, limit)) : 'unknown'
