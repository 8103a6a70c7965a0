import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BudgetExceededError, compilePattern } from './match-pattern.ts'

const matches = (pattern: string, text: string, left = 10_000_000) => compilePattern(pattern)(text, { left })

/** Any regular expression of the kinds that schemas use, small enough for the engine of the language as well. */
const pattern = fc.letrec<{ tree: string; atom: string; quantified: string; sequence: string }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('sequence'),
    fc.tuple(tie('sequence'), tie('sequence')).map(([a, b]) => `${a}|${b}`),
  ),
  sequence: fc.array(tie('quantified'), { maxLength: 4 }).map((items) => items.join('')),
  quantified: fc.oneof(
    { weight: 3, arbitrary: tie('atom') },
    fc
      .tuple(
        tie('atom').filter((atom) => !/^(\^|\$|\\b|\\B|\(\?[=!].*)$/s.test(atom)),
        fc.constantFrom('*', '+', '?', '*?', '+?', '{2}', '{1,}', '{0,2}', '{1,2}?'),
      )
      .map(([atom, quantifier]) => atom + quantifier),
  ),
  atom: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('a', 'b', '-', 'é', '😀', '.', '\\d', '\\w', '\\s', '\\.', '\\u0061', '\\u{1F600}'),
    fc.constantFrom('[ab]', '[^a]', '[a-z-]', '[\\d\\-]', '\\p{L}', '\\P{L}', '[]', '[^]', '\\x62'),
    fc.constantFrom('^', '$', '\\b', '\\B'),
    tie('tree').map((tree) => `(${tree})`),
    tie('tree').map((tree) => `(?:${tree})`),
    tie('tree').map((tree) => `(?=${tree})`),
    tie('tree').map((tree) => `(?!${tree})`),
  ),
})).tree

/**
 * Tried where ECMA-262 (22.2.7.2) tries it: by itself V8 also looks in the middle of a character beyond the BMP, for `\B` or
 * for what must not follow.
 */
function matchesSomewhere(source: string, value: string): boolean {
  const here = new RegExp(source, 'uy')
  let position = 0
  return [...value, ''].some((character) => {
    here.lastIndex = position
    position += character.length
    return here.test(value)
  })
}

test('a pattern matches what the engine of the language says it matches', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', '-', '.', '1', ' ', '\n', 'é', '😀', '_'),
    maxLength: 8,
  })
  fc.assert(
    fc.property(pattern, text, (source, value) => {
      expect(matches(source, value)).toBe(matchesSomewhere(source, value))
    }),
    { numRuns: 3000 },
  )
})

test.each([
  ['^[0-9]{3}\\-[0-9]{4}$', '555-1234', true],
  ['^[\\w-.]+$', 'a.b-c', true],
  ['^[\\w-.]+$', 'a b', false],
  ['a{,2}', 'a{,2}', true],
  ['\\u{3}\\-', 'uuu-', true],
  ['^.{2}\\-$', '😀-', true],
  ['(?<year>\\d{4})-(?<month>\\d{2})\\-', '2026-11-', true],
])('a pattern that only the older syntax allows is read as that: %s on %s', (source, text, answer) => {
  expect(() => new RegExp(source, 'u')).toThrow()
  expect(new RegExp(source).test(text)).toBe(answer)
  expect(matches(source, text)).toBe(answer)
})

describe('no text makes a pattern hang', () => {
  test.each([
    '^(a+)+$',
    '^(a|a)*$',
    '^(a*)*$',
    '^(a|aa)+$',
    '^([a-z]+)*1$',
    '(x+x+)+y',
    '^(?:a?){30}a{30}b$',
  ])('%s', (source) => {
    expect(matches(source, `${'ax'.repeat(3)}${'a'.repeat(5000)}!`)).toBe(false)
  })

  test('what is slow all the same is given up: looking ahead from everywhere', () => {
    expect(() => matches('(?=.*1)(?=.*2)x', 'a'.repeat(50_000))).toThrow(BudgetExceededError)
  })
})

test.each([
  ['(a)\\1', /back reference/],
  ['(?<x>a)\\k<x>', /back reference/],
  ['(?<=a)b', /looking behind/],
  ['(?<!a)b', /looking behind/],
  ['(?i:a)', /changing flags/],
  ['a{100000}', /repeats too much/],
  ['(?:(?:a{99}){99}){99}', /repeats too much/],
  ['(?:(?:(?:){5000}){5000}){5000}', /repeats too much/],
  ['(?:(?=a{999}){999}){999}', /./],
  ['(a', /Invalid regular expression/],
])('%s is refused', (source, reason) => {
  expect(() => compilePattern(source)).toThrow(reason)
  expect(() => compilePattern(source)).toThrow(SyntaxError)
})
