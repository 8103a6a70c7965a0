import { encodeFunctionData, erc20Abi, type Hash, type Hex } from 'viem'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { insertTransaction } from '../../src/apps/copilot/runs/copilot-rows.ts'
import type { TxRequest } from '../../src/apps/copilot/schema.ts'
import { watchTransactions } from '../../src/apps/copilot/tracking/watch-transactions.ts'
import { CANONICAL, DEPLOYER, DEV_ACCOUNT } from '../../src/web3/devnet/addresses.ts'
import { expectError, expectStatus } from '../gate/purchase-client.ts'
import type { TestDevnet } from '../harness/start-devnet.ts'
import { type RpcCall, startRpcProxy } from '../harness/start-rpc-proxy.ts'
import { startTestServer } from '../harness/start-test-server.ts'
import { type CopilotClient, copilotClient, openCopilotWorld, sign } from './copilot-client.ts'

const FRIEND = '0x1111111111111111111111111111111111111111'
const MINUTE_MS = 60_000
let later = 0
const clock = { now: () => Date.now() + later }

let world: Awaited<ReturnType<typeof openCopilotWorld>>
let devnet: TestDevnet
let copilot: CopilotClient
beforeAll(async () => {
  world = await openCopilotWorld({ clock })
  devnet = world.devnet
  copilot = copilotClient(world.server)
})
afterAll(() => world.close())
beforeEach(async () => {
  later = 0
  await devnet.client.setAutomine(false)
  onTestFinished(() => devnet.client.setAutomine(true))
})

/** Each payment is another one. */
let paid = 10
type Sent = Pick<TxRequest, 'to' | 'data' | 'valueWei'>

/** As a wallet does that the user tells to hurry or to cancel: with a nonce and a fee of its own. */
const sendAs = (nonce: number, { to, data, valueWei }: Sent, gwei: bigint): Promise<Hash> =>
  devnet.client.sendTransaction({
    account: DEV_ACCOUNT,
    chain: null,
    to,
    data: data as Hex,
    value: BigInt(valueWei),
    nonce,
    gas: 1_000_000n,
    maxFeePerGas: gwei * 10n ** 9n,
    maxPriorityFeePerGas: gwei * 10n ** 9n,
  })
const mine = (blocks = 1) => devnet.client.mine({ blocks })

/** A run whose only transaction is sent, reported and seen on its way. */
async function pending(client = copilot) {
  const { runId, requests } = await client.handedOut(`send 0.0${++paid} USDC to ${FRIEND}`)
  const [request] = requests as [TxRequest]
  const nonce = await devnet.client.getTransactionCount({ address: DEV_ACCOUNT })
  const hash = await sendAs(nonce, request, 5n)
  expectStatus(await client.submit(runId, hash), 200)
  expect((await client.poll(runId)).transactions).toMatchObject([{ state: 'PENDING', detail: { nonce } }])
  return { runId, request, nonce, hash }
}
const TO_ONESELF: Sent = { to: DEV_ACCOUNT, data: '0x', valueWei: '0' }
const only = ({ transactions }: { transactions: Record<string, unknown>[] }) => transactions[0]!

test('a transaction that the wallet speeds up is found and confirms what was approved, nobody reporting its hash', async () => {
  const { runId, request, nonce, hash } = await pending()
  const faster = await sendAs(nonce, request, 50n)
  await mine(3)
  const polled = await copilot.poll(runId)
  expect(polled).toMatchObject({ status: 'CONFIRMED', mined: true, tx_hash: faster, next_step: null })
  expect(only(polled)).toMatchObject({ hash: faster, state: 'CONFIRMED', detail: { replaces: hash } })
})

