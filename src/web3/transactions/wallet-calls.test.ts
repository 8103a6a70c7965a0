import { encodeAbiParameters, encodeEventTopics, type Hex, pad, parseAbi } from 'viem'
import { entryPoint06Address, entryPoint08Address, entryPoint09Address } from 'viem/account-abstraction'
import { expect, test } from 'vitest'
import { isEntryPoint, readUserOperationCost } from './entry-points.ts'
import { hasMade, matchesBatch } from './matches-batch.ts'
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

test('what leads to the calls of a wallet is not listed, whoever leads to them; what only reads is nothing', () => {
  const borrowing = frame(WALLET, OTHER, { type: 'DELEGATECALL', calls: [frame(WALLET, TOKEN)] })
  const reading = frame(WALLET, OTHER, {
    type: 'STATICCALL',
    calls: [frame(OTHER, WALLET, { calls: [frame(WALLET, TOKEN)] })],
  })
  for (const first of [WALLET, OTHER]) {
    const trace = frame(first, WALLET, { calls: [borrowing, reading] })
    expect(madeIn(trace)).toEqual([['CALL', TOKEN, 0n, false]])
  }
})

const call = frame(WALLET, TOKEN)
test.each<[string, Frame[]]>([
  ['a call to itself', [call, frame(WALLET, WALLET, { input: '0xadd0' })]],
  ['a call to itself before', [frame(WALLET, WALLET, { input: '0xadd0' }), call]],
  ['code that it borrows', [call, frame(WALLET, OTHER, { type: 'DELEGATECALL', input: '0xadd0' })]],
])('what a wallet does inside itself beside its calls is listed: %s', (_, calls) => {
  const made = readWalletCalls(frame(WALLET, WALLET, { calls }), WALLET).calls
  expect(made).toHaveLength(2)
  expect(made.map(({ input }) => input)).toContain('0xadd0')
})

test('somebody who makes the wallet do something inside itself beside its calls is listed too', () => {
  const entries = [frame(OTHER, WALLET, { calls: [call] }), frame(OTHER, WALLET, { input: '0xadd0' })]
  expect(readWalletCalls(frame(OTHER, OTHER, { calls: entries }), WALLET).calls).toMatchObject([
    { input: '0x01' },
    { input: '0xadd0' },
  ])
  // What fails leaves nothing.
  entries[1]!.error = 'not the owner'
  expect(readWalletCalls(frame(OTHER, OTHER, { calls: entries }), WALLET).calls).toHaveLength(1)
})

