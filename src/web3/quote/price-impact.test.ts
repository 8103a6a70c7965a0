import fc from 'fast-check'
import { expect, test } from 'vitest'
import { priceImpactBps } from './price-impact.ts'

/** What the pool of Uniswap V2 gives. */
const amountOut = (amountIn: bigint, reserveIn: bigint, reserveOut: bigint) =>
  (amountIn * 997n * reserveOut) / (reserveIn * 1000n + amountIn * 997n)

const POOL = { reserveIn: 2_500_000_000_000n, reserveOut: 10n ** 21n }
const impactOf = (amountIn: bigint) =>
  priceImpactBps(amountIn, amountOut(amountIn, POOL.reserveIn, POOL.reserveOut), [POOL])

test('the fee is no impact: a swap far below the pool has none', () => {
  expect(impactOf(50_000_000n)).toBe(0)
})

test('the impact is the size of the swap within the pool', () => {
  expect(impactOf(50_000_000_000n)).toBe(195)
  expect(impactOf(500_000_000_000n)).toBe(1662)
})

test('steps of a path add up, each without its fee', () => {
  const middle = amountOut(50_000_000_000n, POOL.reserveIn, POOL.reserveOut)
  const back = { reserveIn: POOL.reserveOut, reserveOut: POOL.reserveIn }
  const end = amountOut(middle, back.reserveIn, back.reserveOut)
  const both = priceImpactBps(50_000_000_000n, end, [POOL, back])
  expect(both).toBeGreaterThan(380)
  expect(both).toBeLessThan(390)
})

test('the impact is between none and the whole, and grows with the amount', () => {
  const reserves = fc.bigInt({ min: 10n ** 12n, max: 2n ** 112n - 1n })
  const amounts = fc.bigInt({ min: 10n ** 6n, max: 10n ** 30n })
  fc.assert(
    fc.property(reserves, reserves, amounts, (reserveIn, reserveOut, amountIn) => {
      const impact = (amount: bigint) =>
        priceImpactBps(amount, amountOut(amount, reserveIn, reserveOut), [{ reserveIn, reserveOut }])
      const [one, ten] = [impact(amountIn), impact(amountIn * 10n)]
      expect(one).toBeGreaterThanOrEqual(0)
      expect(ten).toBeLessThanOrEqual(10_000)
      // What is cut off in base units counts where a swap gives but a few of them.
      if (amountOut(amountIn, reserveIn, reserveOut) > 10n ** 6n) expect(ten).toBeGreaterThanOrEqual(one)
    }),
  )
})
