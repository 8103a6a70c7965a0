import { encodeFunctionData, erc20Abi, pad, parseAbi } from 'viem'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { TxRequest } from '../../src/apps/copilot/schema.ts'
import { watchTransactions } from '../../src/apps/copilot/tracking/watch-transactions.ts'
import { CANONICAL, DEV_ACCOUNT } from '../../src/web3/devnet/addresses.ts'
import { expectError, expectStatus } from '../gate/purchase-client.ts'
import type { TestDevnet } from '../harness/start-devnet.ts'
import { type RpcReaction, startRpcProxy } from '../harness/start-rpc-proxy.ts'
import { startTestServer } from '../harness/start-test-server.ts'
import { type BatchAccount, makeBatchAccount } from './batch-account.ts'
import { type CopilotClient, copilotClient, openCopilotWorld, sign, usdcOf } from './copilot-client.ts'

let world: Awaited<ReturnType<typeof openCopilotWorld>>
let devnet: TestDevnet
let copilot: CopilotClient
let account: BatchAccount
let later = 0
beforeAll(async () => {
  world = await openCopilotWorld()
  devnet = world.devnet
  copilot = copilotClient(world.server)
  account = await makeBatchAccount(devnet)
})
afterAll(() => world.close())

const NOBODYS_HASH = `0x${'ab'.repeat(32)}`
const FRIEND = '0x1111111111111111111111111111111111111111'
const IDS = ['approve-1', 'swap-1']
type Plan = [TxRequest, TxRequest]

const report = (runId: string, txHash: string, txRequestIds = IDS, client = copilot) =>
  client.post(runId, 'tx_submitted', { txHash, submittedBy: 'dev_wallet', txRequestIds, callsId: '0xba7c' })
const transactionsOf = async (runId: string, client = copilot) => (await client.poll(runId)).transactions
const transferOf = (amount: bigint): Pick<TxRequest, 'to' | 'data' | 'valueWei'> => ({
  to: CANONICAL.usdc,
  data: encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [FRIEND, amount] }),
  valueWei: '0',
})
/** Each swap is another one. */
let swapped = 20
const plan = async ({ client = copilot, within = '' } = {}) => {
  const { runId, requests } = await client.handedOut(`Swap ${++swapped} USDC to ETH ${within}`)
  return { runId, requests: requests as Plan, amount: BigInt(swapped) * 1_000_000n }
}

test('requests that a wallet made in one transaction are confirmed by the calls that it made in it', async () => {
  const { runId, requests, amount } = await plan()
  const before = await usdcOf(devnet, DEV_ACCOUNT)
  const hash = await account.batch(requests)
  const told = expectStatus(await report(runId, hash), 200)
  const places = IDS.map((txRequestId, position) => ({
    txRequestId,
    hash,
    batch: { position, size: 2 },
    calls_id: '0xba7c',
  }))
  expect(told).toMatchObject({ status: 'SUBMITTED', transactions: places })
  // The same again changes nothing, and stands for nothing else.
  expect(expectStatus(await report(runId, hash), 200).transactions).toEqual(told.transactions)
  expectError(await report(runId, hash, ['swap-1']), 409, 'TRANSACTION_SUBMITTED')
  expectError(await report(runId, NOBODYS_HASH), 409, 'TRANSACTION_SUBMITTED')

  const { status, transactions } = await copilot.poll(runId)
  expect(status).toBe('CONFIRMED')
  const proof = { outcome: 'done', sent_by: DEV_ACCOUNT.toLowerCase() }
  expect(transactions).toMatchObject(places.map((one) => ({ ...one, state: 'CONFIRMED', detail: proof })))
  expect(await usdcOf(devnet, DEV_ACCOUNT)).toBe(before - amount)
  const { gasUsed, effectiveGasPrice } = await devnet.client.getTransactionReceipt({ hash })
  const { realised } = await copilot.artifacts(runId)
  expect(realised).toMatchObject({
    gas_paid_wei: (gasUsed * effectiveGasPrice).toString(),
    compared: [{ difference: '0' }, { difference: '0' }],
    slippage: { tx_request_id: 'swap-1', paid_bps: 0 },
  })
  // What proves it is on the record: each call of the transaction, long bytes by their hash.
  const [trace, ...others] = await tracesOf(copilot, runId)
  expect(others).toEqual([])
  const made = trace.filter(({ depth }: { depth: number }) => depth === 1)
  expect(made.map(({ to }: { to: string }) => to)).toEqual(requests.map(({ to }) => to.toLowerCase()))
  const submitted = (await copilot.steps(runId)).find(
    ({ step_name: name }: { step_name: string }) => name === 'TX_SUBMITTED',
  )
  expect(submitted.input).toMatchObject({ tx_request_ids: IDS, hash, calls_id: '0xba7c' })
})

