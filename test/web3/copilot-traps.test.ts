import { type Address, encodeFunctionData, erc20Abi, maxUint256, parseAbi, parseEther } from 'viem'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Artifacts, Check, TxRequest } from '../../src/apps/copilot/schema.ts'
import { CANONICAL, DEV_ACCOUNT, TRAPS } from '../../src/web3/devnet/addresses.ts'
import { decodeCall } from '../../src/web3/transactions/decode-call.ts'
import { expectStatus } from '../gate/purchase-client.ts'
import { startRpcProxy } from '../harness/start-rpc-proxy.ts'
import { startTestServer } from '../harness/start-test-server.ts'
import {
  type CopilotClient,
  copilotClient,
  DEVNET_ID,
  HEADLINE,
  openCopilotWorld,
  sign,
  signAll,
} from './copilot-client.ts'

const { usdc, weth, router } = CANONICAL
const FRIEND: Address = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const { feeOnTransfer: toll, honeypot } = TRAPS
/** Whoever lists a token may be wrong about it. */
const TOKENS = {
  ETH: { address: weth, decimals: 18, is_native: true },
  WETH: { address: weth, decimals: 18 },
  USDC: { address: usdc, decimals: 6 },
  TOLL: { address: toll, decimals: 18 },
  HONEY: { address: honeypot, decimals: 18 },
}
const ALLOWLISTED_TOKENS = JSON.stringify({ [DEVNET_ID]: TOKENS })

let world: Awaited<ReturnType<typeof openCopilotWorld>>
let copilot: CopilotClient
beforeAll(async () => {
  world = await openCopilotWorld({ settings: { ALLOWLISTED_TOKENS } })
  copilot = copilotClient(world.server)
  const mint = encodeFunctionData({
    abi: parseAbi(['function mint(address to, uint256 amount)']),
    args: [DEV_ACCOUNT, parseEther('1000')],
  })
  for (const to of [toll, honeypot]) await sign(world.devnet, { to, data: mint, valueWei: '0' })
})
afterAll(() => world.close())

const check = ({ policy_result, security_result }: Artifacts, id: string): Check =>
  [...policy_result!.checks, ...security_result!.output.checks].find((each) => each.id === id)!
const swapOf = (requests: TxRequest[]) => {
  const { data, to } = requests.at(-1)!
  const call = decodeCall(data, to as Address)
  return call.type === 'swap' ? call : expect.unreachable('the last transaction swaps')
}

test.each([
  ['swap 10 TOLL to ETH', 'TOLL'],
  ['swap 0.1 ETH to TOLL', 'TOLL'],
  ['swap 0.1 ETH to TOLL with 2% slippage', 'TOLL'],
  ['swap 10 TOLL to USDC', 'TOLL'],
  ['swap 10 USDC to TOLL', 'TOLL'],
])(
  '%s: what the token keeps is measured, allowed for, warned of, and mined as planned',
  async (sentence, token) => {
    const { runId, artifacts, requests } = await copilot.handedOut(sentence)
    const { attempt, decision, quote } = artifacts
    expect(attempt).toBe(2)
    expect(decision.reasons).toEqual([
      `Simulation: what is sent arrives: Of what is sent of ${token}, 1% does not arrive.`,
    ])
    const call = swapOf(requests)
    expect(call.feeOnTransfer).toBe(true)
    const [quoted, arrives] = [BigInt(quote.amountsOut.at(-1)!), BigInt(quote.arrives!)]
    expect(call.amountOut).toBe((arrives * BigInt(10_000 - quote.slippageBps)) / 10_000n)
    // A hundredth went on the way, and of what the pool then has less to move, a little came back.
    expect(Number(((quoted - arrives) * 10_000n) / quoted)).toBeOneOf([98, 99, 100])
    expect(artifacts.assistant_message).toContain('Please note: Of what is sent of TOLL, 1% does not arrive.')
    await signAll(world.devnet, copilot, runId, requests)
    expect((await copilot.poll(runId)).status).toBe('CONFIRMED')
    const { realised } = await copilot.artifacts(runId)
    expect(realised.slippage.paid_bps).toBeLessThanOrEqual(quote.slippageBps)
  },
)

