import type { Address, Hash } from 'viem'
import { expect, test } from 'vitest'
import { batchProofQuery } from '../api/copilot-queries.ts'
import {
  BatchGoneError,
  type BatchSigner,
  BatchUnsettledError,
  followBatch,
  type KeptBatch,
  OtherBatchWalletError,
  signBatch,
} from './sign-batch.ts'
import { WrongWalletError } from './sign-plan.ts'
import { type BatchStatus, readBatch, readBatching } from './wallet-batch.ts'

const WALLET: Address = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
const TARGET: Address = '0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D'
const [ONE, TWO] = ['1', '2'].map((digit): Hash => `0x${digit.repeat(64)}`) as [Hash, Hash]
const IDS = ['approve-1', 'swap-1']
const OURS = { id: 'org.one', name: 'One' }
const KEPT: KeptBatch = { id: 'b', txRequestIds: IDS, wallet: OURS }
const options = {
  requests: IDS.map((txRequestId) => ({
    txRequestId,
    chainId: 31337,
    to: TARGET,
    data: '0x00',
    valueWei: '7',
    meta: { kind: 'SWAP' as const },
  })),
  wallet: WALLET,
  chainId: 31337,
  isAtomic: false,
  onSteps: () => {},
}
const ended = (hashes: Hash[], isAtomic: boolean | null = false): BatchStatus => ({
  state: 'ended',
  isAtomic,
  hashes,
})
const saying = (state: BatchStatus['state']): BatchStatus => ({ state, isAtomic: null, hashes: [] })
const pending = saying('pending')
const fail = async (code: number) => Promise.reject(Object.assign(new Error(`no ${code}`), { code }))
const NO = 4001
const LOST = -32603

/** A wallet that tells these states one after the other, the last again and again. */
function world(states: BatchStatus[], change: Partial<BatchSigner> = {}) {
  const done: string[] = []
  const kept: (KeptBatch | null)[] = []
  const signer: BatchSigner = {
    wallet: OURS,
    readWallet: async () => ({ account: WALLET, chainId: 31337 }),
    sendBatch: async (id, { calls, isAtomic }) => {
      done.push(`send ${id} ${calls.length}${isAtomic ? ' in one' : ''}`)
      return `wallet-${id}`
    },
    readBatch: async (id) => {
      done.push(`read ${id}`)
      return states.length > 1 ? states.shift()! : states[0]!
    },
    report: async ({ hash, txRequestIds, isAtomic }) => {
      done.push(`report ${txRequestIds.join()} ${hash[2]}${isAtomic ? ' in one' : ''}`)
    },
    requireAlone: () => {},
    keepBatch: (batch) => kept.push(batch),
    pause: async () => {},
    ...change,
  }
  return { signer, done, kept }
}

test('a batch is remembered before it is handed over, and each hash reported for its transaction', async () => {
  const { signer, done, kept } = world([pending, pending, ended([ONE, TWO])])
  await signBatch(signer, 'b', options)
  expect(done).toEqual([
    'send b 2',
    ...Array<string>(3).fill('read wallet-b'),
    'report approve-1 1',
    'report swap-1 2',
  ])
  const taken = { ...KEPT, id: 'wallet-b' }
  expect(kept).toEqual([KEPT, taken, { ...taken, made: { hashes: [ONE, TWO], isOne: false } }, null])
})

test('what the wallet told of a batch is kept until it is reported, and then reported without asking any wallet', async () => {
  const refused = world([ended([ONE], true)], { report: async () => Promise.reject(new Error('no answer')) })
  await expect(followBatch(refused.signer, KEPT, () => {})).rejects.toThrow('no answer')
  const left = refused.kept.at(-1)!
  expect(left).toEqual({ ...KEPT, made: { hashes: [ONE], isOne: true } })
  const shown: (Hash | null)[] = []
  const { signer, done, kept } = world([saying('unknown')], { wallet: { id: 'org.two', name: 'Two' } })
  await followBatch(signer, left, (steps) => shown.push(steps[1]!.hash))
  expect(done).toEqual(['report approve-1,swap-1 1 in one'])
  expect([kept.at(-1), shown[0]]).toEqual([null, ONE])
})

