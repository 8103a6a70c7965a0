import {
  type Address,
  createPublicClient,
  encodeFunctionData,
  type Hex,
  http,
  parseAbi,
  parseEther,
  parseUnits,
} from 'viem'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { CANONICAL, DEV_ACCOUNT, TRAPS } from '../../src/web3/devnet/addresses.ts'
import { quoteSwap } from '../../src/web3/quote/quote-swap.ts'
import { makeRegistries, type Token } from '../../src/web3/registry.ts'
import { makeSimulationMemory } from '../../src/web3/simulate/probe-engines.ts'
import { simulateRequests } from '../../src/web3/simulate/simulate-requests.ts'
import { buildApproval } from '../../src/web3/transactions/build-approval.ts'
import { buildSwap, type SwapArgs } from '../../src/web3/transactions/build-swap.ts'
import { buildTransfer } from '../../src/web3/transactions/build-transfer.ts'
import { buildWrap } from '../../src/web3/transactions/build-wrap.ts'
import { matchesPlan } from '../../src/web3/transactions/matches-plan.ts'
import { realisedChanges } from '../../src/web3/transactions/realised-changes.ts'
import { findTokensToReset } from '../../src/web3/transactions/reset-first.ts'
import { nameRequests, type TxRequest } from '../../src/web3/transactions/transaction-request.ts'
import { startTestDevnet, type TestDevnet } from '../harness/start-devnet.ts'
import { type RpcCall, type RpcReaction, startRpcProxy } from '../harness/start-rpc-proxy.ts'

const chainId = 31337
const registry = makeRegistries().get(chainId)!
const [ETH, USDC, WETH] = [registry.tokens.ETH!, registry.tokens.USDC!, registry.tokens.WETH!]
const ROUTER = registry.routers.UNISWAP_V2_ROUTER!
const outside = (symbol: string, address: Address, decimals: number): Token => ({
  symbol,
  address,
  decimals,
  isNative: false,
})
const TETHER = outside('USDT', CANONICAL.tether, 6)
const TOLL = outside('TOLL', TRAPS.feeOnTransfer, 18)
const HONEY = outside('HONEY', TRAPS.honeypot, 18)
const WALLET = DEV_ACCOUNT
const FRIEND: Address = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const FIFTY = parseUnits('50', 6)
const GETS = parseEther('0.019939602404328057')
const MINT = parseAbi(['function mint(address to, uint256 amount)'])

let devnet: TestDevnet
let headline: TxRequest[]
beforeAll(async () => {
  devnet = await startTestDevnet()
  for (const [{ address }, amount] of [
    [TETHER, 1000n * 10n ** 6n],
    [TOLL, parseEther('1000')],
    [HONEY, parseEther('1000')],
  ] as const) {
    await mined({
      to: address,
      data: encodeFunctionData({ abi: MINT, functionName: 'mint', args: [WALLET, amount] }),
    })
  }
  await send(
    buildApproval({ chainId, token: TETHER, spender: ROUTER.address, amount: 10n, allowance: 0n })[0]!,
  )
  headline = nameRequests(await swap(USDC, ETH, FIFTY))
})
afterAll(() => devnet.stop())

async function mined(request: { to: Address; data: Hex; value?: bigint; gas?: bigint }) {
  const { client } = devnet
  const hash = await client.sendTransaction({ account: WALLET, chain: null, ...request })
  return { receipt: await client.waitForTransactionReceipt({ hash }), hash }
}
const send = ({ to, data, valueWei }: Pick<TxRequest, 'to' | 'data' | 'valueWei'>, gas?: bigint) =>
  mined({ to, data, value: BigInt(valueWei), ...(gas && { gas }) })

/** A swap as it is built from a quote of now. */
async function swap(tokenIn: Token, tokenOut: Token, amount: bigint, change: Partial<SwapArgs> = {}) {
  const block = await devnet.client.getBlock()
  const quote = await quoteSwap(devnet.client, {
    chainId,
    router: ROUTER,
    tokenIn,
    tokenOut,
    wrappedNative: WETH.address,
    exact: 'in',
    amount,
    blockNumber: block.number,
    memory: new Map(),
  })
  return buildSwap({
    chainId,
    tokenIn,
    tokenOut,
    router: ROUTER,
    quote,
    recipient: WALLET,
    slippageBps: 50,
    deadlineSeconds: 1200,
    blockTime: Number(block.timestamp),
    allowance: 0n,
    ...change,
  })
}

