import { encodeFunctionData, erc20Abi, parseEther } from 'viem'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { CopilotToolCall } from '../../src/apps/copilot/runs/schema.ts'
import type { TxRequest } from '../../src/apps/copilot/schema.ts'
import { CANONICAL, DEPLOYER, DEV_ACCOUNT } from '../../src/web3/devnet/addresses.ts'
import { expectError, expectStatus } from '../gate/purchase-client.ts'
import type { TestDevnet } from '../harness/start-devnet.ts'
import { startRpcProxy } from '../harness/start-rpc-proxy.ts'
import { startTestServer } from '../harness/start-test-server.ts'
import { type CopilotClient, copilotClient, openCopilotWorld, send, sign, signAll } from './copilot-client.ts'

let world: Awaited<ReturnType<typeof openCopilotWorld>>
let devnet: TestDevnet
let copilot: CopilotClient
beforeAll(async () => {
  world = await openCopilotWorld()
  devnet = world.devnet
  copilot = copilotClient(world.server)
})
afterAll(() => world.close())

const NOBODYS_HASH = `0x${'ab'.repeat(32)}`
const statesOf = ({ transactions }: { transactions: { txRequestId: string; state: string }[] }) =>
  Object.fromEntries(transactions.map(({ txRequestId, state }) => [txRequestId, state]))
const expectMismatch = async (request: TxRequest, runId: string, hash: string, field: string | RegExp) => {
  expectStatus(await copilot.submit(runId, hash, request.txRequestId), 200)
  const { status, transactions } = await copilot.poll(runId)
  expect(status).toBe('SUBMITTED')
  expect(transactions).toMatchObject([
    { txRequestId: request.txRequestId, state: 'MISMATCH', detail: { reason: expect.stringMatching(field) } },
  ])
}
const FRIEND = '0x1111111111111111111111111111111111111111'
const pay = (amount = '1') => `send ${amount} USDC to ${FRIEND}`

test('a hash is kept for the next transaction of the plan, once, and the same again changes nothing', async () => {
  const { runId, requests } = await copilot.handedOut()
  const approval = await sign(devnet, requests[0]!)
  const swap = await sign(devnet, { to: DEPLOYER, data: '0x', valueWei: '1' })
  const first = expectStatus(await copilot.submit(runId, approval), 200)
  expect(first).toMatchObject({ status: 'SUBMITTED', txHash: approval })
  expect(statesOf(first)).toEqual({ 'approve-1': 'PENDING' })
  const events = (await world.server.get(`/v1/runs/${runId}/events`)).body.events.length
  const capitals = `0x${approval.slice(2).toUpperCase()}`
  for (const again of [approval, capitals]) {
    expect(expectStatus(await copilot.submit(runId, again, 'approve-1'), 200).transactions).toEqual(
      first.transactions,
    )
    expectStatus(await copilot.submit(runId, again), 200)
  }
  expect((await world.server.get(`/v1/runs/${runId}/events`)).body.events.length).toBe(events)
  expectError(await copilot.submit(runId, swap, 'approve-1'), 409, 'TRANSACTION_SUBMITTED')
  expectError(await copilot.submit(runId, swap, 'swap-2'), 422, 'UNKNOWN_TRANSACTION')
  expectError(await copilot.submit(runId, approval, 'swap-1'), 409, 'TRANSACTION_SUBMITTED')
  expect(expectStatus(await copilot.submit(runId, swap), 200).txHash).toBe(swap)
  expect(expectStatus(await copilot.submit(runId, approval), 200).txHash).toBe(approval)
  expectError(await copilot.submit(runId, NOBODYS_HASH), 409, 'TRANSACTION_SUBMITTED')
  const told = expectStatus(await copilot.call('GET', `/v1/runs/${runId}/tx_status`), 200)
  expect(statesOf(told)).toEqual({ 'approve-1': 'PENDING', 'swap-1': 'PENDING' })
})

