import { encodeFunctionData, erc20Abi, type Hex, parseAbi, parseEther } from 'viem'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { CANONICAL, DEPLOYER, DEV_ACCOUNT } from '../../src/web3/devnet/addresses.ts'
import { callRpc } from '../../src/web3/devnet/call-rpc.ts'
import { expectError, expectStatus } from '../gate/purchase-client.ts'
import type { TestDevnet } from '../harness/start-devnet.ts'
import { startRpcProxy } from '../harness/start-rpc-proxy.ts'
import { startTestServer } from '../harness/start-test-server.ts'
import {
  type CopilotClient,
  copilotClient,
  openCopilotWorld,
  sign,
  signAll,
  usdcOf,
} from './copilot-client.ts'

const ROUTER = parseAbi([
  'function swapExactETHForTokens(uint256 amountOutMin, address[] path, address to, uint256 deadline) payable returns (uint256[])',
])
const FAR = 2n ** 40n

let world: Awaited<ReturnType<typeof openCopilotWorld>>
let devnet: TestDevnet
let copilot: CopilotClient
beforeAll(async () => {
  world = await openCopilotWorld()
  devnet = world.devnet
  copilot = copilotClient(world.server)
})
afterAll(() => world.close())

const send = async (to: Hex, data: Hex, from: Hex, value = 0n) => {
  const hash = await sign(devnet, { to, data, valueWei: value.toString() }, from)
  expect((await devnet.client.waitForTransactionReceipt({ hash })).status).toBe('success')
}
/** Somebody else buys dollars for so much ether, which makes ether cheaper for all who come after. */
const moveThePrice = (ether: string) =>
  send(
    CANONICAL.router,
    encodeFunctionData({
      abi: ROUTER,
      functionName: 'swapExactETHForTokens',
      args: [0n, [CANONICAL.weth, CANONICAL.usdc], DEPLOYER, FAR],
    }),
    DEPLOYER,
    parseEther(ether),
  )
/** The same the other way: dollars are sold, ether becomes dear. */
const makeEtherDear = async (dollars: bigint) => {
  const mint = { abi: parseAbi(['function mint(address to, uint256 amount)']), functionName: 'mint' } as const
  await send(CANONICAL.usdc, encodeFunctionData({ ...mint, args: [DEPLOYER, dollars] }), DEPLOYER)
  const approve = { abi: erc20Abi, functionName: 'approve', args: [CANONICAL.router, dollars] } as const
  await send(CANONICAL.usdc, encodeFunctionData(approve), DEPLOYER)
  const abi = parseAbi([
    'function swapExactTokensForETH(uint256 amountIn, uint256 amountOutMin, address[] path, address to, uint256 deadline) returns (uint256[])',
  ])
  const args = [dollars, 0n, [CANONICAL.usdc, CANONICAL.weth], DEPLOYER, FAR] as const
  return send(
    CANONICAL.router,
    encodeFunctionData({ abi, functionName: 'swapExactTokensForETH', args }),
    DEPLOYER,
  )
}
const drain = (dollars: bigint) =>
  send(
    CANONICAL.usdc,
    encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [DEPLOYER, dollars] }),
    DEV_ACCOUNT,
  )

