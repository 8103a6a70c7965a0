import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Address } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CANONICAL, DEV_ACCOUNT } from '../../src/web3/devnet/addresses.ts'
import { expectVerified } from '../crash/program.ts'
import { expectError, expectStatus } from '../gate/purchase-client.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import type { TestDevnet } from '../harness/start-devnet.ts'
import type { TestServer } from '../harness/start-test-server.ts'
import {
  type CopilotClient,
  copilotClient,
  HEADLINE,
  openCopilotWorld,
  signAll,
  usdcOf,
} from './copilot-client.ts'

const PIPELINE = [
  'RUN_CREATED',
  'INPUT_NORMALIZE',
  'PRECHECK',
  'WALLET_SNAPSHOT',
  'PLAN_TX',
  'BUILD_TXS',
  'SIMULATE_TXS',
  'POLICY_EVAL',
  'SECURITY_EVAL',
  'JUDGE_AGENT',
  'REPAIR_ROUTER',
  'FINALIZE',
]

describe.each(DATABASES)('a run of the copilot on %s', (database) => {
  let world: Awaited<ReturnType<typeof openCopilotWorld>>
  let devnet: TestDevnet
  let server: TestServer
  let copilot: CopilotClient
  beforeAll(async () => {
    world = await openCopilotWorld({ database })
    ;({ devnet, server } = world)
    copilot = copilotClient(server)
  })
  afterAll(() => world.close())

  /** What would change if anything were sent. */
  const footprint = async (address: Address = DEV_ACCOUNT) => ({
    block: await devnet.client.getBlockNumber(),
    nonce: await devnet.client.getTransactionCount({ address }),
    ether: await devnet.client.getBalance({ address }),
    dollars: await usdcOf(devnet, address),
  })

  test('the headline sentence becomes a mined swap: proved, approved, signed by the wallet, confirmed', async () => {
    const before = await footprint()
    const { runId, artifacts } = await copilot.started('AWAITING_APPROVAL')
    expect(artifacts.decision).toMatchObject({ action: 'NEEDS_APPROVAL', risk_score: 0, severity: 'LOW' })
    const checks = [...artifacts.policy_result.checks, ...artifacts.security_result.output.checks]
    expect(checks.filter(({ status }) => status === 'WARN' || status === 'FAIL')).toEqual([])
    expect(artifacts.simulation).toMatchObject({
      status: 'completed',
      mode: 'sequential',
      sequence: ['approve-1', 'swap-1'],
      override_support: 'simulate_v1',
      summary: { num_success: 2, num_failed: 0 },
    })
    expect(artifacts).toMatchObject({
      final_status_suggested: 'READY',
      quote: { routerKey: 'UNISWAP_V2_ROUTER', amountIn: '50000000' },
      judge_result: { output: { verdict: 'PASS' } },
    })
    expectStatus(await copilot.post(runId, 'approve', { reviewer: 'ana', notes: 'as asked' }), 200)
    const handed = expectStatus(await copilot.post(runId, 'execute'), 200)
    expect(handed).toMatchObject({ status: 'APPROVED_READY', plan_hash: artifacts.plan_hash })
    expect(handed.tx_requests).toEqual(artifacts.tx_requests)
    expect(handed.tx_request).toEqual(artifacts.tx_requests[0])
    // Up to here nothing was sent by anybody.
    expect(await footprint()).toEqual(before)

    const hashes = await signAll(devnet, copilot, runId, handed.tx_requests)
    expect(await copilot.poll(runId)).toMatchObject({
      status: 'CONFIRMED',
      mined: true,
      tx_hash: hashes[1],
      receipt: { confirmations: 1 },
      transactions: [
        { txRequestId: 'approve-1', hash: hashes[0], state: 'CONFIRMED' },
        { txRequestId: 'swap-1', hash: hashes[1], state: 'CONFIRMED' },
      ],
    })
    const after = await footprint()
    expect(after.dollars).toBe(before.dollars - 50_000_000n)
    const receipts = await Promise.all(hashes.map((hash) => devnet.client.getTransactionReceipt({ hash })))
    const gas = receipts.reduce(
      (sum, { gasUsed, effectiveGasPrice }) => sum + gasUsed * effectiveGasPrice,
      0n,
    )
    const received = after.ether + gas - before.ether
    const [quoted] = artifacts.quote.amountsOut.slice(-1)
    expect(received).toBe(BigInt(quoted))
    expect(after.nonce - before.nonce).toBe(2)
    expect(await copilot.read(runId)).toMatchObject({
      status: 'CONFIRMED',
      intent: HEADLINE,
      walletAddress: DEV_ACCOUNT,
      chainId: 31337,
      current_step: 'WALLET',
      error_code: null,
    })
  })

  test('its steps, calls, journal and export tell all of it, and the verifier accepts it', async () => {
    const { runId, requests } = await copilot.handedOut('swap 20 usdc for eth')
    await signAll(devnet, copilot, runId, requests)
    expect((await copilot.poll(runId)).status).toBe('CONFIRMED')
    const steps = await copilot.steps(runId)
    const names = steps.map(({ step_name }: { step_name: string }) => step_name)
    expect(names).toEqual([...PIPELINE, 'HUMAN_APPROVAL', 'WALLET'])
    expect(new Set(steps.map(({ status }: { status: string }) => status))).toEqual(new Set(['DONE']))
    const calls = await copilot.toolCalls(runId)
    expect((await server.get(`/v1/runs/${runId}/tools`)).body).toEqual(calls)
    const called = calls.map(({ tool_name }: { tool_name: string }) => tool_name)
    expect(called).toEqual(expect.arrayContaining(['web3.multicall3.aggregate3', 'web3.eth_simulateV1']))
    expect(called.at(-1)).toBe('web3.transaction')
    const ids = steps.map(({ id }: { id: string }) => id)
    for (const { step_id } of calls) expect(ids).toContain(step_id)

    const journal = expectStatus(await server.get(`/v1/runs/${runId}/journal`), 200)
    const titles = journal.entries.map(({ title }: { title: string }) => title).join('\n')
    expect(titles).toContain('Swap 20 USDC for at least')
    expect(titles).toContain('Approval approved')
    await expectVerified(server, runId)
  })

  test('of 20 who start one run one does, and the others are refused', async () => {
    const runId = await copilot.created()
    const answers = await Promise.all(Array.from({ length: 20 }, () => copilot.post(runId, 'start')))
    const refused = answers.filter(({ status }) => status !== 200)
    expect(answers.length - refused.length).toBe(1)
    for (const answer of refused) expectError(answer, 409, 'RUN_ALREADY_STARTED')
    expect(await copilot.status(runId)).toBe('AWAITING_APPROVAL')
    expect((await copilot.steps(runId)).length).toBe(PIPELINE.length)
    expectError(await copilot.post(runId, 'start'), 409, 'RUN_ALREADY_STARTED')
  })

  test('of 20 who approve one plan one does', async () => {
    const { runId } = await copilot.started('AWAITING_APPROVAL')
    const answers = await Promise.all(Array.from({ length: 20 }, () => copilot.post(runId, 'approve')))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(409)])
    expect(await copilot.status(runId)).toBe('APPROVED_READY')
  })
})

