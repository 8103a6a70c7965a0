import { type Address, toHex } from 'viem'
import { mnemonicToAccount, privateKeyToAccount } from 'viem/accounts'
import { expect, test } from 'vitest'
import { CANONICAL, PUBLIC_ACCOUNTS } from '../../../../web3/devnet/addresses.ts'
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
  type Change,
  facts,
  swapTo,
  testChecks,
  toLookAlike,
} from './check-cases.fixture.ts'
import { RECIPIENT_CHECKS } from './recipients.ts'

const onBase: Change = (input) => Object.assign(input, { chainId: 8453 })

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
    ['a pool of any exchange', 'FAIL', tokenTransfer, accountOf(FRIEND, contract({ exchange: 'pool' }))],
    ['a factory of pools', 'FAIL', tokenTransfer, accountOf(FRIEND, contract({ exchange: 'factory' }))],
    [
      'a contract that the node let nobody ask',
      'UNKNOWN',
      tokenTransfer,
      accountOf(FRIEND, contract({ exchange: 'unknown' })),
    ],
    [
      'the pool of two known tokens, with nobody asked',
      'FAIL',
      () => tokenTransfer(PAIR),
      facts({ accounts: {}, pairs: null }),
    ],
    [
      'its factory, with nobody asked',
      'FAIL',
      () => coinTransfer(CANONICAL.factory),
      facts({ accounts: {}, pairs: null }),
    ],
    ['Multicall3', 'FAIL', () => tokenTransfer('0xcA11bde05977b3631167028862bE2a173976CA11')],
    ['Permit2', 'FAIL', () => tokenTransfer('0x000000000022D473030F116dDEE9F6B43aC78BA3')],
    ['an account of the public mnemonic, off the devnet', 'FAIL', tokenTransfer, onBase],
    ['what a swap gives, to such an account', 'FAIL', headlineSwap, all(swapTo(FRIEND), onBase)],
    [
      'somebody else there',
      'PASS',
      () => tokenTransfer('0x1111111111111111111111111111111111111111'),
      onBase,
    ],
    ['a contract that is no part of an exchange', 'PASS', tokenTransfer, accountOf(FRIEND, contract())],
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

test('the accounts whose keys everybody knows are the first ten of the development mnemonic', () => {
  const mnemonic = 'test test test test test test test test test test test junk'
  const parent = mnemonicToAccount(mnemonic, { path: "m/44'/60'/0'/0" }).getHdKey()
  const ten = Array.from({ length: 10 }, (_, at) => toHex(parent.deriveChild(at).privateKey!))
  expect(PUBLIC_ACCOUNTS).toEqual(ten.map((key) => privateKeyToAccount(key).address))
})