/** What the account would do by itself: here it runs an empty list. To another one it could add an owner so. */
const NOTHING = encodeFunctionData({
  abi: parseAbi(['function execute(bytes32 mode, bytes calls)']),
  args: [pad('0x01', { dir: 'right', size: 32 }), `0x${'20'.padStart(64, '0')}${''.padStart(64, '0')}`],
})
type Calls = Parameters<BatchAccount['batch']>[0]
test.each<[string, string, boolean, (requests: Plan) => Calls]>([
  ['another call at its end', 'calls', true, ([approval, swap]) => [approval, swap, transferOf(1n)]],
  [
    'another call before them',
    'to',
    true,
    (requests) => [{ to: FRIEND, data: '0x', valueWei: '1' }, ...requests],
  ],
  [
    'other bytes in one of them',
    'input',
    true,
    ([approval, swap]) => [approval, { ...swap, data: '0x12345678' }],
  ],
  ['coins in one of them', 'value', true, ([approval, swap]) => [approval, { ...swap, valueWei: '7' }]],
  ['the calls in another order', 'to', true, ([approval, swap]) => [swap, approval]],
  [
    'a call to itself besides',
    'calls',
    true,
    (requests) => [...requests, { to: DEV_ACCOUNT, data: NOTHING, valueWei: '0' }],
  ],
  ['only the first of them', 'calls', true, ([approval]) => [approval]],
  ['something else', 'input', false, () => [transferOf(2n)]],
])('a batch of %s is a mismatch by its %s, and never confirmed', async (_, field, didPlanned, callsOf) => {
  const { runId, requests } = await plan()
  const hash = await account.batch(callsOf(requests), { goesOn: true })
  expectStatus(await report(runId, hash), 200)
  const { status, transactions, next_step: next } = await copilot.poll(runId)
  expect(status).toBe('SUBMITTED')
  expect(transactions).toMatchObject([
    { state: 'MISMATCH', detail: { field } },
    { state: 'MISMATCH', detail: { field } },
  ])
  // What the wallet did together with something else may be paid: it is not handed out a second time.
  const again = await copilot.post(runId, 'execute')
  if (didPlanned) {
    expect(next).toContain('Nothing of it is handed out again')
    expectError(again, 409, 'ALREADY_SENT')
  } else {
    expect(next).toContain('have it handed out again')
    expect(expectStatus(again, 200).tx_requests).toEqual(requests)
  }
})

test('that a transaction hands the account to other code is told beside what it made', async () => {
  const { runId, requests } = await plan()
  const { hash, code } = await account.handOver(requests)
  expectStatus(await report(runId, hash), 200)
  const { status, transactions } = await copilot.poll(runId)
  expect(status).toBe('CONFIRMED')
  for (const { detail } of transactions) expect(detail.delegated_to.toLowerCase()).toBe(code.toLowerCase())
})

test('a batch that was undone as a whole reverts its run, and moved nothing', async () => {
  const { runId, requests } = await plan({ within: 'within 2 minutes' })
  const [, swap] = requests
  await devnet.client.setNextBlockTimestamp({ timestamp: BigInt(swap.meta.deadline!) + 1n })
  const before = [await usdcOf(devnet, DEV_ACCOUNT), await allowance()]
  expectStatus(await report(runId, await account.batch(requests)), 200)
  const { status, transactions } = await copilot.poll(runId)
  expect(status).toBe('REVERTED')
  expect(transactions).toMatchObject([{ state: 'REVERTED' }, { state: 'REVERTED' }])
  expect([await usdcOf(devnet, DEV_ACCOUNT), await allowance()]).toEqual(before)
  expect((await copilot.artifacts(runId)).realised.changes).toEqual([])
})