type React = (call: RpcCall) => RpcReaction
async function openProxy(react?: React) {
  const proxy = await startRpcProxy(devnet.url, react)
  onTestFinished(proxy.stop)
  return { ...proxy, client: createPublicClient({ transport: http(proxy.url, { retryCount: 0 }) }) }
}
async function simulate(requests: TxRequest[], react?: React) {
  const { client } = await openProxy(react)
  return simulateRequests(client, { requests, wallet: WALLET, registry, memory: makeSimulationMemory() })
}

/** What is done to the chain here is undone afterwards. */
async function inPassing<T>(act: () => Promise<T>): Promise<T> {
  const id = await devnet.client.snapshot()
  try {
    return await act()
  } finally {
    await devnet.client.revert({ id })
  }
}

const unknownMethod = { error: { code: -32601, message: 'Method not found' } }
const unsupported = { error: { code: -32602, message: 'state override unsupported' } }
const hasCodeOverride = ({ params }: RpcCall) => JSON.stringify(params[2] ?? {}).includes('"code"')

const noSimulateV1: React = ({ method }) => (method === 'eth_simulateV1' ? unknownMethod : undefined)
const noCodeOverride: React = (call) =>
  noSimulateV1(call) ?? (hasCodeOverride(call) ? unsupported : undefined)
const noOverride: React = (call) => noSimulateV1(call) ?? (call.params.length > 2 ? unsupported : undefined)

const sold = [
  { address: WALLET, token: 'native', delta: GETS.toString() },
  { address: WALLET, token: USDC.address, delta: (-FIFTY).toString() },
]

describe('the headline swap is simulated by the best that the RPC can do', () => {
  test.each([
    ['eth_simulateV1', 'simulate_v1', false, undefined],
    ['code_override', 'code_override', true, noSimulateV1],
    ['slot_override', 'slot_override', true, noCodeOverride],
  ] as const)('%s proves it, and what it says about gas is enough', async (engine, support, used, react) => {
    const simulation = await simulate(headline, react)
    expect(simulation).toMatchObject({
      status: 'completed',
      mode: 'sequential',
      sequence: ['approve-1', 'swap-1'],
      engine,
      override_support: support,
      overrides_used: used,
      summary: { num_success: 2, num_failed: 0 },
    })
    expect(simulation.results.map(({ success, assumed_success }) => [success, assumed_success])).toEqual([
      [true, false],
      [true, false],
    ])
    if (engine === 'slot_override') expect(simulation).not.toHaveProperty('assetChanges')
    else expect(simulation.assetChanges).toEqual(sold)
    const change = { token: USDC.address, spender: ROUTER.address }
    expect(simulation.results.map((result) => result.allowanceChanges)).toEqual(
      engine === 'slot_override'
        ? [undefined, undefined]
        : [
            [{ ...change, before: '0', after: String(FIFTY) }],
            [{ ...change, before: String(FIFTY), after: '0' }],
          ],
    )
    const logs = simulation.results.map((result) => result.logs?.length)
    expect(logs).toEqual(engine === 'eth_simulateV1' ? [1, 7] : [undefined, undefined])

    await inPassing(async () => {
      for (const [at, request] of headline.entries()) {
        const { gasEstimate, gasLimit } = simulation.results[at]!
        expect(BigInt(gasLimit!)).toBe((BigInt(gasEstimate!) * 25n + 15n) / 16n)
        // Time passes until it is mined, which makes a swap cost more.
        await devnet.client.increaseTime({ seconds: 12 })
        const { receipt, hash } = await send(request, BigInt(gasLimit!))
        expect(receipt.status).toBe('success')
        if (at === 0) continue
        const { changes } = realisedChanges(receipt, WALLET, { wrappedNative: WETH.address })
        expect(changes.map((change) => ({ ...change, delta: String(change.delta) }))).toEqual(
          expect.arrayContaining(sold),
        )
        const transaction = await devnet.client.getTransaction({ hash })
        expect(matchesPlan(transaction, request, WALLET, chainId)).toEqual({ matches: true })
      }
    })
  })

  test('the limit is enough also where much of the gas is given back at the end, as with a pool that is in use', async () => {
    await inPassing(async () => {
      for (const request of headline) await send(request, 1_000_000n)
      const { results } = await simulate(headline)
      await devnet.client.increaseTime({ seconds: 12 })
      for (const [at, request] of headline.entries()) {
        const { receipt } = await send(request, BigInt(results[at]!.gasLimit!))
        expect(receipt.status).toBe('success')
      }
    })
  })

  test('without any override the swap is assumed to work, and that is said', async () => {
    const simulation = await simulate(headline, noOverride)
    expect(simulation).toMatchObject({
      engine: 'eth_call',
      override_support: 'unsupported',
      overrides_used: false,
      summary: { num_success: 2, num_failed: 0 },
    })
    expect(simulation.results[0]).toMatchObject({ success: true, assumed_success: false })
    expect(simulation.results[1]).toMatchObject({
      success: true,
      assumed_success: true,
      assumption_reason: 'ALLOWANCE_NOT_APPLIED_IN_SIMULATION',
      error: 'TransferHelper: TRANSFER_FROM_FAILED',
      gasLimit: null,
    })
    expect(simulation).not.toHaveProperty('assetChanges')
  })

  test('a node that takes overrides and does not heed them is not believed', async () => {
    const deaf: React = (call) => {
      if (call.method === 'eth_simulateV1') {
        return {
          result: [
            { timestamp: '0x1', calls: [{ status: '0x1', returnData: '0x', gasUsed: '0x0', logs: [] }] },
          ],
        }
      }
      return call.params.length > 2 ? { pass: { ...call, params: call.params.slice(0, 2) } } : undefined
    }
    expect(await simulate(headline, deaf)).toMatchObject({ engine: 'eth_call' })
  })

  test('allowances are found by guessing where the node does not tell which storage is read', async () => {
    const silent: React = (call) =>
      call.method === 'eth_createAccessList' ? unknownMethod : noCodeOverride(call)
    for (const requests of [
      headline,
      nameRequests(await swap(TETHER, ETH, FIFTY, { resetFirst: true, allowance: 10n })),
    ]) {
      const { engine, summary } = await simulate(requests, silent)
      expect({ engine, ...summary }).toMatchObject({ engine: 'slot_override', num_failed: 0 })
    }
  })

  test('a wallet with code keeps its code: the batch in its place is left out', async () => {
    await inPassing(async () => {
      await devnet.client.setCode({ address: WALLET, bytecode: `0xef0100${FRIEND.slice(2)}` as Hex })
      expect(await simulate(headline, noSimulateV1)).toMatchObject({ engine: 'slot_override' })
      expect(await simulate(headline)).toMatchObject({ engine: 'eth_simulateV1', assetChanges: sold })
    })
  })
})

