import { expect, test } from 'vitest'
import { LIST_PRICES } from './list-prices.ts'
import { costOf, priceOf, worstCaseCents } from './prices.ts'
import { PriceTable } from './schema.ts'

const USAGE = { input_tokens: 1_000_000, output_tokens: 100_000 }

test('a call costs its tokens at the list price, in fractions of a cent', () => {
  expect(costOf({}, 'openai', 'gpt-4o-mini', USAGE)).toBe(15 + 6)
  expect(costOf({}, 'openai', 'gpt-4o-mini', { input_tokens: 10, output_tokens: 1 })).toBe(0.00021)
})

test('a model named with the day of its version costs what the model costs, unless that day had its own price', () => {
  expect(priceOf({}, 'openai', 'gpt-4o-2024-08-06')).toBe(LIST_PRICES['openai/gpt-4o'])
  expect(priceOf({}, 'anthropic', 'claude-sonnet-4-5-20250929')).toBe(
    LIST_PRICES['anthropic/claude-sonnet-4-5'],
  )
  expect(priceOf({}, 'openai', 'gpt-4o-2024-05-13')?.input).toBe(500)
})

test('an unknown model has an unknown cost, never zero', () => {
  for (const [provider, model] of [
    ['openai', 'gpt-9'],
    ['acme', 'gpt-4o'],
    ['openai-compatible', 'llama'],
    ['openai', 'constructor'],
  ] as const) {
    expect(costOf({}, provider, model, USAGE)).toBeNull()
    expect(worstCaseCents({}, provider, model, 'text', 100)).toBeNull()
  }
})

test('the built-in rules cost nothing', () => {
  expect(costOf({}, 'builtin', 'rules', USAGE)).toBe(0)
  expect(worstCaseCents({}, 'builtin', 'rules', 'text', 100)).toBe(0)
})

test('prices in the settings go before the list', () => {
  const settings = {
    priceTable: {
      'openai/gpt-4o': { input: 100, output: 200 },
      'openai-compatible/llama': { input: 1, output: 2 },
    },
  }
  expect(costOf(settings, 'openai', 'gpt-4o', USAGE)).toBe(120)
  expect(costOf(settings, 'openai-compatible', 'llama', USAGE)).toBe(1.2)
})

test('kept input is cheaper where the provider says so, and long input dearer', () => {
  expect(costOf({}, 'openai', 'gpt-4o', { ...USAGE, cached_input_tokens: 1_000_000 })).toBe(125 + 100)
  expect(costOf({}, 'openai', 'gpt-4-turbo', { ...USAGE, cached_input_tokens: 500_000 })).toBe(1000 + 300)
  expect(costOf({}, 'google', 'gemini-2.5-pro', USAGE)).toBe(250 + 150)
})

test('the worst case is above what such a call costs', () => {
  const text = 'Decide priority and action for each ticket. '.repeat(200)
  const usual = costOf({}, 'openai', 'gpt-4o', { input_tokens: text.length / 4, output_tokens: 500 })!
  const worst = worstCaseCents({}, 'openai', 'gpt-4o', text, 500)!
  expect(worst).toBeGreaterThan(usual)
  expect(worst).toBeLessThan(usual * 3)
})

test('every list price is a price of a known provider with its day and where it stands, and output costs no less than input', () => {
  expect(PriceTable.parse(LIST_PRICES)).toEqual(LIST_PRICES)
  expect(Object.keys(LIST_PRICES).length).toBeGreaterThan(30)
  for (const [name, { input, output, cached_input, as_of, source }] of Object.entries(LIST_PRICES)) {
    expect(name).toMatch(/^(openai|anthropic|google|mistral)\//)
    expect(output).toBeGreaterThanOrEqual(input)
    expect(input).toBeGreaterThan(cached_input ?? 0)
    expect(Date.parse(as_of!)).toBeLessThan(Date.now())
    expect(source).toMatch(/^https:\/\/.*pricing/)
  }
})
