import { expect, test } from 'vitest'
import { limitsOf } from '../../../web3/transactions/build-swap.ts'
import type { Check } from '../schema.ts'
import { type CheckDefinition, runChecks } from './check-definition.ts'
import { BUYS, buysExactly, data } from './checks/check-cases.fixture.ts'
import { EFFECT_CHECKS } from './checks/effects.ts'
import { PRICE_CHECKS } from './checks/prices.ts'
import { headlineSwap, QUOTED, swapData, USDC, WETH } from './policy.fixture.ts'
import { type ReviewInput, readReview } from './review.ts'

const checkOf = (id: string, input: ReviewInput): Check => {
  const all: readonly CheckDefinition[] = [...EFFECT_CHECKS, ...PRICE_CHECKS]
  return runChecks([all.find((each) => each.id === id)!], readReview(input))[0]!
}

/** The headline swap of so much, with the bound that the builder makes of a slippage. */
function swapped({ amountIn = 50_000_000n, quoted = QUOTED, bps = 50 } = {}): ReviewInput {
  const input = headlineSwap()
  const path = [USDC, WETH]
  const { minOut } = limitsOf({ exact: 'in', amountIn, amountOut: quoted, path }, bps)
  data(1, swapData({ amountIn, least: minOut }))(input)
  Object.assign(input.artifacts.quote!, {
    amountIn: String(amountIn),
    amountsOut: [String(amountIn), String(quoted)],
    slippageBps: bps,
  })
  return input
}

test('a bound that is what the slippage comes to is told as that slippage, and what it is worth to the cent', () => {
  expect(checkOf('mev_exposure', swapped())).toMatchObject({
    status: 'PASS',
    metadata: { slippage_bps: 50, at_stake_usd: 0.25 },
  })
  // Of next to nothing a base unit is a third, and still it is the half percent that was asked for.
  expect(checkOf('mev_exposure', swapped({ quoted: 3n })).metadata).toMatchObject({ slippage_bps: 50 })
  const input = headlineSwap()
  buysExactly(input)
  expect(checkOf('mev_exposure', input).metadata).toEqual({ slippage_bps: 50, at_stake_usd: 0.13 })
})

test('ten dollars at stake are not above ten dollars, and one unit more is', () => {
  const amountIn = 2_000_000_000n
  expect(checkOf('mev_exposure', swapped({ amountIn }))).toMatchObject({
    status: 'PASS',
    metadata: { at_stake_usd: 10 },
  })
  expect(checkOf('mev_exposure', swapped({ amountIn: amountIn + 200n })).status).toBe('WARN')
})

test('the most slippage there may be is held to the unit, and more of it is told as it was asked for', () => {
  expect(checkOf('min_received_vs_sim', swapped({ bps: 200 })).status).toBe('PASS')
  expect(checkOf('min_received_vs_sim', swapped({ bps: 201 })).status).toBe('FAIL')
  expect(checkOf('min_received_vs_sim', swapped({ bps: 500 })).reason).toBe(
    'The swap may end 5% worse than quoted; 2% is the most.',
  )
  const buys = (most: bigint) => {
    const input = headlineSwap()
    buysExactly(input, most)
    return checkOf('min_received_vs_sim', input)
  }
  const most = (BUYS.in * 10_200n) / 10_000n
  expect([buys(most).status, buys(most + 1n).status]).toEqual(['PASS', 'FAIL'])
})

test('a bound that nobody asked for is told to the nearest hundredth of a percent', () => {
  const input = headlineSwap()
  data(1, swapData({ least: (QUOTED * 9933n) / 10_000n }))(input)
  expect(checkOf('mev_exposure', input).metadata).toMatchObject({ slippage_bps: 67 })
})
