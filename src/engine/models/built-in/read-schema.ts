/** The parts of JSON Schema that can be filled from words. */
export type JsonSchema = {
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  default?: unknown
  title?: string
  description?: string
  format?: string
  pattern?: string
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  properties?: Record<string, JsonSchema>
  required?: string[]
  items?: JsonSchema
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  allOf?: JsonSchema[]
  $ref?: string
  $defs?: Record<string, JsonSchema>
  definitions?: Record<string, JsonSchema>
}

/** One thing to fill, with references followed, alternatives of null taken apart and `allOf` merged. */
export type Shape = {
  kind: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'any'
  nullable: boolean
  schema: JsonSchema
  /** Alternatives other than null, when there are several. */
  choices: Shape[]
}

const MAX_DEPTH = 12

export function readShape(schema: JsonSchema | undefined, root: JsonSchema, depth = 0): Shape {
  if (schema === undefined || depth > MAX_DEPTH) return anything({})
  const followed = follow(schema, root)
  const alternatives = followed.anyOf ?? followed.oneOf
  if (alternatives) {
    const shapes = alternatives.map((alternative) => readShape(alternative, root, depth + 1))
    const choices = shapes.filter(({ kind }) => kind !== 'null')
    const nullable = shapes.some((shape) => shape.kind === 'null' || shape.nullable)
    const { anyOf: _anyOf, oneOf: _oneOf, ...own } = followed
    const constants = choices.flatMap(({ schema: choice }) => ('const' in choice ? [choice.const] : []))
    if (choices.length > 1 && constants.length === choices.length) {
      return { kind: 'string', nullable, schema: { ...own, enum: constants }, choices: [] }
    }
    if (choices.length === 1) {
      return { ...choices[0]!, nullable, schema: { ...choices[0]!.schema, ...own } }
    }
    return { kind: choices[0]?.kind ?? 'any', nullable, schema: own, choices }
  }
  const types = [followed.type ?? guessType(followed)].flat()
  const nullable = types.includes('null') || (followed.enum?.includes(null) ?? false)
  const type = types.find((name) => name !== 'null') ?? (types.includes('null') ? 'null' : 'any')
  return { kind: type as Shape['kind'], nullable, schema: followed, choices: [] }
}

function anything(schema: JsonSchema): Shape {
  return { kind: 'any', nullable: true, schema, choices: [] }
}

function guessType(schema: JsonSchema): string {
  if (schema.properties) return 'object'
  if (schema.items) return 'array'
  const sample = schema.const ?? schema.enum?.find((value) => value !== null)
  return typeof sample === 'number' || typeof sample === 'boolean' || typeof sample === 'string'
    ? typeof sample
    : 'any'
}

function follow(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let current = schema
  for (let hops = 0; current.$ref !== undefined && hops < MAX_DEPTH; hops++) {
    const name = current.$ref.replace(/^#\/(\$defs|definitions)\//, '')
    const { $ref: _ref, ...beside } = current
    current = { ...(root.$defs?.[name] ?? root.definitions?.[name] ?? {}), ...beside }
  }
  if (!current.allOf) return current
  const { allOf, ...own } = current
  const parts = [own, ...allOf.map((part) => follow(part, root))]
  const merged: JsonSchema = Object.assign({}, ...parts)
  merged.properties = Object.assign({}, ...parts.map(({ properties }) => properties))
  merged.required = parts.flatMap(({ required }) => required ?? [])
  return merged
}

/** A property name as words: `checkInDate`, `check_in_date` and `Check-in date` are the same. */
export function nameWords(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean)
}