describe('what an RPC can do', () => {
  test('is asked once for each chain', async () => {
    const { client, calls } = await openProxy()
    const memory = makeSimulationMemory()
    for (let time = 0; time < 3; time++) {
      await simulateRequests(client, { requests: headline, wallet: WALLET, registry, memory })
    }
    expect(calls.filter(({ method }) => method === 'eth_simulateV1')).toHaveLength(4)
  })

  test.each([{ status: 503 }, { error: { code: -32005, message: 'limit exceeded' } }])(
    'is not concluded from a node that is too busy: %o',
    async (busy) => {
      let isBusy = true
      const { client } = await openProxy(({ method }) =>
        isBusy && method === 'eth_simulateV1' ? busy : undefined,
      )
      const args = { requests: headline, wallet: WALLET, registry, memory: makeSimulationMemory() }
      await expect(simulateRequests(client, args)).rejects.toThrow()
      isBusy = false
      expect(await simulateRequests(client, args)).toMatchObject({ engine: 'eth_simulateV1' })
    },
  )

  test('is asked anew once it refuses what it could do', async () => {
    let refuses = false
    const { client } = await openProxy((call) => (refuses ? noCodeOverride(call) : undefined))
    const args = { requests: headline, wallet: WALLET, registry, memory: makeSimulationMemory() }
    expect(await simulateRequests(client, args)).toMatchObject({ engine: 'eth_simulateV1' })
    refuses = true
    expect(await simulateRequests(client, args)).toMatchObject({ engine: 'slot_override' })
    refuses = false
    expect(await simulateRequests(client, args)).toMatchObject({ engine: 'eth_simulateV1' })
  })
})

