import type { ErrorObject } from 'ajv'

/** One thing that is wrong with a value, in words that help to put it right. */
export type Fault = {
  /** Dot-joined member names and list positions; empty for the value itself. */
  path: string
  /** What was expected and what came. */
  message: string
  /** The keyword of JSON Schema that is not met. */
  keyword: string
}

/** More than anybody, and any model, reads. */
const MAX_FAULTS = 50

/** Errors of ajv (made with `verbose`), each once and by path. */
export function describeSchemaErrors(errors: readonly ErrorObject[]): Fault[] {
  const faults = new Map<string, Fault>()
  for (const error of errors) {
    // Only says that a branch was taken, whose own errors are there.
    if (error.keyword === 'if' || error.keyword === 'propertyNames') continue
    const fault = describeError(error)
    faults.set(`${fault.path}\n${fault.message}`, fault)
    if (faults.size >= MAX_FAULTS) break
  }
  return [...faults.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

function describeError({ keyword, instancePath, params, schema, data, propertyName }: ErrorObject): Fault {
  const at = (path: string, message: string): Fault => ({ path, message, keyword })
  const path = dotted(instancePath)
  const inside = (name: string) => (path === '' ? name : `${path}.${name}`)
  const got = `got ${preview(data)}`
  if (propertyName !== undefined) {
    const name = preview(propertyName)
    return at(path, `expected other member names: ${name} does not meet '${keyword}' ${preview(schema)}`)
  }
  switch (keyword) {
    case 'type':
      return at(path, `expected ${list([params.type].flat())}, ${got}`)
    case 'required':
    case 'dependentRequired':
      return at(inside(params.missingProperty), 'expected this member, got nothing')
    case 'additionalProperties':
      return at(inside(params.additionalProperty), 'expected no member of this name')
    case 'unevaluatedProperties':
      return at(inside(params.unevaluatedProperty), 'expected no member of this name')
    case 'enum':
      return at(path, `expected ${list((schema as unknown[]).map(preview))}, ${got}`)
    case 'const':
      return at(path, `expected ${preview(schema)}, ${got}`)
    case 'format':
      return at(path, `expected a text of the format '${params.format}', ${got}`)
    case 'pattern':
      return at(path, `expected a text that matches ${shorten(String(schema), 120)}, ${got}`)
    case 'minLength':
    case 'maxLength':
      return at(path, `expected ${bound(keyword)} ${schema} characters, got ${[...(data as string)].length}`)
    case 'minItems':
    case 'maxItems':
      return at(path, `expected ${bound(keyword)} ${schema} items, got ${(data as unknown[]).length}`)
    case 'items':
    case 'additionalItems':
    case 'unevaluatedItems':
      return at(
        path,
        `expected at most ${params.limit ?? params.len} items, got ${(data as unknown[]).length}`,
      )
    case 'minProperties':
    case 'maxProperties':
      return at(
        path,
        `expected ${bound(keyword)} ${schema} members, got ${Object.keys(data as object).length}`,
      )
    case 'minimum':
    case 'maximum':
      return at(path, `expected ${bound(keyword)} ${schema}, ${got}`)
    case 'exclusiveMinimum':
      return at(path, `expected more than ${schema}, ${got}`)
    case 'exclusiveMaximum':
      return at(path, `expected less than ${schema}, ${got}`)
    case 'multipleOf':
      return at(path, `expected a multiple of ${schema}, ${got}`)
    case 'uniqueItems':
      return at(path, 'expected items that all differ, got one twice')
    case 'contains':
      return at(path, `expected ${bound('min')} ${params.minContains} items that fit 'contains', ${got}`)
    case 'oneOf':
      return at(
        path,
        params.passingSchemas
          ? `expected exactly one of ${(schema as unknown[]).length} alternatives to fit, got a value that several fit`
          : `expected one of ${(schema as unknown[]).length} alternatives to fit, ${got}`,
      )
    case 'anyOf':
      return at(path, `expected one of ${(schema as unknown[]).length} alternatives to fit, ${got}`)
    case 'not':
      return at(path, `expected a value that 'not' does not fit, ${got}`)
    case 'false schema':
      return at(path, 'expected nothing here')
    default:
      return at(path, `expected what '${keyword}' asks for, ${got}`)
  }
}

const bound = (keyword: string) => (keyword.startsWith('min') ? 'at least' : 'at most')

const list = (words: string[]) => shorten(words.join(' or '), 300)

const shorten = (text: string, length: number) => (text.length > length ? `${text.slice(0, length)}…` : text)

/** A value in few characters: what it is, and for a plain one what it says. */
function preview(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object') return 'an object'
  return shorten(JSON.stringify(value) ?? 'nothing', 60)
}

/** A JSON pointer (RFC 6901) as dot-joined names. */
function dotted(pointer: string): string {
  return pointer
    .slice(1)
    .split('/')
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.')
}