test('what went out as one transaction is reported as that, and all of it forgotten', async () => {
  const { signer, done, kept } = world([pending, ended([ONE], true)])
  await signBatch(signer, 'b', { ...options, isAtomic: true })
  expect(done).toEqual([
    'send b 2 in one',
    'read wallet-b',
    'read wallet-b',
    'report approve-1,swap-1 1 in one',
  ])
  expect(kept.at(-1)).toBeNull()
})

test.each([
  ['a wallet that bundles though nobody asked', ended([ONE], true)],
  ['a wallet that does not say, with one transaction of two', ended([ONE], null)],
  ['a wallet that tells the same transaction for each', ended([ONE, ONE], false)],
])('what is of %s is one of all: a part by itself could be paid again', async (_, status) => {
  const { signer, done } = world([status])
  await followBatch(signer, KEPT, () => {})
  expect(done).toEqual(['read b', 'report approve-1,swap-1 1 in one'])
})

test('a wallet that does not say, with a transaction for each, made each by itself; two that are one are neither', async () => {
  const { signer, done } = world([ended([ONE, TWO], null)])
  await followBatch(signer, KEPT, () => {})
  expect(done).toEqual(['read b', 'report approve-1 1', 'report swap-1 2'])
  const torn = world([ended([ONE, TWO], true)])
  await expect(followBatch(torn.signer, KEPT, () => {})).rejects.toThrow(BatchUnsettledError)
  expect([torn.done, torn.kept]).toEqual([['read b'], []])
})

test('where only some of a batch have a hash those are reported, and it is not forgotten: the rest may be on chain too', async () => {
  const { signer, done, kept } = world([ended([ONE])])
  await expect(followBatch(signer, KEPT, () => {})).rejects.toThrow(BatchUnsettledError)
  expect(done).toEqual(['read b', 'report approve-1 1'])
  // The wallet is asked again: it may know of more by then.
  expect(kept.at(-1)).toEqual(KEPT)
})

test('a batch that the wallet says it refused is forgotten', async () => {
  const { signer, kept } = world([pending, saying('refused')])
  await expect(followBatch(signer, KEPT, () => {})).rejects.toThrow(BatchGoneError)
  expect(kept).toEqual([null])
})

test.each([
  ['that it does not know it', async () => saying('unknown')],
  ['that it ended, and no hash', async () => ended([])],
  ['what cannot be read, with a hash for each', async () => ({ ...saying('unclear'), hashes: [ONE, TWO] })],
  ['nothing, for the connection is lost', () => fail(LOST)],
])('a batch of which the wallet says %s is kept', async (_, readBatch) => {
  const { signer, kept } = world([], { readBatch })
  await expect(followBatch(signer, KEPT, () => {})).rejects.toThrow(BatchUnsettledError)
  expect(kept).toEqual([])
})

test('another wallet is not asked about a batch: it would not know it', async () => {
  const { signer, done, kept } = world([saying('refused')], { wallet: { id: 'org.two', name: 'Two' } })
  await expect(followBatch(signer, KEPT, () => {})).rejects.toThrow(OtherBatchWalletError)
  expect([done, kept]).toEqual([[], []])
})

const EACH = false
const IN_ONE = true

test.each([
  ['a no, and that it does not know it,', EACH, NO, async () => saying('unknown'), null],
  ['a no, and that it sent nothing,', EACH, NO, async () => saying('refused'), null],
  ['a no, and then nothing,', EACH, NO, () => fail(LOST), KEPT],
  ['a no, and then what cannot be read,', EACH, NO, async () => saying('unclear'), KEPT],
  ['a no after the wallet began', EACH, NO, async () => pending, KEPT],
  ['a no to one transaction of all', IN_ONE, NO, () => fail(LOST), null],
  ['a no to becoming a smart account', IN_ONE, 5750, () => fail(LOST), null],
  ['a lost answer', EACH, LOST, async () => saying('unknown'), KEPT],
  ['a lost answer about one transaction of all', IN_ONE, LOST, async () => saying('unknown'), KEPT],
  ['a connection that is gone for good', EACH, LOST, () => fail(LOST), KEPT],
])('%s leaves of a batch what may have been sent', async (_, isAtomic, code, readBatch, left) => {
  const { signer, kept } = world([], { readBatch, sendBatch: () => fail(code) })
  const error = left ? BatchUnsettledError : `no ${code}`
  await expect(signBatch(signer, 'b', { ...options, isAtomic })).rejects.toThrow(error)
  expect(kept[0]).toEqual(KEPT)
  expect(kept.at(-1)).toEqual(left)
})

