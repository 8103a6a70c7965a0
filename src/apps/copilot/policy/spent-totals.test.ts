import { expect, test } from 'vitest'
import { type Spending, spentTotals } from './spent-totals.ts'

const USDC: Spending = {
  kind: 'TRANSFER',
  chain_id: 1,
  token: 'USDC',
  amount_text: '10',
  recipient_lowercase: '0xa',
  usd: 10,
}
const coins = (more: Partial<Spending>): Spending => {
  const { usd: _, ...known } = { ...USDC, token: 'ETH', ...more }
  return known
}

test('a token is counted with itself, on its own chain; an allowance is not spent', () => {
  const earlier = [
    { ...USDC, amount_text: '0.1' },
    { ...USDC, amount_text: '0.2', recipient_lowercase: '0xb' },
    { ...USDC, chain_id: 137 },
    { ...USDC, kind: 'APPROVE' },
    { ...USDC, token: 'DAI' },
  ]
  expect(spentTotals(earlier, { ...USDC, amount_text: '0.7' })).toMatchObject({
    spent_today: 0.3,
    spent_today_with_this: 1,
    spent_today_to_recipient_with_this: 0.8,
  })
  expect(spentTotals(earlier, { ...USDC, kind: 'APPROVE' })).toMatchObject({ spent_today_with_this: 0.3 })
})

test('a total is never below what is spent, however many digits it has', () => {
  const total = spentTotals([{ ...USDC, amount_text: '1' }], {
    ...USDC,
    amount_text: '99.000000000000000001',
  }).spent_today_with_this
  expect(total).toBeGreaterThan(100)
})

test('dollars are of all tokens and chains, and are not told where those of one plan are unknown', () => {
  const usdOf = (earlier: Spending[], plan: Spending) => spentTotals(earlier, plan).spent_today_usd_with_this
  expect(usdOf([{ ...USDC, chain_id: 137 }], { ...USDC, token: 'DAI', usd: 0.5 })).toBe(10.5)
  expect(usdOf([coins({})], USDC)).toBeUndefined()
  expect(usdOf([USDC], coins({}))).toBeUndefined()
  // Of an allowance nothing has to be known.
  expect(usdOf([USDC], coins({ kind: 'APPROVE' }))).toBe(10)
})
