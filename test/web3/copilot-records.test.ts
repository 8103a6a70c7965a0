import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { CopilotStep, CopilotToolCall } from '../../src/apps/copilot/runs/schema.ts'
import type { TxRequest } from '../../src/apps/copilot/schema.ts'
import { CANONICAL, DEV_ACCOUNT } from '../../src/web3/devnet/addresses.ts'
import { expectError, expectStatus } from '../gate/purchase-client.ts'
import type { TestDevnet } from '../harness/start-devnet.ts'
import {
  type CopilotClient,
  copilotClient,
  HEADLINE,
  openCopilotWorld,
  send,
  sign,
  signAll,
} from './copilot-client.ts'

let world: Awaited<ReturnType<typeof openCopilotWorld>>
let devnet: TestDevnet
let copilot: CopilotClient
beforeAll(async () => {
  world = await openCopilotWorld()
  devnet = world.devnet
  copilot = copilotClient(world.server)
})
afterAll(() => world.close())

const FRIEND = '0x1111111111111111111111111111111111111111'
const stepsOf = (runId: string): Promise<CopilotStep[]> => copilot.steps(runId)
const callsOf = (runId: string): Promise<CopilotToolCall[]> => copilot.toolCalls(runId)
const callsAtWallet = async (runId: string) =>
  (await callsOf(runId)).filter(({ step_id }) => step_id?.endsWith('/wallet:1'))

test('a run is told in the words of its columns, and a request in those of requests', async () => {
  const runId = await copilot.created(HEADLINE, { conversationId: 'c-1' })
  const run = await copilot.read(runId)
  expect(Object.keys(run).sort()).toEqual(
    [
      ...['id', 'intent', 'wallet_address', 'chain_id', 'conversation_id', 'status', 'final_status'],
      ...[
        'error_code',
        'error_message',
        'current_step',
        'question_id',
        'next_step',
        'created_at',
        'updated_at',
      ],
    ].sort(),
  )
  expect(run).toMatchObject({ wallet_address: DEV_ACCOUNT, chain_id: 31337, conversation_id: 'c-1' })
})

test('an approval leaves two rows, begun and done, with who said it and what they said', async () => {
  const yes = await copilot.started('AWAITING_APPROVAL')
  expectStatus(await copilot.post(yes.runId, 'approve', { reviewer: 'ana', notes: 'as asked' }), 200)
  const no = await copilot.started('AWAITING_APPROVAL')
  expectStatus(await copilot.post(no.runId, 'reject', { reviewer: 'bob', reason: 'too much' }), 200)
  for (const [{ runId }, input, status] of [
    [yes, { action: 'APPROVE', reviewer: 'ana', notes: 'as asked' }, 'APPROVED_READY'],
    [no, { action: 'REJECT', reviewer: 'bob', reason: 'too much' }, 'REJECTED'],
  ] as const) {
    const rows = (await stepsOf(runId)).filter(({ step_name }) => step_name === 'HUMAN_APPROVAL')
    expect(rows).toMatchObject([
      { agent: 'API', status: 'STARTED', input, output: null, ended_at: null },
      { agent: 'API', status: 'DONE', input, output: { status, authenticated_as: expect.any(String) } },
    ])
    expect(new Set(rows.map(({ id }) => id)).size).toBe(2)
  }
  expect((await copilot.read(no.runId)).final_status).toBe('REJECTED')
})

