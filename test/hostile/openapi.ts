import fc from 'fast-check'
import type { TestServer } from '../harness/start-test-server.ts'

type Schema = {
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  $ref?: string
  minimum?: number
  maximum?: number
}
type Operation = {
  requestBody?: { content: Record<string, { schema: Schema }> }
  parameters?: { name: string; in: string; schema?: Schema }[]
}
export type Route = {
  method: string
  /** As the document writes it: `/v1/runs/{run_id}/status`. */
  path: string
  body: Schema | null
  parameters: string[]
}

type Document = {
  paths: Record<string, Record<string, Operation>>
  components?: { schemas?: Record<string, Schema> }
}

/** Every route that the running server says it has. */
export async function listRoutes(server: TestServer): Promise<Route[]> {
  const { paths } = (await server.get('/openapi.json')).body as Document
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      body: operation.requestBody?.content['application/json']?.schema ?? null,
      parameters: (operation.parameters ?? []).filter((one) => one.in === 'path').map(({ name }) => name),
    })),
  )
}

/** The path with each parameter replaced. */
export const fill = (route: Route, value: string) => route.path.replace(/\{\w+\}/g, value)

/** Values that break programs. */
export const NASTY: unknown[] = [
  null,
  true,
  0,
  -1,
  2 ** 53,
  1e308,
  -0.5,
  '',
  ' ',
  '0',
  'approved',
  'null',
  '\u202egnp.exe',
  '💥'.repeat(50),
  '../../etc/passwd',
  "'; DROP TABLE events; --",
  'constructor',
  [],
  [[]],
  {},
  { constructor: { prototype: { polluted: true } } },
  { toString: 'x', valueOf: 1 },
]
const nasty = fc.constantFrom(...NASTY)

/** Bodies near a schema: mostly of its shape, with members that are missing, unknown or of another type. */
export function bodiesOf(schema: Schema): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 8, arbitrary: near(schema) },
    { weight: 1, arbitrary: fc.jsonValue() },
    { weight: 1, arbitrary: nasty },
  )
}

function near(schema: Schema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 5, arbitrary: valid(schema) }, { weight: 1, arbitrary: nasty })
}

function valid(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return fc.oneof(...choices.map(near))
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  switch (type) {
    case 'object': {
      const members = Object.entries(schema.properties ?? {})
      if (members.length === 0) return fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 })
      return fc
        .tuple(
          fc.record(Object.fromEntries(members.map(([name, member]) => [name, near(member)])), {
            requiredKeys: [],
          }),
          fc.dictionary(fc.string({ maxLength: 8 }), nasty, { maxKeys: 1 }),
        )
        .map(([known, unknown]) => ({ ...unknown, ...known }))
    }
    case 'array':
      return fc.array(near(schema.items ?? {}), { maxLength: 3 })
    case 'string':
      return fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.constant('2026-02-14T13:00:00Z'))
    case 'number':
    case 'integer':
      return fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer())
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    default:
      return fc.jsonValue()
  }
}