test('the watcher finds a replacement by itself, and on a chain that takes blocks back it is REPLACED until it is final', async () => {
  const server = await startTestServer({
    settings: { RPC_URLS: JSON.stringify({ 31337: devnet.url }), WEB3_CONFIRMATIONS: '3' },
    clock,
  })
  onTestFinished(() => server.close())
  const patient = copilotClient(server)
  const { runId, request, nonce, hash } = await pending(patient)
  const faster = await sendAs(nonce, request, 50n)
  await mine()
  const look = () => {
    later += MINUTE_MS
    return watchTransactions(server.app.http.engine, server.app.http.copilot)
  }
  await look()
  const told = expectStatus(await patient.call('GET', `/v1/runs/${runId}/tx_status`), 200)
  expect(told).toMatchObject({ status: 'SUBMITTED', mined: true })
  expect(only(told)).toMatchObject({
    hash,
    state: 'REPLACED',
    detail: { replaced_by: faster, confirmations: 1 },
  })
  await mine(2)
  await look()
  expect(await patient.status(runId)).toBe('CONFIRMED')
})

test('one that the wallet cancels is never confirmed: the run is over, and what is reported of it later is told', async () => {
  const { runId, request, nonce } = await pending()
  const cancelling = await sendAs(nonce, TO_ONESELF, 50n)
  await mine(2)
  const polled = await copilot.poll(runId)
  expect(polled).toMatchObject({ status: 'REJECTED', mined: false })
  expect(only(polled)).toMatchObject({
    state: 'CANCELLED',
    detail: { cancelled_by: cancelling, field: 'to' },
  })
  expect(await copilot.read(runId)).toMatchObject({ error_code: 'TRANSACTIONS_CANCELLED' })
  expect((await copilot.poll(runId)).transactions).toEqual(polled.transactions)
  expectError(await copilot.post(runId, 'execute'), 409, 'RUN_NOT_APPROVED')
  // Reported by hand it is still what it is.
  expectStatus(await copilot.submit(runId, cancelling), 200)
  expect(only(await copilot.poll(runId))).toMatchObject({ state: 'MISMATCH' })
  await devnet.client.setAutomine(true)
  const signed = await sign(devnet, request)
  const told = expectStatus(await copilot.submit(runId, signed), 200)
  expect(told).toMatchObject({ mined: true, transactions: [{ hash: signed, state: 'CONFIRMED' }] })
})

test('one that is cancelled while the same bytes go under another nonce ends nothing: it may be paid', async () => {
  const { runId, request, nonce } = await pending()
  await sendAs(nonce, TO_ONESELF, 50n)
  const other = await sendAs(nonce + 1, request, 50n)
  await mine()
  expect(await copilot.poll(runId)).toMatchObject({
    status: 'SUBMITTED',
    next_step: expect.stringMatching(/execute.*not_sent/),
    transactions: [{ state: 'CANCELLED' }],
  })
  expectStatus(await copilot.submit(runId, other), 200)
  expect((await copilot.poll(runId)).status).toBe('CONFIRMED')
})

test('another amount in its place cancels it, and so does a payment to somebody else', async () => {
  const transfer = (to: `0x${string}`, amount: bigint) =>
    encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [to, amount] })
  for (const data of [transfer(FRIEND, 7_777n), transfer(DEPLOYER, 10_000n)]) {
    const { runId, nonce } = await pending()
    await sendAs(nonce, { to: CANONICAL.usdc, data, valueWei: '0' }, 50n)
    await mine()
    expect(only(await copilot.poll(runId))).toMatchObject({ state: 'CANCELLED', detail: { field: 'input' } })
    expect(await copilot.status(runId)).toBe('REJECTED')
  }
})

test('one that no node knows any more is waited for, then dropped, and still counts when it comes back', async () => {
  const { runId, request, nonce, hash } = await pending()
  await devnet.client.dropTransaction({ hash })
  expect(only(await copilot.poll(runId))).toMatchObject({ hash, state: 'PENDING', detail: { nonce } })
  later = 31 * MINUTE_MS
  const dropped = await copilot.poll(runId)
  expect(only(dropped)).toMatchObject({ state: 'DROPPED' })
  expect(dropped.next_step).toMatch(/tx_submitted/)
  expect(await sendAs(nonce, request, 5n)).toBe(hash)
  await mine()
  expect((await copilot.poll(runId)).status).toBe('CONFIRMED')
})

