import { parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { CopilotToolCall } from '../../src/apps/copilot/runs/schema.ts'
import { DEV_ACCOUNT } from '../../src/web3/devnet/addresses.ts'
import { expectError, expectStatus } from '../gate/purchase-client.ts'
import type { TestDevnet } from '../harness/start-devnet.ts'
import { startRpcProxy } from '../harness/start-rpc-proxy.ts'
import { startTestServer } from '../harness/start-test-server.ts'
import { type CopilotClient, copilotClient, HEADLINE, openCopilotWorld, usdcOf } from './copilot-client.ts'

describe('a run that comes to no plan by itself', () => {
  let world: Awaited<ReturnType<typeof openCopilotWorld>>
  let devnet: TestDevnet
  let copilot: CopilotClient
  beforeAll(async () => {
    world = await openCopilotWorld({ chains: (url) => ({ 31337: url, 8453: url }) })
    devnet = world.devnet
    copilot = copilotClient(world.server)
  })
  afterAll(() => world.close())

  test('fails with the reason where its chain answers for another one', async () => {
    const { runId, artifacts } = await copilot.started('FAILED', HEADLINE, { chainId: 8453 })
    expect(artifacts.fatal_error.code).toBe('WEB3_RPC_ERROR')
    expect(artifacts.assistant_message).toBeTruthy()
    expect(await copilot.read(runId)).toMatchObject({
      status: 'FAILED',
      final_status: 'FAILED',
      error_code: 'WEB3_RPC_ERROR',
      error_message: expect.stringContaining('answers for chain 31337'),
    })
    const { run: whole } = expectStatus(await copilot.call('GET', `/v1/runs/${runId}/details`), 200)
    expect(whole).toMatchObject(await copilot.read(runId))
    expectError(await copilot.post(runId, 'approve'), 409, 'RUN_NOT_READY')
  })

  test('asks for what is missing, and goes on with the answer', async () => {
    const { runId, artifacts } = await copilot.started('NEEDS_INPUT', 'swap usdc to weth')
    expect(artifacts.needs_input).toMatchObject({
      missing: ['amount_in'],
      questions: [expect.stringMatching(/how much/i)],
    })
    expectError(await copilot.post(runId, 'approve'), 409, 'RUN_NOT_READY')
    const answered = expectStatus(
      await copilot.post(runId, 'provide_input', { answers: { amount_in: '1' } }),
      200,
    )
    expect(answered).toMatchObject({ status: 'AWAITING_APPROVAL', final_status: 'READY' })
    expect(answered.artifacts.needs_input).toBeUndefined()
    expect(answered.artifacts.quote.amountIn).toBe('1000000')
    expectError(
      await copilot.post(runId, 'resume', { answers: { amount_in: '2' } }),
      409,
      'RUN_WAITS_FOR_NO_ANSWER',
    )
  })

  test('asks for less where the wallet has too little, telling what it has and what it would need', async () => {
    const { runId, artifacts } = await copilot.started('NEEDS_INPUT', 'swap 1,000,000 USDC to ETH')
    expect(artifacts.needs_input.data.insufficient_balance).toMatchObject({
      token: 'USDC',
      need: '1000000000000',
      have: String(await usdcOf(devnet, DEV_ACCOUNT)),
    })
    const answered = expectStatus(await copilot.post(runId, 'resume', { answers: { amount_in: '5' } }), 200)
    expect(answered).toMatchObject({
      status: 'AWAITING_APPROVAL',
      artifacts: { quote: { amountIn: '5000000' } },
    })
  })

  describe('of the coin a share is of all of it, and only what gas needs is kept back', () => {
    const wallet = '0x00000000000000000000000000000000000F0005'
    const holding = async (ether: string, intent: string, server = world.server) => {
      await devnet.client.setBalance({ address: wallet, value: parseEther(ether) })
      const run = copilotClient(server)
      const runId = await run.created(intent, { walletAddress: wallet })
      const { status, artifacts } = expectStatus(await run.post(runId, 'start'), 200)
      return { runId, status, artifacts, message: artifacts.assistant_message as string }
    }

    test.each([
      ['swap half my ETH to USDC', '1', '0.5'],
      ['swap 30% of my ETH to USDC', '1', '0.3'],
      ['wrap half of my ETH', '0.005', '0.0025'],
      [`send half my ETH to ${DEV_ACCOUNT}`, '0.001', '0.0005'],
    ])('%s, of %s: %s', async (intent, ether, amount) => {
      const { status, artifacts, message } = await holding(ether, intent)
      expect([status, message]).toEqual(['AWAITING_APPROVAL', expect.stringContaining(` ${amount} ETH`)])
      expect(artifacts.tx_requests[0].valueWei).toBe(String(parseEther(amount)))
      expect(message).not.toContain('stay')
    })

    test.each(['swap all my ETH to USDC', 'swap 99.9% of my ETH to USDC', 'wrap max ETH'])(
      '%s leaves what its gas takes, and says so',
      async (intent) => {
        const { status, artifacts, message } = await holding('0.005', intent)
        expect([status, message]).toEqual([
          'AWAITING_APPROVAL',
          expect.stringMatching(/In the wallet stay 0\.00\d{1,3} ETH to pay for gas\./),
        ])
        const [, kept] = /stay ([\d.]+) ETH/.exec(message)!
        expect(BigInt(artifacts.tx_requests[0].valueWei)).toBe(parseEther('0.005') - parseEther(kept!))
        expect(artifacts.decision.risk_score).toBe(0)
      },
    )

    test('what gas costs is asked for together with the balance', async () => {
      /** What each step asked of the chain, in the order of the steps. */
      const asked = async (intent: string) => {
        const { runId } = await holding('0.005', intent)
        const calls: CopilotToolCall[] = await copilot.toolCalls(runId)
        return [...Map.groupBy(calls, ({ step_id }) => step_id).values()].map((of) =>
          of.map(({ tool_name }) => tool_name).sort(),
        )
      }
      const [snapshot, ...others] = await asked('wrap 0.001 ETH')
      expect(await asked('wrap all my ETH')).toEqual([
        [...snapshot!, 'web3.eth_getBlockByNumber', 'web3.eth_maxPriorityFeePerGas'].sort(),
        ...others,
      ])
    })

    test('a wallet that cannot pay for gas is told how much that takes', async () => {
      const { status, message } = await holding('0.00001', 'swap all my ETH to USDC')
      expect([status, message]).toEqual([
        'NEEDS_INPUT',
        expect.stringMatching(
          /has 0\.00001 ETH, of which nothing is left beside 0\.00\d+ ETH to pay for gas\./,
        ),
      ])
    })

    test('all of it goes where gas costs nothing', async () => {
      const rpc = await startRpcProxy(devnet.url, ({ method }) =>
        method === 'eth_maxPriorityFeePerGas' ? { result: '0x0' } : undefined,
      )
      onTestFinished(() => rpc.stop())
      const server = await startTestServer({ settings: { RPC_URLS: JSON.stringify({ 31337: rpc.url }) } })
      onTestFinished(() => server.close())
      await devnet.client.setNextBlockBaseFeePerGas({ baseFeePerGas: 0n })
      await devnet.client.mine({ blocks: 1 })
      for (const intent of ['wrap all my ETH', 'swap all my ETH to USDC', `send 0.5 ETH to ${DEV_ACCOUNT}`]) {
        const { status, artifacts, message } = await holding('0.5', intent, server)
        expect([status, message]).toEqual(['AWAITING_APPROVAL', expect.stringContaining(' 0.5 ETH')])
        expect(artifacts.tx_requests[0].valueWei).toBe(String(parseEther('0.5')))
      }
    })

    test('what the settings keep stays besides', async () => {
      const settings = { RPC_URLS: JSON.stringify({ 31337: devnet.url }), NATIVE_RESERVE: '0.01' }
      const server = await startTestServer({ settings })
      onTestFinished(() => server.close())
      const { status, message } = await holding('0.05', 'swap all my ETH to USDC', server)
      expect([status, message]).toEqual([
        'AWAITING_APPROVAL',
        expect.stringMatching(
          /stay 0\.01\d+ ETH: 0\.00\d+ ETH to pay for gas, and 0\.01 ETH that is always kept/,
        ),
      ])
    })
  })

  test('ends without a plan where a question needs none', async () => {
    const { runId } = await copilot.started('NOOP', 'what is my usdc balance?')
    expectError(await copilot.post(runId, 'approve'), 409, 'RUN_NOT_READY')
  })
})
