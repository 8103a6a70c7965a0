import { encodeFunctionData } from 'viem'
import { expect, test } from 'vitest'
import { ROUTER_ABI } from '../../../../web3/transactions/abis.ts'
import {
  AMOUNT,
  BLOCK_TIME,
  headlineSwap,
  LEAST,
  poolLog,
  QUOTED,
  tokenTransfer,
  USDC,
  WALLET,
  WETH,
} from '../policy.fixture.ts'
import { readReview } from '../review.ts'
import {
  all,
  type Case,
  type Change,
  data,
  received,
  request,
  result,
  testChecks,
} from './check-cases.fixture.ts'
import { TRANSFER_FEE_CHECKS } from './transfer-fees.ts'

const arrives =
  (delta: string): Change =>
  (input) =>
    Object.assign(result(input, 0).assetChanges![1]!, { delta })
/** The pool was paid this much of what left the wallet. */
const paid =
  (amount: bigint): Change =>
  (input) =>
    Object.assign(result(input, 1), { logs: [poolLog(amount, QUOTED)] })
const swap = (functionName: string, ...amounts: bigint[]): Change =>
  data(
    1,
    encodeFunctionData({
      abi: ROUTER_ABI,
      functionName,
      args: [...amounts, [USDC, WETH], WALLET, BigInt(BLOCK_TIME + 60)],
    } as never),
  )
const measuring = swap('swapExactTokensForETHSupportingFeeOnTransferTokens', AMOUNT, LEAST)
const fails: Change = (input) =>
  Object.assign(result(input, 1), { success: false, logs: [], assetChanges: [] })
const toldByPool =
  (given: bigint): Change =>
  (input) => {
    Object.assign(result(input, 1), { logs: [poolLog(AMOUNT, given)] })
    result(input, 1).assetChanges!.push({ address: WALLET, token: WETH, delta: String(QUOTED) })
  }
const intoWeth = swap('swapExactTokensForTokens', AMOUNT, LEAST)
const withoutLogs: Change = (input) => delete result(input, 1).logs

const CASES: Record<string, Case[]> = {
  fee_on_transfer: [
    ['1% of a transfer does not arrive', 'WARN', tokenTransfer, arrives('4950000')],
    ['5% of a transfer does not arrive', 'WARN', tokenTransfer, arrives('4750000')],
    ['more than 5% of a transfer does not arrive', 'FAIL', tokenTransfer, arrives('4749999')],
    [
      'the pool is paid less, and the swap measures it',
      'WARN',
      headlineSwap,
      all(measuring, paid((AMOUNT * 99n) / 100n)),
    ],
    [
      'the pool is paid less, and the swap does not measure it',
      'FAIL',
      headlineSwap,
      paid((AMOUNT * 99n) / 100n),
    ],
    ['the pool is paid far less', 'FAIL', headlineSwap, all(measuring, paid((AMOUNT * 94n) / 100n))],
    [
      'less arrives than the pool gave',
      'FAIL',
      headlineSwap,
      all(intoWeth, toldByPool((QUOTED * 101n) / 100n)),
    ],
    ['all arrives that the pool gave', 'PASS', headlineSwap, all(intoWeth, toldByPool(QUOTED))],
    [
      'without logs, less than quoted',
      'FAIL',
      headlineSwap,
      all(withoutLogs, received((QUOTED * 99n) / 100n)),
    ],
    ['without logs, what was quoted', 'PASS', headlineSwap, withoutLogs],
    [
      'without logs, of another block',
      'UNKNOWN',
      headlineSwap,
      all(withoutLogs, ({ artifacts }) => artifacts.quote!.blockNumber--),
    ],
    ['a swap that reverts', 'UNKNOWN', headlineSwap, fails],
    [
      'a transfer that reverts',
      'UNKNOWN',
      tokenTransfer,
      (input) => Object.assign(result(input, 0), { success: false, assetChanges: [] }),
    ],
    [
      'an engine that tells nothing',
      'UNKNOWN',
      tokenTransfer,
      (input) => delete result(input, 0).assetChanges,
    ],
    ['all arrives', 'PASS', tokenTransfer],
  ],
}

testChecks(TRANSFER_FEE_CHECKS, CASES)

test('each token answers for what it keeps itself', () => {
  const input = headlineSwap()
  all(measuring, paid((AMOUNT * 98n) / 100n), received((QUOTED * 90n) / 100n))(input)
  expect(request(input, 1).to).toBeDefined()
  const { status, metadata } = TRANSFER_FEE_CHECKS[0]!.evaluate(readReview(input))
  expect(status).toBe('WARN')
  expect(metadata).toMatchObject({ token: USDC, loss_bps: 200 })
})
