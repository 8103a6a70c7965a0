import fc from 'fast-check'
import { type Address, maxUint160 } from 'viem'
import { describe, expect, test } from 'vitest'
import { buildApproval, buildRevoke } from './build-approval.ts'
import { buildSwap, limitsOf, type SwapArgs } from './build-swap.ts'
import { buildTransfer } from './build-transfer.ts'
import { buildUnwrap, buildWrap, conversionOf } from './build-wrap.ts'
import { decodeCall, type SwapCall } from './decode-call.ts'
import { findTokensToReset } from './reset-first.ts'
import { nameRequests, type TxDraft } from './transaction-request.ts'
import { addresses, amounts, ETH, FRIEND, ROUTER, USDC, WALLET, WETH } from './transactions.fixture.ts'

const chainId = 31337
const spender = ROUTER.address
const decode = ({ data, to }: TxDraft) => decodeCall(data, to)
const kinds = (drafts: TxDraft[]) => nameRequests(drafts).map(({ txRequestId }) => txRequestId)

describe('approvals', () => {
  const approval = (allowance: bigint, resetFirst = false) =>
    buildApproval({ chainId, token: USDC, spender, amount: 50_000_000n, allowance, resetFirst })

  test('an approval is for exactly the amount, and what it says of itself is what its bytes say', () => {
    fc.assert(
      fc.property(amounts, addresses, (amount, to) => {
        const [draft, ...more] = buildApproval({ chainId, token: USDC, spender: to, amount, allowance: 0n })
        expect(more).toEqual([])
        expect(decode(draft!)).toMatchObject({
          type: 'approve',
          to: USDC.address,
          spender: to,
          amount,
          faults: [],
        })
        expect(draft).toMatchObject({ valueWei: '0', meta: { kind: 'APPROVE', token: 'USDC', spender: to } })
        expect(draft!.meta.amountBaseUnits).toBe(amount.toString())
      }),
    )
    expect(approval(0n)[0]!.meta.amount).toBe('50')
  })

  test('no approval where the allowance covers the amount, to the unit', () => {
    expect(approval(50_000_000n)).toEqual([])
    expect(kinds(approval(49_999_999n))).toEqual(['approve-1'])
  })

  test('where the allowance itself is wanted a larger one is lowered, by way of zero where the token wants it', () => {
    const wanted = { chainId, token: USDC, spender, amount: 50n, lowers: true }
    expect(buildApproval({ ...wanted, allowance: 50n })).toEqual([])
    for (const allowance of [49n, 51n, 2n ** 256n - 1n]) {
      expect(kinds(buildApproval({ ...wanted, allowance }))).toEqual(['approve-1'])
      const drafts = buildApproval({ ...wanted, allowance, resetFirst: true })
      expect(drafts.map((draft) => decode(draft))).toMatchObject([{ amount: 0n }, { amount: 50n }])
    }
  })

  test('a token that wants it is set to zero first, and only while an allowance stands', () => {
    expect(kinds(approval(1n, true))).toEqual(['revoke-1', 'approve-1'])
    expect(kinds(approval(0n, true))).toEqual(['approve-1'])
    const tether = { symbol: 'USDT', decimals: 6, isNative: false } as const
    const address: Address = '0xdAC17F958D2ee523a2206206994597C13D831ec7'
    const known = { chainId: 1, token: { ...tether, address }, spender, amount: 5n, allowance: 1n }
    expect(kinds(buildApproval(known))).toEqual(['revoke-1', 'approve-1'])
    expect(kinds(buildApproval({ ...known, chainId }))).toEqual(['approve-1'])
  })

  test('a failed approval over another allowance tells which token wants it', () => {
    const requests = nameRequests(approval(1n))
    const results = [{ txRequestId: 'approve-1', success: false }]
    const standing = [{ token: USDC.address, spender, allowance: 1n }]
    expect(findTokensToReset(requests, results, standing)).toEqual([USDC.address])
    expect(findTokensToReset(requests, results, [{ ...standing[0]!, allowance: 0n }])).toEqual([])
    expect(findTokensToReset(requests, [{ ...results[0]!, success: true }], standing)).toEqual([])
    expect(findTokensToReset(nameRequests(approval(1n, true)), results, standing)).toEqual([])
  })

  test('a revoke approves zero', () => {
    const draft = buildRevoke({ chainId, token: USDC, spender })
    expect(decode(draft)).toMatchObject({ type: 'approve', spender, amount: 0n })
    expect(draft.meta).toMatchObject({ kind: 'REVOKE', amount: '0', amountBaseUnits: '0' })
  })

  test.each([0n, -1n, maxUint160, 2n ** 256n - 1n, 2n ** 256n])('an approval of %s is refused', (amount) => {
    expect(() => buildApproval({ chainId, token: USDC, spender, amount, allowance: 0n })).toThrow(
      /amount|limit/,
    )
  })

  test('a coin has no allowance', () => {
    expect(() => buildRevoke({ chainId, token: ETH, spender })).toThrow(/ETH is a coin/)
  })
})

