import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Address } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEV_ACCOUNT } from '../../src/web3/devnet/addresses.ts'
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
      wallet_address: DEV_ACCOUNT,
      chain_id: 31337,
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
    const afterwards = ['WALLET', 'EXECUTE_PREP', 'TX_SUBMITTED', 'TX_SUBMITTED', 'TX_CONFIRMED']
    expect(names).toEqual([...PIPELINE, 'HUMAN_APPROVAL', 'HUMAN_APPROVAL', ...afterwards])
    const open = steps.filter(({ status }: { status: string }) => status !== 'DONE')
    expect(open).toMatchObject([{ step_name: 'HUMAN_APPROVAL', status: 'STARTED' }])
    const calls = await copilot.toolCalls(runId)
    expect((await server.get(`/v1/runs/${runId}/tools`)).body).toEqual(calls)
    const called = calls.map(({ tool_name }: { tool_name: string }) => tool_name)
    expect(called).toEqual(expect.arrayContaining(['web3.multicall3.aggregate3', 'web3.eth_simulateV1']))
    expect(called).toContain('web3.transaction')
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

test('nothing in the program signs or sends a transaction: only the devnet does, for its contracts', () => {
  const SENDS =
    /\b(sendTransaction|sendRawTransaction|eth_send\w*|signTransaction|privateKeyToAccount|mnemonicToAccount|createWalletClient|writeContract|wallet_sendCalls|eth_sign\w*|personal_sign)\b/
  const found = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !/\.(test|fixture)\./.test(file) && !file.startsWith('studio/'))
    .filter((file) => SENDS.test(readFileSync(join('src', file), 'utf8')))
  expect(found).toEqual(['web3/devnet/deploy-contracts.ts'])
})
