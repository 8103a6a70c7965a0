import {
  AMOUNT,
  headlineSwap,
  LEAST,
  logOf,
  PAIR,
  QUOTED,
  ROUTER,
  STRANGER,
  swapData,
  tokenTransfer,
  USDC,
  WALLET,
  WETH,
} from '../policy.fixture.ts'

import {
  all,
  boughtTokens,
  buysStranger,
  buysUsdc,
  type Case,
  data,
  facts,
  received,
  result,
  skipped,
  sold,
  testChecks,
  withoutLogs,
} from './check-cases.fixture.ts'
import { EFFECT_CHECKS } from './effects.ts'

const CASES: Record<string, Case[]> = {
  simulation_effects: [
    [
      'another token leaves',
      'FAIL',
      headlineSwap,
      (input) => result(input, 1).assetChanges!.push({ address: WALLET, token: WETH, delta: '-1' }),
    ],
    [
      'more of the token leaves',
      'FAIL',
      headlineSwap,
      (input) => result(input, 1).assetChanges!.push({ address: WALLET, token: USDC, delta: '-1' }),
    ],
    [
      'coins leave',
      'FAIL',
      tokenTransfer,
      (input) =>
        result(input, 0).assetChanges!.push({
          address: WALLET,
          token: 'native',
          delta: String(-(10n ** 18n)),
        }),
    ],
    [
      'an allowance that nobody asked for',
      'FAIL',
      headlineSwap,
      (input) => result(input, 1).logs!.push(logOf('approval', WETH, WALLET, STRANGER, 1n)),
    ],
    [
      'a larger allowance than asked for',
      'FAIL',
      headlineSwap,
      (input) => result(input, 1).logs!.push(logOf('approval', USDC, WALLET, ROUTER, AMOUNT + 1n)),
    ],
    [
      'an engine that tells nothing',
      'UNKNOWN',
      headlineSwap,
      (input) => delete result(input, 1).assetChanges,
    ],
    [
      'without logs, another token leaves',
      'FAIL',
      headlineSwap,
      all(withoutLogs(), (input) =>
        result(input, 1).assetChanges!.push({ address: WALLET, token: WETH, delta: '-1' }),
      ),
    ],
    ['without logs, a larger allowance', 'FAIL', headlineSwap, withoutLogs(ROUTER, String(AMOUNT + 1n))],
    ['without logs, an allowance for somebody else', 'FAIL', headlineSwap, withoutLogs(STRANGER)],
    ['without logs, an allowance that could not be read', 'UNKNOWN', headlineSwap, withoutLogs(ROUTER, null)],
    [
      'an engine that tells nothing of allowances',
      'WARN',
      headlineSwap,
      all(withoutLogs(), (input) => delete result(input, 1).allowanceChanges),
    ],
    ['without logs, as planned', 'PASS', headlineSwap, withoutLogs()],
    [
      'a larger allowance that the token does not log',
      'FAIL',
      headlineSwap,
      (input) =>
        Object.assign(result(input, 1), {
          allowanceChanges: [{ token: USDC, spender: ROUTER, before: '0', after: String(AMOUNT + 1n) }],
        }),
    ],
    [
      'somebody else loses',
      'PASS',
      headlineSwap,
      (input) => result(input, 1).assetChanges!.push({ address: PAIR, token: WETH, delta: '-1' }),
    ],
    [
      'a token that tells what is left of its allowance',
      'PASS',
      headlineSwap,
      (input) => result(input, 1).logs!.push(logOf('approval', USDC, WALLET, ROUTER, 0n)),
    ],
    [
      'gas',
      'PASS',
      tokenTransfer,
      (input) => result(input, 0).assetChanges!.push({ address: WALLET, token: 'native', delta: '-1000' }),
    ],
  ],
  min_received_vs_sim: [
    ['less comes out than must', 'FAIL', headlineSwap, received(LEAST / 2n)],
    [
      'the bound is far below the quote',
      'FAIL',
      headlineSwap,
      data(1, swapData({ least: (QUOTED * 97n) / 100n })),
    ],
    [
      'a quote of another swap',
      'FAIL',
      headlineSwap,
      ({ artifacts }) => Object.assign(artifacts.quote!, { amountIn: '1' }),
    ],
    ['no quote', 'UNKNOWN', headlineSwap, ({ artifacts }) => delete artifacts.quote],
    [
      'a swap that reverts, which the rule tells',
      'UNKNOWN',
      headlineSwap,
      all(received(0n), (input) => Object.assign(result(input, 1), { success: false })),
    ],
    ['exactly the least', 'PASS', headlineSwap, received(LEAST)],
    [
      'the most slippage there may be',
      'PASS',
      headlineSwap,
      data(1, swapData({ least: (QUOTED * 98n) / 100n })),
    ],
  ],
  honeypot_sell: [
    ['it cannot be sold again', 'FAIL', headlineSwap, sold(false, null)],
    ['selling it loses half', 'FAIL', headlineSwap, sold(true, 5000)],
    ['nobody tried', 'UNKNOWN', headlineSwap, buysStranger],
    [
      'a listed one that cannot be sold any more',
      'FAIL',
      headlineSwap,
      all(buysUsdc, facts({ sellBack: { [USDC.toLowerCase()]: { success: false, lossBps: null } } })),
    ],
    ['a listed one that nobody tried', 'UNKNOWN', headlineSwap, buysUsdc],
    ['the wrapped coin', 'PASS', headlineSwap, boughtTokens],
    ['the coin', 'PASS', headlineSwap],
    ['it can be sold again', 'PASS', headlineSwap, sold(true, 60)],
  ],
  simulation_engine: [
    [
      'an allowance put in place',
      'WARN',
      headlineSwap,
      ({ artifacts }) => Object.assign(artifacts.simulation!, { override_support: 'slot_override' }),
    ],
    [
      'each by itself',
      'WARN',
      headlineSwap,
      ({ artifacts }) => Object.assign(artifacts.simulation!, { override_support: 'unsupported' }),
    ],
    ['skipped, which the rule tells', 'UNKNOWN', headlineSwap, skipped],
    [
      'code in place of the wallet',
      'PASS',
      headlineSwap,
      ({ artifacts }) => Object.assign(artifacts.simulation!, { override_support: 'code_override' }),
    ],
  ],
}

testChecks(EFFECT_CHECKS, CASES)