test('a run that went on says what became of it, and no longer asks: its words, its timeline and what there is to do', async () => {
  const told = async (runId: string) => {
    const { run } = expectStatus(await copilot.call('GET', `/v1/runs/${runId}/details`), 200)
    const { assistant_message: message, consensus_summary: consensus, timeline } = run.artifacts
    const steps = timeline.map(({ step, title }: Record<string, string>) => `${step}: ${title}`)
    const after = steps.slice(steps.findIndex((step: string) => step.startsWith('FINALIZE')) + 1)
    return { title: consensus.title, message, after, error: run.error_code, next: run.next_step }
  }
  const asking = await copilot.started('AWAITING_APPROVAL', 'swap 11 usdc to eth')
  expect(await told(asking.runId)).toMatchObject({
    title: 'Ready for your approval',
    message: expect.stringMatching(/approve it here/),
    after: [],
    next: expect.stringMatching(/Approve or reject/),
  })
  expectStatus(await copilot.post(asking.runId, 'approve', { reviewer: 'ana', notes: 'as asked' }), 200)
  expect(await told(asking.runId)).toMatchObject({
    title: 'Approved',
    message: expect.stringMatching(/^1\. Approve .+\nIt is approved\. Nothing is sent before you sign/s),
    after: ['HUMAN_APPROVAL: Approved by ana'],
    next: expect.stringMatching(/execute/),
  })
  const { tx_requests: requests } = expectStatus(await copilot.post(asking.runId, 'execute'), 200)
  await signAll(world.devnet, copilot, asking.runId, requests)
  expect(await told(asking.runId)).toMatchObject({ title: 'Sent', next: expect.stringMatching(/poll_tx/) })
  await copilot.poll(asking.runId)
  const done = await told(asking.runId)
  expect(done).toEqual({
    title: 'Done',
    message: expect.stringMatching(
      /^Done\. 11 USDC became 0\.004\d+ ETH\. The network fee was 0\.000\d+ ETH\.$/,
    ),
    after: [
      'HUMAN_APPROVAL: Approved by ana',
      'EXECUTE_PREP: Handed out to the wallet',
      'TX_SUBMITTED: Sent by the wallet',
      'TX_SUBMITTED: Sent by the wallet',
      'TX_CONFIRMED: Confirmed by the chain',
    ],
    error: null,
    next: null,
  })
  const no = await copilot.started('AWAITING_APPROVAL')
  expectStatus(await copilot.post(no.runId, 'reject', { reviewer: 'bob', reason: 'too much' }), 200)
  expect(await told(no.runId)).toMatchObject({
    message: expect.stringMatching(/^Rejected by bob: too much\. Nothing was sent\.$/),
    after: ['HUMAN_APPROVAL: Rejected by bob'],
    error: 'APPROVAL_REJECTED',
  })
  // Nobody rejected what somebody cancelled.
  const off = await copilot.started('AWAITING_APPROVAL')
  expectStatus(await copilot.call('POST', `/runs/${off.runId}/cancel`, { reason: 'changed my mind' }), 200)
  expect(await told(off.runId)).toMatchObject({
    message: expect.stringMatching(/^The run was cancelled by .+: changed my mind\. Nothing was sent\.$/),
    error: 'RUN_CANCELLED',
  })
  const { artifacts: _, ...short } = expectStatus(
    await copilot.call('GET', `/v1/runs/${off.runId}/details`),
    200,
  ).run
  expect(await copilot.read(off.runId)).toEqual(short)
})

test('every step of the pipeline says what it was given', async () => {
  const { runId } = await copilot.started('NEEDS_INPUT', 'swap usdc to eth')
  expectStatus(await copilot.post(runId, 'resume', { answers: { amount_in: '3' } }), 200)
  const pipeline = (await stepsOf(runId)).filter(({ agent }) => agent === 'GRAPH')
  const given = { chainId: 31337, wallet: DEV_ACCOUNT }
  for (const { input } of pipeline) expect(input).toMatchObject(given)
  const said = pipeline.filter(({ step_name }) => step_name === 'INPUT_NORMALIZE')
  expect(said.map(({ input }) => input)).toEqual([
    { ...given, intent: 'swap usdc to eth', answers: {} },
    { ...given, intent: 'swap usdc to eth', answers: { amount_in: '3' } },
  ])
})

