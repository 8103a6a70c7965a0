import { expect, test } from 'vitest'
import { runChecks } from '../check-definition.ts'
import {
  AMOUNT,
  approval,
  approveData,
  headlineSwap,
  ROUTER,
  STRANGER,
  tokenTransfer,
} from '../policy.fixture.ts'
import { readReview } from '../review.ts'
import { APPROVAL_CHECKS } from './approvals.ts'
import {
  accountOf,
  all,
  allowance,
  type Case,
  DELEGATE,
  data,
  needsReset,
  resetFirst,
  testChecks,
} from './check-cases.fixture.ts'

const CASES: Record<string, Case[]> = {
  approval_spender_known: [
    ['a stranger', 'FAIL', approval, data(0, approveData(25_000_000n, STRANGER))],
    ['taking an allowance away from a stranger', 'PASS', approval, data(0, approveData(0n, STRANGER))],
    ['a router', 'PASS', approval],
  ],
  approval_spender_is_contract: [
    ["a person's account", 'FAIL', approval, accountOf(ROUTER, { codeHash: null })],
    ["a person's account that runs other code", 'FAIL', approval, accountOf(ROUTER, { delegate: DELEGATE })],
    [
      'code that could not be read',
      'UNKNOWN',
      approval,
      ({ facts: { accounts } }) => delete accounts[ROUTER.toLowerCase()],
    ],
    ['a contract', 'PASS', approval],
  ],
  approval_bounded: [
    ['one unit more than the swap takes', 'FAIL', headlineSwap, data(0, approveData(AMOUNT + 1n))],
    ['almost the largest number', 'FAIL', () => approval(2n ** 256n - 2n)],
    ['the limit of Permit2', 'FAIL', () => approval(2n ** 160n - 1n)],
    ['more than there is', 'FAIL', () => approval(2n * 10n ** 15n)],
    ['far more than the wallet holds', 'FAIL', () => approval(120_000_001n)],
    ['what the swap takes', 'PASS', headlineSwap],
    ['twice what the wallet holds', 'PASS', () => approval(120_000_000n)],
  ],
  approval_increase_reset: [
    ['a token that wants a reset', 'FAIL', headlineSwap, all(allowance(5n), needsReset)],
    ['a token of which that is not known', 'UNKNOWN', headlineSwap, allowance(5n)],
    ['no snapshot', 'UNKNOWN', headlineSwap, ({ artifacts }) => delete artifacts.wallet_snapshot],
    ['reset first', 'PASS', headlineSwap, all(allowance(5n), needsReset, resetFirst)],
    ['no allowance before', 'PASS', headlineSwap, needsReset],
  ],
  dangling_allowance: [
    ['more approved than swapped', 'WARN', headlineSwap, data(0, approveData(AMOUNT + 1n))],
    ['an unlimited allowance from before', 'WARN', tokenTransfer, allowance(2n ** 256n - 1n)],
    ['an old one that is limited', 'PASS', tokenTransfer, allowance(1000n)],
    ['an approval that is all that was asked for', 'PASS', approval],
  ],
}

testChecks(APPROVAL_CHECKS, CASES)

test('an allowance that is all that was asked for is told, and not denied', () => {
  const definition = APPROVAL_CHECKS.find(({ id }) => id === 'dangling_allowance')!
  expect(runChecks([definition], readReview(approval()))[0]).toMatchObject({
    status: 'PASS',
    reason: '25 USDC stay allowed to Uniswap V2, as was asked.',
    metadata: { left: [{ amount: '25000000', spender: ROUTER }] },
  })
})
