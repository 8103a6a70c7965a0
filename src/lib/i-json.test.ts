import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { IJsonError, parseIJson } from './i-json.ts'

const bytes = (...values: number[]) => Uint8Array.from(values)

function faultOf(input: string | Uint8Array): IJsonError {
  try {
    parseIJson(input)
  } catch (error) {
    if (error instanceof IJsonError) return error
    throw error
  }
  throw new Error('expected the text to be refused')
}

test.each([
  ['null', null],
  [' { "a" : [ 1 , -0.5e2 , "x" , true ] } ', { a: [1, -50, 'x', true] }],
  ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ['-9007199254740991', Number.MIN_SAFE_INTEGER],
  ['1e308', 1e308],
  ['1E30', 1e30],
  ['"\\ud83d\\ude00"', '😀'],
  ['{"a":{"b":1},"b":{"a":1}}', { a: { b: 1 }, b: { a: 1 } }],
  ['[{"a":1},{"a":2}]', [{ a: 1 }, { a: 2 }]],
  ['{"prototype":1,"constructor":2}', { prototype: 1, constructor: 2 }],
])('%s is read', (text, value) => {
  expect(parseIJson(text)).toEqual(value)
  expect(parseIJson(new TextEncoder().encode(text))).toEqual(value)
})

test.each([
  ['a member twice', '{"a":{"b":1,"b":1}}', 'a.b', /got 'b' twice/],
  ['a member twice, once escaped', '{"a":1,"\\u0061":2}', 'a', /got 'a' twice/],
  ['a member twice in a list', '[0,{"x":1,"y":2,"x":3}]', '1.x', /twice/],
  ['__proto__', '{"a":{"__proto__":{}}}', 'a.__proto__', /'__proto__'/],
  ['__proto__, escaped', '{"\\u005f_proto__":1}', '__proto__', /'__proto__'/],
  ['NUL in text', '{"a":["x\\u0000"]}', 'a.0', /NUL/],
  ['NUL in a name', '{"\\u0000":1}', '\0', /NUL/],
  ['a lone high surrogate', '{"a":"\\ud800"}', 'a', /lone surrogate/],
  ['a lone low surrogate', '["\\udc00x"]', '0', /lone surrogate/],
  ['surrogates in the wrong order', '"\\udc00\\ud800"', '', /lone surrogate/],
  ['a lone surrogate in a name', '{"\\ud800":1}', '\ud800', /lone surrogate/],
  ['2^53', '{"a":9007199254740992}', 'a', /2\^53-1/],
  ['-2^53', '-9007199254740992', '', /2\^53-1/],
  ['an integer that a double rounds', '[123456789012345678901]', '0', /got 123456789012345678901/],
  ['a number beyond a double', '{"n":1e400}', 'n', /got 1e400/],
  ['65 levels', '['.repeat(65) + ']'.repeat(65), new Array(64).fill(0).join('.'), /at most 64 levels/],
  [
    '100,000 levels of objects',
    '{"a":'.repeat(100_000),
    new Array(64).fill('a').join('.'),
    /at most 64 levels/,
  ],
])('%s is refused where it stands', (_, text, path, message) => {
  expect(faultOf(text)).toMatchObject({ path, message: expect.stringMatching(message) })
})

test('64 levels are let in', () => {
  expect(parseIJson('['.repeat(64) + ']'.repeat(64))).toHaveLength(1)
})

test.each([
  ['nothing', ''],
  ['white space', ' \n'],
  ['a comment', '{"a":1 /* no */}'],
  ['a line comment', '1 // no'],
  ['a trailing comma', '{"a":1,}'],
  ['a missing comma', '[1 2]'],
  ['single quotes', "{'a':1}"],
  ['a name without quotes', '{a:1}'],
  ['NaN', '{"a":NaN}'],
  ['an infinity', '[-Infinity]'],
  ['a hexadecimal number', '0x10'],
  ['a leading zero', '[01]'],
  ['a leading plus', '+1'],
  ['a control character', '"a\nb"'],
  ['an escape that is none', '"\\x41"'],
  ['an open end', '{"a":'],
  ['two values', '{} {}'],
  ['undefined', 'undefined'],
])('%s is no JSON', (_, text) => {
  expect(faultOf(text).message).toMatch(/^expected JSON \(RFC 8259\)/)
})

test.each([
  ['a byte that is never UTF-8', bytes(0x22, 0xff, 0x22)],
  ['an overlong slash', bytes(0x22, 0xc0, 0xaf, 0x22)],
  ['a surrogate as UTF-8', bytes(0x22, 0xed, 0xa0, 0x80, 0x22)],
  ['a character cut off', bytes(0x22, 0xe2, 0x82, 0x22)],
  ['UTF-16', bytes(0xff, 0xfe, 0x31, 0x00)],
])('%s is refused', (_, input) => {
  expect(faultOf(input).message).toMatch(/not UTF-8/)
})

describe('for every value that I-JSON can carry', () => {
  const text = fc
    .string({ unit: 'grapheme' })
    .filter((value) => !value.includes('\0') && value.isWellFormed())
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.constant(null),
      fc.boolean(),
      text,
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => Math.abs(value) < 2 ** 53),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(
        text.filter((name) => name !== '__proto__'),
        tie('tree'),
        { maxKeys: 4, noNullPrototype: true },
      ),
    ),
  }))

  test('reading what was written gives the value', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const written = JSON.stringify(value)
        expect(parseIJson(written)).toEqual(JSON.parse(written))
        expect(parseIJson(new TextEncoder().encode(JSON.stringify(value, null, 2)))).toEqual(
          JSON.parse(written),
        )
      }),
    )
  })

  test('any bytes are read or refused with IJsonError, never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (input) => {
        try {
          parseIJson(input)
        } catch (error) {
          expect(error).toBeInstanceOf(IJsonError)
        }
      }),
    )
  })

  test('a member repeated anywhere is found', () => {
    fc.assert(
      fc.property(tree, fc.array(fc.nat(3), { maxLength: 4 }), (value, depth) => {
        const twice = depth.reduce((inner) => `[${inner}]`, `{"k":${JSON.stringify(value)},"k":0}`)
        expect(() => parseIJson(twice)).toThrow(/twice/)
      }),
    )
  })
})