test('where a wallet goes on after a call that failed, each call counts by itself, and a relayer pays for the gas', async () => {
  const { runId, requests, amount } = await plan({ within: 'within 2 minutes' })
  const [approval, swap] = requests
  await devnet.client.setNextBlockTimestamp({ timestamp: BigInt(swap.meta.deadline!) + 1n })
  const from = account.relayer
  expectStatus(await report(runId, await account.batch(requests, { goesOn: true, from })), 200)
  const { status, transactions } = await copilot.poll(runId)
  expect(status).toBe('REVERTED')
  const sent = { sent_by: from.toLowerCase() }
  expect(transactions).toMatchObject([
    { txRequestId: 'approve-1', state: 'CONFIRMED', detail: { outcome: 'done', ...sent } },
    { txRequestId: 'swap-1', state: 'REVERTED', detail: { outcome: 'undone', ...sent } },
  ])
  expect(await allowance()).toBe(amount)
  expect((await copilot.artifacts(runId)).realised).toMatchObject({ changes: [], gas_paid_wei: '0' })
  await sign(devnet, {
    ...approval,
    data: encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [CANONICAL.router, 0n] }),
  })
})

test('one mined transaction confirms one run, whether it is said to be a batch or not', async () => {
  const pay = `send 3 USDC to ${FRIEND}`
  const runs = [
    await copilot.handedOut(pay),
    await copilot.handedOut(pay),
    await copilot.handedOut(pay),
  ] as const
  const [first, second, third] = runs
  const elsewhere = [{ state: 'MISMATCH', detail: { reason: expect.stringContaining('another run') } }]
  const batched = await account.batch(first.requests)
  for (const { runId } of [first, second]) expectStatus(await report(runId, batched, ['transfer-1']), 200)
  expect(await transactionsOf(first.runId)).toMatchObject([
    { state: 'CONFIRMED', batch: { position: 0, size: 1 } },
  ])
  expect(await transactionsOf(second.runId)).toMatchObject(elsewhere)
  // A transaction of its own is a call of the wallet too.
  const alone = await sign(devnet, second.requests[0]!)
  expectStatus(await copilot.submit(second.runId, alone), 200)
  expectStatus(await report(third.runId, alone, ['transfer-1']), 200)
  expect(await transactionsOf(second.runId)).toMatchObject([{ state: 'CONFIRMED', batch: null }])
  expect(await transactionsOf(third.runId)).toMatchObject(elsewhere)
})

test('what the RPC does not trace is not confirmed and not handed out again, until it does', async () => {
  let reaction: RpcReaction
  const proxy = await startRpcProxy(devnet.url, ({ method }) =>
    method === 'debug_traceTransaction' ? reaction : undefined,
  )
  const clock = { now: () => Date.now() + later }
  const server = await startTestServer({
    clock,
    settings: { RPC_URLS: JSON.stringify({ 31337: proxy.url }) },
  })
  onTestFinished(async () => {
    await server.close()
    await proxy.stop()
  })
  const client = copilotClient(server)
  reaction = { error: { code: -32601, message: 'the method debug_traceTransaction does not exist' } }
  const provable = () => client.call('GET', '/v1/config/batches')
  const { runId, requests } = await plan({ client })
  const hash = await account.batch(requests)
  expectStatus(await report(runId, hash, IDS, client), 200)
  for (const answer of [reaction, { result: { structLogs: [] } }, { status: 503 }]) {
    reaction = answer
    // A node that refused is left alone for a minute.
    later += 61_000
    const { status, transactions } = await client.poll(runId)
    expect(status).toBe('SUBMITTED')
    const why = expect.stringMatching(/did not trace|could not be asked/)
    expect(transactions).toMatchObject([{ state: 'MINED', detail: { reason: why } }, { state: 'MINED' }])
    expectError(await client.post(runId, 'execute'), 409, 'ALREADY_SENT')
  }
  expectError(await provable(), 502, 'WEB3_RPC_ERROR')
  reaction = { error: { code: -32601, message: 'the method debug_traceTransaction does not exist' } }
  const ended = await plan({ client })
  expectStatus(await report(ended.runId, await account.batch(ended.requests), IDS, client), 200)
  expectStatus(await client.post(ended.runId, 'not_sent', {}), 200)
  expect(await client.read(ended.runId)).toMatchObject({
    error_code: 'NOT_SENT',
    error_message: expect.stringMatching(/ended it, while .* is mined and not proved/),
    next_step: null,
  })
  reaction = undefined
  later += 61_000
  // What is proved later is told, by itself.
  await watchTransactions(server.app.http.engine, server.app.http.copilot)
  expect((await client.read(ended.runId)).next_step).toMatch(/sent after all.*CONFIRMED/)
  expect((await client.poll(runId)).status).toBe('CONFIRMED')
  expect(await tracesOf(client, runId)).toContainEqual(
    expect.arrayContaining([expect.objectContaining({ depth: 1 })]),
  )
  expect(expectStatus(await provable(), 200)).toEqual({ chain_id: 31337, proves_batches: true })
  // It was found out once.
  reaction = { status: 503 }
  expect(expectStatus(await provable(), 200).proves_batches).toBe(true)
})

