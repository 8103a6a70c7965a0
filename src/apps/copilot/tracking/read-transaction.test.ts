import {
  type Address,
  type Hash,
  type PublicClient,
  TransactionNotFoundError,
  TransactionReceiptNotFoundError,
} from 'viem'
import { expect, test } from 'vitest'
import type { TxRequest } from '../schema.ts'
import { readBatch } from './read-batch.ts'
import { readTransaction } from './read-transaction.ts'

const WALLET: Address = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'
const TO: Address = '0x0000000000000000000000000000000000000001'
const REPORTED: Hash = `0x${'1'.repeat(64)}`
const FASTER: Hash = `0x${'2'.repeat(64)}`
const NONCE = 7
const HEAD = 1_000n

const request = { txRequestId: 'transfer-1', to: TO, data: '0x', valueWei: '5', chainId: 1 } as TxRequest
const planned = { request, plan: [request], wallet: WALLET, chainId: 1, hash: REPORTED, plannedAt: 1 }
const sameBytes = { from: WALLET, to: TO, value: 5n, input: '0x', chainId: 1, nonce: NONCE }

/** A chain on which one transaction with that nonce is mined. */
function chainWith(mined: { hash: Hash; blockNumber: bigint } | null, more: Partial<PublicClient> = {}) {
  const transaction = mined && { ...sameBytes, ...mined }
  const scans: bigint[] = []
  const chain = {
    getTransaction: async ({ hash }: { hash: Hash }) => {
      if (hash === transaction?.hash) return transaction
      throw new TransactionNotFoundError({ hash })
    },
    getTransactionReceipt: async ({ hash }: { hash: Hash }) => {
      if (hash !== mined?.hash) throw new TransactionReceiptNotFoundError({ hash })
      return { blockNumber: mined.blockNumber, blockHash: '0x', gasUsed: 1n, status: 'success' }
    },
    getBlockNumber: async () => HEAD,
    getTransactionCount: async ({ blockNumber }: { blockNumber: bigint }) =>
      blockNumber >= (mined?.blockNumber ?? 900n) ? NONCE + 1 : NONCE,
    getBlock: async ({ blockNumber }: { blockNumber: bigint }) => {
      scans.push(blockNumber)
      return { transactions: blockNumber === transaction?.blockNumber ? [transaction] : [] }
    },
    ...more,
  }
  return { client: chain as unknown as PublicClient, scans }
}

/** Tells how accounts stand at the newest block alone. */
const withoutState = {
  getTransactionCount: async ({ blockNumber }: { blockNumber?: bigint }) => {
    if (blockNumber === HEAD) return NONCE + 1
    throw new Error('429')
  },
} as unknown as Partial<PublicClient>

type Before = Parameters<typeof readTransaction>[2]
const read = (client: PublicClient, before: Before = { nonce: NONCE }, confirmations = 1) =>
  readTransaction(client, planned, before, { confirmations, submittedAt: 0, now: 31 * 60_000 })

test('a replacement that lies deep is not given up because the chain failed once: it is found the next time', async () => {
  const mined = { hash: FASTER, blockNumber: 900n }
  const { client, scans } = chainWith(mined, withoutState)
  const first = await read(client)
  expect(first).toMatchObject({ state: 'PENDING', detail: { nonce: NONCE } })
  expect(scans.length).toBe(64)
  // What was looked through once is not looked through again at each look.
  const second = await read(client, first.detail)
  expect([second.state, scans.length]).toEqual(['PENDING', 64])
  expect(await read(chainWith(mined).client, second.detail)).toMatchObject({
    state: 'CONFIRMED',
    hash: FASTER,
  })
})

test('a nonce is used by nothing where the block that used it shows it, or all blocks since the plan', async () => {
  expect(await read(chainWith(null).client)).toMatchObject({ state: 'DROPPED', detail: { searched: true } })
  const { client } = chainWith(null, withoutState)
  const recent = { ...planned, plannedAt: Number(HEAD) - 64 }
  const reading = await readTransaction(
    client,
    recent,
    { nonce: NONCE },
    { confirmations: 1, submittedAt: 0, now: 0 },
  )
  expect(reading).toMatchObject({ state: 'DROPPED', detail: { searched: true } })
})

test.each([
  [1, 'CONFIRMED'],
  [3, 'MINED'],
])(
  'one that is mined while it is looked at replaces nothing, with %i confirmations',
  async (confirmations, state) => {
    const { client } = chainWith({ hash: REPORTED, blockNumber: HEAD })
    let asked = 0
    const receiptOf = client.getTransactionReceipt
    client.getTransactionReceipt = (async (wanted: { hash: Hash }) => {
      if (asked++ === 0) throw new TransactionReceiptNotFoundError(wanted)
      return receiptOf(wanted)
    }) as typeof client.getTransactionReceipt
    const reading = await read(client, {}, confirmations)
    expect(reading).toMatchObject({ state, detail: { confirmations: 1 } })
    expect(reading.hash).toBeUndefined()
    expect(Object.keys(reading.detail)).not.toContain('replaces')
    expect(Object.keys(reading.detail)).not.toContain('replaced_by')
  },
)

test('what took the place of a batch is looked for in the newest blocks once, and not at all where it was searched', async () => {
  const { client, scans } = chainWith(null, withoutState)
  const batch = { requests: [request], plan: [request], wallet: WALLET, hash: REPORTED, plannedAt: 1 }
  const read = async (before: Before) =>
    (await readBatch(client, batch, [before], { confirmations: 1, submittedAt: 0, now: 0 }))[0]!
  const seen = { sent_by: WALLET, nonce: NONCE }
  const first = await read(seen)
  expect(first).toMatchObject({ state: 'PENDING', detail: { ...seen, scanned: true } })
  expect(scans.splice(0)).toHaveLength(64)
  expect(await read(first.detail)).toEqual(first)
  expect(await read({ ...seen, searched: true })).toMatchObject({
    state: 'DROPPED',
    detail: { searched: true },
  })
  expect(scans).toEqual([])
})
