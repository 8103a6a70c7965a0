import { describe, expect, test } from 'vitest'
import { checkJsonSchema, compileJsonSchema } from './validate-json-schema.ts'

const TICKET = {
  type: 'object',
  properties: {
    id: { type: 'integer', minimum: 1 },
    tags: { type: 'array', items: { type: 'string', pattern: '^[a-z]+(-[a-z]+)*$' }, uniqueItems: true },
    reporter: { type: 'object', properties: { email: { type: 'string', format: 'email' } } },
    priority: { enum: ['low', 'high'], default: 'low' },
  },
  required: ['id'],
  additionalProperties: false,
}

describe('values', () => {
  test('a value that fits has no fault', () => {
    expect(compileJsonSchema(TICKET)({ id: 1, tags: ['a', 'b-c'], reporter: { email: 'a@b.org' } })).toEqual(
      [],
    )
  })

  test('every fault is told, with where it is, what was expected and what came', () => {
    const faults = compileJsonSchema(TICKET)({
      tags: ['ok', 'Not', 'ok'],
      reporter: { email: 'nobody' },
      priority: 'urgent',
      'a/b~c': 1,
    })
    expect(faults).toEqual([
      { path: 'a/b~c', keyword: 'additionalProperties', message: 'expected no member of this name' },
      { path: 'id', keyword: 'required', message: 'expected this member, got nothing' },
      { path: 'priority', keyword: 'enum', message: 'expected "low" or "high", got "urgent"' },
      {
        path: 'reporter.email',
        keyword: 'format',
        message: 'expected a text of the format \'email\', got "nobody"',
      },
      { path: 'tags', keyword: 'uniqueItems', message: 'expected items that all differ, got one twice' },
      {
        path: 'tags.1',
        keyword: 'pattern',
        message: 'expected a text that matches ^[a-z]+(-[a-z]+)*$, got "Not"',
      },
    ])
  })

  test('nothing is converted and no default is filled in', () => {
    const value = { id: '1' }
    expect(compileJsonSchema(TICKET)(value)).toEqual([
      { path: 'id', keyword: 'type', message: 'expected integer, got "1"' },
    ])
    const valid = { id: 1 }
    expect(compileJsonSchema(TICKET)(valid)).toEqual([])
    expect(valid).toEqual({ id: 1 })
  })

  test('names that every object inherits are no members', () => {
    const validate = compileJsonSchema({
      type: 'object',
      properties: { constructor: { type: 'string' } },
      required: ['toString', 'hasOwnProperty'],
    })
    expect(validate({}).map(({ path }) => path)).toEqual(['hasOwnProperty', 'toString'])
    expect(validate(Object.create(null)).map(({ path }) => path)).toEqual(['hasOwnProperty', 'toString'])
  })

  test('a member called __proto__ is one like any other and changes no prototype', () => {
    const value = JSON.parse('{"id":1,"__proto__":{"admin":true}}')
    expect(compileJsonSchema(TICKET)(value).map(({ path }) => path)).toEqual(['__proto__'])
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  test('the keywords that 2020-12 brought are understood', () => {
    const validate = compileJsonSchema({
      $defs: { text: { $anchor: 'text', type: 'string' } },
      prefixItems: [{ $ref: '#text' }, { type: 'number' }],
      items: false,
    })
    expect(validate(['a', 1])).toEqual([])
    expect(validate(['a', 1, 2]).map(({ message }) => message)).toEqual(['expected at most 2 items, got 3'])
    expect(validate([1, 'a']).map(({ path }) => path)).toEqual(['0', '1'])
  })

  test('each of several patterns is its own', () => {
    const validate = compileJsonSchema({
      properties: { a: { pattern: '^a$' }, b: { pattern: '^b$' } },
      patternProperties: { '^c': { pattern: '^c$' } },
      propertyNames: { pattern: '^[abc]$' },
    })
    expect(validate({ a: 'a', b: 'b', c: 'c' })).toEqual([])
    expect(validate({ a: 'b', b: 'a', c: 'a', d: '' }).map(({ path }) => path)).toEqual(['', 'a', 'b', 'c'])
  })

  test('a schema that says draft 7 is read as draft 7', () => {
    const validate = compileJsonSchema({
      $schema: 'http://json-schema.org/draft-07/schema#',
      definitions: { pair: { items: [{ type: 'string' }], additionalItems: false } },
      $ref: '#/definitions/pair',
    })
    expect(validate(['a'])).toEqual([])
    expect(validate(['a', 'b'])).toHaveLength(1)
  })

  test('equal items are found whatever the order of their members, in a list of any length', () => {
    const validate = compileJsonSchema({ type: 'array', uniqueItems: true })
    expect(validate(Array.from({ length: 100_000 }, (_, id) => ({ id })))).toEqual([])
    expect(
      validate([
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ]),
    ).toHaveLength(1)
  })

  test('only so many faults are told', () => {
    const validate = compileJsonSchema({ items: { type: 'string' } })
    expect(validate(Array.from({ length: 500 }, () => 1))).toHaveLength(50)
    expect(validate(Array.from({ length: 100_000 }, () => 1))).toHaveLength(1)
  })
})

describe('a check that would not end ends as a fault', () => {
  const doubling = (keyword: 'allOf' | 'anyOf', last: object) => ({
    $ref: '#/$defs/d0',
    $defs: Object.fromEntries([
      ...Array.from({ length: 40 }, (_, index) => {
        const next = { $ref: `#/$defs/d${index + 1}` }
        return [`d${index}`, { [keyword]: [next, next] }]
      }),
      ['d40', last],
    ]),
  })

  test.each([
    ['references that double', doubling('allOf', { type: 'string' }), 'x', 'size'],
    ['references that double and fail', doubling('anyOf', { type: 'string' }), 1, 'size'],
    ['a schema that is itself', { $ref: '#' }, 1, '$ref'],
    ['a dynamic one', { $dynamicAnchor: 'self', allOf: [{ $dynamicRef: '#self' }] }, 1, '$ref'],
    ['a pattern made to hang', { pattern: '^(a+)+(?=.*b)(?=.*c)' }, 'a'.repeat(500_000), 'size'],
    [
      'a large value under a large schema',
      { items: { enum: Array.from({ length: 5000 }, (_, index) => index) } },
      Array.from({ length: 100_000 }, () => -1),
      'size',
    ],
  ])('%s', (_, schema, value, keyword) => {
    expect(checkJsonSchema(schema)).toEqual([])
    const faults = compileJsonSchema(schema)(value)
    expect(faults).toMatchObject([{ path: '', keyword }])
  })

  test('a pattern with nested repetition decides in time', () => {
    const validate = compileJsonSchema({ pattern: '^(a+)+$' })
    expect(validate(`${'a'.repeat(5000)}!`)).toHaveLength(1)
  })
})

describe('schemas', () => {
  test.each([
    ['no object', 'string', '', 'type'],
    ['a boolean', true, '', 'type'],
    ['another draft', { $schema: 'http://json-schema.org/draft-04/schema#' }, '$schema', '$schema'],
    ['an unknown type', { properties: { a: { type: 'text' } } }, 'properties.a.type', 'enum'],
    ['a negative length', { properties: { a: { minLength: -1 } } }, 'properties.a.minLength', 'minimum'],
    ['a remote reference', { items: { $ref: 'https://example.org/a.json' } }, 'items.$ref', '$ref'],
    ['a file', { $ref: 'file:///etc/passwd' }, '$ref', '$ref'],
    ['a reference to nothing', { $ref: '#/$defs/none' }, '', '$ref'],
    [
      'a reference under a name that looks like data',
      { properties: { enum: { $ref: 'x' } } },
      'properties.enum.$ref',
      '$ref',
    ],
    ['an answer later', { allOf: [{ $async: true }] }, 'allOf.0.$async', '$async'],
    ['a broken pattern', { properties: { a: { pattern: '(' } } }, 'properties.a.pattern', 'pattern'],
    ['a back reference', { pattern: '(a)\\1' }, 'pattern', 'pattern'],
    ['a long pattern', { pattern: 'a'.repeat(1001) }, 'pattern', 'pattern'],
    [
      'a broken pattern for names',
      { patternProperties: { '(': {} } },
      'patternProperties.(',
      'patternProperties',
    ],
    [
      'a prototype',
      JSON.parse('{"properties":{"__proto__":{"type":"string"}}}'),
      'properties.__proto__',
      'properties',
    ],
    ['a large one', { enum: Array.from({ length: 20_000 }, (_, index) => index) }, '', 'size'],
  ])('%s is refused', (_, schema, path, keyword) => {
    expect(checkJsonSchema(schema)).toContainEqual(expect.objectContaining({ path, keyword }))
    expect(() => compileJsonSchema(schema)).toThrow(/not a usable JSON Schema/)
  })

  test('one nested too deeply is refused', () => {
    let schema: object = {}
    for (let level = 0; level < 60; level++) schema = { not: schema }
    expect(checkJsonSchema(schema)).toMatchObject([{ keyword: 'depth' }])
  })

  test.each([
    [
      'what only looks like a reference',
      { const: { $ref: 'https://example.org' }, default: { $async: true } },
    ],
    [
      'members called like keywords',
      { properties: { $ref: { type: 'string' }, pattern: { type: 'string' }, enum: {} } },
    ],
    ['unknown keywords and formats', { 'x-order': 1, format: 'color', $comment: 'made by hand' }],
    ['an escaped hyphen', { pattern: '^\\d{3}\\-\\d{4}$' }],
  ])('%s is taken', (_, schema) => {
    expect(checkJsonSchema(schema)).toEqual([])
  })

  test('what is changed after compiling changes nothing', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } }
    const validate = compileJsonSchema(schema)
    schema.properties.a.type = 'number'
    expect(validate({ a: 'text' })).toEqual([])
    expect(compileJsonSchema(schema)({ a: 'text' })).toHaveLength(1)
  })

  test('equal schemas share one validator, however their members are ordered', () => {
    const first = compileJsonSchema({ type: 'string', maxLength: 3 })
    expect(compileJsonSchema({ maxLength: 3, type: 'string' })).toBe(first)
  })
})
