import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import type { TxRequest } from '../../src/apps/copilot/schema.ts'
import { DEV_ACCOUNT } from '../../src/web3/devnet/addresses.ts'
import { expectError, expectStatus } from '../gate/purchase-client.ts'
import type { TestDevnet } from '../harness/start-devnet.ts'
import { startRpcProxy } from '../harness/start-rpc-proxy.ts'
import { startTestServer } from '../harness/start-test-server.ts'
import { type BatchAccount, makeBatchAccount } from './batch-account.ts'
import { type CopilotClient, copilotClient, openCopilotWorld, sign, usdcOf } from './copilot-client.ts'

/* An account that runs code may do in one transaction what was approved in several. Nothing of it is paid twice. */

const FRIEND = '0x1111111111111111111111111111111111111111'
const IDS = ['approve-1', 'swap-1']
const HALF_AN_HOUR_MS = 31 * 60_000
let later = 0
const clock = { now: () => Date.now() + later }

let world: Awaited<ReturnType<typeof openCopilotWorld>>
let devnet: TestDevnet
let copilot: CopilotClient
let account: BatchAccount
beforeAll(async () => {
  world = await openCopilotWorld({ clock })
  devnet = world.devnet
  copilot = copilotClient(world.server)
  account = await makeBatchAccount(devnet)
})
afterAll(() => world.close())
beforeEach(() => {
  later = 0
})

type Plan = [TxRequest, TxRequest]
type Seen = { state: string; detail: Record<string, unknown> }
const report = (runId: string, txHash: string, txRequestIds = IDS, client = copilot) =>
  client.post(runId, 'tx_submitted', { txHash, submittedBy: 'dev_wallet', txRequestIds })
const statesOf = async (runId: string, client = copilot): Promise<string[]> =>
  (await client.poll(runId)).transactions.map(({ state }: Seen) => state)
const expectNothingToSign = async (runId: string) =>
  expectError(await copilot.post(runId, 'execute'), 409, 'ALREADY_SENT')
/** Each swap and each payment is another one. */
let amount = 20
const plan = async (client = copilot) => {
  const { runId, requests } = await client.handedOut(`Swap ${++amount} USDC to ETH`)
  return { runId, requests: requests as Plan }
}
const payment = async () => copilot.handedOut(`send 0.0${++amount} USDC to ${FRIEND}`)

test('a batch that is said to be one of its transactions is not handed out again, and is confirmed once it is said to be all of them', async () => {
  const { runId, requests } = await plan()
  const before = await usdcOf(devnet, DEV_ACCOUNT)
  const hash = await account.batch(requests)
  expectStatus(await copilot.submit(runId, hash, 'approve-1'), 200)
  const { transactions, next_step: next } = await copilot.poll(runId)
  expect(transactions).toMatchObject([
    { txRequestId: 'approve-1', state: 'MISMATCH', detail: { did_planned: true } },
  ])
  expect(next).toContain('txRequestIds')
  await expectNothingToSign(runId)
  expectStatus(await report(runId, hash), 200)
  expect((await copilot.poll(runId)).status).toBe('CONFIRMED')
  expect(await usdcOf(devnet, DEV_ACCOUNT)).toBe(before - BigInt(amount) * 1_000_000n)
})

test('a payment that a relayer sent is confirmed by its hash alone: the wallet made it and nothing else', async () => {
  const { runId, requests } = await payment()
  const hash = await account.batch(requests, { from: account.relayer })
  expectStatus(await copilot.submit(runId, hash), 200)
  const { status, transactions } = await copilot.poll(runId)
  expect(status).toBe('CONFIRMED')
  expect(transactions).toMatchObject([{ batch: null, detail: { sent_by: account.relayer.toLowerCase() } }])
})

