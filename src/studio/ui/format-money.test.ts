import { expect, test } from 'vitest'
import { formatAmount, saysAmount, toDecimal } from './format-money.ts'

test.each([
  [101, '101'],
  [101.5, '101.5'],
  ['0101.50', '101.5'],
  [0, '0'],
  [-5, '-5'],
  ['9007199254740993.01', '9007199254740993.01'],
])('toDecimal(%s) is %s', (value, decimal) => {
  expect(toDecimal(value)).toBe(decimal)
})

test.each([[Number.NaN], [1e21], ['1,000'], ['1e3'], [''], [' 1'], [null], [true], [[5]], ['١٠١']])(
  'toDecimal(%s) is no amount',
  (value) => {
    expect(toDecimal(value)).toBeNull()
  },
)

test('an amount is never rounded, and has at least the digits of its currency', () => {
  expect(formatAmount('101', 'EUR')).toBe('101.00')
  expect(formatAmount('101.005', 'EUR')).toBe('101.005')
  expect(formatAmount('1250', 'JPY')).toBe('1250')
  expect(formatAmount('1234567.5', 'EUR')).toBe('1 234 567.50')
  expect(formatAmount('5', 'no currency \u202e')).toBe('5.00')
})

test('a typed amount counts when it says the same number', () => {
  for (const typed of ['101', '101.00', ' 101,00 ', '101.00 EUR', '101 eur']) {
    expect(saysAmount(typed, '101', 'EUR')).toBe(true)
  }
  for (const typed of ['', '10', '101.01', '1.01', '101.00 USD', 'yes']) {
    expect(saysAmount(typed, '101', 'EUR')).toBe(false)
  }
  expect(saysAmount('1,000', '1000', 'EUR')).toBe(false)
  expect(saysAmount('1\u202f234\u202f567.50', '1234567.5', 'EUR')).toBe(true)
})