describe('what is handed out', () => {
  let before: Hex
  beforeEach(async () => {
    before = await devnet.client.snapshot()
  })
  afterEach(() => devnet.client.revert({ id: before }))

  test('is byte for byte what was approved, as often as it is asked for', async () => {
    const { runId, artifacts, requests } = await copilot.handedOut()
    expect(requests).toEqual(artifacts.tx_requests)
    const again = expectStatus(await copilot.post(runId, 'execute'), 200)
    expect(JSON.stringify(again.tx_requests)).toBe(JSON.stringify(requests))
  })

  test('is the same where the price moved within what was approved', async () => {
    const { runId, artifacts } = await copilot.approved()
    await moveThePrice('1')
    const { tx_requests: requests } = expectStatus(await copilot.post(runId, 'execute'), 200)
    expect(requests).toEqual(artifacts.tx_requests)
    await signAll(devnet, copilot, runId, requests)
    expect((await copilot.poll(runId)).status).toBe('CONFIRMED')
  })

  test('is void once the price is worse than what was approved allows', async () => {
    const { runId } = await copilot.approved()
    await makeEtherDear(100_000_000_000n)
    const error = expectError(await copilot.post(runId, 'execute'), 409, 'PLAN_VOID')
    expect(error.details[0]!.message).toContain('INSUFFICIENT_OUTPUT_AMOUNT')
    expect(await copilot.read(runId)).toMatchObject({
      status: 'FAILED',
      error_code: 'PLAN_VOID',
      error_message: expect.stringContaining('INSUFFICIENT_OUTPUT_AMOUNT'),
    })
    const { run: whole } = expectStatus(await copilot.call('GET', `/v1/runs/${runId}/details`), 200)
    expect(whole).toMatchObject(await copilot.read(runId))
    expectError(await copilot.post(runId, 'execute'), 409, 'RUN_NOT_APPROVED')
  })

  test('is void once the wallet has no longer what it would spend', async () => {
    const { runId } = await copilot.approved()
    await drain((await usdcOf(devnet, DEV_ACCOUNT)) - 49_000_000n)
    expectError(await copilot.post(runId, 'execute'), 409, 'PLAN_VOID')
    expect(await copilot.status(runId)).toBe('FAILED')
  })

  test('is void once its time is over, however little else has changed', async () => {
    const { runId, artifacts } = await copilot.approved('swap 50 usdc to eth within 2 minutes')
    const { deadline } = artifacts.tx_requests[1].meta
    await devnet.client.setNextBlockTimestamp({ timestamp: BigInt(deadline) })
    await devnet.client.mine({ blocks: 1 })
    expect(expectError(await copilot.post(runId, 'execute'), 409, 'PLAN_VOID').details[0]!.message).toContain(
      'time',
    )
  })

  test('may cost another amount where an exact output was asked for, up to the most that was approved', async () => {
    const { runId, artifacts } = await copilot.approved('buy 0.1 eth with usdc')
    await makeEtherDear(2_000_000_000n)
    const { tx_requests: requests } = expectStatus(await copilot.post(runId, 'execute'), 200)
    expect(requests).toEqual(artifacts.tx_requests)
    const dearer = await copilot.approved('buy 0.1 eth with usdc')
    await makeEtherDear(100_000_000_000n)
    expectError(await copilot.post(dearer.runId, 'execute'), 409, 'PLAN_VOID')
  })

  test('is not lost where the chain cannot be asked: nothing is handed out, and it can be tried again', async () => {
    let isDown = false
    const proxy = await startRpcProxy(devnet.url, () => (isDown ? { status: 503 } : undefined))
    const server = await startTestServer({ settings: { RPC_URLS: JSON.stringify({ 31337: proxy.url }) } })
    onTestFinished(async () => {
      await server.close()
      await proxy.stop()
    })
    const other = copilotClient(server)
    const { runId, artifacts } = await other.approved()
    isDown = true
    expectError(await other.post(runId, 'execute'), 409, 'PLAN_NOT_SIMULATED')
    expect(await other.status(runId)).toBe('APPROVED_READY')
    expect((await other.toolCalls(runId)).at(-1)).toMatchObject({ error: expect.any(String) })
    isDown = false
    const { tx_requests: requests } = expectStatus(await other.post(runId, 'execute'), 200)
    expect(requests).toEqual(artifacts.tx_requests)
  })
})

describe('a chain that was begun anew between approval and execution', () => {
  /** As a first start leaves it, or with nothing on it at all. */
  async function begunAnew(state: string | null) {
    await callRpc(devnet.url, 'anvil_reset', [])
    if (state) await callRpc(devnet.url, 'anvil_loadState', [state])
  }

  test('voids what it knows nothing of, and hands out what it still does', async () => {
    const first = await callRpc<string>(devnet.url, 'anvil_dumpState', [])
    onTestFinished(() => begunAnew(first))
    const wallet = '0x00000000000000000000000000000000000F0001'
    const data = encodeFunctionData({
      abi: erc20Abi,
      functionName: 'transfer',
      args: [wallet, 60_000_000n],
    })
    await send(CANONICAL.usdc, data, DEV_ACCOUNT)
    await devnet.client.setBalance({ address: wallet, value: parseEther('1') })
    const poor = await copilot.approved('swap 50 usdc to eth', { walletAddress: wallet })
    const rich = await copilot.approved('swap 50 usdc to eth')
    const lost = await copilot.approved('swap 51 usdc to eth')
    await begunAnew(first)
    // As many blocks as before: by its number it is the same chain.
    await devnet.client.mine({ blocks: 2 })
    expectError(await copilot.post(poor.runId, 'execute'), 409, 'PLAN_VOID')
    const { tx_requests: requests } = expectStatus(await copilot.post(rich.runId, 'execute'), 200)
    expect(requests).toEqual(rich.artifacts.tx_requests)
    await begunAnew(null)
    const { status } = await copilot.post(lost.runId, 'execute')
    expect(status).toBe(409)
    expect(['FAILED', 'APPROVED_READY']).toContain(await copilot.status(lost.runId))
  })
})
