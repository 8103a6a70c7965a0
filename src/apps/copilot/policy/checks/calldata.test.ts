import { concatHex, encodeFunctionData, parseAbi } from 'viem'
import {
  AMOUNT,
  approveData,
  BLOCK_TIME,
  coinTransfer,
  headlineSwap,
  LEAST,
  STRANGER,
  swapData,
  tokenTransfer,
  transferData,
  USDC,
  unwrapping,
  WALLET,
  WETH,
} from '../policy.fixture.ts'
import { CALLDATA_CHECKS } from './calldata.ts'
import { type Case, data, MULTICALL, meta, request, testChecks } from './check-cases.fixture.ts'

const CASES: Record<string, Case[]> = {
  hex_canonical: [
    ['an odd number of digits', 'FAIL', headlineSwap, data(0, `${approveData(AMOUNT)}0`)],
    ['no 0x in front', 'FAIL', headlineSwap, data(0, approveData(AMOUNT).slice(2))],
    ['0X in front', 'FAIL', headlineSwap, data(0, `0X${approveData(AMOUNT).slice(2)}`)],
    [
      'bytes after the last argument',
      'FAIL',
      headlineSwap,
      data(0, concatHex([approveData(AMOUNT), '0x00'])),
    ],
    ['no hex', 'FAIL', headlineSwap, data(0, '0xzz')],
    [
      'capital digits are the same bytes',
      'PASS',
      headlineSwap,
      data(0, `0x${approveData(AMOUNT).slice(2).toUpperCase()}`),
    ],
  ],
  selector_allowlist: [
    ['an unknown function', 'FAIL', headlineSwap, data(1, '0xdeadbeef')],
    ['setApprovalForAll', 'FAIL', headlineSwap, data(0, '0xa22cb465')],
    [
      'a transfer from somebody else',
      'FAIL',
      tokenTransfer,
      data(
        0,
        encodeFunctionData({
          abi: parseAbi(['function transferFrom(address,address,uint256)']),
          args: [STRANGER, WALLET, 1n],
        }),
      ),
    ],
    [
      'a function of the router asked of a token',
      'FAIL',
      headlineSwap,
      (input) => Object.assign(request(input, 1), { to: USDC }),
    ],
    [
      'coins with a call that takes none',
      'FAIL',
      headlineSwap,
      (input) => Object.assign(request(input, 0), { valueWei: '1' }),
    ],
    ['unwrapping at the wrapped coin', 'PASS', unwrapping],
  ],
  nested_calls: [
    ['a multicall', 'FAIL', headlineSwap, data(1, MULTICALL)],
    ['a plain call', 'PASS', headlineSwap],
  ],
  permit_signature: [
    ['permit', 'FAIL', headlineSwap, data(0, '0xd505accf')],
    ['approve', 'PASS', headlineSwap],
  ],
  calldata_matches_meta: [
    ['another spender', 'FAIL', headlineSwap, data(0, approveData(AMOUNT, STRANGER))],
    ['another amount', 'FAIL', headlineSwap, data(0, approveData(AMOUNT + 1n))],
    ['less as the least', 'FAIL', headlineSwap, data(1, swapData({ least: LEAST - 1n }))],
    ['another recipient', 'FAIL', tokenTransfer, data(0, transferData(5_000_000n, STRANGER))],
    ['another kind', 'FAIL', headlineSwap, meta(0, { kind: 'SWAP' })],
    ['another token that comes', 'FAIL', headlineSwap, meta(1, { tokenOut: 'WETH' })],
    ['another deadline', 'FAIL', headlineSwap, meta(1, { deadline: BLOCK_TIME })],
    ['an amount that is not told', 'FAIL', headlineSwap, meta(1, { amountInBaseUnits: undefined })],
    [
      'the same deadline and path',
      'PASS',
      headlineSwap,
      meta(1, { deadline: BLOCK_TIME + 1200, path: [USDC, WETH] }),
    ],
    ['a coin that is sent', 'PASS', coinTransfer],
  ],
}

testChecks(CALLDATA_CHECKS, CASES)