test('what was made together with something else stays locked, whatever hash is reported for it', async () => {
  const { runId, requests } = await plan()
  const more = { to: FRIEND, data: '0x', valueWei: '1' } as const
  expectStatus(await report(runId, await account.batch([...requests, more])), 200)
  expect(await statesOf(runId)).toEqual(['MISMATCH', 'MISMATCH'])
  const other = await sign(devnet, more)
  for (const hash of [other, `0x${'cd'.repeat(32)}`]) {
    expectError(await copilot.submit(runId, hash, 'swap-1'), 409, 'TRANSACTION_SUBMITTED')
    expectError(await report(runId, hash), 409, 'TRANSACTION_SUBMITTED')
  }
  await expectNothingToSign(runId)
  // Somebody may end it, and it is not said that nothing was sent.
  expect(expectStatus(await copilot.post(runId, 'not_sent', {}), 200).status).toBe('REJECTED')
  expect(await copilot.read(runId)).toMatchObject({
    error_code: 'NOT_SENT',
    error_message: expect.stringMatching(/ended it, while .*together with something else in 0x/),
  })
  expectError(await copilot.post(runId, 'execute'), 409, 'RUN_NOT_APPROVED')
})

test('a request that was made in a transaction of which another was reported is not handed out either', async () => {
  const { runId, requests } = await plan()
  await sign(devnet, requests[0])
  const hash = await account.batch([requests[1]])
  expectStatus(await report(runId, hash, ['approve-1']), 200)
  expect(await statesOf(runId)).toEqual(['MISMATCH'])
  await expectNothingToSign(runId)
})

test('one that the wallet had mined with a higher fee is followed to the hash that took its place', async () => {
  const { runId, requests } = await payment()
  await devnet.client.setAutomine(false)
  onTestFinished(() => devnet.client.setAutomine(true))
  const nonce = await devnet.client.getTransactionCount({ address: DEV_ACCOUNT })
  const slow = await account.batch(requests, { nonce, gwei: 5n })
  expectStatus(await report(runId, slow, ['transfer-1']), 200)
  expect(await statesOf(runId)).toEqual(['PENDING'])
  const fast = await account.batch(requests, { nonce, gwei: 50n })
  await devnet.client.mine({ blocks: 1 })
  later = HALF_AN_HOUR_MS
  const { status, transactions } = await copilot.poll(runId)
  expect(status).toBe('CONFIRMED')
  expect(transactions).toMatchObject([{ hash: fast, detail: { replaces: slow } }])
})

test('one that no node knows any more is given up after half an hour, and not handed out: what was signed may yet be sent', async () => {
  const { runId, requests } = await payment()
  await devnet.client.setAutomine(false)
  onTestFinished(() => devnet.client.setAutomine(true))
  const nonce = await devnet.client.getTransactionCount({ address: DEV_ACCOUNT })
  const hash = await account.batch(requests, { nonce, gwei: 5n })
  expectStatus(await report(runId, hash, ['transfer-1']), 200)
  expect(await statesOf(runId)).toEqual(['PENDING'])
  await devnet.client.dropTransaction({ hash })
  expect(await statesOf(runId)).toEqual(['PENDING'])
  later = HALF_AN_HOUR_MS
  expect(await statesOf(runId)).toEqual(['DROPPED'])
  await expectNothingToSign(runId)
})

test('where a request of a batch has another hash, what is left of the batch confirms nothing and stays locked', async () => {
  const { runId, requests } = await plan()
  const unknown = `0x${'ef'.repeat(32)}`
  expectStatus(await report(runId, unknown), 200)
  expectStatus(await copilot.submit(runId, await sign(devnet, requests[0]), 'approve-1'), 200)
  expect(await statesOf(runId)).toEqual(['DROPPED', 'CONFIRMED'])
  await expectNothingToSign(runId)
  expectStatus(await copilot.submit(runId, await sign(devnet, requests[1]), 'swap-1'), 200)
  expect((await copilot.poll(runId)).status).toBe('CONFIRMED')
})

test('of two runs whose same batch is looked at in the same moment one is confirmed, and of the other nothing', async () => {
  const sentence = `Swap ${++amount} USDC to ETH`
  const [first, second] = [await copilot.handedOut(sentence), await copilot.handedOut(sentence)]
  expect(second.requests).toEqual(first.requests)
  const hash = await account.batch(first.requests)
  for (const { runId } of [first, second]) expectStatus(await report(runId, hash), 200)
  await Promise.all([first, second, first, second].map(({ runId }) => copilot.post(runId, 'poll_tx')))
  const states = await Promise.all([first, second].map(({ runId }) => statesOf(runId)))
  expect(states.sort()).toEqual([
    ['CONFIRMED', 'CONFIRMED'],
    ['MISMATCH', 'MISMATCH'],
  ])
})

