import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEV_ACCOUNT } from '../../src/web3/devnet/addresses.ts'
import { expectError, expectStatus } from '../gate/purchase-client.ts'
import type { TestDevnet } from '../harness/start-devnet.ts'
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

  test('ends without a plan where a question needs none', async () => {
    const { runId } = await copilot.started('NOOP', 'what is my usdc balance?')
    expectError(await copilot.post(runId, 'approve'), 409, 'RUN_NOT_READY')
  })
})
