import { BLOCK, BLOCK_TIME, coinTransfer, headlineSwap, swapData } from '../policy.fixture.ts'
import { CHAIN_CHECKS } from './chain.ts'
import { type Case, data, facts, request, result, testChecks } from './check-cases.fixture.ts'

const CASES: Record<string, Case[]> = {
  chain_match: [
    [
      'a transaction for another chain',
      'FAIL',
      headlineSwap,
      (input) => Object.assign(request(input, 1), { chainId: 1 }),
    ],
    ['a node that is on another chain', 'FAIL', headlineSwap, facts({ rpcChainId: 1 })],
    [
      'a wallet that is on another chain',
      'FAIL',
      headlineSwap,
      (input) => Object.assign(input, { walletChainId: 1 }),
    ],
    ['a node that did not say', 'UNKNOWN', headlineSwap, facts({ rpcChainId: null })],
    [
      'the same everywhere',
      'PASS',
      headlineSwap,
      (input) => Object.assign(input, { walletChainId: input.chainId }),
    ],
  ],
  deadline_sane: [
    ['over', 'FAIL', headlineSwap, data(1, swapData({ deadline: BLOCK_TIME }))],
    ['more than an hour', 'WARN', headlineSwap, data(1, swapData({ deadline: BLOCK_TIME + 3601 }))],
    ['a block time that could not be read', 'UNKNOWN', headlineSwap, facts({ blockTime: null })],
    ['an hour', 'PASS', headlineSwap, data(1, swapData({ deadline: BLOCK_TIME + 3600 }))],
  ],
  native_gas_reserve: [
    [
      'all of it is sent',
      'FAIL',
      coinTransfer,
      ({ artifacts }) => Object.assign(artifacts.wallet_snapshot!.native, { balanceWei: String(10n ** 18n) }),
    ],
    ['no snapshot', 'UNKNOWN', coinTransfer, ({ artifacts }) => delete artifacts.wallet_snapshot],
    ['no price of gas', 'UNKNOWN', coinTransfer, (input) => Object.assign(result(input, 0), { fee: null })],
    [
      'just enough',
      'PASS',
      coinTransfer,
      ({ artifacts }) =>
        Object.assign(artifacts.wallet_snapshot!.native, {
          balanceWei: String(10n ** 18n + 60_000n * 2_000_000_000n),
        }),
    ],
  ],
  gas_anomaly: [
    ['too much', 'WARN', headlineSwap, (input) => Object.assign(result(input, 1), { gasEstimate: '600001' })],
    [
      'no estimate',
      'UNKNOWN',
      headlineSwap,
      (input) => Object.assign(result(input, 1), { gasEstimate: null }),
    ],
    [
      'at the cap',
      'PASS',
      headlineSwap,
      (input) => Object.assign(result(input, 1), { gasEstimate: '600000' }),
    ],
  ],
  simulation_fresh: [
    ['too old', 'FAIL', headlineSwap, facts({ blockNumber: BLOCK + 21 })],
    [
      'of other transactions',
      'FAIL',
      headlineSwap,
      (input) => Object.assign(result(input, 1), { txRequestId: 'swap-2' }),
    ],
    ['a chain that did not answer', 'UNKNOWN', headlineSwap, facts({ blockNumber: null })],
    ['just young enough', 'PASS', headlineSwap, facts({ blockNumber: BLOCK + 20 })],
  ],
}

testChecks(CHAIN_CHECKS, CASES)