test('a look that began before a hash was said to be something else changes nothing of that', async () => {
  let held: Promise<void> | null = null
  let reached = () => {}
  const { client } = await openWith(async ({ method }) => {
    if (held === null || method !== 'debug_traceTransaction') return undefined
    const wait = held
    held = null
    reached()
    await wait
    return undefined
  })
  const { runId, requests } = await plan(client)
  const hash = await account.batch(requests)
  expectStatus(await client.submit(runId, hash, 'swap-1'), 200)
  let release = () => {}
  const arrived = new Promise<void>((resolve) => {
    reached = resolve
  })
  held = new Promise<void>((resolve) => {
    release = resolve
  })
  const slow = client.poll(runId)
  await arrived
  expect(await statesOf(runId, client)).toEqual(['MISMATCH'])
  expectStatus(await report(runId, hash, IDS, client), 200)
  release()
  await slow
  expect((await client.poll(runId)).status).toBe('CONFIRMED')
})

/** A server whose node answers otherwise. */
async function openWith(react: Parameters<typeof startRpcProxy>[1]) {
  const proxy = await startRpcProxy(devnet.url, react)
  const server = await startTestServer({
    clock,
    settings: { RPC_URLS: JSON.stringify({ 31337: proxy.url }) },
  })
  onTestFinished(async () => {
    await server.close()
    await proxy.stop()
  })
  return { client: copilotClient(server) }
}

test('a hash that could not be looked into gives way to the one that the chain knows as what was approved', async () => {
  const error = { code: -32601, message: 'the method does not exist' }
  const { client } = await openWith(({ method }) =>
    method === 'debug_traceTransaction' ? { error } : undefined,
  )
  const { runId, requests } = await client.handedOut(`send 0.0${++amount} USDC to ${FRIEND}`)
  const wrong = await sign(devnet, { to: FRIEND, data: '0x', valueWei: '1' })
  expectStatus(await client.submit(runId, wrong), 200)
  expect(await statesOf(runId, client)).toEqual(['MINED'])
  expectStatus(await client.submit(runId, await sign(devnet, requests[0]!)), 200)
  expect((await client.poll(runId)).status).toBe('CONFIRMED')
})

test('the first transaction of an account that runs code is not called another one while it is not mined', async () => {
  await account.leave()
  const { runId, requests } = await payment()
  const { hash, code } = await account.handOver(requests, { pending: true })
  onTestFinished(() => devnet.client.setAutomine(true))
  expectStatus(await copilot.submit(runId, hash), 200)
  expect(await statesOf(runId)).toEqual(['PENDING'])
  await expectNothingToSign(runId)
  await devnet.client.mine({ blocks: 1 })
  const { status, transactions } = await copilot.poll(runId)
  expect(status).toBe('CONFIRMED')
  expect(transactions[0].detail.delegated_to.toLowerCase()).toBe(code.toLowerCase())
})

test('whether an account runs code is asked again where the node could not tell', async () => {
  await account.leave()
  let refuses = false
  const error = { code: -32000, message: 'missing trie node' }
  const { client } = await openWith(({ method }) =>
    refuses && method === 'eth_getCode' ? { error } : undefined,
  )
  const { runId, requests } = await client.handedOut(`send 0.0${++amount} USDC to ${FRIEND}`)
  const wrong = await sign(devnet, { to: FRIEND, data: '0x', valueWei: '1' })
  expectStatus(await client.submit(runId, wrong), 200)
  refuses = true
  expect(await statesOf(runId, client)).toEqual(['PENDING'])
  refuses = false
  expect(await statesOf(runId, client)).toEqual(['MISMATCH'])
  expect(expectStatus(await client.post(runId, 'execute'), 200).tx_requests).toEqual(requests)
})
