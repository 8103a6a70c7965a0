import { type Address, encodeFunctionData, erc20Abi, parseAbi } from 'viem'
import { expect, test } from 'vitest'
import type { Chain } from '../api/copilot-client.ts'
import { saySlippage } from './asset-text.ts'
import { describeRequest } from './describe-request.ts'
import { allowanceChanges, deadlineOf, movesOf, proofOf, quotedOf, readRequests } from './read-plan.ts'
import { tellPlan } from './tell-plan.ts'

const WALLET: Address = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
const FRIEND: Address = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const USDC: Address = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48'
const WETH: Address = '0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2'
const ROUTER: Address = '0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D'
const SWAPS = parseAbi([
  'function swapExactTokensForETH(uint256, uint256, address[], address, uint256)',
  'function swapETHForExactTokens(uint256, address[], address, uint256) payable',
])

const planned = (to: Address, data: string, valueWei = '0') => ({
  txRequestId: 'x-1',
  chainId: 31337,
  to,
  data,
  valueWei,
  // What a plan says of itself counts for nothing here.
  meta: { kind: 'TRANSFER' as const, amount: '1' },
})
const approve = (amount: bigint) =>
  planned(USDC, encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [ROUTER, amount] }))
const sell = (amount: bigint, recipient = WALLET) => {
  const args = [amount, 20n, [USDC, WETH], recipient, 9n] as const
  return planned(ROUTER, encodeFunctionData({ abi: SWAPS, functionName: 'swapExactTokensForETH', args }))
}

test('what moves is read from the bytes, whatever the plan says of itself', () => {
  expect(movesOf(readRequests([approve(50n), sell(50n)]), WALLET)).toEqual({
    sends: [{ asset: USDC, amount: 50n, bound: 'exact', to: null }],
    receives: [{ asset: 'native', amount: 20n, bound: 'least', to: null }],
    isComplete: true,
  })
})

test('who else receives is said, and a swap with an exact output sends at most its value', () => {
  const [toFriend] = movesOf(readRequests([sell(50n, FRIEND)]), WALLET).receives
  expect(toFriend?.to).toBe(FRIEND)
  const args = [7n, [WETH, USDC], WALLET, 9n] as const
  const buy = encodeFunctionData({ abi: SWAPS, functionName: 'swapETHForExactTokens', args })
  expect(movesOf(readRequests([planned(ROUTER, buy, '30')]), WALLET)).toMatchObject({
    sends: [{ asset: 'native', amount: 30n, bound: 'most' }],
    receives: [{ asset: USDC, amount: 7n, bound: 'exact' }],
  })
})

test('a call that cannot be read makes what moves incomplete, and is never taken for nothing', () => {
  expect(movesOf(readRequests([planned(ROUTER, '0xdeadbeef')]), WALLET).isComplete).toBe(false)
})

test('an allowance is told before, as approved and once the swap has taken its part', () => {
  const known = [{ token: USDC.toLowerCase(), spender: ROUTER, allowance: '3' }]
  expect(allowanceChanges(readRequests([approve(60n), sell(50n)]), known)).toEqual([
    { token: USDC, spender: ROUTER, before: 3n, approved: 60n, after: 10n },
  ])
  expect(allowanceChanges(readRequests([approve(0n), approve(60n)]), known)).toMatchObject([
    { before: 3n, approved: 60n, after: 60n },
  ])
})

test('a simulation proves only what it saw: one assumption makes all of it assumed', () => {
  const result = (success: boolean, assumed_success: boolean) => ({
    txRequestId: `x-${success}-${assumed_success}`,
    success,
    assumed_success,
    gasEstimate: null,
    fee: null,
    error: null,
  })
  const of = (...results: ReturnType<typeof result>[]) =>
    proofOf({ simulation: { status: 'completed', sequence: [], results } })
  expect(of(result(true, false), result(true, false))).toBe('proved')
  expect(of(result(true, false), result(true, true))).toBe('assumed')
  expect(of(result(true, false), result(false, false))).toBe('fails')
  expect(of()).toBe('none')
  expect(proofOf({})).toBe('none')
})

test('what a swap goes through is said, and until when it holds is read from its bytes', () => {
  const args = [50n, 20n, [USDC, FRIEND, WETH], WALLET, 9n] as const
  const data = encodeFunctionData({ abi: SWAPS, functionName: 'swapExactTokensForETH', args })
  const through = readRequests([planned(ROUTER, data)])
  const chain = { tokens: { DAI: { address: FRIEND, decimals: 18, is_native: false } } } as unknown as Chain
  expect(describeRequest(through[0]!, chain, WALLET)).toMatch(/ by way of DAI$/)
  const direct = readRequests([approve(50n), sell(50n, FRIEND)])
  expect(describeRequest(direct[1]!, chain, WALLET)).not.toContain('by way of')
  expect(deadlineOf(direct)).toBe(9)
  expect(deadlineOf(readRequests([approve(50n)]))).toBeNull()
})

test('what the price came to is said beside what was allowed', () => {
  expect(saySlippage(12.34, 50)).toBe('0.1234% worse than quoted; 0.5% was allowed')
  expect(saySlippage(0, 50)).toBe('as quoted; 0.5% worse was allowed')
  expect(saySlippage(-5, 50)).toBe('0.05% better than quoted')
})

test('the price of now is of what was not asked for: what comes, or with an exact output what goes', () => {
  const moves = movesOf(readRequests([sell(50n)]), WALLET)
  const quote = {
    router: ROUTER,
    routerKey: 'R',
    path: [USDC, WETH],
    amountIn: '49',
    amountsOut: ['49', '21'],
    minOut: '20',
    slippageBps: 50,
    blockNumber: 1,
  }
  expect(quotedOf({ ...quote, exact: 'in' }, moves)).toEqual({ asset: 'native', amount: 21n })
  expect(quotedOf({ ...quote, exact: 'out' }, moves)).toEqual({ asset: USDC, amount: 49n })
})

test('what a plan does and until when it holds is told by its bytes, not by what it says of itself', () => {
  const requests = [approve(50n), sell(50n)].map((one) => ({ ...one, meta: { ...one.meta, deadline: 99 } }))
  expect(tellPlan({ planHash: 'f', wallet: WALLET, chainId: 31337, requests }, undefined)).toEqual({
    words: `Swap 50 base units of ${USDC} for at least 20 base units of native on ${ROUTER}`,
    holdsUntil: 9_000,
  })
})