describe('transfers', () => {
  test('coins go by value and tokens by a call', () => {
    fc.assert(
      fc.property(amounts, addresses, (amount, recipient) => {
        const coins = buildTransfer({ chainId, token: ETH, recipient, amount })
        expect(coins).toMatchObject({ to: recipient, data: '0x', valueWei: amount.toString() })
        const tokens = buildTransfer({ chainId, token: USDC, recipient, amount })
        expect(tokens.valueWei).toBe('0')
        expect(decode(tokens)).toMatchObject({
          type: 'transfer',
          to: USDC.address,
          recipient,
          amount,
          faults: [],
        })
      }),
    )
  })
  test('nothing is not sent', () => {
    expect(() => buildTransfer({ chainId, token: ETH, recipient: FRIEND, amount: 0n })).toThrow(/above 0/)
  })
})

describe('the coin and its wrapped token', () => {
  test('change into each other without a market', () => {
    expect(conversionOf(ETH, WETH)).toBe('wrap')
    expect(conversionOf(WETH, ETH)).toBe('unwrap')
    expect(conversionOf(ETH, ETH)).toBe('none')
    expect(conversionOf(USDC, WETH)).toBe('swap')
    expect(conversionOf(USDC, ETH)).toBe('swap')
  })
  test('a wrap sends the amount, an unwrap names it', () => {
    const wrap = buildWrap({ chainId, tokenIn: ETH, tokenOut: WETH, amount: 5n })
    expect(wrap).toMatchObject({ to: WETH.address, valueWei: '5', meta: { kind: 'WRAP', minOut: '5' } })
    expect(decode(wrap)).toMatchObject({ type: 'deposit', faults: [] })
    const unwrap = buildUnwrap({ chainId, tokenIn: WETH, tokenOut: ETH, amount: 5n })
    expect(unwrap).toMatchObject({
      to: WETH.address,
      valueWei: '0',
      meta: { kind: 'UNWRAP', tokenOut: 'ETH' },
    })
    expect(decode(unwrap)).toMatchObject({ type: 'withdraw', amount: 5n, faults: [] })
  })
})