test('another account is asked for nothing', async () => {
  const { signer, done } = world([pending], { readWallet: async () => ({ account: TARGET, chainId: 31337 }) })
  await expect(signBatch(signer, 'b', options)).rejects.toThrow(WrongWalletError)
  expect(done).toEqual([])
})

const walletOf = (request: (method: string) => unknown) => ({
  id: 'w',
  name: 'W',
  isDev: false,
  provider: { request: async ({ method }: { method: string }) => request(method) },
})

test.each([
  [{ '0x7a69': { atomic: { status: 'unsupported' } } }, 'separate'],
  [{ '0x7a69': {} }, 'separate'],
  [{ '0x0': { atomic: { status: 'unsupported' } } }, 'separate'],
  [{ '0x7a69': { atomic: { status: 'supported' } } }, 'atomic'],
  [{ '0x7a69': { atomic: { status: 'ready' } } }, 'atomic'],
  [{ '0x7a69': { atomicBatch: { supported: true } } }, 'atomic'],
  [{ '0x7a69': { paymasterService: {} }, '0x0': { atomic: { status: 'supported' } } }, 'atomic'],
  [{ '0x7a69': { paymasterService: {} }, '0x0': { atomicBatch: { supported: true } } }, 'atomic'],
  [
    { '0x7a69': { atomic: { status: 'unsupported' } }, '0x0': { atomic: { status: 'supported' } } },
    'separate',
  ],
  [
    { '0x7a69': { atomicBatch: { supported: false } }, '0x0': { atomic: { status: 'supported' } } },
    'separate',
  ],
  [{ '0x7a69': { atomic: { status: 'ready' } }, '0x0': { atomic: { status: 'unsupported' } } }, 'atomic'],
  [{ '0x1': { atomic: { status: 'unsupported' } } }, 'none'],
  [null, 'none'],
])('a wallet that says it can %j takes a batch: %s', async (can, batching) => {
  expect(
    await readBatching(
      walletOf(() => can),
      WALLET,
      31337,
    ),
  ).toBe(batching)
})

test('a wallet that does not know the question takes no batch, and one that does not know a batch never sent it', async () => {
  const fails = (code: number) =>
    walletOf(() => {
      throw Object.assign(new Error('no'), { code })
    })
  expect(await readBatching(fails(4200), WALLET, 31337)).toBe('none')
  expect((await readBatch(fails(5730), 'b')).state).toBe('unknown')
  await expect(readBatch(fails(-32603), 'b')).rejects.toThrow('no')
})

test('whether all was made in one transaction is what the wallet says, and null where it says nothing', async () => {
  const told = (answer: unknown) => readBatch(walletOf(() => answer), 'b') // biome-ignore format: one line
  const receipts = [{ transactionHash: ONE }, { transactionHash: TWO }]
  for (const atomic of [true, false]) {
    expect(await told({ status: 200, atomic, receipts })).toEqual(ended([ONE, TWO], atomic))
  }
  expect(await told({ status: 200, receipts })).toEqual(ended([ONE, TWO], null))
  expect((await told({ status: 100 })).state).toBe('pending')
})

test.each([
  [[100, 199, 'PENDING'], 'pending'],
  [[200, 399, 500, 600, 'CONFIRMED'], 'ended'],
  [[400, 499], 'refused'],
  [[undefined, null, 0, 99, Number.NaN, '', '100', '0xc8', 'confirmed', 'FAILED', {}], 'unclear'],
])('a wallet that gives a batch one of the states %j says that it is %s', async (states, state) => {
  for (const status of states) {
    const told = await readBatch(
      walletOf(() => ({ status })),
      'b',
    )
    expect(told.state, String(status)).toBe(state)
  }
})

test('a batch that has a transaction on chain was not refused', async () => {
  const answer = { status: 400, receipts: [{ transactionHash: ONE }] }
  const told = await readBatch(
    walletOf(() => answer),
    'b',
  )
  expect(told.state).toBe('ended')
})

test('whether a chain proves batches is asked again a minute later where it is not known yet, and only there', () => {
  const again = batchProofQuery(31337).refetchInterval as (query: unknown) => unknown
  const told = [null, true, false].map((proves_batches) => again({ state: { data: { proves_batches } } }))
  expect(told).toEqual([60_000, false, false])
  expect(again({ state: {} })).toBe(false)
})
