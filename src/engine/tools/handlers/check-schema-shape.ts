import { canonicalJson } from '../../../lib/canonical-json.ts'
import type { Fault } from './describe-schema-errors.ts'
import { compilePattern } from './match-pattern.ts'

const MAX_CHARACTERS = 64 * 1024
const MAX_DEPTH = 48
const MAX_PATTERN_CHARACTERS = 1000

/** Keywords whose value is a schema for each name, so that their members are names and not keywords. */
const NAMED_SCHEMAS = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
  'dependencies',
])
/** Keywords whose value is plain data. */
const DATA = new Set(['const', 'enum', 'default', 'examples', 'required', 'dependentRequired'])

export const DIALECTS = {
  'https://json-schema.org/draft/2020-12/schema': '2020-12',
  'http://json-schema.org/draft-07/schema': 'draft-07',
} as const
export type Dialect = (typeof DIALECTS)[keyof typeof DIALECTS]

/** Which draft a schema is written in: 2020-12 where it says nothing; many published tools still say draft 7. */
export function dialectOf(schema: unknown): Dialect | undefined {
  const named = (schema as { $schema?: unknown } | null)?.$schema
  if (named === undefined) return '2020-12'
  if (typeof named !== 'string') return undefined
  return DIALECTS[named.replace(/#$/, '') as keyof typeof DIALECTS]
}

/**
 * What the meta-schema does not ask: whether a schema stays within itself (no reference to elsewhere, nothing that
 * would be answered later) and within limits that keep compiling and checking cheap.
 */
export function checkSchemaShape(schema: unknown): Fault[] {
  if (schema === null || typeof schema !== 'object' || Array.isArray(schema)) {
    return [{ path: '', message: 'expected a JSON Schema, which is an object', keyword: 'type' }]
  }
  let text: string
  try {
    text = canonicalJson(schema)
  } catch (error) {
    return [{ path: '', message: `expected JSON: ${(error as Error).message}`, keyword: 'type' }]
  }
  if (text.length > MAX_CHARACTERS) {
    const message = `expected a schema of at most ${MAX_CHARACTERS} characters, got ${text.length}`
    return [{ path: '', message, keyword: 'size' }]
  }
  if (!dialectOf(schema)) {
    const message = `expected ${Object.keys(DIALECTS).join(' or ')}`
    return [{ path: '$schema', message, keyword: '$schema' }]
  }
  const faults: Fault[] = []
  walk(schema, [], faults)
  return faults.slice(0, 100)
}

function walk(value: unknown, path: string[], faults: Fault[]): void {
  if (value === null || typeof value !== 'object') return
  const refuse = (keyword: string, message: string, name = keyword) => {
    faults.push({ path: [...path, name].join('.'), message, keyword })
  }
  if (path.length > MAX_DEPTH) {
    faults.push({
      path: path.join('.'),
      message: `expected at most ${MAX_DEPTH} levels of nesting`,
      keyword: 'depth',
    })
    return
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) walk(item, [...path, String(index)], faults)
    return
  }
  for (const [keyword, inner] of Object.entries(value)) {
    if (keyword === '__proto__') refuse(keyword, 'expected no member of this name')
    else if (keyword === '$ref' || keyword === '$dynamicRef') checkReference(keyword, inner, refuse)
    else if (keyword === '$async') refuse(keyword, 'expected a schema that answers at once')
    else if (keyword === 'pattern') checkPattern(inner, (message) => refuse('pattern', message))
    else if (NAMED_SCHEMAS.has(keyword) && isObject(inner)) {
      for (const [name, named] of Object.entries(inner)) {
        const inName = (message: string) => refuse(keyword, message, `${keyword}.${name}`)
        if (name === '__proto__') inName('expected no member of this name')
        if (keyword === 'patternProperties') checkPattern(name, inName)
        walk(named, [...path, keyword, name], faults)
      }
    } else if (!DATA.has(keyword)) walk(inner, [...path, keyword], faults)
  }
}

function checkReference(
  keyword: string,
  target: unknown,
  refuse: (keyword: string, message: string) => void,
) {
  if (typeof target !== 'string') refuse(keyword, 'expected a text')
  else if (!target.startsWith('#')) {
    refuse(
      keyword,
      `expected a reference into this schema ('#/$defs/name'), got '${target.slice(0, 80)}'; no schema is fetched from elsewhere, copy it in`,
    )
  }
}

function checkPattern(source: unknown, refuse: (message: string) => void) {
  if (typeof source !== 'string') return // the meta-schema says so
  if (source.length > MAX_PATTERN_CHARACTERS) {
    return refuse(`expected a pattern of at most ${MAX_PATTERN_CHARACTERS} characters, got ${source.length}`)
  }
  try {
    compilePattern(source)
  } catch (error) {
    refuse((error as Error).message)
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