test('what a call of the wallet leads to is a part of it, and so is taking coins', () => {
  const asked = frame(TOKEN, WALLET, {
    input: '0xca11',
    calls: [frame(WALLET, OTHER, { type: 'DELEGATECALL', input: '0xca11' })],
  })
  const proxy = frame(WALLET, OTHER, { type: 'DELEGATECALL', input: '0x' })
  const paid = frame(OTHER, WALLET, { input: '0x', value: '0x5', calls: [proxy] })
  const trace = frame(OTHER, OTHER, {
    calls: [frame(OTHER, WALLET, { calls: [frame(WALLET, TOKEN, { calls: [asked] })] }), paid],
  })
  expect(readWalletCalls(trace, WALLET)).toMatchObject({ calls: [{ to: TOKEN }], nativeDelta: 5n })
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

const VALIDATE = '0x19822f7c'
const asks = (calls: Frame[], input = VALIDATE) => frame(ENTRY_POINT, WALLET, { input, calls })
const operation = (...entries: Frame[]) => frame(OTHER, ENTRY_POINT, { calls: entries })
const pay = frame(WALLET, ENTRY_POINT, { input: '0x', value: '0x5' })

test('what a wallet gives the entry point that asks whether it wants something done is gas', () => {
  // As a proxy does: it hands on what it was called with.
  const borrowing = frame(WALLET, OTHER, { type: 'DELEGATECALL', input: VALIDATE, calls: [pay] })
  const execution = frame(ENTRY_POINT, WALLET, { calls: [call] })
  for (const payment of [pay, borrowing]) {
    const { calls, nativeDelta, prefund } = readWalletCalls(operation(asks([payment]), execution), WALLET)
    expect([calls.map(({ to }) => to), nativeDelta, prefund]).toEqual([[TOKEN], 0n, 5n])
  }
  const validator = frame(WALLET, OTHER, { input: '0x97003203' })
  expect(readWalletCalls(operation(asks([validator, pay]), execution), WALLET).calls).toHaveLength(1)
  expect([entryPoint06Address, entryPoint09Address].every(isEntryPoint)).toBe(true)
})

test.each<[string, Frame]>([
  ['when it does something', operation(asks([]), frame(ENTRY_POINT, WALLET, { calls: [call, pay] }))],
  ['when nobody asks', frame(WALLET, WALLET, { calls: [call, pay] })],
  ['with bytes', operation(asks([{ ...pay, input: '0x01' }]), frame(ENTRY_POINT, WALLET, { calls: [call] }))],
  [
    'and not to who asks',
    operation(asks([{ ...pay, to: entryPoint06Address }]), frame(ENTRY_POINT, WALLET, { calls: [call] })),
  ],
  [
    'to a validator with coins',
    operation(
      asks([{ ...pay, to: OTHER, input: '0x97003203' }]),
      frame(ENTRY_POINT, WALLET, { calls: [call] }),
    ),
  ],
])('what a wallet sends to an entry point otherwise is a call: %s', (_, trace) => {
  expect(readWalletCalls(trace, WALLET).calls).toHaveLength(2)
})

test.each<[string, Frame]>([
  ['a library', frame(WALLET, OTHER, { type: 'DELEGATECALL', input: '0xadd0' })],
  ['itself', frame(WALLET, WALLET, { input: '0xadd0' })],
])('what a wallet does to itself while it is asked or takes coins is listed: by %s', (_, inside) => {
  const execution = frame(ENTRY_POINT, WALLET, { calls: [call] })
  const taking = frame(OTHER, WALLET, { input: '0x', value: '0x1', calls: [inside] })
  for (const trace of [
    operation(asks([inside]), execution),
    frame(OTHER, OTHER, { calls: [taking, execution] }),
  ]) {
    expect(readWalletCalls(trace, WALLET).calls.map(({ input }) => input)).toEqual(['0xadd0', '0x01'])
  }
})

test('being made, and taking what others send, is nothing that the wallet does', () => {
  const made = frame(OTHER, WALLET, { type: 'CREATE2', input: '0x6080' })
  const set = frame(OTHER, WALLET, {
    input: '0x5e77',
    calls: [frame(WALLET, TOKEN, { type: 'DELEGATECALL', input: '0x5e77' })],
  })
  const factory = frame(ENTRY_POINT, OTHER, { calls: [made, set] })
  const given = frame(TOKEN, WALLET, { input: '0x150b7a02' })
  const execution = frame(ENTRY_POINT, WALLET, { calls: [call] })
  expect(readWalletCalls(operation(factory, asks([pay]), execution, given), WALLET).calls).toMatchObject([
    { to: TOKEN, type: 'CALL' },
  ])
  // Whoever did not make it may not set it up.
  expect(readWalletCalls(operation(set, execution), WALLET).calls).toHaveLength(2)
})

test('a second operation of the same wallet is listed with what it does', () => {
  const add = frame(ENTRY_POINT, WALLET, { input: '0xadd0' })
  const trace = operation(asks([pay]), asks([pay]), frame(ENTRY_POINT, WALLET, { calls: [call] }), add)
  expect(readWalletCalls(trace, WALLET).calls).toMatchObject([{ to: TOKEN }, { input: '0xadd0' }])
})

test('what entry points charged a wallet is told by their events, and nothing where a paymaster paid', () => {
  const abi = parseAbi([
    'event UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed)',
  ])
  const zero = pad('0x', { size: 20 })
  const log = (sender: Hex, paymaster: Hex, cost: bigint, address: string = ENTRY_POINT) => ({
    address,
    topics: encodeEventTopics({
      abi,
      args: { userOpHash: pad('0x1', { size: 32 }), sender, paymaster },
    }) as Hex[],
    data: encodeAbiParameters(
      ['uint256', 'bool', 'uint256', 'uint256'].map((type) => ({ type })),
      [1n, true, cost, 1n],
    ),
  })
  const costOf = (...logs: ReturnType<typeof log>[]) => readUserOperationCost({ logs }, WALLET)
  expect(costOf(log(WALLET, zero, 7n), log(OTHER, zero, 9n))).toBe(7n)
  expect(costOf(log(WALLET, OTHER, 7n))).toBe(0n)
  expect(costOf(log(WALLET, zero, 7n, TOKEN), log(OTHER, zero, 9n))).toBeNull()
})

test('coins are counted as they came and went, without what was undone, borrowed or paid for gas', () => {
  const moves = [
    frame(WALLET, TOKEN, { value: '0x3' }),
    frame(TOKEN, WALLET, { value: '0xa', input: '0x' }),
    frame(WALLET, OTHER, { value: '0x64', error: 'reverted' }),
    frame(WALLET, OTHER, {
      type: 'DELEGATECALL',
      value: '0x64',
      calls: [frame(WALLET, TOKEN, { value: '0x1' })],
    }),
  ]
  const trace = operation(asks([pay]), frame(ENTRY_POINT, WALLET, { calls: moves }))
  expect(readWalletCalls(trace, WALLET).nativeDelta).toBe(6n)
  expect(readWalletCalls(trace, WALLET, true)).toMatchObject({
    nativeDelta: 0n,
    calls: [{ failed: true }, { failed: true }, { failed: true }],
  })
})

test('what nodes write instead of leaving it out is nothing, and a call may have very many within it', () => {
  const empty = { error: null, calls: null, value: null, input: null } as never as Partial<Frame>
  expect(madeIn(frame(WALLET, TOKEN, empty))).toEqual([['CALL', TOKEN, 0n, false]])
  const many = Array.from({ length: 200_000 }, () => frame(OTHER, OTHER))
  expect(madeIn(frame(OTHER, OTHER, { calls: [...many, call] }))).toEqual([['CALL', TOKEN, 0n, false]])
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
  expect(matchesBatch([], [request])).toMatchObject({ matches: false, field: 'calls' })
  expect([hasMade(made('CALL').calls, [request]), hasMade(made('CALLCODE').calls, [request])]).toEqual([
    true,
    false,
  ])
})