describe('a run of the copilot', () => {
  let world: Awaited<ReturnType<typeof openCopilotWorld>>
  let devnet: TestDevnet
  let server: TestServer
  let copilot: CopilotClient
  beforeAll(async () => {
    const chains = (url: string) => ({ 31337: url, 8453: url })
    world = await openCopilotWorld({ chains, background: true })
    ;({ devnet, server } = world)
    copilot = copilotClient(server)
  })
  afterAll(() => world.close())

  const approvalsOf = async (runId: string) => {
    const { approvals } = expectStatus(await server.get('/v1/approvals/pending'), 200)
    return approvals.filter(({ run_id }: { run_id: string }) => run_id === runId)
  }

  test('is blocked where a rule is broken, with the reason, and nothing can be had of it', async () => {
    const { runId, artifacts } = await copilot.started('BLOCKED', 'swap 50 usdc to eth with 5% slippage')
    expect(artifacts).toMatchObject({
      final_status_suggested: 'BLOCKED',
      decision: { action: 'BLOCK', risk_score: 100, severity: 'HIGH' },
    })
    expect(artifacts.decision.reasons.join()).toMatch(/slippage/i)
    expect(artifacts.plan_hash).toBeUndefined()
    expect(await approvalsOf(runId)).toEqual([])
    expectError(await copilot.post(runId, 'approve'), 409, 'RUN_NOT_READY')
    expectError(await copilot.post(runId, 'reject'), 409, 'RUN_NOT_READY')
    expectError(await copilot.post(runId, 'execute'), 409, 'RUN_NOT_APPROVED')
    expectError(await copilot.submit(runId, `0x${'1'.repeat(64)}`), 409, 'RUN_NOT_APPROVED')
    expectError(await copilot.post(runId, 'poll_tx'), 409, 'RUN_NOT_SUBMITTED')
  })

  test('is rejected by a human for good', async () => {
    const { runId } = await copilot.started('AWAITING_APPROVAL')
    const body = { reviewer: 'ana', reason: 'not today' }
    expect(expectStatus(await copilot.post(runId, 'reject', body), 200)).toMatchObject({
      ok: true,
      runId,
      status: 'REJECTED',
    })
    expect(await copilot.status(runId)).toBe('REJECTED')
    expectError(await copilot.post(runId, 'approve'), 409, 'RUN_NOT_READY')
    expectError(await copilot.post(runId, 'execute'), 409, 'RUN_NOT_APPROVED')
    expectError(await copilot.post(runId, 'start'), 409, 'RUN_ALREADY_STARTED')
    expectError(await server.call('PATCH', `/runs/${runId}/resume`, {}), 409, 'RUN_NOT_PAUSED')
    expect(await copilot.status(runId)).toBe('REJECTED')
  })

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

  test('answers change no wallet, and what is no slot is ignored', async () => {
    const { runId } = await copilot.started('NEEDS_INPUT', 'swap usdc to weth')
    const answers = { wallet_address: CANONICAL.router, constructor: 'x', amount_in: 1 }
    const answered = expectStatus(await copilot.post(runId, 'provide_input', { answers }), 200)
    expect(answered.status).toBe('AWAITING_APPROVAL')
    expect(answered.artifacts.wallet_snapshot.walletAddress).toBe(DEV_ACCOUNT)
    expect(await copilot.read(runId)).toMatchObject({ walletAddress: DEV_ACCOUNT, chainId: 31337 })
    for (const { chainId } of answered.artifacts.tx_requests) expect(chainId).toBe(31337)
  })

  test('ends without a plan where a question needs none', async () => {
    const { runId } = await copilot.started('NOOP', 'what is my usdc balance?')
    expectError(await copilot.post(runId, 'approve'), 409, 'RUN_NOT_READY')
  })

  test('is approved once it waits for it, once, and as the plan that stands', async () => {
    const runId = await copilot.created()
    expectError(await copilot.post(runId, 'approve'), 409, 'RUN_NOT_READY')
    expectError(await copilot.post(runId, 'execute'), 409, 'RUN_NOT_APPROVED')
    const { artifacts } = expectStatus(await copilot.post(runId, 'start'), 200)
    expectError(await copilot.post(runId, 'execute'), 409, 'RUN_NOT_APPROVED')
    expectError(await copilot.post(runId, 'approve', { plan_hash: 'f'.repeat(64) }), 409, 'PLAN_CHANGED')
    expectError(await copilot.post(runId, 'approve', { plan_hash: '' }), 409, 'PLAN_CHANGED')
    expect(await copilot.status(runId)).toBe('AWAITING_APPROVAL')
    const approved = await copilot.post(runId, 'approve', { plan_hash: artifacts.plan_hash })
    expect(expectStatus(approved, 200).status).toBe('APPROVED_READY')
    expectError(await copilot.post(runId, 'approve'), 409, 'RUN_NOT_READY')
    expectError(await copilot.post(runId, 'reject'), 409, 'RUN_NOT_READY')
  })

  test('stands in the inbox with what it would do, and an answer there moves it', async () => {
    const { runId, artifacts } = await copilot.started('AWAITING_APPROVAL')
    const [pending] = await approvalsOf(runId)
    const shown = expectStatus(await server.get(`/v1/approvals/decisions/${pending.decision_id}`), 200)
    expect(JSON.stringify(shown)).toContain(artifacts.plan_hash)
    expect(JSON.stringify(shown.payload)).toContain(artifacts.tx_requests[1].data)
    const answer = { decision: 'approved', approver_id: 'ana' }
    expectStatus(await server.post(`/v1/approvals/decisions/${pending.decision_id}`, answer), 200)
    await expect.poll(() => copilot.status(runId), { interval: 5 }).toBe('APPROVED_READY')
    expect(expectStatus(await copilot.post(runId, 'execute'), 200).tx_requests).toEqual(artifacts.tx_requests)

    const other = await copilot.started('AWAITING_APPROVAL')
    const [asked] = await approvalsOf(other.runId)
    const no = { decision: 'rejected', approver_id: 'ana', reason: 'no' }
    expectStatus(await server.post(`/v1/approvals/decisions/${asked.decision_id}`, no), 200)
    await expect.poll(() => copilot.status(other.runId), { interval: 5 }).toBe('REJECTED')
  })

  test('is told nothing of its own from outside: no event of the program can be sent to it', async () => {
    const { runId } = await copilot.handedOut()
    for (const name of ['copilot.settled', 'copilot.answers', 'copilot.tx_submitted', ' copilot.settled']) {
      const forged = await server.post(`/runs/${runId}/events`, { name, payload: { status: 'CONFIRMED' } })
      expect([name, forged.status]).toEqual([name, 422])
    }
    const resumed = { approval_input: { approved: true } }
    expectError(
      await server.call('PATCH', `/runs/${runId}/resume`, resumed),
      409,
      'RUN_WAITS_FOR_SOMETHING_ELSE',
    )
    expectError(await server.post(`/runs/${runId}/retry`), 409, 'RUN_OF_COPILOT')
    expectError(await server.post(`/runs/${runId}/fork`, { from_step: 'wallet' }), 409, 'RUN_OF_COPILOT')
    expect(await copilot.status(runId)).toBe('APPROVED_READY')
  })
})

test('nothing in the program signs or sends a transaction: only the devnet does, for its contracts', () => {
  const SENDS =
    /\b(sendTransaction|sendRawTransaction|eth_send\w*|signTransaction|privateKeyToAccount|mnemonicToAccount|createWalletClient|writeContract|wallet_sendCalls|eth_sign\w*|personal_sign)\b/
  const found = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !/\.(test|fixture)\./.test(file) && !file.startsWith('studio/'))
    .filter((file) => SENDS.test(readFileSync(join('src', file), 'utf8')))
  expect(found).toEqual(['web3/devnet/deploy-contracts.ts'])
})
