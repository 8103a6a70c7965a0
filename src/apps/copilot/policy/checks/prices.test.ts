import { headlineSwap, PAIR, QUOTED, swapData, USDC, WETH } from '../policy.fixture.ts'

import { all, type Case, data, facts, testChecks } from './check-cases.fixture.ts'
import { PRICE_CHECKS } from './prices.ts'

const CASES: Record<string, Case[]> = {
  price_impact: [
    [
      '2%',
      'WARN',
      headlineSwap,
      facts({
        pairs: [
          {
            pair: PAIR,
            tokenIn: USDC,
            tokenOut: WETH,
            reserveIn: 2_500_000_000_000n,
            reserveOut: 1021n * 10n ** 18n,
          },
        ],
      }),
    ],
    [
      '50%',
      'FAIL',
      headlineSwap,
      facts({
        pairs: [
          {
            pair: PAIR,
            tokenIn: USDC,
            tokenOut: WETH,
            reserveIn: 2_500_000_000_000n,
            reserveOut: 2n * 10n ** 21n,
          },
        ],
      }),
    ],
    [
      'what the quote says, without reserves',
      'FAIL',
      headlineSwap,
      all(facts({ pairs: undefined! }), ({ artifacts }) =>
        Object.assign(artifacts.quote!, { priceImpactBps: 501 }),
      ),
    ],
    ['reserves that could not be read', 'UNKNOWN', headlineSwap, facts({ pairs: null })],
    ['pools of another path', 'UNKNOWN', headlineSwap, facts({ pairs: [] })],
    ['next to nothing', 'PASS', headlineSwap],
  ],
  quote_vs_reference: [
    ['no second source', 'UNKNOWN', headlineSwap],
    ['a source that did not answer', 'UNKNOWN', headlineSwap, facts({ reference: null })],
    [
      '3% below',
      'WARN',
      headlineSwap,
      facts({ reference: { source: 'twap', amountOut: (QUOTED * 103n) / 100n } }),
    ],
    ['half', 'FAIL', headlineSwap, facts({ reference: { source: 'twap', amountOut: QUOTED * 2n } })],
    ['as good', 'PASS', headlineSwap, facts({ reference: { source: 'twap', amountOut: QUOTED } })],
  ],
  mev_exposure: [
    ['a bound that is worth trading for', 'WARN', headlineSwap, data(1, swapData({ least: QUOTED / 2n }))],
    ['no quote', 'UNKNOWN', headlineSwap, ({ artifacts }) => delete artifacts.quote],
    ['a quarter of a dollar', 'PASS', headlineSwap],
  ],
}

testChecks(PRICE_CHECKS, CASES)