test('what is no hash is refused before anything is looked up', async () => {
  const { runId } = await copilot.handedOut(pay())
  for (const txHash of ['', '0x', '0x12', `0x${'g'.repeat(64)}`, `0x${'1'.repeat(65)}`, 7, null]) {
    const answer = await copilot.post(runId, 'tx_submitted', { txHash, submittedBy: 'manual' })
    expect([txHash, answer.status]).toEqual([txHash, 422])
  }
  const by = { txHash: NOBODYS_HASH, submittedBy: 'somebody' }
  expect((await copilot.post(runId, 'tx_submitted', by)).status).toBe(422)
  expect(await copilot.status(runId)).toBe('APPROVED_READY')
})

test('a hash that the chain does not know locks nothing: the one that it knows as the planned transaction takes its place', async () => {
  const { runId, requests } = await copilot.handedOut('swap 62 USDC to ETH')
  const [approval, swap] = requests as [TxRequest, TxRequest]
  const other = `0x${'cd'.repeat(32)}`
  expectStatus(await copilot.submit(runId, NOBODYS_HASH, 'approve-1'), 200)
  expectError(await copilot.submit(runId, other, 'approve-1'), 409, 'TRANSACTION_SUBMITTED')
  const first = await sign(devnet, approval)
  // Nobody says which one it is: the chain does.
  const told = expectStatus(await copilot.submit(runId, first), 200)
  expect(told.transactions).toMatchObject([{ txRequestId: 'approve-1', hash: first }])
  expectError(await copilot.submit(runId, other, 'approve-1'), 409, 'TRANSACTION_SUBMITTED')
  expectStatus(await copilot.submit(runId, NOBODYS_HASH), 200)
  const second = await sign(devnet, swap)
  expectError(await copilot.submit(runId, second, 'approve-1'), 409, 'TRANSACTION_SUBMITTED')
  expectStatus(await copilot.submit(runId, second, 'swap-1'), 200)
  expect((await copilot.poll(runId)).status).toBe('CONFIRMED')
  const submitted = (await copilot.steps(runId)).filter(
    ({ step_name }: { step_name: string }) => step_name === 'TX_SUBMITTED',
  )
  expect(submitted.map(({ input }: { input: object }) => input)).toMatchObject([
    { hash: NOBODYS_HASH },
    { hash: first, instead_of: NOBODYS_HASH },
    { hash: NOBODYS_HASH },
    { hash: second, instead_of: NOBODYS_HASH },
  ])
})

test('before execute has handed anything out no hash is taken: no wallet can have sent it', async () => {
  const { runId } = await copilot.approved(pay('9'))
  for (const id of [undefined, 'transfer-1'])
    expectError(await copilot.submit(runId, NOBODYS_HASH, id), 409, 'NOT_HANDED_OUT')
  expect(await copilot.status(runId)).toBe('APPROVED_READY')
  expectStatus(await copilot.post(runId, 'execute'), 200)
  expectStatus(await copilot.submit(runId, NOBODYS_HASH), 200)
})

test('hash, receipt and mined are told of one transaction', async () => {
  const { runId, requests } = await copilot.handedOut('swap 63 usdc to eth within 2 minutes')
  const [approval, swap] = requests as [TxRequest, TxRequest]
  await sign(devnet, approval)
  expectStatus(await copilot.submit(runId, NOBODYS_HASH, 'approve-1'), 200)
  await devnet.client.setNextBlockTimestamp({ timestamp: BigInt(swap.meta.deadline!) + 1n })
  const failed = await sign(devnet, swap)
  expectStatus(await copilot.submit(runId, failed, 'swap-1'), 200)
  expect(await copilot.poll(runId)).toMatchObject({
    status: 'REVERTED',
    mined: true,
    tx_hash: failed,
    receipt: { confirmations: 1 },
    transactions: [{ state: 'PENDING' }, { state: 'REVERTED' }],
  })
})

test('of 20 who report different hashes for one transaction one is kept', async () => {
  const { runId } = await copilot.handedOut(pay())
  const hash = (at: number) => `0x${String(at).padStart(64, '0')}`
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, at) => copilot.submit(runId, hash(at + 1), 'transfer-1')),
  )
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(409)])
})