describe('swaps', () => {
  const base: SwapArgs = {
    chainId,
    tokenIn: USDC,
    tokenOut: ETH,
    router: ROUTER,
    quote: { exact: 'in', amountIn: 50_000_000n, amountOut: 10_000n, path: [USDC.address, WETH.address] },
    recipient: WALLET,
    slippageBps: 50,
    deadlineSeconds: 1200,
    blockTime: 1_700_000_000,
    allowance: 0n,
  }

  test('the headline swap approves exactly what it takes and bounds what it gives', () => {
    const requests = nameRequests(buildSwap(base))
    expect(requests.map(({ txRequestId }) => txRequestId)).toEqual(['approve-1', 'swap-1'])
    expect(requests[0]!.meta.amountBaseUnits).toBe('50000000')
    expect(decode(requests[1]!)).toMatchObject({
      functionName: 'swapExactTokensForETH',
      amountIn: 50_000_000n,
      amountOut: 9950n,
      recipient: WALLET,
      deadline: 1_700_001_200n,
      faults: [],
    })
    expect(requests[1]!.meta).toEqual({
      kind: 'SWAP',
      tokenIn: 'USDC',
      tokenOut: 'ETH',
      amountIn: '50',
      amountInBaseUnits: '50000000',
      minOut: '9950',
      recipient: WALLET,
      slippageBps: 50,
      deadlineSeconds: 1200,
      deadline: 1_700_001_200,
      routerKey: 'UNISWAP_V2_ROUTER',
      path: [USDC.address, WETH.address],
    })
  })

  test('every combination of sides decodes to the limits, and coins go in as value', () => {
    const sides = fc.constantFrom([USDC, ETH], [ETH, USDC], [USDC, WETH], [WETH, USDC])
    const outs = fc.bigInt({ min: 10_000n, max: 2n ** 120n })
    const bps = fc.integer({ min: 0, max: 500 })
    const exact = fc.constantFrom('in' as const, 'out' as const)
    fc.assert(
      fc.property(sides, outs, outs, bps, exact, fc.array(addresses, { maxLength: 2 }), (...drawn) => {
        const [[tokenIn, tokenOut], amountIn, amountOut, slippageBps, side, middle] = drawn
        const path = [tokenIn!.address, ...middle, tokenOut!.address]
        const quote = { exact: side, amountIn, amountOut, path }
        const drafts = buildSwap({ ...base, tokenIn: tokenIn!, tokenOut: tokenOut!, quote, slippageBps })
        const { maxIn, minOut } = limitsOf(quote, slippageBps)
        const swap = drafts.at(-1)!
        const call = decode(swap) as SwapCall
        expect(call).toMatchObject({ type: 'swap', exact: side, amountOut: minOut, path, faults: [] })
        expect(call.nativeIn).toBe(tokenIn!.isNative)
        expect(call.nativeOut).toBe(tokenOut!.isNative)
        expect(call.amountIn).toBe(tokenIn!.isNative ? null : maxIn)
        expect(swap.valueWei).toBe(tokenIn!.isNative ? maxIn.toString() : '0')
        expect(swap.meta.amountInBaseUnits).toBe(maxIn.toString())
        expect(swap.meta.minOut).toBe(minOut.toString())
        expect(drafts).toHaveLength(tokenIn!.isNative ? 1 : 2)
        if (!tokenIn!.isNative) expect(decode(drafts[0]!)).toMatchObject({ amount: maxIn, spender })
      }),
    )
  })

  test('limits never allow more slippage than agreed, nor a whole unit less, nor that nothing comes', () => {
    const bps = fc.integer({ min: 0, max: 10_000 })
    fc.assert(
      fc.property(amounts, amounts, bps, (amountIn, amountOut, slippage) => {
        const path: Address[] = []
        const least = limitsOf({ exact: 'in', amountIn, amountOut, path }, slippage).minOut
        const exactly = amountOut * BigInt(10_000 - slippage)
        expect((least * 10_000n <= exactly && (least + 1n) * 10_000n > exactly) || least === 1n).toBe(true)
        expect(least).toBeGreaterThan(0n)
        const most = limitsOf({ exact: 'out', amountIn, amountOut, path }, slippage).maxIn
        const bound = amountIn * BigInt(10_000 + slippage)
        expect(most * 10_000n <= bound && (most + 1n) * 10_000n > bound).toBe(true)
      }),
    )
  })

  test('an exact output approves the quote and the slippage above it', () => {
    const quote = { ...base.quote, exact: 'out' as const }
    const [approval, swap] = buildSwap({ ...base, quote })
    expect(approval!.meta.amountBaseUnits).toBe('50250000')
    expect(decode(swap!)).toMatchObject({ functionName: 'swapTokensForExactETH', amountIn: 50_250_000n })
    expect(swap!.meta).toMatchObject({ amountIn: '50.25', amountOutBaseUnits: '10000', minOut: '10000' })
  })

  test('a token that keeps a part of transfers is swapped by the functions that measure', () => {
    const [, swap] = buildSwap({ ...base, feeOnTransfer: true })
    expect(decode(swap!)).toMatchObject({ feeOnTransfer: true, exact: 'in', amountOut: 9950n, faults: [] })
    const quote = { ...base.quote, exact: 'out' as const }
    expect(() => buildSwap({ ...base, quote, feeOnTransfer: true })).toThrow(/never exact/)
  })

  test('an allowance that covers the swap needs no approval', () => {
    expect(kinds(buildSwap({ ...base, allowance: 50_000_000n }))).toEqual(['swap-1'])
    expect(kinds(buildSwap({ ...base, allowance: 1n, resetFirst: true }))).toEqual([
      'revoke-1',
      'approve-1',
      'swap-1',
    ])
  })

  test.each<[string, Partial<SwapArgs>]>([
    ['a path that ends elsewhere', { quote: { ...base.quote, path: [USDC.address, FRIEND] } }],
    ['a path of one', { quote: { ...base.quote, path: [USDC.address] } }],
    ['nothing in', { quote: { ...base.quote, amountIn: 0n } }],
    ['a quote of nothing', { quote: { ...base.quote, amountOut: 0n } }],
    ['slippage above the whole', { slippageBps: 10_001 }],
    ['slippage below zero', { slippageBps: -1 }],
    ['half a basis point', { slippageBps: 0.5 }],
    ['no time', { deadlineSeconds: 0 }],
    [
      'the coin for its wrapped token',
      { tokenIn: WETH, quote: { ...base.quote, path: [WETH.address, WETH.address] } },
    ],
  ])('%s is refused', (_, wrong) => {
    expect(() => buildSwap({ ...base, ...wrong })).toThrow(
      expect.objectContaining({ code: 'INVALID_TRANSACTION' }),
    )
  })
})

test('ids count each kind by itself', () => {
  const one = buildTransfer({ chainId, token: ETH, recipient: FRIEND, amount: 1n })
  const revoke = buildRevoke({ chainId, token: USDC, spender })
  expect(kinds([one, revoke, one])).toEqual(['transfer-1', 'revoke-1', 'transfer-2'])
})
