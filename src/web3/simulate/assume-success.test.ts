import { expect, test } from 'vitest'
import { buildSwap } from '../transactions/build-swap.ts'
import { nameRequests } from '../transactions/transaction-request.ts'
import { ETH, FRIEND, ROUTER, registry, USDC, WALLET, WETH } from '../transactions/transactions.fixture.ts'
import { type FailedSwap, mayBeAssumed } from './assume-success.ts'

const build = (router = ROUTER) =>
  nameRequests(
    buildSwap({
      chainId: 31337,
      tokenIn: USDC,
      tokenOut: ETH,
      router,
      quote: { exact: 'in', amountIn: 50n, amountOut: 1000n, path: [USDC.address, WETH.address] },
      recipient: WALLET,
      slippageBps: 50,
      deadlineSeconds: 60,
      blockTime: 1,
      allowance: 0n,
    }),
  )
const [approval, request] = build() as [FailedSwap['request'], FailedSwap['request']]
const failed: FailedSwap = {
  request,
  error: 'TransferHelper: TRANSFER_FROM_FAILED',
  approved: [approval],
  balance: 50n,
}

test('a swap is assumed to work where only the allowance can be missing', () => {
  expect(mayBeAssumed(failed, registry)).toBe(true)
})

const elsewhere = build({ key: 'OTHER', address: FRIEND })
const smaller = { ...approval, data: approval.data.replace(/32$/, '31') as typeof approval.data }

test.each<[string, Partial<FailedSwap>]>([
  ['another error', { error: 'UniswapV2Router: EXPIRED' }],
  ['no approval', { approved: [] }],
  ['an approval that is too small', { approved: [smaller] }],
  ['an approval of another token', { approved: [{ ...approval, to: WETH.address }] }],
  ['an approval for somebody else', { approved: [elsewhere[0]!] }],
  ['a router outside the registry', { request: elsewhere[1]!, approved: [elsewhere[0]!] }],
  ['too few tokens', { balance: 49n }],
  ['tokens that could not be counted', { balance: null }],
  ['what is no swap', { request: approval }],
  ['bytes after the call', { request: { ...request, data: `${request.data}00` } }],
])('with %s it is not', (_, change) => {
  expect(mayBeAssumed({ ...failed, ...change }, registry)).toBe(false)
})

test('with a token of the path outside the registry it is not', () => {
  const { WETH: left, ETH: out, ...tokens } = registry.tokens
  expect([left, out]).toEqual([WETH, ETH])
  expect(mayBeAssumed(failed, { ...registry, tokens })).toBe(false)
})