test('what was given up is looked for once more before it is handed out again', async () => {
  const { runId, request, nonce, hash } = await pending()
  await devnet.client.dropTransaction({ hash })
  later = 31 * MINUTE_MS
  expect(only(await copilot.poll(runId))).toMatchObject({ state: 'DROPPED' })
  const faster = await sendAs(nonce, request, 50n)
  await mine()
  expectStatus(await copilot.post(runId, 'execute'), 409)
  const { run } = expectStatus(await copilot.call('GET', `/v1/runs/${runId}/details`), 200)
  expect(run).toMatchObject({ status: 'CONFIRMED', artifacts: { txs: [{ hash: faster }] } })
})

test('a nonce that is used with nothing to be found for it drops the transaction, and another hash may be reported', async () => {
  const { runId, request, nonce, hash } = await pending()
  await devnet.client.dropTransaction({ hash })
  await devnet.client.setNonce({ address: DEV_ACCOUNT, nonce: nonce + 1 })
  await mine()
  expect(only(await copilot.poll(runId))).toMatchObject({
    state: 'DROPPED',
    detail: { nonce, searched: true },
  })
  // What used it may have paid.
  const refused = expectError(await copilot.post(runId, 'execute'), 409, 'ALREADY_SENT')
  expect(refused.details[0]!.message).toContain('nonce')
  expect((await copilot.read(runId)).next_step).toMatch(/not handed out again/)
  await devnet.client.setAutomine(true)
  const other = await sign(devnet, request)
  expectStatus(await copilot.submit(runId, other), 200)
  expect((await copilot.poll(runId)).status).toBe('CONFIRMED')
})

test('without the state of old blocks the newest blocks are looked through', async () => {
  let old = 0
  const proxy = await startRpcProxy(devnet.url, ({ method, params }) => {
    if (method !== 'eth_getTransactionCount' || old === 0 || Number(params[1]) > old) return undefined
    return { status: 503 }
  })
  const server = await startTestServer({
    settings: { RPC_URLS: JSON.stringify({ 31337: proxy.url }) },
    clock,
  })
  onTestFinished(async () => {
    await server.close()
    await proxy.stop()
  })
  const other = copilotClient(server)
  const { runId, request, nonce } = await pending(other)
  const faster = await sendAs(nonce, request, 50n)
  await mine(20)
  old = Number(await devnet.client.getBlockNumber()) - 1
  expect(await other.poll(runId)).toMatchObject({ status: 'CONFIRMED', tx_hash: faster })
})

test('a block that the chain takes back confirms nothing: the transaction is on its way again, and confirmed where it comes to lie', async () => {
  const server = await startTestServer({
    settings: { RPC_URLS: JSON.stringify({ 31337: devnet.url }), WEB3_CONFIRMATIONS: '3' },
    clock,
  })
  onTestFinished(() => server.close())
  const patient = copilotClient(server)
  const { runId, hash, nonce } = await pending(patient)
  const before = await devnet.client.snapshot()
  await mine(2)
  expect(only(await patient.poll(runId))).toMatchObject({ state: 'MINED', detail: { confirmations: 2 } })
  await devnet.client.revert({ id: before })
  expect(only(await patient.poll(runId))).toMatchObject({ state: 'PENDING', detail: { nonce } })
  // The other branch of the chain holds another transaction in its place, which is final once it lies deep enough.
  await sendAs(nonce, TO_ONESELF, 50n)
  await mine()
  expect(only(await patient.poll(runId))).toMatchObject({ hash, state: 'PENDING' })
  expectError(await patient.post(runId, 'execute'), 409, 'ALREADY_SENT')
  await mine(2)
  expect(only(await patient.poll(runId))).toMatchObject({ state: 'CANCELLED' })
})