test('what keeps more than the limit is blocked, whether it is bought, sold or sent', async () => {
  const settings = { ALLOWLISTED_TOKENS, FEE_ON_TRANSFER_BLOCK_BPS: '99' }
  const server = await startTestServer({ devnet: world.devnet, settings })
  onTestFinished(() => server.close())
  for (const sentence of ['swap 0.1 ETH to TOLL', 'swap 10 TOLL to ETH', `send 10 TOLL to ${FRIEND}`]) {
    const { artifacts } = await copilotClient(server).started('BLOCKED', sentence)
    expect(artifacts.decision).toMatchObject({ action: 'BLOCK', risk_score: 100 })
    expect(check(artifacts, 'fee_on_transfer')).toMatchObject({
      status: 'FAIL',
      reason: 'Of what is sent of TOLL, 1% does not arrive.',
    })
  }
})

test('an RPC that tells no logs shows as much: by what comes out of the swap', async () => {
  const proxy = await startRpcProxy(world.devnet.url, ({ method }) =>
    method === 'eth_simulateV1' ? { error: { code: -32601, message: 'Method not found' } } : undefined,
  )
  onTestFinished(proxy.stop)
  const settings = { ALLOWLISTED_TOKENS, RPC_URLS: JSON.stringify({ [DEVNET_ID]: proxy.url }) }
  const server = await startTestServer({ settings })
  onTestFinished(() => server.close())
  const poor = copilotClient(server)
  for (const sentence of ['swap 0.1 ETH to TOLL', 'swap 10 TOLL to ETH']) {
    const { artifacts } = await poor.started('AWAITING_APPROVAL', sentence)
    expect(artifacts.simulation.engine).toBe('code_override')
    expect(swapOf(artifacts.tx_requests).feeOnTransfer).toBe(true)
    expect(check(artifacts, 'fee_on_transfer').status).toBe('WARN')
  }
  const { artifacts } = await poor.started('BLOCKED', 'swap 0.1 ETH to HONEY')
  expect(check(artifacts, 'honeypot_sell').status).toBe('FAIL')
})

test('no exact amount is promised of a token that keeps a part', async () => {
  const bought = await copilot.started('BLOCKED', 'buy 10 TOLL with ETH')
  expect(check(bought.artifacts, 'fee_on_transfer').reason).toBe(
    'Of what is sent of TOLL, 1% does not arrive. No exact amount can be promised of such a swap.',
  )
  await copilot.started('BLOCKED', 'buy 0.01 ETH with TOLL')
})

test('a swap that reverts says so, and not that a token kept all of it', async () => {
  const { artifacts } = await copilot.started('BLOCKED', 'swap 10 HONEY to USDC')
  expect(artifacts.decision.reasons).toEqual([
    'Simulation: must succeed: swap-1 fails: "TransferHelper: TRANSFER_FROM_FAILED".',
  ])
  expect(check(artifacts, 'fee_on_transfer').status).toBe('UNKNOWN')
})

test.each([
  'swap 0.1 ETH to HONEY',
  'swap 100 USDC to HONEY',
  'buy 5 HONEY with ETH',
  `swap 0.1 ETH to HONEY to ${FRIEND}`,
])('%s: a listed token that cannot be sold again is blocked, whoever gets it', async (sentence) => {
  const { artifacts } = await copilot.started('BLOCKED', sentence)
  expect(artifacts.decision).toMatchObject({ action: 'BLOCK', risk_score: 100 })
  expect(check(artifacts, 'honeypot_sell')).toMatchObject({
    status: 'FAIL',
    reason: 'HONEY can be bought and not sold again.',
  })
})