test('an RPC that gives something else than a trace proves no batches', async () => {
  const proxy = await startRpcProxy(devnet.url, ({ method }) =>
    method === 'debug_traceTransaction' ? { result: { failed: false, structLogs: [] } } : undefined,
  )
  const server = await startTestServer({ settings: { RPC_URLS: JSON.stringify({ 31337: proxy.url }) } })
  onTestFinished(async () => {
    await server.close()
    await proxy.stop()
  })
  expect(expectStatus(await server.get('/v1/config/batches?chainId=31337'), 200).proves_batches).toBe(false)
  expect((await server.get('/v1/config/batches?chainId=5')).status).toBe(422)
})

test('a batch takes the place of hashes that the chain does not know, and of no others', async () => {
  const { runId, requests } = await plan()
  expectStatus(await copilot.submit(runId, NOBODYS_HASH, 'approve-1'), 200)
  expectError(await report(runId, `0x${'cd'.repeat(32)}`), 409, 'TRANSACTION_SUBMITTED')
  const hash = await account.batch(requests)
  expectStatus(await report(runId, hash), 200)
  expect((await copilot.poll(runId)).status).toBe('CONFIRMED')

  const other = await plan()
  const alone = await sign(devnet, other.requests[0])
  expectStatus(await copilot.submit(other.runId, alone, 'approve-1'), 200)
  const late = await account.batch(other.requests)
  expectError(await report(other.runId, late), 409, 'TRANSACTION_SUBMITTED')
})

test('which requests a batch carries is said by their ids, each once and in the order of the plan', async () => {
  const { runId } = await plan()
  for (const ids of [
    [],
    ['approve-1', 'approve-1'],
    ['swap-1', 'approve-1'],
    ['approve-1', 'swap-9'],
    'swap-1',
  ]) {
    const body = { txHash: NOBODYS_HASH, submittedBy: 'manual', txRequestIds: ids }
    expect([ids, (await copilot.post(runId, 'tx_submitted', body)).status]).toEqual([ids, 422])
  }
  const both = { txHash: NOBODYS_HASH, submittedBy: 'manual', txRequestIds: IDS, txRequestId: 'swap-1' }
  expect((await copilot.post(runId, 'tx_submitted', both)).status).toBe(422)
  const long = { txHash: NOBODYS_HASH, submittedBy: 'manual', txRequestIds: IDS, callsId: 'x'.repeat(8_195) }
  expect((await copilot.post(runId, 'tx_submitted', long)).status).toBe(422)
  expect(await copilot.status(runId)).toBe('APPROVED_READY')
})

const allowance = () =>
  devnet.client.readContract({
    abi: erc20Abi,
    address: CANONICAL.usdc,
    functionName: 'allowance',
    args: [DEV_ACCOUNT, CANONICAL.router],
  })

const tracesOf = async (client: CopilotClient, runId: string) =>
  (await client.toolCalls(runId))
    .filter(({ tool_name: name }: { tool_name: string }) => name === 'web3.debug_traceTransaction')
    .map(({ response }: { response: unknown }) => response)
