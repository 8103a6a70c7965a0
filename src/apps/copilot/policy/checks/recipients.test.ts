import type { Address } from 'viem'
import {
  coinTransfer,
  contract,
  FRIEND,
  headlineSwap,
  PAIR,
  ROUTER,
  STRANGER,
  tokenTransfer,
  USDC,
  WALLET,
  WETH,
} from '../policy.fixture.ts'

import {
  accountOf,
  action,
  all,
  type Case,
  facts,
  swapTo,
  testChecks,
  toLookAlike,
} from './check-cases.fixture.ts'
import { RECIPIENT_CHECKS } from './recipients.ts'

const CASES: Record<string, Case[]> = {
  recipient_is_self: [
    ['what comes out goes elsewhere', 'FAIL', headlineSwap, swapTo(STRANGER)],
    ['elsewhere, as asked', 'WARN', headlineSwap, all(swapTo(FRIEND), action({ recipient: FRIEND }))],
    [
      'elsewhere, and not where asked',
      'FAIL',
      headlineSwap,
      all(swapTo(STRANGER), action({ recipient: FRIEND })),
    ],
    ['to the wallet', 'PASS', headlineSwap],
  ],
  recipient_special: [
    ['the zero address', 'FAIL', () => tokenTransfer('0x0000000000000000000000000000000000000000')],
    ['a burn address', 'FAIL', () => coinTransfer('0x000000000000000000000000000000000000dEaD')],
    ['a part of the chain', 'FAIL', () => coinTransfer('0x0000000000000000000000000000000000000001')],
    ['the token itself', 'FAIL', () => tokenTransfer(USDC)],
    ['the router', 'FAIL', () => tokenTransfer(ROUTER)],
    ['the wrapped coin', 'FAIL', () => coinTransfer(WETH)],
    ['the pool', 'FAIL', headlineSwap, swapTo(PAIR)],
    ['a person', 'PASS', tokenTransfer],
  ],
  recipient_checksum: [
    [
      'a wrong checksum',
      'FAIL',
      tokenTransfer,
      ({ artifacts }) =>
        Object.assign(artifacts.tx_plan!.actions[0]!.sources.recipient!, {
          text: FRIEND.replace('3C', '3c'),
        }),
    ],
    [
      'small letters',
      'PASS',
      tokenTransfer,
      ({ artifacts }) =>
        Object.assign(artifacts.tx_plan!.actions[0]!.sources.recipient!, { text: FRIEND.toLowerCase() }),
    ],
  ],
  recipient_poisoning: [
    ['begins and ends like somebody who was paid', 'FAIL', toLookAlike],
    [
      'begins and ends like the wallet',
      'FAIL',
      () =>
        tokenTransfer(`${WALLET.slice(0, 6)}${'0'.repeat(32)}${WALLET.slice(-4)}`.toLowerCase() as Address),
    ],
    ['the one who was paid', 'PASS', tokenTransfer],
    ['nobody like it', 'PASS', toLookAlike, facts({ paidBefore: [] })],
  ],
  recipient_new: [
    ['never paid', 'WARN', () => tokenTransfer(STRANGER)],
    ['known and without any life', 'WARN', tokenTransfer, accountOf(FRIEND, { nonce: 0, balanceWei: 0n })],
    ['a contract', 'WARN', tokenTransfer, accountOf(FRIEND, contract())],
    ['an account that could not be read', 'UNKNOWN', tokenTransfer, facts({ accounts: {} })],
    ['history that could not be read', 'UNKNOWN', tokenTransfer, facts({ paidBefore: null })],
    [
      'in the address book',
      'PASS',
      () => tokenTransfer(STRANGER),
      (input) => Object.assign(input, { addressBook: [{ name: 'Ann', address: STRANGER }] }),
    ],
  ],
}

testChecks(RECIPIENT_CHECKS, CASES)