/** A server whose node keeps the first call of a kind waiting, from when it is asked to until it is let go. */
async function heldWorld(isHeld: (call: RpcCall) => boolean) {
  const held = { isAsked: false, reached: Promise.withResolvers<void>(), go: Promise.withResolvers<void>() }
  const proxy = await startRpcProxy(devnet.url, async (call) => {
    if (!held.isAsked || !isHeld(call)) return undefined
    held.isAsked = false
    held.reached.resolve()
    await held.go.promise
    return undefined
  })
  const settings = { RPC_URLS: JSON.stringify({ 31337: proxy.url }) }
  const server = await startTestServer({ settings, clock })
  onTestFinished(async () => {
    await server.close()
    await proxy.stop()
  })
  return { server, held, client: copilotClient(server) }
}

test('a hash that is kept while somebody says that nothing was sent is seen before their word counts', async () => {
  const { server, held, client } = await heldWorld(({ method }) => method === 'eth_blockNumber')
  const { runId } = await client.handedOut('Swap 0.01 ETH to USDC')
  held.isAsked = true
  const word = client.post(runId, 'not_sent', {})
  await held.reached.promise
  const { kernel } = server.app.http.engine
  await kernel.database.transaction('default', (session) =>
    insertTransaction(session, 'default', runId, {
      ...{ txRequestId: 'swap-1', chainId: 31337, hash: `0x${'5'.repeat(64)}`, insteadOf: null },
      ...{ submittedBy: 'manual', batch: null, callsId: null, at: new Date(clock.now()) },
    }),
  )
  held.go.resolve()
  expectError(await word, 409, 'TRANSACTIONS_SENT')
  expect(await client.status(runId)).toBe('SUBMITTED')
})

test('a hash whose run ends by a word while it is looked at is kept, told, and followed by itself to its end', async () => {
  let wanted: Hash = '0x'
  const { server, held, client } = await heldWorld(
    ({ method, params }) => method === 'eth_getTransactionByHash' && params[0] === wanted,
  )
  const { runId, requests } = await client.handedOut(`send 0.0${++paid} USDC to ${FRIEND}`)
  const nonce = await devnet.client.getTransactionCount({ address: DEV_ACCOUNT })
  const foreign = await sendAs(nonce, TO_ONESELF, 50n)
  await mine()
  expectStatus(await client.submit(runId, foreign), 200)
  expect(only(await client.poll(runId))).toMatchObject({ state: 'MISMATCH' })
  wanted = await sendAs(nonce + 1, requests[0]!, 50n)
  held.isAsked = true
  const report = client.submit(runId, wanted)
  await held.reached.promise
  expect(expectStatus(await client.post(runId, 'not_sent', {}), 200).status).toBe('REJECTED')
  held.go.resolve()
  expect(only(expectStatus(await report, 200))).toMatchObject({ hash: wanted, state: 'PENDING' })
  await mine()
  later = MINUTE_MS
  await watchTransactions(server.app.http.engine, server.app.http.copilot)
  expect((await client.read(runId)).next_step).toMatch(/sent after all.*CONFIRMED/)
})

test('whether a run was cancelled is asked by itself again where the chain could not be asked, no sooner than after a minute', async () => {
  let isDown = false
  const proxy = await startRpcProxy(devnet.url, ({ method, params }) =>
    isDown && method === 'eth_getCode' && params[1] !== 'latest' ? { status: 503 } : undefined,
  )
  const server = await startTestServer({
    settings: { RPC_URLS: JSON.stringify({ 31337: proxy.url }) },
    clock,
  })
  onTestFinished(async () => {
    await server.close()
    await proxy.stop()
  })
  const client = copilotClient(server)
  const { runId, nonce } = await pending(client)
  await sendAs(nonce, TO_ONESELF, 50n)
  await mine()
  isDown = true
  expect(await client.poll(runId)).toMatchObject({
    status: 'SUBMITTED',
    transactions: [{ state: 'CANCELLED' }],
  })
  isDown = false
  for (const [after, status] of [
    [MINUTE_MS / 2, 'SUBMITTED'],
    [MINUTE_MS * 2, 'REJECTED'],
  ] as const) {
    later = after
    await watchTransactions(server.app.http.engine, server.app.http.copilot)
    expect(await client.status(runId)).toBe(status)
  }
})
