import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { calculate, calculator } from './calculator.ts'
import { ToolError, type ToolInvocation } from './tool-handler.ts'

function refusalOf(expression: string): ToolError {
  try {
    calculate(expression)
  } catch (error) {
    expect(error, expression).toBeInstanceOf(ToolError)
    return error as ToolError
  }
  throw new Error(`${expression} was worked out`)
}

describe('calculator', () => {
  test.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['0.1 + 0.2', 0.3],
    ['19.90 * 3', 59.7],
    ['1 / 3 * 3', 1],
    ['10 - 4 - 3', 3],
    ['100 / 10 / 2', 5],
    ['7 % 3', 1],
    ['-7 % 3', -1],
    ['5.5 % 2', 1.5],
    ['2 ^ 10', 1024],
    ['2 ^ 3 ^ 2', 512],
    ['-2 ^ 2', -4],
    ['(-2) ^ 2', 4],
    ['2 ^ -2', 0.25],
    ['4 ^ 0.5', 2],
    ['sqrt(2) * sqrt(2)', 2],
    ['sqrt(0.09)', 0.3],
    ['sqrt(0)', 0],
    ['--3', 3],
    ['+3 - -3', 6],
    ['.5 + .25', 0.75],
    ['min(3, 1, 2)', 1],
    ['max(1.5, -2)', 1.5],
    ['round(2.5)', 3],
    ['round(-2.5)', -3],
    ['round(1.005, 2)', 1.01],
    ['abs(-4.2)', 4.2],
    ['sqrt(16)', 4],
    ['SQRT(3)', Math.sqrt(3)],
    ['round(sqrt(3), 4)', 1.7321],
    [' 42 ', 42],
    ['2 ^ 1000 / 2 ^ 999', 2],
  ])('%s is %d', (expression, result) => expect(calculate(expression)).toBe(result))

  test('it agrees with the language on whole numbers', () => {
    const operators = fc.constantFrom('+', '-', '*')
    const term = fc.tuple(operators, fc.integer({ min: -999, max: 999 }))
    fc.assert(
      fc.property(fc.integer({ min: -999, max: 999 }), fc.array(term, { maxLength: 5 }), (first, terms) => {
        const expression = terms.reduce(
          (text, [operator, value]) => `(${text}) ${operator} ${value}`,
          String(first),
        )
        const expected = terms.reduce(
          (left, [operator, right]) =>
            operator === '+' ? left + right : operator === '-' ? left - right : left * right,
          first,
        )
        expect(calculate(expression)).toBe(expected === 0 ? 0 : expected)
      }),
    )
  })

  test('whatever comes in, the answer is a finite number or a ToolError', () => {
    const parts = [
      '1',
      '0',
      '2.5',
      '+',
      '-',
      '*',
      '/',
      '%',
      '^',
      '(',
      ')',
      ',',
      'min',
      'sqrt',
      'round',
      'x',
      '$',
      ' ',
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 20 }), (chosen) => {
        try {
          expect(Number.isFinite(calculate(chosen.join('')))).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(ToolError)
        }
      }),
    )
  })

  test.each([
    ['1 +', 'invalid_expression', 'the expression ended'],
    ['1 + * 2', 'invalid_expression', '"*" came at position 5'],
    ['(1 + 2', 'invalid_expression', 'expected ")"'],
    ['1 2', 'invalid_expression', '"2" came at position 3'],
    ['2x', 'invalid_expression', '"x" came at position 2'],
    ['process.exit(1)', 'invalid_expression', '"process" came at position 1'],
    ['constructor(1)', 'invalid_expression', '"constructor" came at position 1'],
    ['1.2.3', 'invalid_expression', 'came at position 4'],
    ['', 'invalid_expression', 'expected a number'],
    ['1 / 0', 'division_by_zero', 'position 3'],
    ['5 % (2 - 2)', 'division_by_zero', 'position 3'],
    ['0 ^ -1', 'division_by_zero', 'zero'],
    ['sqrt(-1)', 'invalid_expression', 'square root'],
    ['(-8) ^ 0.5', 'invalid_expression', 'negative'],
    ['abs(1, 2)', 'invalid_expression', 'abs takes one number; 2 came'],
    ['round(1, 0.5)', 'invalid_expression', 'digits'],
    ['9 ^ 9 ^ 9', 'invalid_expression', 'exponent'],
    ['10 ^ 400', 'invalid_expression', 'too large'],
  ])('%s is refused with its place or reason', (expression, code, words) => {
    const error = refusalOf(expression)
    expect(error.code).toBe(code)
    expect(error.message).toContain(words)
  })

  test('an expression that is too long or too deep is refused before it costs anything', () => {
    for (const [expression, words] of [
      ['('.repeat(300), 'deeper'],
      ['-'.repeat(300), 'deeper'],
      ['min('.repeat(150), 'deeper'],
      ['1'.repeat(2_000), 'characters'],
    ] as const)
      expect(refusalOf(expression).message).toContain(words)
  })

  test('the tool answers with the result and the expression, and has no side effects', async () => {
    const invocation = { input: { expression: '6 * 7' } } as unknown as ToolInvocation
    expect(await calculator.handler(invocation)).toEqual({ result: 42, expression: '6 * 7' })
    expect(calculator.tool).toMatchObject({ risk_level: 'low', side_effects: [] })
  })
})
