import type { z } from 'zod'
import { AppError, type ErrorDetail } from './errors.ts'

type Issue = z.core.$ZodIssue

/** How one kind of request names its faults. */
export type ValidationVocabulary = {
  /** The error's code and message. */
  code: string
  message: string
  /** The code of one detail, from its path (list positions as `*`) and type. */
  detailCode(path: string, type: string): string
  /** Rules that a detail code breaks, for requests whose errors name them. */
  ruleOf?: (detailCode: string) => string | undefined
}

/**
 * Parses with a schema, or throws one AppError (422) that lists every fault, sorted by path.
 */
export function parseInput<S extends z.ZodType>(
  schema: S,
  input: unknown,
  vocabulary: ValidationVocabulary,
): z.output<S> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  throw validationError(describeIssues(result.error.issues, input), vocabulary)
}

export function validationError(all: Fault[], vocabulary: ValidationVocabulary): AppError {
  const faults = all.slice(0, MAX_FAULTS)
  const details: ErrorDetail[] = faults.map((fault) => {
    const code = fault.code ?? vocabulary.detailCode(fault.path.replace(/\b\d+\b/g, '*'), fault.type)
    return { path: fault.path, message: fault.message, type: fault.type, code }
  })
  details.sort((a, b) => compare(a.path, b.path) || compare(a.code, b.code) || compare(a.type, b.type))
  const { ruleOf } = vocabulary
  const ruleIds =
    ruleOf &&
    [...new Set(details.map(({ code }) => ruleOf(code)).filter((rule) => rule !== undefined))].sort()
  return new AppError({
    code: vocabulary.code,
    status: 422,
    message: vocabulary.message,
    details,
    ...(ruleIds && { ruleIds }),
  })
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** A body can hold more faults than anybody reads; listing all would make a small request a huge answer. */
const MAX_FAULTS = 100

export type Fault = { path: string; type: string; message: string; code?: string }

/** Says each fault that zod found in the words and types that the seed's examples use. */
export function describeIssues(issues: readonly Issue[], input: unknown): Fault[] {
  return issues.flatMap((issue) => describeIssue(issue, input))
}

function describeIssue(issue: Issue, input: unknown): Fault[] {
  const path = issue.path.map(String).join('.')
  const value = valueAt(input, issue.path)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: path ? `${path}.${key}` : key,
      type: 'extra_forbidden',
      message: 'Extra inputs are not permitted',
    }))
  }
  if (value === undefined && issue.code !== 'custom')
    return [{ path, type: 'missing', message: 'Field required' }]
  switch (issue.code) {
    case 'invalid_type':
      return [{ path, ...typeFault(issue.expected, value) }]
    case 'invalid_value':
      return [{ path, type: 'literal_error', message: `Input should be ${listValues(issue.values)}` }]
    case 'too_small':
      return [
        { path, ...boundFault(issue.origin, 'small', Number(issue.minimum), issue.inclusive !== false) },
      ]
    case 'too_big':
      return [{ path, ...boundFault(issue.origin, 'big', Number(issue.maximum), issue.inclusive !== false) }]
    case 'custom': {
      const { type, code } = (issue.params ?? {}) as { type?: string; code?: string }
      return [{ path, type: type ?? 'value_error', message: issue.message, ...(code && { code }) }]
    }
    case 'invalid_union':
      return [{ path, type: 'union_error', message: issue.message }]
    default:
      return [{ path, type: issue.code, message: issue.message }]
  }
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input
  for (const member of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, member)) return undefined
    value = (value as Record<PropertyKey, unknown>)[member]
  }
  return value
}

function typeFault(expected: string, value: unknown): { type: string; message: string } {
  switch (expected) {
    case 'string':
      return { type: 'string_type', message: 'Input should be a valid string' }
    case 'int':
      return { type: 'int_type', message: 'Input should be a valid integer' }
    case 'number':
      return typeof value === 'string'
        ? {
            type: 'float_parsing',
            message: 'Input should be a valid number, unable to parse string as a number',
          }
        : { type: 'float_type', message: 'Input should be a valid number' }
    case 'boolean':
      return { type: 'bool_type', message: 'Input should be a valid boolean' }
    case 'array':
      return { type: 'list_type', message: 'Input should be a valid list' }
    case 'object':
    case 'record':
      return { type: 'model_type', message: 'Input should be a valid dictionary or object' }
    default:
      return { type: `${expected}_type`, message: `Input should be a valid ${expected}` }
  }
}

function boundFault(
  origin: string,
  side: 'small' | 'big',
  bound: number,
  inclusive: boolean,
): { type: string; message: string } {
  const unit = (one: string, many: string) => `${bound} ${bound === 1 ? one : many}`
  if (origin === 'string') {
    return side === 'small'
      ? {
          type: 'string_too_short',
          message: `String should have at least ${unit('character', 'characters')}`,
        }
      : { type: 'string_too_long', message: `String should have at most ${unit('character', 'characters')}` }
  }
  if (origin === 'array') {
    return side === 'small'
      ? { type: 'too_short', message: `List should have at least ${unit('item', 'items')}` }
      : { type: 'too_long', message: `List should have at most ${unit('item', 'items')}` }
  }
  const comparison = side === 'small' ? 'greater than' : 'less than'
  const type = side === 'small' ? 'greater_than' : 'less_than'
  return inclusive
    ? { type: `${type}_equal`, message: `Input should be ${comparison} or equal to ${bound}` }
    : { type, message: `Input should be ${comparison} ${bound}` }
}

/** `'a'`, `'a' or 'b'`, `'a', 'b' or 'c'`. */
function listValues(values: readonly unknown[]): string {
  const quoted = values.map((value) => (typeof value === 'string' ? `'${value}'` : String(value)))
  return quoted.length < 2 ? (quoted[0] ?? '') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`
}