test('what is asked of the chain to hand out and to follow is on the record, and a quiet look leaves none', async () => {
  const { runId, requests } = await copilot.handedOut(`send 1 USDC to ${FRIEND}`)
  const ids = (await stepsOf(runId)).map(({ id }) => id)
  const atExecute = await callsAtWallet(runId)
  expect(atExecute.map(({ tool_name }) => tool_name)).toContain('web3.eth_simulateV1')
  for (const { step_id } of atExecute) expect(ids).toContain(step_id)
  await devnet.client.setAutomine(false)
  onTestFinished(() => devnet.client.setAutomine(true))
  const hash = await send(devnet, requests[0]!)
  expectStatus(await copilot.submit(runId, hash), 200)
  const before = await callsOf(runId)
  for (let look = 0; look < 3; look++) await copilot.poll(runId)
  expect(await callsOf(runId)).toEqual(before)
  await devnet.client.mine({ blocks: 1 })
  expect((await copilot.poll(runId)).status).toBe('CONFIRMED')
  const asked = (await callsAtWallet(runId)).slice(atExecute.length).map(({ tool_name }) => tool_name)
  expect(asked).toEqual(
    expect.arrayContaining(['web3.eth_getTransactionByHash', 'web3.eth_getTransactionReceipt']),
  )
})

test('what is found void is on the record with the calls that showed it', async () => {
  const { runId, artifacts } = await copilot.approved('swap 12 usdc to eth within 2 minutes')
  await devnet.client.setNextBlockTimestamp({ timestamp: BigInt(artifacts.tx_requests[1].meta.deadline) })
  await devnet.client.mine({ blocks: 1 })
  expectError(await copilot.post(runId, 'execute'), 409, 'PLAN_VOID')
  expect((await callsAtWallet(runId)).map(({ tool_name }) => tool_name)).toContain(
    'web3.eth_getBlockByNumber',
  )
  expect((await stepsOf(runId)).at(-1)).toMatchObject({
    step_name: 'EXECUTE_PREP',
    status: 'FAILED',
    error: expect.stringContaining('time'),
  })
  expect(await copilot.read(runId)).toMatchObject({ status: 'FAILED', final_status: 'FAILED' })
})

test('what was mined is held against the simulation, with the slippage that was really paid', async () => {
  const { runId, artifacts, requests } = await copilot.handedOut('swap 50 usdc to eth with 1% slippage')
  // Somebody else swaps the same way in between, and the price gets worse.
  await sign(devnet, requests[0]!)
  const rival = await copilot.handedOut('swap 5000 usdc to eth with 1% slippage')
  await signAll(devnet, copilot, rival.runId, rival.requests)
  const [approval, swap] = requests as [TxRequest, TxRequest]
  const hashes = [await sign(devnet, approval), await sign(devnet, swap)]
  for (const [at, hash] of hashes.entries())
    expectStatus(await copilot.submit(runId, hash, requests[at]!.txRequestId), 200)
  expect((await copilot.poll(runId)).status).toBe('CONFIRMED')
  const { realised } = await copilot.artifacts(runId)
  const { slippage, compared } = realised
  expect(slippage).toMatchObject({
    tx_request_id: 'swap-1',
    exact: 'in',
    token: 'native',
    quoted: artifacts.quote.amountsOut.at(-1),
    allowed_bps: 100,
  })
  const [quoted, came] = [BigInt(slippage.quoted), BigInt(slippage.realised)]
  expect(slippage.paid_bps).toBe(Number(((quoted - came) * 1_000_000n) / quoted) / 100)
  expect(slippage.paid_bps).toBeGreaterThan(0)
  expect(slippage.paid_bps).toBeLessThan(100)
  const receipt = await devnet.client.getTransactionReceipt({ hash: hashes[1]! })
  const [balanceBefore, balanceAfter] = await Promise.all(
    [receipt.blockNumber - 1n, receipt.blockNumber].map((blockNumber) =>
      devnet.client.getBalance({ address: DEV_ACCOUNT, blockNumber }),
    ),
  )
  const gas = receipt.gasUsed * receipt.effectiveGasPrice
  expect(came).toBe(balanceAfter! + gas - balanceBefore!)
  const byToken = Object.fromEntries(compared.map((each: { token: string }) => [each.token, each]))
  expect(byToken[CANONICAL.usdc]).toMatchObject({ realised: '-50000000', difference: '0' })
  expect(byToken.native).toMatchObject({
    simulated: slippage.quoted,
    realised: slippage.realised,
    difference: (came - quoted).toString(),
  })
  expect(await copilot.read(runId)).toMatchObject({ status: 'CONFIRMED', final_status: 'CONFIRMED' })
})
