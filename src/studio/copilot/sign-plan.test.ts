import type { Address, Hash } from 'viem'
import { expect, test } from 'vitest'
import { type Signer, type SigningStep, type SignOptions, signPlan, WrongWalletError } from './sign-plan.ts'

const WALLET: Address = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
const TARGET: Address = '0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D'
const request = (txRequestId: string) => ({
  txRequestId,
  chainId: 31337,
  to: TARGET,
  data: `0x${txRequestId.length.toString(16).padStart(8, '0')}`,
  valueWei: '0',
  meta: { kind: 'SWAP' as const },
})
const hashOf = (number: number): Hash => `0x${number.toString(16).padStart(64, '0')}`

/** A wallet and a server that note what they are asked, in its order. */
function world(change: Partial<Signer> = {}) {
  const done: string[] = []
  const seen: { steps: SigningStep[]; kept: Record<string, Hash> } = { steps: [], kept: {} }
  let sent = 0
  const signer: Signer = {
    readWallet: async () => ({ account: WALLET, chainId: 31337 }),
    send: async ({ gas }) => {
      done.push(`send ${gas}`)
      return hashOf(++sent)
    },
    waitForReceipt: async (hash) => {
      done.push(`mined ${Number(hash)}`)
      return 'success'
    },
    report: async (id, hash) => {
      done.push(`report ${id} ${Number(hash)}`)
    },
    keep: (kept) => {
      seen.kept = { ...kept }
    },
    ...change,
  }
  const options: SignOptions = {
    requests: [request('approve-1'), request('swap-1')],
    known: [],
    kept: {},
    wallet: WALLET.toLowerCase(),
    chainId: 31337,
    gasOf: () => 7n,
    onSteps: (steps) => {
      seen.steps = steps
    },
  }
  return { done, seen, signer, options }
}

test('each transaction is signed when the one before is mined, and every hash is reported at once', async () => {
  const { done, seen, signer, options } = world()
  expect(await signPlan(signer, options)).toBe(true)
  expect(done).toEqual(['send 7', 'report approve-1 1', 'mined 1', 'send 7', 'report swap-1 2', 'mined 2'])
  expect(seen.steps.map(({ state }) => state)).toEqual(['mined', 'mined'])
  expect(seen.kept).toEqual({})
})

test('what was reported before is not sent again, unless its hash is void', async () => {
  const first = world()
  const approved = { txRequestId: 'approve-1', hash: hashOf(9), state: 'CONFIRMED' as const }
  await signPlan(first.signer, { ...first.options, known: [approved] })
  expect(first.done).toEqual(['send 7', 'report swap-1 1', 'mined 1'])
  const second = world()
  await signPlan(second.signer, { ...second.options, known: [{ ...approved, state: 'DROPPED' }] })
  expect(second.done.filter((what) => what.startsWith('send'))).toHaveLength(2)
})

test('a hash that could not be reported is kept, and the next time reported and not sent again', async () => {
  const away = new Error('the server is away')
  const { seen, signer, options } = world({ report: () => Promise.reject(away) })
  await expect(signPlan(signer, options)).rejects.toBe(away)
  expect(seen.kept).toEqual({ 'approve-1': hashOf(1) })
  const again = world()
  await signPlan(again.signer, { ...again.options, kept: seen.kept })
  expect(again.done.slice(0, 2)).toEqual(['report approve-1 1', 'mined 1'])
  expect(again.done.filter((what) => what.startsWith('send'))).toHaveLength(1)
  expect(again.seen.kept).toEqual({})
})

test('nothing is sent after a transaction that reverted', async () => {
  const { done, seen, signer, options } = world({ waitForReceipt: async () => 'reverted' })
  expect(await signPlan(signer, options)).toBe(false)
  expect(done).toEqual(['send 7', 'report approve-1 1'])
  expect(seen.steps.map(({ state }) => state)).toEqual(['reverted', 'waits'])
})

test.each([
  ['account', { account: TARGET, chainId: 31337 }],
  ['account', { account: null, chainId: 31337 }],
  ['chain', { account: WALLET, chainId: 1 }],
] as const)('a wallet with another %s is asked for no signature', async (what, shown) => {
  const { done, signer, options } = world({ readWallet: async () => shown })
  await expect(signPlan(signer, options)).rejects.toEqual(new WrongWalletError(what))
  expect(done).toEqual([])
})

test('a wallet that changes between two signatures is asked for the first one only', async () => {
  let looks = 0
  const { done, signer, options } = world({
    readWallet: async () => ({ account: ++looks === 1 ? WALLET : TARGET, chainId: 31337 }),
  })
  await expect(signPlan(signer, options)).rejects.toEqual(new WrongWalletError('account'))
  expect(done.filter((one) => one.startsWith('send'))).toHaveLength(1)
})

test('after a no in the wallet the transaction waits its turn again', async () => {
  const no = Object.assign(new Error('no'), { code: 4001 })
  const { seen, signer, options } = world({ send: () => Promise.reject(no) })
  await expect(signPlan(signer, options)).rejects.toBe(no)
  expect(seen.steps.map(({ state }) => state)).toEqual(['waits', 'waits'])
})
