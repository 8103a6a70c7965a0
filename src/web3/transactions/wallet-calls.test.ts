import { entryPoint08Address } from 'viem/account-abstraction'
import { expect, test } from 'vitest'
import { matchesBatch } from './matches-batch.ts'
import { readWalletCalls } from './wallet-calls.ts'

const WALLET = '0x00000000000000000000000000000000000000AA'
const TOKEN = '0x00000000000000000000000000000000000000bb'
const OTHER = '0x00000000000000000000000000000000000000cc'
const ENTRY_POINT = entryPoint08Address

type Frame = {
  type?: string
  from: string
  to?: string
  value?: string
  input?: string
  error?: string
  calls?: Frame[]
}
const frame = (from: string, to: string, more: Partial<Frame> = {}): Frame => ({
  type: 'CALL',
  from,
  to,
  value: '0x0',
  input: '0x01',
  ...more,
})
const madeIn = (trace: Frame) =>
  readWalletCalls(trace, WALLET).calls.map(({ type, to, value, failed }) => [type, to, value, failed])

test('calls of a wallet are found however deep they lie, in the order in which they were made', () => {
  const trace = frame(OTHER, TOKEN, {
    calls: [
      frame(TOKEN, WALLET, {
        calls: [frame(WALLET, TOKEN, { value: '0x1' }), frame(WALLET, OTHER, { value: '0x2' })],
      }),
      frame(WALLET, TOKEN, { value: '0x3' }),
    ],
  })
  expect(madeIn(trace)).toEqual([
    ['CALL', TOKEN, 1n, false],
    ['CALL', OTHER, 2n, false],
    ['CALL', TOKEN, 3n, false],
  ])
  let deep = frame(WALLET, TOKEN)
  for (let depth = 0; depth < 20_000; depth++) deep = frame(OTHER, OTHER, { calls: [deep] })
  expect(madeIn(deep)).toEqual([['CALL', TOKEN, 0n, false]])
})

test('what a wallet does by code that it borrows or runs itself is its own doing; what only reads is nothing', () => {
  const trace = frame(WALLET, WALLET, {
    calls: [
      frame(WALLET, OTHER, { type: 'DELEGATECALL', calls: [frame(WALLET, TOKEN)] }),
      frame(WALLET, OTHER, {
        type: 'STATICCALL',
        calls: [frame(OTHER, WALLET, { calls: [frame(WALLET, TOKEN)] })],
      }),
    ],
  })
  expect(madeIn(trace)).toEqual([['CALL', TOKEN, 0n, false]])
})

test('making a contract, leaving with everything and paying itself count as calls', () => {
  const { to: _, ...made } = frame(WALLET, OTHER, { type: 'CREATE2' })
  const calls = [
    made,
    frame(WALLET, OTHER, { type: 'SELFDESTRUCT', value: '0x9' }),
    frame(WALLET, WALLET, { input: '0x', value: '0x1' }),
  ]
  expect(madeIn(frame(OTHER, WALLET, { calls }))).toEqual([
    ['CREATE2', null, 0n, false],
    ['SELFDESTRUCT', OTHER, 9n, false],
    ['CALL', WALLET.toLowerCase(), 1n, false],
  ])
})

test('a call within something that failed has failed', () => {
  const inner = frame(OTHER, WALLET, { error: 'execution reverted', calls: [frame(WALLET, TOKEN)] })
  expect(madeIn(frame(OTHER, OTHER, { calls: [inner, frame(WALLET, TOKEN)] }))).toEqual([
    ['CALL', TOKEN, 0n, true],
    ['CALL', TOKEN, 0n, false],
  ])
})

test('what a wallet gives the entry point that asks it to is gas; what it sends there otherwise is a call', () => {
  const pay = frame(WALLET, ENTRY_POINT, { input: '0x', value: '0x5' })
  const borrowing = frame(WALLET, OTHER, { type: 'DELEGATECALL', calls: [pay] })
  const asked = (payment: Frame) =>
    frame(OTHER, ENTRY_POINT, { calls: [frame(ENTRY_POINT, WALLET, { calls: [payment] })] })
  for (const payment of [pay, borrowing]) {
    expect(readWalletCalls(asked(payment), WALLET)).toEqual({ calls: [], prefund: 5n })
  }
  expect(readWalletCalls(frame(WALLET, WALLET, { calls: [pay] }), WALLET)).toMatchObject({
    calls: [{}],
    prefund: 0n,
  })
  expect(readWalletCalls(asked({ ...pay, input: '0x01' }), WALLET)).toMatchObject({
    calls: [{}],
    prefund: 0n,
  })
})

test.each([
  null,
  'trace',
  [],
  {},
  { failed: false, structLogs: [] },
  frame(OTHER, OTHER, { calls: [7 as never] }),
])('what is no trace is refused: %j', (trace) => {
  expect(() => readWalletCalls(trace, WALLET)).toThrow()
})

test('a call that another kind of call stands for is not the planned one', () => {
  const request = { txRequestId: 'transfer-1', to: TOKEN, data: '0x01', valueWei: '0' } as const
  const made = (type: string) =>
    readWalletCalls(frame(OTHER, OTHER, { calls: [frame(WALLET, TOKEN, { type })] }), WALLET)
  expect(matchesBatch(made('CALL').calls, [request])).toEqual({ matches: true, outcomes: ['done'] })
  expect(matchesBatch(made('CALLCODE').calls, [request])).toMatchObject({ matches: false, field: 'type' })
  expect(matchesBatch([], [request])).toMatchObject({ matches: false, field: 'calls', didPlanned: false })
})