test('another transaction than the approved one is a mismatch, whatever differs, and the right one still counts', async () => {
  const { runId, requests } = await copilot.handedOut(pay('2'))
  const [request] = requests as [TxRequest]
  const transfer = (to: `0x${string}`, amount: bigint) =>
    encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [to, amount] })
  const others = [
    { ...request, data: transfer(FRIEND, 3_000_000n) },
    { ...request, data: transfer(DEPLOYER, 2_000_000n) },
    { ...request, data: `${request.data}00` },
    { ...request, to: CANONICAL.weth, data: '0x' },
  ]
  for (const other of others) {
    const hash = await sign(devnet, other as TxRequest).catch(() => null)
    if (!hash) continue
    await expectMismatch(request, runId, hash, /is not the approved one/)
  }
  await devnet.client.setBalance({ address: DEPLOYER, value: parseEther('10') })
  const stranger = await sign(devnet, request, DEPLOYER)
  await expectMismatch(request, runId, stranger, /from/)
  const right = await sign(devnet, request)
  expectStatus(await copilot.submit(runId, right, request.txRequestId), 200)
  expect(await copilot.poll(runId)).toMatchObject({ status: 'CONFIRMED', tx_hash: right })
  // Nothing is open any more.
  expect((await copilot.poll(runId)).status).toBe('CONFIRMED')
  expectError(await copilot.submit(runId, stranger), 409, 'TRANSACTION_SUBMITTED')
})

test('one mined transaction confirms one of two runs that want the same', async () => {
  const [one, two] = await Promise.all([copilot.handedOut(pay('3')), copilot.handedOut(pay('3'))])
  expect(one.requests).toEqual(two.requests)
  const hash = await sign(devnet, one.requests[0]!)
  for (const { runId } of [one, two]) expectStatus(await copilot.submit(runId, hash), 200)
  const [first, second] = await Promise.all([one, two].map(({ runId }) => copilot.poll(runId)))
  expect([first.status, second.status].sort()).toEqual(['CONFIRMED', 'SUBMITTED'])
  const other = first.status === 'CONFIRMED' ? two : one
  expect(statesOf(await copilot.poll(other.runId))).toEqual({ 'transfer-1': 'MISMATCH' })
  await signAll(devnet, copilot, other.runId, other.requests)
  expect((await copilot.poll(other.runId)).status).toBe('CONFIRMED')
})

test('a hash that was reported for the wrong request counts for the right one', async () => {
  const { runId, requests } = await copilot.handedOut('swap 70 USDC to ETH')
  const [approval, swap] = requests as [TxRequest, TxRequest]
  const first = await sign(devnet, approval)
  const second = await sign(devnet, swap)
  await expectMismatch(approval, runId, second, /is not the approved one/)
  expectStatus(await copilot.submit(runId, second, 'swap-1'), 200)
  expectStatus(await copilot.submit(runId, first, 'approve-1'), 200)
  expect((await copilot.poll(runId)).status).toBe('CONFIRMED')
})

test('a hash that nobody knows is waited for, and a swap that is not mined yet', async () => {
  const { runId, requests } = await copilot.handedOut(pay('4'))
  expectError(await copilot.post(runId, 'poll_tx'), 409, 'RUN_NOT_SUBMITTED')
  await devnet.client.setAutomine(false)
  onTestFinished(() => devnet.client.setAutomine(true))
  const hash = await send(devnet, requests[0]!)
  expectStatus(await copilot.submit(runId, hash), 200)
  expect(statesOf(await copilot.poll(runId))).toEqual({ 'transfer-1': 'PENDING' })
  await devnet.client.mine({ blocks: 1 })
  expect((await copilot.poll(runId)).status).toBe('CONFIRMED')
  const unknown = await copilot.handedOut(pay('5'))
  expectStatus(await copilot.submit(unknown.runId, NOBODYS_HASH), 200)
  expect(await copilot.poll(unknown.runId)).toMatchObject({
    status: 'SUBMITTED',
    mined: false,
    receipt: null,
  })
})

