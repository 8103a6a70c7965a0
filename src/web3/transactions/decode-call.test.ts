import fc from 'fast-check'
import {
  type Address,
  concat,
  encodeFunctionData,
  type Hex,
  pad,
  size,
  toFunctionSelector,
  toHex,
} from 'viem'
import { describe, expect, test } from 'vitest'
import { BATCH_ABI, ERC20_ABI, ROUTER_ABI, WRAPPED_NATIVE_ABI } from './abis.ts'
import { decodeCall } from './decode-call.ts'
import { addresses, amounts, bytes, FRIEND, ROUTER, USDC, WALLET, WETH } from './transactions.fixture.ts'

const approve = (spender: Address, amount: bigint) =>
  encodeFunctionData({ abi: ERC20_ABI, functionName: 'approve', args: [spender, amount] })

test('calls of tokens and of the wrapped coin decode to what was encoded, whatever the amounts', () => {
  fc.assert(
    fc.property(addresses, addresses, amounts, (one, other, amount) => {
      const decode = (data: Hex) => decodeCall(data, USDC.address)
      const abi = ERC20_ABI
      expect(decode(approve(one, amount))).toMatchObject({
        type: 'approve',
        spender: one,
        amount,
        faults: [],
      })
      const transfer = encodeFunctionData({ abi, functionName: 'transfer', args: [one, amount] })
      expect(decode(transfer)).toMatchObject({ type: 'transfer', recipient: one, amount, faults: [] })
      const from = encodeFunctionData({ abi, functionName: 'transferFrom', args: [one, other, amount] })
      expect(decode(from)).toMatchObject({
        type: 'transferFrom',
        from: one,
        recipient: other,
        amount,
        faults: [],
      })
      const withdraw = encodeFunctionData({
        abi: WRAPPED_NATIVE_ABI,
        functionName: 'withdraw',
        args: [amount],
      })
      expect(decode(withdraw)).toMatchObject({ type: 'withdraw', amount, faults: [] })
    }),
  )
  const deposit = encodeFunctionData({ abi: WRAPPED_NATIVE_ABI, functionName: 'deposit' })
  expect(decodeCall(deposit, WETH.address)).toMatchObject({ type: 'deposit', to: WETH.address, faults: [] })
})

describe('each swap of the router says which side is exact and which side is the coin', () => {
  const names = ROUTER_ABI.map(({ name }) => name)
  test.each(names)('%s', (functionName) => {
    const path = fc.array(addresses, { minLength: 2, maxLength: 5 })
    const deadlines = fc.bigInt({ min: 0n, max: 2n ** 64n })
    fc.assert(
      fc.property(
        amounts,
        amounts,
        path,
        addresses,
        deadlines,
        (first, second, path, recipient, deadline) => {
          const nativeIn = functionName.includes('ETHFor')
          const exact = functionName.includes('ForExact') ? 'out' : 'in'
          const given = nativeIn ? [first] : [first, second]
          const data = encodeFunctionData({
            abi: ROUTER_ABI,
            functionName,
            args: [...given, path, recipient, deadline],
          } as never)
          const [amountIn, amountOut] = nativeIn
            ? [null, first]
            : exact === 'in'
              ? [first, second]
              : [second, first]
          expect(decodeCall(data, ROUTER.address)).toEqual({
            type: 'swap',
            to: ROUTER.address,
            selector: data.slice(0, 10),
            faults: [],
            functionName,
            exact,
            nativeIn,
            nativeOut: /ETH(Supporting.*)?$/.test(functionName),
            feeOnTransfer: functionName.includes('Supporting'),
            amountIn,
            amountOut,
            path,
            recipient,
            deadline,
          })
        },
      ),
      { numRuns: 30 },
    )
  })
})

describe('bytes that are not the exact encoding are named', () => {
  const good = approve(ROUTER.address, 50n)
  const spenderWord = pad(ROUTER.address).toLowerCase().slice(2)
  test.each([
    ['missing-prefix', good.slice(2)],
    ['upper-case-prefix', `0X${good.slice(2)}`],
    ['trailing-bytes', `${good}00`],
    ['trailing-bytes', `${good}${'00'.repeat(32)}`],
    ['not-canonical', good.replace(spenderWord, `ff${spenderWord.slice(2)}`)],
  ])('%s, and still decoded', (fault, data) => {
    expect(decodeCall(data, USDC.address)).toMatchObject({ type: 'approve', amount: 50n, faults: [fault] })
  })
  test.each([
    ['odd-length', `${good}0`],
    ['not-hex', `${good}zz`],
    ['not-hex', `${good} `],
    ['too-short', '0x095ea7'],
    ['undecodable', good.slice(0, -2)],
    ['undecodable', '0x095ea7b3'],
  ])('%s, and nothing is read from them', (fault, data) => {
    expect(decodeCall(data, USDC.address)).toMatchObject({ type: 'unknown', faults: [fault] })
  })
})

test('letters of either case in the digits are the same bytes', () => {
  const data = approve(ROUTER.address, 0xabcdefn)
  const upper = `0x${data.slice(2).toUpperCase()}`
  expect(decodeCall(upper, USDC.address)).toEqual(decodeCall(data, USDC.address))
})

