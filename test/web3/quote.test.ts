import { createPublicClient, http, maxUint256, parseAbi, parseEther, parseUnits } from 'viem'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { CANONICAL, DEPLOYER } from '../../src/web3/devnet/addresses.ts'
import { presentQuote } from '../../src/web3/quote/present-quote.ts'
import { type QuoteArgs, quoteSwap } from '../../src/web3/quote/quote-swap.ts'
import { makeRegistries, type Token } from '../../src/web3/registry.ts'
import { startTestDevnet, type TestDevnet } from '../harness/start-devnet.ts'
import { type RpcReaction, startRpcProxy } from '../harness/start-rpc-proxy.ts'

const registry = makeRegistries().get(31337)!
const [ETH, USDC, WETH] = [registry.tokens.ETH!, registry.tokens.USDC!, registry.tokens.WETH!]
const TETHER: Token = { symbol: 'USDT', address: CANONICAL.tether, decimals: 6, isNative: false }
const ROUTER = registry.routers.UNISWAP_V2_ROUTER!
const WRITE = parseAbi([
  'function mint(address to, uint256 amount)',
  'function approve(address spender, uint256 amount)',
  'function addLiquidity(address tokenA, address tokenB, uint256 a, uint256 b, uint256 leastA, uint256 leastB, address to, uint256 deadline)',
])

let devnet: TestDevnet
let before: bigint
beforeAll(async () => {
  devnet = await startTestDevnet()
  before = await devnet.client.getBlockNumber()
})
afterAll(() => devnet.stop())

const quote = (args: Partial<QuoteArgs> & Pick<QuoteArgs, 'tokenIn' | 'tokenOut'>, client = devnet.client) =>
  quoteSwap(client as never, {
    chainId: 31337,
    router: ROUTER,
    wrappedNative: WETH.address,
    exact: 'in',
    amount: parseUnits('50', 6),
    blockNumber: before,
    memory: new Map(),
    ...args,
  })

describe('a quote is what the router says at its block', () => {
  test('with an exact input', async () => {
    const quoted = await quote({ tokenIn: USDC, tokenOut: ETH })
    expect(quoted).toMatchObject({
      amountIn: 50_000_000n,
      amountOut: parseEther('0.019939602404328057'),
      path: [USDC.address, WETH.address],
      priceImpactBps: 0,
      blockNumber: before,
    })
    expect(presentQuote(quoted, 50)).toEqual({
      router: ROUTER.address,
      routerKey: 'UNISWAP_V2_ROUTER',
      exact: 'in',
      path: [USDC.address, WETH.address],
      amountIn: '50000000',
      amountsOut: ['50000000', '19939602404328057'],
      minOut: '19839904392306416',
      slippageBps: 50,
      blockNumber: Number(before),
      priceImpactBps: 0,
    })
  })

  test('with an exact output, which costs no less than the same the other way round gives', async () => {
    const amount = parseEther('0.019939602404328057')
    const quoted = await quote({ tokenIn: USDC, tokenOut: ETH, exact: 'out', amount })
    expect(quoted).toMatchObject({ amountIn: 50_000_000n, amountOut: amount })
    expect(presentQuote(quoted, 50)).toMatchObject({ maxIn: '50250000', minOut: amount.toString() })
  })

  test('with coins in, by their wrapped token', async () => {
    const quoted = await quote({ tokenIn: ETH, tokenOut: USDC, amount: parseEther('1') })
    expect(quoted.path).toEqual([WETH.address, USDC.address])
  })

  test('by the wrapped coin where there is no pool of the two', async () => {
    const quoted = await quote({ tokenIn: USDC, tokenOut: TETHER })
    expect(quoted.path).toEqual([USDC.address, WETH.address, TETHER.address])
    expect(quoted.amounts).toHaveLength(3)
  })

  test('with the impact of its size, and not that of the fee', async () => {
    const large = await quote({ tokenIn: USDC, tokenOut: ETH, amount: parseUnits('50000', 6) })
    expect(large.priceImpactBps).toBe(195)
    const twice = await quote({ tokenIn: USDC, tokenOut: TETHER, amount: parseUnits('50000', 6) })
    expect(twice.priceImpactBps).toBeGreaterThan(1500)
  })
})