test('what can be sold again passes for having been tried, also where somebody else gets it', async () => {
  for (const to of ['', ` to ${FRIEND}`]) {
    const { artifacts } = await copilot.started('AWAITING_APPROVAL', `swap 0.1 ETH to USDC${to}`)
    expect(check(artifacts, 'honeypot_sell')).toMatchObject({
      status: 'PASS',
      reason: 'What is bought can be sold again.',
    })
  }
})

test('a slippage of all there is is blocked like any other that is too much', async () => {
  for (const sentence of [
    'swap 50 USDC to ETH with 100% slippage',
    'swap 0.01 ETH to USDC with 100% slippage',
  ]) {
    const { artifacts } = await copilot.started('BLOCKED', sentence)
    expect(artifacts.decision).toMatchObject({ action: 'BLOCK', risk_score: 100 })
    expect(check(artifacts, 'swap_slippage_bounds').status).toBe('FAIL')
  }
})

test('to take back an allowance that is not there is nothing to do; one that is there is taken back', async () => {
  for (const spender of ['uniswap', FRIEND]) {
    const { artifacts } = await copilot.started('NOOP', `revoke USDC from ${spender}`)
    expect(artifacts.assistant_message).toContain('There is no allowance to take back.')
  }
  for (const spender of [router, FRIEND]) {
    const data = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [spender, 7n] })
    await sign(world.devnet, { to: usdc, data, valueWei: '0' })
    const { artifacts } = await copilot.started('AWAITING_APPROVAL', `revoke USDC from ${spender}`)
    expect(artifacts.tx_requests).toMatchObject([{ meta: { kind: 'REVOKE', spender } }])
  }
})

test('an allowance is set to what was asked for also where a larger one stands, and what it was is told', async () => {
  const standing = async (amount: bigint) => {
    const data = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [router, amount] })
    await sign(world.devnet, { to: usdc, data, valueWei: '0' })
  }
  const told: [bigint, string][] = [
    [maxUint256, 'any amount of USDC'],
    [20_000_000n, '20 USDC'],
    [1n, '0.000001 USDC'],
  ]
  for (const [before, text] of told) {
    await standing(before)
    const { artifacts } = await copilot.started('AWAITING_APPROVAL', 'approve 10 USDC for uniswap')
    expect(artifacts.tx_requests).toMatchObject([{ meta: { kind: 'APPROVE', amountBaseUnits: '10000000' } }])
    expect(artifacts.assistant_message).toContain(`So far it may take ${text}, and afterwards 10 USDC.`)
  }
  await standing(10_000_000n)
  const { artifacts } = await copilot.started('NOOP', 'approve 10 USDC for uniswap')
  expect(artifacts.assistant_message).toContain('The allowance is exactly that already.')
  // Of a swap an allowance that is enough is left as it is.
  await standing(60_000_000n)
  const swap = await copilot.started('AWAITING_APPROVAL', HEADLINE)
  expect(swap.artifacts.tx_requests).toMatchObject([{ meta: { kind: 'SWAP' } }])
  await standing(0n)
})

test('how often a wallet is used is told by its plans: questions, refusals and what was nothing to do do not count', async () => {
  const walletAddress = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'
  const send = `send 1 ETH to ${FRIEND}`
  await copilot.started('NEEDS_INPUT', 'hello there friend', { walletAddress })
  await copilot.started('NOOP', 'revoke USDC from uniswap', { walletAddress })
  await copilot.started('BLOCKED', `send 1 ETH to ${router}`, { walletAddress })
  await copilot.created(HEADLINE, { walletAddress })
  const first = await copilot.started('AWAITING_APPROVAL', send, { walletAddress })
  expect(check(first.artifacts, 'velocity').metadata).toMatchObject({ runs_in_last_hour: 0 })
  expectStatus(await copilot.post(first.runId, 'reject', { reason: 'not today' }), 200)
  const second = await copilot.started('AWAITING_APPROVAL', send, { walletAddress })
  expect(check(second.artifacts, 'velocity').metadata).toMatchObject({ runs_in_last_hour: 1 })
})