test('what is not known is unknown with its selector, and no data is no call', () => {
  const selector = toFunctionSelector('function setApprovalForAll(address,bool)')
  expect(decodeCall(`${selector}${'00'.repeat(64)}`, USDC.address)).toEqual({
    type: 'unknown',
    to: USDC.address,
    selector,
    faults: [],
  })
  expect(decodeCall('0x', FRIEND)).toEqual({ type: 'empty', to: FRIEND, selector: null, faults: [] })
})

describe('calls within calls are listed', () => {
  const inner = approve(FRIEND, 7n)
  const expected = { type: 'approve', spender: FRIEND, amount: 7n, faults: [] }
  const target = USDC.address
  const zero = toHex(0, { size: 32 })
  const carried = { target, callData: inner, value: 3n, allowFailure: false }
  test.each([
    ['multicall(bytes[])', ROUTER.address, null, [[inner]]],
    ['multicall(uint256,bytes[])', ROUTER.address, null, [1n, [inner]]],
    ['multicall(bytes32,bytes[])', ROUTER.address, null, [zero, [inner]]],
    ['aggregate((address,bytes)[])', target, 0n, [[carried]]],
    ['blockAndAggregate((address,bytes)[])', target, 0n, [[carried]]],
    ['tryAggregate(bool,(address,bytes)[])', target, 0n, [true, [carried]]],
    ['tryBlockAndAggregate(bool,(address,bytes)[])', target, 0n, [true, [carried]]],
    ['aggregate3((address,bool,bytes)[])', target, 0n, [[carried]]],
    ['aggregate3Value((address,bool,uint256,bytes)[])', target, 3n, [[carried]]],
    ['execute((address,uint256,bytes)[])', target, 3n, [[carried]]],
    ['executeBatch((address,uint256,bytes)[])', target, 3n, [[carried]]],
  ])('%s', (signature, to, value, args) => {
    const selector = toFunctionSelector(`function ${signature}`)
    const abi = BATCH_ABI.filter((item) => toFunctionSelector(item) === selector)
    const data = encodeFunctionData({ abi, args } as never)
    expect(decodeCall(data, ROUTER.address)).toMatchObject({
      type: 'batch',
      calls: [{ to, value, operation: 'call', data: inner, call: { ...expected, to } }],
    })
  })

  const pack = (operation: number, to: Address, value: bigint, data: Hex) =>
    concat([
      toHex(operation, { size: 1 }),
      to,
      toHex(value, { size: 32 }),
      toHex(size(data), { size: 32 }),
      data,
    ])
  const multiSend = (packed: Hex) =>
    encodeFunctionData({ abi: BATCH_ABI, functionName: 'multiSend', args: [packed] })

  test('multiSend, with what runs as the wallet itself told apart', () => {
    const data = multiSend(concat([pack(0, target, 3n, inner), pack(1, FRIEND, 0n, '0x')]))
    expect(decodeCall(data, WALLET)).toMatchObject({
      type: 'batch',
      calls: [
        { to: target, value: 3n, operation: 'call', call: expected },
        { to: FRIEND, operation: 'delegatecall', call: { type: 'empty' } },
      ],
    })
  })

  test('multiSend whose lengths do not come out even is unknown', () => {
    for (const packed of [
      pack(0, target, 0n, inner).slice(0, -2) as Hex,
      pack(2, target, 0n, '0x'),
      '0x00',
    ] as Hex[]) {
      expect(decodeCall(multiSend(packed), WALLET)).toMatchObject({
        type: 'unknown',
        faults: ['undecodable'],
      })
    }
  })

  const wrapIn = (data: Hex) =>
    encodeFunctionData({ abi: BATCH_ABI, functionName: 'multicall', args: [[data]] })

  test('as deep as six levels; below that the fault is named', () => {
    let data = inner
    for (let level = 0; level < 7; level++) data = wrapIn(data)
    const text = JSON.stringify(decodeCall(data, ROUTER.address), (_, value) =>
      typeof value === 'bigint' ? `${value}` : value,
    )
    expect(text).toContain('nested-too-deep')
    expect(text).not.toContain('"type":"approve"')
  })

  test('many entries that share one place are not followed', () => {
    const word = (value: number) => toHex(value, { size: 32 })
    const shared = concat([word(size(inner)), inner])
    // Two entries whose offsets are the same.
    const data = concat([
      '0xac9650d8',
      word(32),
      word(2),
      word(64),
      word(64),
      shared,
      pad('0x', { size: 28 }),
    ])
    expect(decodeCall(data, ROUTER.address)).toMatchObject({ type: 'unknown', faults: ['not-canonical'] })
  })
})

test('no bytes make the decoder fail', () => {
  const selectors = fc.constantFrom(
    ...[...ERC20_ABI, ...ROUTER_ABI, ...BATCH_ABI, ...WRAPPED_NATIVE_ABI].map((item) =>
      toFunctionSelector(item),
    ),
  )
  fc.assert(
    fc.property(selectors, bytes, fc.string(), (selector, rest, text) => {
      expect(decodeCall(concat([selector, rest]), USDC.address).to).toBe(USDC.address)
      expect(decodeCall(text, USDC.address).to).toBe(USDC.address)
    }),
    { numRuns: 500 },
  )
})