test('the path that gives more is taken, or takes less, and an old block knows nothing of a new pool', async () => {
  const { client } = devnet
  const send = (address: `0x${string}`, functionName: string, args: unknown[]) =>
    client.writeContract({ abi: WRITE, account: DEPLOYER, chain: null, address, functionName, args } as never)
  const small = parseUnits('1000', 6)
  for (const token of [USDC.address, TETHER.address]) {
    await send(token, 'mint', [DEPLOYER, small])
    await send(token, 'approve', [ROUTER.address, small])
  }
  const pool = [USDC.address, TETHER.address, small, small, 0n, 0n, DEPLOYER, maxUint256]
  const hash = await send(ROUTER.address, 'addLiquidity', pool)
  const { status, blockNumber } = await client.waitForTransactionReceipt({ hash })
  expect(status).toBe('success')
  const now = { tokenIn: USDC, tokenOut: TETHER, blockNumber }
  const direct = [USDC.address, TETHER.address]
  const around = [USDC.address, WETH.address, TETHER.address]
  expect((await quote({ ...now, amount: parseUnits('1', 6) })).path).toEqual(direct)
  expect((await quote({ ...now, amount: parseUnits('5000', 6) })).path).toEqual(around)
  expect((await quote({ ...now, exact: 'out', amount: parseUnits('1', 6) })).path).toEqual(direct)
  expect((await quote({ ...now, exact: 'out', amount: parseUnits('5000', 6) })).path).toEqual(around)
  expect((await quote({ ...now, blockNumber: before, amount: parseUnits('1', 6) })).path).toEqual(around)
})

test('what no pool can give is no quote', async () => {
  const noQuote = expect.objectContaining({ code: 'NO_QUOTE' })
  const nobody: Token = { symbol: 'NONE', address: DEPLOYER, decimals: 18, isNative: false }
  await expect(quote({ tokenIn: USDC, tokenOut: nobody })).rejects.toEqual(noQuote)
  await expect(quote({ tokenIn: USDC, tokenOut: USDC })).rejects.toEqual(noQuote)
  const all = { exact: 'out', amount: parseEther('1000') } as const
  await expect(quote({ tokenIn: USDC, tokenOut: ETH, ...all })).rejects.toEqual(noQuote)
  await expect(quote({ tokenIn: ETH, tokenOut: USDC, amount: 1n })).rejects.toEqual(noQuote)
})

const throughProxy = async (react?: () => RpcReaction) => {
  const proxy = await startRpcProxy(devnet.url, react)
  onTestFinished(proxy.stop)
  const client = createPublicClient({ transport: http(proxy.url, { retryCount: 0 }) })
  return { proxy, client: client as never as TestDevnet['client'] }
}

test('once its pools are known a quote is one request, paths and reserves together', async () => {
  const { proxy, client } = await throughProxy()
  const memory = new Map()
  const once = await quote({ tokenIn: USDC, tokenOut: TETHER, memory }, client)
  proxy.calls.length = 0
  expect(await quote({ tokenIn: USDC, tokenOut: TETHER, memory }, client)).toEqual(once)
  // The pool that is not there is looked for again, the others are not.
  expect(proxy.calls.length).toBeLessThanOrEqual(2)
  proxy.calls.length = 0
  await quote({ tokenIn: USDC, tokenOut: ETH, memory }, client)
  expect(proxy.calls.map(({ method }) => method)).toEqual(['eth_call'])
})

test('a node that is not there is no missing pool', async () => {
  const { client } = await throughProxy(() => ({ status: 503 }))
  const failure = await quote({ tokenIn: USDC, tokenOut: ETH }, client).catch((error) => error)
  expect(failure).toBeInstanceOf(Error)
  expect(failure.code).not.toBe('NO_QUOTE')
})