describe.each([
  ['eth_simulateV1', undefined],
  ['code_override', noSimulateV1],
  ['slot_override', noCodeOverride],
] as const)('why a transaction fails is told by %s:', (expected, react) => {
  const errorOf = async (requests: TxRequest[]) => {
    const { engine, results, summary } = await simulate(requests, react)
    // Where there is no approval to write into storage, nothing is overridden.
    const plain = expected === 'slot_override' && requests.length === 1
    expect(engine).toBe(plain ? 'eth_call' : expected)
    const last = results.at(-1)!
    expect(last).toMatchObject({ success: false, assumed_success: false, gasLimit: null, fee: null })
    expect(summary.num_failed).toBeGreaterThan(0)
    return last.error
  }

  test('a deadline that has passed', async () => {
    const drafts = await swap(USDC, ETH, FIFTY, { blockTime: 1_600_000_000 })
    expect(await errorOf(nameRequests(drafts))).toBe('UniswapV2Router: EXPIRED')
  })

  test('less than the least that was agreed to', async () => {
    const path = [USDC.address, WETH.address]
    const quote = { exact: 'in', amountIn: FIFTY, amountOut: GETS * 2n, path } as const
    const drafts = await swap(USDC, ETH, FIFTY, { quote })
    expect(await errorOf(nameRequests(drafts))).toBe('UniswapV2Router: INSUFFICIENT_OUTPUT_AMOUNT')
  })

  test('a target without code, where the call would do nothing and succeed', async () => {
    const transfer = buildTransfer({
      chainId,
      token: { ...USDC, address: FRIEND },
      recipient: WALLET,
      amount: 1n,
    })
    expect(await errorOf(nameRequests([transfer]))).toMatch(/^no code at 0x7099/)
  })

  test('more coins than there are', async () => {
    const transfer = buildTransfer({ chainId, token: ETH, recipient: FRIEND, amount: parseEther('1000000') })
    expect(await errorOf(nameRequests([transfer]))).toMatch(
      /^insufficient funds: it sends 1000000000000000000000000 wei/,
    )
  })

  test('more tokens than there are', async () => {
    const transfer = buildTransfer({
      chainId,
      token: USDC,
      recipient: FRIEND,
      amount: parseUnits('1000000', 6),
    })
    expect(await errorOf(nameRequests([transfer]))).toMatch(/^ERC20InsufficientBalance\(0xf39F/)
  })

  test('a token that answers false', async () => {
    await inPassing(async () => {
      const address: Address = '0x00000000000000000000000000000000000fa15e'
      // Pushes a zero to memory and returns it, whatever is asked.
      await devnet.client.setCode({ address, bytecode: '0x600060005260206000f3' })
      const transfer = buildTransfer({ chainId, token: { ...USDC, address }, recipient: FRIEND, amount: 1n })
      expect(await errorOf(nameRequests([transfer]))).toBe('the token answered false')
    })
  })

  test('an allowance over another one, of a token that wants zero first', async () => {
    const args = { chainId, token: TETHER, spender: ROUTER.address, amount: 20n, allowance: 10n }
    const requests = nameRequests(buildApproval(args))
    const { results } = await simulate(requests, react)
    expect(results[0]!.success).toBe(false)
    const standing = [{ token: TETHER.address, spender: ROUTER.address, allowance: 10n }]
    const [found, ...more] = findTokensToReset(requests, results, standing)
    expect([found, more]).toEqual([TETHER.address, []])
    const again = await simulate(nameRequests(buildApproval({ ...args, resetFirst: true })), react)
    expect(again.summary).toEqual({ num_success: 2, num_failed: 0 })
  })

  test('a token that nobody can sell', async () => {
    const sale = await swap(HONEY, ETH, parseEther('1'))
    expect(await errorOf(nameRequests(sale))).toMatch(/TRANSFER_FROM_FAILED|not for sale/)
  })
})

describe('what is assumed without proof', () => {
  const errorsOf = async (requests: TxRequest[]) => {
    const { engine, results } = await simulate(requests, noOverride)
    expect(engine).toBe('eth_call')
    return results.map(({ success, error }) => (success ? null : error))
  }

  test('is not a swap of a token that nobody can sell, though its error is the same', async () => {
    const sale = nameRequests(await swap(HONEY, ETH, parseEther('1')))
    expect(await errorsOf(sale)).toEqual([null, 'TransferHelper: TRANSFER_FROM_FAILED'])
  })

  test('is not a swap without the approval, or of more than the wallet has', async () => {
    const short = 'TransferHelper: TRANSFER_FROM_FAILED'
    expect(await errorsOf([headline[1]!])).toEqual([short])
    expect(await errorsOf(nameRequests(await swap(USDC, ETH, parseUnits('20000', 6))))).toEqual([null, short])
  })

  test('is no other failure', async () => {
    const late = nameRequests(await swap(USDC, ETH, FIFTY, { blockTime: 1_600_000_000 }))
    expect(await errorsOf(late)).toEqual([null, 'UniswapV2Router: EXPIRED'])
  })
})

describe.each([
  ['eth_simulateV1', undefined],
  ['code_override', noSimulateV1],
] as const)('what changes hands is read from balances by %s:', (engine, react) => {
  const change = (address: Address, token: Address | 'native', delta: bigint) => ({
    address,
    token,
    delta: delta.toString(),
  })

  test('a token that keeps a part shows what arrives', async () => {
    const amount = parseEther('100')
    const transfer = buildTransfer({ chainId, token: TOLL, recipient: FRIEND, amount })
    const { assetChanges } = await simulate(nameRequests([transfer]), react)
    expect(assetChanges).toEqual([
      change(WALLET, TOLL.address, -amount),
      change(FRIEND, TOLL.address, parseEther('99')),
    ])
    const sale = nameRequests(await swap(TOLL, ETH, amount, { feeOnTransfer: true, slippageBps: 300 }))
    const { summary, assetChanges: after } = await simulate(sale, react)
    expect(summary.num_failed).toBe(0)
    expect(after).toContainEqual(change(WALLET, TOLL.address, -amount))
  })

  test('coins, wrapped ones and what goes to somebody else, each transaction by itself', async () => {
    const [wrap, unit] = [buildWrap({ chainId, tokenIn: ETH, tokenOut: WETH, amount: 7n }), 5n]
    const gift = buildTransfer({ chainId, token: WETH, recipient: FRIEND, amount: unit })
    const coins = buildTransfer({ chainId, token: ETH, recipient: FRIEND, amount: 3n })
    const simulation = await simulate(nameRequests([wrap, gift, coins]), react)
    expect(simulation).toMatchObject({ engine, summary: { num_failed: 0 } })
    expect(simulation.results.map(({ assetChanges }) => assetChanges)).toEqual([
      [change(WALLET, 'native', -7n), change(WALLET, WETH.address, 7n)],
      [change(WALLET, WETH.address, -5n), change(FRIEND, WETH.address, 5n)],
      [change(WALLET, 'native', -3n), change(FRIEND, 'native', 3n)],
    ])
    expect(simulation.assetChanges).toEqual([
      change(WALLET, 'native', -10n),
      change(WALLET, WETH.address, 2n),
      change(FRIEND, WETH.address, 5n),
      change(FRIEND, 'native', 3n),
    ])
  })

  test('an unlimited allowance is told as one, and not as one that cannot be read', async () => {
    const amount = 2n ** 256n - 1n
    const [approval] = headline
    const data = `${approval!.data.slice(0, -64)}${amount.toString(16)}` as Hex
    const { results } = await simulate([{ ...approval!, data }], react)
    expect(results[0]!.allowanceChanges).toEqual([
      { token: USDC.address, spender: ROUTER.address, before: '0', after: String(amount) },
    ])
  })

  test('a failed transaction changes nothing, and what comes after it is still tried', async () => {
    const much = buildTransfer({ chainId, token: ETH, recipient: FRIEND, amount: parseEther('1000000') })
    const simulation = await simulate(
      nameRequests([much, buildTransfer({ chainId, token: ETH, recipient: FRIEND, amount: 3n })]),
      react,
    )
    expect(simulation.summary).toEqual({ num_success: 1, num_failed: 1 })
    expect(simulation.assetChanges).toEqual([change(WALLET, 'native', -3n), change(FRIEND, 'native', 3n)])
  })
})

test('tokens that nobody thought of are told from the logs', async () => {
  const data = encodeFunctionData({ abi: MINT, functionName: 'mint', args: [WALLET, 5n] })
  const unknown: TxRequest = { ...headline[0]!, to: TOLL.address, data }
  const { assetChanges } = await simulate([unknown])
  expect(assetChanges).toEqual([{ address: WALLET, token: TOLL.address, delta: '5' }])
})

test('a simulation stands on the block it is given, twelve seconds later', async () => {
  const { number, timestamp } = await devnet.client.getBlock()
  const fee = { gasPrice: 5n }
  await inPassing(async () => {
    await send(buildTransfer({ chainId, token: USDC, recipient: FRIEND, amount: parseUnits('10000', 6) }))
    const simulation = await simulateRequests(devnet.client, {
      requests: headline,
      wallet: WALLET.toLowerCase() as Address,
      registry,
      memory: makeSimulationMemory(),
      head: { number, timestamp: Number(timestamp), fee },
    })
    expect(simulation).toMatchObject({ blockNumber: Number(number), blockTime: Number(timestamp) + 12 })
    expect(simulation.assetChanges).toEqual(sold)
    expect(simulation.results[0]!.fee).toEqual({ gasPrice: '5' })
  })
})
