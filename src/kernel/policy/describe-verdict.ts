import type { PolicyVerdict } from './evaluate-policies.ts'
import type { ConditionEvidence, PolicyMatch } from './schema.ts'

const MAX_CLAUSES = 3
const MAX_VALUES = 5
const MAX_QUOTED = 80

type Decided = Pick<PolicyVerdict, 'effect' | 'indeterminate'> & { decider: PolicyMatch | null }

/** Why, in one sentence: the policy that decided, and what of the request made it hold. */
export function describeVerdict({ effect, decider, indeterminate }: Decided, action: string): string {
  if (decider?.outcome === 'indeterminate') {
    return `A human must decide, as policy ${quote(decider.name)} may hold: ${doubts(decider)}.`
  }
  switch (effect) {
    case 'deny':
      if (!decider)
        return 'Denied: a policy that the API key carries is not in force any more; make a new key.'
      return `Denied by policy ${quote(decider.name)}: ${grounds(decider)}.`
    case 'require_approval':
      return `A human must approve, by policy ${quote(decider!.name)}: ${grounds(decider!)}.`
    case 'allow':
      return `Allowed by policy ${quote(decider!.name)}: ${grounds(decider!)}.`
    case 'none': {
      const [first] = indeterminate
      if (!first) return `No policy decides about ${quote(action)}.`
      return `No policy decides about ${quote(action)}, as ${quote(first.name)} only may hold: ${doubts(first)}.`
    }
  }
}

function grounds({ conditions }: PolicyMatch): string {
  const holding = conditions.filter(({ outcome }) => outcome === 'holds')
  // That the policy is about this action goes without saying where it says more.
  const telling = holding.filter(({ field }) => field !== 'action')
  return join(telling.length > 0 ? telling : holding, describeCondition)
}

const doubts = ({ conditions }: PolicyMatch) =>
  join(
    conditions.filter(({ outcome }) => outcome === 'unknown'),
    describeDoubt,
  )

function join(conditions: ConditionEvidence[], describe: (condition: ConditionEvidence) => string): string {
  const clauses = conditions.slice(0, MAX_CLAUSES).map(describe).join(' and ')
  const more = conditions.length - MAX_CLAUSES
  return more > 0 ? `${clauses} and ${more} more` : clauses
}

function describeCondition(condition: ConditionEvidence): string {
  const { field, operator, value } = condition
  const actual = nameActual(condition)
  switch (operator) {
    case 'equals':
      return `${field} is ${actual}`
    case 'not_equals':
      return `${field} is ${actual} and not ${nameValue(value)}`
    case 'in':
      return `${field} is ${actual}, which is one of ${nameValue(value)}`
    case 'not_in':
      return `${field} is ${actual}, expected one of ${nameValue(value)}`
    case 'greater_than':
    case 'greater_than_or_equal':
    case 'less_than':
    case 'less_than_or_equal':
      return `${field} is ${actual}, which is ${distance(condition)} the limit of ${nameValue(value)}`
    case 'contains':
      return `${field} contains ${nameValue(value)}`
    case 'starts_with':
      return `${field} is ${actual}, which starts with ${nameValue(value)}`
    case 'ends_with':
      return `${field} is ${actual}, which ends with ${nameValue(value)}`
    case 'exists':
      return `${field} is present`
    case 'not_exists':
      return `${field} is missing`
  }
}

function distance({ actual, value, margin }: ConditionEvidence): string {
  if (actual === value) return 'exactly'
  const side = Number(actual) > Number(value) ? 'above' : 'below'
  return margin === null ? side : `${Math.abs(margin)} ${side}`
}

function describeDoubt({ field, operator, actual_type: type }: ConditionEvidence): string {
  if (type === 'missing') return `${field} is missing`
  const wanted =
    operator === 'contains' ? 'a text or a list' : /_with$/.test(operator) ? 'a text' : 'a number'
  return `${field} is ${TYPE_NAMES[type]}, where ${wanted} is expected`
}

const TYPE_NAMES = {
  missing: 'missing',
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
} as const

function nameActual({ actual, actual_type: type }: ConditionEvidence): string {
  return actual === null ? TYPE_NAMES[type] : nameValue(actual)
}

function nameValue(value: ConditionEvidence['value']): string {
  if (Array.isArray(value)) {
    const more = value.length - MAX_VALUES
    const names = value.slice(0, MAX_VALUES).map(nameValue).join(', ')
    return more > 0 ? `${names} and ${more} more` : names
  }
  return typeof value === 'string' ? quote(value) : String(value)
}

/** Printable ASCII but quote and backslash, short enough: nearly always, and much faster to test than to escape. */
const PLAIN = /^[ !-&(-[\]-~]{0,80}$/

/**
 * Text of a requester inside a sentence that an approver reads: quoted, cut, and with everything invisible or
 * direction-changing spelled out, so that it cannot pass for our own words.
 */
function quote(value: string): string {
  if (PLAIN.test(value)) return `'${value}'`
  const shown = value.slice(0, MAX_QUOTED).replace(/[\uD800-\uDBFF]$/, '')
  const escaped = shown.replace(/[\\'\p{C}\p{Zl}\p{Zp}]/gu, (character) =>
    character === "'" || character === '\\'
      ? `\\${character}`
      : `\\u{${character.codePointAt(0)!.toString(16)}}`,
  )
  return `'${escaped}${shown.length < value.length ? '…' : ''}'`
}