test('a swap that fails on the chain reverts the run and says why, what may still be taken, and how that ends', async () => {
  const { runId, requests } = await copilot.handedOut('swap 60 usdc to eth within 2 minutes')
  const [approval, swap] = requests as [TxRequest, TxRequest]
  expectStatus(await copilot.submit(runId, await sign(devnet, approval), 'approve-1'), 200)
  expect((await copilot.poll(runId)).status).toBe('SUBMITTED')
  await devnet.client.setNextBlockTimestamp({ timestamp: BigInt(swap.meta.deadline!) + 1n })
  expectStatus(await copilot.submit(runId, await sign(devnet, swap), 'swap-1'), 200)
  const polled = await copilot.poll(runId)
  expect(polled.status).toBe('REVERTED')
  expect(statesOf(polled)).toEqual({ 'approve-1': 'CONFIRMED', 'swap-1': 'REVERTED' })
  const [, { detail }] = polled.transactions
  expect(detail.reason).toBe('UniswapV2Router: EXPIRED')
  expect(await copilot.read(runId)).toMatchObject({
    final_status: 'REVERTED',
    error_code: 'TX_REVERTED',
    error_message: 'The chain undid swap-1, with the reason "UniswapV2Router: EXPIRED".',
    next_step: `Uniswap V2 may still take 60 USDC of the wallet: take it back with a run of “Revoke USDC from ${CANONICAL.router}”.`,
  })
  expect(await copilot.artifacts(runId)).toMatchObject({
    realised: { changes: [], slippage: null },
    leftover_allowances: [{ spender: CANONICAL.router, allowance: '60000000', allowance_text: '60 USDC' }],
  })
  const traces = async () =>
    (await copilot.toolCalls(runId)).filter(({ tool_name: name }: CopilotToolCall) => name.includes('trace'))
  expect(await traces()).toHaveLength(1)
  await copilot.poll(runId)
  expect(await traces()).toHaveLength(1)
  expectError(await copilot.post(runId, 'execute'), 409, 'RUN_NOT_APPROVED')
  expectError(await copilot.submit(runId, NOBODYS_HASH), 409, 'RUN_NOT_APPROVED')
})

test('where the RPC does not trace, what was undone is called once more to learn why', async () => {
  const refuse = { error: { code: -32601, message: 'the method does not exist' } }
  const proxy = await startRpcProxy(devnet.url, ({ method }) =>
    method === 'debug_traceTransaction' ? refuse : undefined,
  )
  const server = await startTestServer({ settings: { RPC_URLS: JSON.stringify({ 31337: proxy.url }) } })
  onTestFinished(async () => {
    await server.close()
    await proxy.stop()
  })
  const other = copilotClient(server)
  const { runId, requests } = await other.handedOut('swap 0.01 eth to usdc within 2 minutes')
  const [swap] = requests as [TxRequest]
  await devnet.client.setNextBlockTimestamp({ timestamp: BigInt(swap.meta.deadline!) + 1n })
  expectStatus(await other.submit(runId, await sign(devnet, swap)), 200)
  expect(await other.poll(runId)).toMatchObject({
    status: 'REVERTED',
    next_step: expect.stringMatching(/^Ask the same again/),
    transactions: [{ detail: { reason: 'UniswapV2Router: EXPIRED' } }],
  })
})

test('with more confirmations asked for, a mined transaction is not final before it lies deep enough', async () => {
  const server = await startTestServer({
    settings: { RPC_URLS: JSON.stringify({ 31337: devnet.url }), WEB3_CONFIRMATIONS: '3' },
  })
  onTestFinished(() => server.close())
  const patient = copilotClient(server)
  const { runId, requests } = await patient.handedOut(pay('6'))
  await signAll(devnet, patient, runId, requests)
  const mined = await patient.poll(runId)
  expect(mined).toMatchObject({ status: 'SUBMITTED', mined: true })
  expect(statesOf(mined)).toEqual({ 'transfer-1': 'MINED' })
  await devnet.client.mine({ blocks: 2 })
  expect((await patient.poll(runId)).status).toBe('CONFIRMED')
})

