import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../lib/canonical-json.ts'
import { resolveTemplate, type Scope } from './resolve-expression.ts'

const scope: Scope = {
  input: { hotel: 'VV-LISBON', guests: [{ name: 'Ana' }, { name: 'Ben' }], nothing: null, 'a-b': 1, ü: 2 },
  previous: { total: 3 },
  steps: new Map<string, { output: Json; [member: string]: Json }>([
    [
      'fetch',
      { input: null, output: { tickets: [1, 2] }, route: null, approval: { approved: true, note: 'ok' } },
    ],
    ['fetch.all', { input: null, output: 'all', route: 'r1', approval: null }],
    ['fetch.all.output', { input: null, output: 'deepest', route: null, approval: null }],
  ]),
  context: { user_id: 'user:1', mode: 'draft' },
}
const resolve = (template: Json) => resolveTemplate(template, scope)

describe('a text that is an expression becomes the value it names, with its type', () => {
  test.each<[string, Json]>([
    ['$input', scope.input],
    ['$input.hotel', 'VV-LISBON'],
    ['$input.guests.1.name', 'Ben'],
    ['$input.a-b', 1],
    ['$input.ü', 2],
    ['$input.nothing', null],
    ['$previous', { total: 3 }],
    ['$previous.total', 3],
    ['$context.user_id', 'user:1'],
    ['$steps.fetch.output.tickets', [1, 2]],
    ['$steps.fetch.approval.note', 'ok'],
  ])('%s', (expression, value) => {
    expect(resolve(expression)).toEqual(value)
    expect(resolve({ deep: [expression] })).toEqual({ deep: [value] })
  })

  test('where ids of nodes hold dots, the longest that exists is meant', () => {
    expect(resolve('$steps.fetch.all.output')).toEqual({
      input: null,
      output: 'deepest',
      route: null,
      approval: null,
    })
    expect(resolve('$steps.fetch.all.output.output')).toBe('deepest')
    expect(resolve('$steps.fetch.all.route')).toBe('r1')
  })
})

describe('what names nothing', () => {
  const NOTHING = [
    '$input.missing',
    '$input.hotel.length',
    '$input.guests.2',
    '$input.guests.length',
    '$input.guests.-1',
    '$input.guests.map',
    '$input.guests.1e0',
    '$input..hotel',
    '$input.nothing.more',
    '$steps.unknown.output',
    '$steps',
    '$input.__proto__',
    '$input.constructor',
    '$input.constructor.name',
    '$input.toString',
    '$input.hasOwnProperty',
    '$steps.fetch.__proto__',
    '$steps.__proto__',
    '$steps.constructor',
    '$context.__proto__.polluted',
  ]
  test.each(NOTHING)(
    '%s is null by itself, left out as a member, null in a list, empty inside a text',
    (expression) => {
      expect(resolve(expression)).toBe(null)
      expect(resolve({ kept: 1, gone: expression })).toEqual({ kept: 1 })
      expect(resolve(['a', expression])).toEqual(['a', null])
      expect(resolve(`<{{ ${expression} }}>`)).toBe('<>')
    },
  )
})

describe('expressions inside a longer text', () => {
  test.each<[string, string]>([
    ['Hello {{ $input.hotel }}', 'Hello VV-LISBON'],
    ['{{$previous.total}} of {{$input.guests}}', '3 of [{"name":"Ana"},{"name":"Ben"}]'],
    ['{{ $input.nothing }}', ''],
    ['{{ $other.thing }}', '{{ $other.thing }}'],
    ['{{ input.hotel }}', '{{ input.hotel }}'],
    ['{{ $input.hotel', '{{ $input.hotel'],
  ])('%s', (template, text) => {
    expect(resolve(template)).toBe(text)
  })

  test('what was put in is not read again as an expression', () => {
    const tricky: Scope = {
      ...scope,
      input: { text: '{{ $context.user_id }}', dollar: '$context.user_id', pattern: '$&$1' },
    }
    expect(resolveTemplate('say {{ $input.text }}', tricky)).toBe('say {{ $context.user_id }}')
    expect(resolveTemplate('$input.dollar', tricky)).toBe('$context.user_id')
    expect(resolveTemplate('<{{ $input.pattern }}>', tricky)).toBe('<$&$1>')
  })
})

describe('what is no expression stays as it is', () => {
  test.each<Json>([
    '',
    'plain',
    '$',
    '$unknown.x',
    '$inputs',
    '$inputx.y',
    ' $input',
    'costs $5',
    0,
    false,
    null,
    [],
    {},
  ])('%j', (template) => {
    expect(resolve(template)).toEqual(template)
  })

  test('$$ stands for a dollar sign', () => {
    expect(resolve('$$input.hotel')).toBe('$input.hotel')
    expect(resolve('$$')).toBe('$')
    expect(resolve({ $$: '$$$x' })).toEqual({ $$: '$$x' })
  })
})

test('a member named __proto__ is a member like any other and touches no prototype', () => {
  const template = JSON.parse('{"__proto__": {"polluted": "$input.hotel"}}') as Json
  const filled = resolve(template) as Record<string, Json>
  expect(Object.hasOwn(filled, '__proto__')).toBe(true)
  expect(filled.polluted).toBeUndefined()
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  const own: Scope = { ...scope, input: JSON.parse('{"__proto__": {"x": 1}}') as Json }
  expect(resolveTemplate('$input.__proto__.x', own)).toBe(1)
})

test('JSON without a dollar sign comes back unchanged, and nothing that was given is changed', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (template, input) => {
      fc.pre(!/[$]/.test(JSON.stringify(template)))
      const before = JSON.stringify([template, input])
      const filled = resolveTemplate(template as Json, { ...scope, input: input as Json })
      expect(JSON.stringify(filled)).toBe(JSON.stringify(template))
      expect(JSON.stringify([template, input])).toBe(before)
    }),
  )
})

test('whatever an own path of the input names is found', () => {
  const key = fc.stringMatching(/^[a-z_]{1,6}$/)
  fc.assert(
    fc.property(fc.array(key, { minLength: 1, maxLength: 5 }), fc.jsonValue(), (path, leaf) => {
      const input = path.reduceRight<Json>((inner, name) => ({ [name]: inner }), leaf as Json)
      expect(resolveTemplate(`$input.${path.join('.')}`, { ...scope, input })).toEqual(leaf ?? null)
    }),
  )
})

test('an expression that never ends is text, and is looked through once', () => {
  const measure = (text: string) => {
    const began = performance.now()
    expect(resolveTemplate(text, scope)).toBe(text)
    return performance.now() - began
  }
  const plain = measure('some words '.repeat(10_000))
  for (const text of ['{{ $input.a'.repeat(10_000), `{{ $input.a${' '.repeat(110_000)}`]) {
    expect(measure(text)).toBeLessThan(plain * 100 + 50)
  }
  const input = { 'a{b': 1, c: 2 }
  expect(resolveTemplate('x {{ $input.a{b }} {{$input.c}}', { ...scope, input })).toBe('x 1 2')
})
