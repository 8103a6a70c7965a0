import {
  approval,
  FRIEND,
  headlineSwap,
  LEAST,
  STRANGER,
  swapData,
  tokenTransfer,
} from '../policy.fixture.ts'

import { action, type Case, data, resetFirst, testChecks } from './check-cases.fixture.ts'
import { INTENT_CHECKS } from './intent.ts'

const CASES: Record<string, Case[]> = {
  intent_conformance: [
    ['another amount than asked for', 'FAIL', headlineSwap, action({ amountBaseUnits: '5000000' })],
    ['another token than asked for', 'FAIL', headlineSwap, action({ tokenOut: 'WETH' })],
    ['another recipient than asked for', 'FAIL', tokenTransfer, action({ recipient: STRANGER })],
    [
      'a transaction on top',
      'FAIL',
      headlineSwap,
      ({ artifacts }) => artifacts.tx_requests!.push(tokenTransfer().artifacts.tx_requests![0]!),
    ],
    [
      'an allowance on top of a transfer',
      'FAIL',
      tokenTransfer,
      ({ artifacts }) => artifacts.tx_requests!.unshift(approval().artifacts.tx_requests![0]!),
    ],
    ['more slippage than asked for', 'FAIL', headlineSwap, action({ slippageBps: 20 })],
    ['exact output instead of exact input', 'FAIL', headlineSwap, action({ exact: 'out' })],
    [
      'two actions at once',
      'FAIL',
      headlineSwap,
      ({ artifacts }) => artifacts.tx_plan!.actions.push(tokenTransfer().artifacts.tx_plan!.actions[0]!),
    ],
    ['no plan at all', 'UNKNOWN', headlineSwap, ({ artifacts }) => delete artifacts.tx_plan],
    ['a better bound than asked for', 'PASS', headlineSwap, data(1, swapData({ least: LEAST + 10n }))],
    ['an allowance that is reset before it is set', 'PASS', approval, resetFirst],
  ],
  text_provenance: [
    [
      'an amount that nobody said',
      'FAIL',
      headlineSwap,
      (input) => Object.assign(input, { userTexts: ['Swap USDC to ETH'] }),
    ],
    [
      '5 does not stand in 50',
      'FAIL',
      headlineSwap,
      (input) => Object.assign(input, { userTexts: ['Swap 500 USDC to ETH'] }),
    ],
    [
      '50 does not stand in 50k',
      'FAIL',
      headlineSwap,
      (input) => Object.assign(input, { userTexts: ['Swap 50k USDC to ETH'] }),
    ],
    ['words that say another amount', 'FAIL', headlineSwap, action({ amountBaseUnits: '500000000' })],
    [
      'a recipient from a model',
      'FAIL',
      tokenTransfer,
      ({ artifacts }) => Object.assign(artifacts.tx_plan!.actions[0]!.sources.recipient!, { from: 'model' }),
    ],
    [
      'a recipient that nobody said',
      'FAIL',
      tokenTransfer,
      (input) => Object.assign(input, { userTexts: ['Send 5 USDC to my friend'] }),
    ],
    ['no source at all', 'FAIL', headlineSwap, action({ sources: {} })],
    [
      'a recipient from the address book',
      'PASS',
      tokenTransfer,
      (input) => {
        input.addressBook = [{ name: 'friend', address: FRIEND }]
        input.userTexts = ['Send 5 USDC to friend']
        Object.assign(input.artifacts.tx_plan!.actions[0]!.sources, {
          recipient: { from: 'address_book', text: 'friend' },
        })
      },
    ],
    [
      'an answer',
      'PASS',
      headlineSwap,
      (input) => Object.assign(input, { userTexts: ['Swap USDC to ETH', '50'] }),
    ],
  ],
}

testChecks(INTENT_CHECKS, CASES)