test('an RPC that does not answer loses nothing: the run waits and is confirmed once it does', async () => {
  let isDown = false
  const proxy = await startRpcProxy(devnet.url, () => (isDown ? { status: 503 } : undefined))
  const server = await startTestServer({ settings: { RPC_URLS: JSON.stringify({ 31337: proxy.url }) } })
  onTestFinished(async () => {
    await server.close()
    await proxy.stop()
  })
  const other = copilotClient(server)
  const { runId, requests } = await other.handedOut(pay('7'))
  await signAll(devnet, other, runId, requests)
  isDown = true
  const polled = await other.post(runId, 'poll_tx')
  expect(polled.status, polled.text).toBe(200)
  expect(statesOf(polled.body)).toEqual({ 'transfer-1': 'PENDING' })
  expect(polled.body.transactions[0].detail.reason).toContain('could not be asked')
  isDown = false
  expect((await other.poll(runId)).status).toBe('CONFIRMED')
})

test('only the wallet of the run counts: what it sent by itself beside the plan confirms nothing', async () => {
  const { runId, requests } = await copilot.handedOut(`send 0.5 ETH to ${FRIEND}`)
  const half = await sign(devnet, { ...requests[0]!, valueWei: '1' })
  await expectMismatch(requests[0]!, runId, half, /value/)
  expect(await copilot.read(runId)).toMatchObject({ wallet_address: DEV_ACCOUNT, status: 'SUBMITTED' })
})

test('a transaction that was mined before the plan was made confirms nothing', async () => {
  const earlier = await copilot.handedOut(pay('8'))
  const old = await sign(devnet, earlier.requests[0]!)
  const { runId, requests } = await copilot.handedOut(pay('8'))
  await expectMismatch(requests[0]!, runId, old, /before the plan was made/)
})

const timeGoesBy = async () => {
  await devnet.client.increaseTime({ seconds: 7_200 })
  await devnet.client.mine({ blocks: 1 })
}

test('what was handed out and sent is never void by itself, and its run is not cancelled', async () => {
  const { runId, requests } = await copilot.handedOut('swap 60 USDC to ETH')
  const again = expectStatus(await copilot.post(runId, 'execute'), 200)
  expect([again.handed_out_before, again.tx_requests]).toEqual([true, requests])
  // Nobody has reported it.
  for (const request of requests) await sign(devnet, request)
  await timeGoesBy()
  expectError(await copilot.post(runId, 'execute'), 409, 'PLAN_STALE')
  expectError(await world.server.post(`/runs/${runId}/cancel`, {}), 409, 'TRANSACTIONS_HANDED_OUT')
  expect(await copilot.status(runId)).toBe('APPROVED_READY')
})

test('a swap that the wallet declined is void once its time is over, whatever else the wallet sent, and spends nothing', async () => {
  const { runId, requests } = await copilot.handedOut('swap 60 USDC to ETH')
  const half = await copilot.handedOut('swap 59 USDC to ETH')
  expectStatus(await copilot.submit(half.runId, await sign(devnet, half.requests[0]!)), 200)
  await copilot.poll(half.runId)
  expectError(await world.server.post(`/runs/${runId}/cancel`, {}), 409, 'TRANSACTIONS_HANDED_OUT')
  await timeGoesBy()
  const error = expectError(await copilot.post(runId, 'execute'), 409, 'PLAN_VOID')
  expect(error.details[0]!.message).toContain('never sent')
  expect(await copilot.read(runId)).toMatchObject({ status: 'FAILED', error_code: 'PLAN_VOID' })
  expectError(await copilot.submit(runId, NOBODYS_HASH), 409, 'RUN_NOT_APPROVED')
  // Of the other one only the allowance was signed.
  expectError(await copilot.post(half.runId, 'execute'), 409, 'PLAN_VOID')
  expect(requests.length).toBe(2)
})

test('once a hash is reported only the rest is handed out', async () => {
  const { runId, requests } = await copilot.handedOut('swap 61 USDC to ETH')
  expectStatus(await copilot.submit(runId, await sign(devnet, requests[0]!)), 200)
  const { tx_requests: rest } = expectStatus(await copilot.post(runId, 'execute'), 200)
  expect(rest).toEqual([requests[1]])
  expectStatus(await copilot.submit(runId, await sign(devnet, requests[1]!)), 200)
  expectError(await copilot.post(runId, 'execute'), 409, 'ALREADY_SENT')
  expect((await copilot.poll(runId)).status).toBe('CONFIRMED')
})
