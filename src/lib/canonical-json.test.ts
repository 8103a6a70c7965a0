import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from './canonical-json.ts'
import { equalSecrets, payloadHash, sha256 } from './hash.ts'

describe('canonicalJson', () => {
  test.each([
    [{ b: 1, a: 2 }, '{"a":2,"b":1}'],
    [{ a: undefined, b: null }, '{"b":null}'],
    [[3, 'x', { z: [], y: {} }], '[3,"x",{"y":{},"z":[]}]'],
    [
      { '\u20ac': 1, '\r': 2, '1': 3, '\ud83d\ude00': 4, '\ufb33': 5 },
      '{"\\r":2,"1":3,"€":1,"😀":4,"\ufb33":5}',
    ],
    [-0, '0'],
    [1e21, '1e+21'],
    [0.000001, '0.000001'],
    [1e-7, '1e-7'],
    ['\u2028\u0007"\\/', '"\u2028\\u0007\\"\\\\/"'],
  ])('%j is written %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text)
  })

  test.each([
    ['NaN', Number.NaN],
    ['an infinity', { a: [Number.NEGATIVE_INFINITY] }],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate inside', { a: ['x\udc00'] }],
    ['a member named by a lone surrogate', { '\ud800': 1 }],
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a bigint', { a: 1n }],
  ])('%s has no canonical form', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError)
  })

  test('a value that holds itself has none either', () => {
    const value: Record<string, unknown> = {}
    value.self = { value }
    expect(() => canonicalJson(value)).toThrow(TypeError)
  })

  test('the order in which members were written does not matter, and everything else does', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.integer()), (members) => {
        const shuffled = Object.fromEntries(Object.entries(members).reverse())
        expect(canonicalJson(shuffled)).toBe(canonicalJson(members))
        expect(JSON.parse(canonicalJson(members))).toEqual(members)
        expect(canonicalJson({ ...members, more: 'x' })).not.toBe(canonicalJson(members))
      }),
    )
  })
})

describe('hashes', () => {
  test('sha256 is that of FIPS 180-4, over one part or several', () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    expect(sha256('abc').toString('hex')).toBe(abc)
    expect(sha256('a', Buffer.from('b'), 'c').toString('hex')).toBe(abc)
    expect(sha256('').toString('hex')).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    )
    expect(sha256('é')).toEqual(sha256(Buffer.from([0xc3, 0xa9])))
  })

  test('a payload hash binds the value and not its spelling', () => {
    const hash = payloadHash({ amount: 101, currency: 'EUR' })
    expect(hash).toBe(sha256('{"amount":101,"currency":"EUR"}').toString('hex'))
    expect(payloadHash({ currency: 'EUR', amount: 101.0 })).toBe(hash)
    for (const other of [
      { amount: 101 },
      { amount: '101', currency: 'EUR' },
      { amount: 101.01, currency: 'EUR' },
    ]) {
      expect(payloadHash(other)).not.toBe(hash)
    }
  })

  test.each([
    ['secret', 'secret', true],
    ['secret', 'secres', false],
    ['secret', 'secret2', false],
    ['', 'x', false],
    ['', '', true],
  ])('%j and %j are equal secrets: %s', (left, right, expected) => {
    expect(equalSecrets(left, right)).toBe(expected)
  })
})
