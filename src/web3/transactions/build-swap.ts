import { type Address, encodeFunctionData, formatUnits, type Hex } from 'viem'
import type { Router, Token } from '../registry.ts'
import { ROUTER_ABI } from './abis.ts'
import { buildApproval } from './build-approval.ts'
import { checkAmount, invalidTransaction } from './check-amount.ts'
import type { TxDraft } from './transaction-request.ts'

/** What the router said a swap gives: the exact side as asked for, the other as of the quote's block. */
export type SwapQuote = { exact: 'in' | 'out'; amountIn: bigint; amountOut: bigint; path: Address[] }

export type SwapArgs = {
  chainId: number
  tokenIn: Token
  tokenOut: Token
  router: Router
  quote: SwapQuote
  recipient: Address
  slippageBps: number
  deadlineSeconds: number
  /** In seconds, of the block that the quote was read at: the chain's time is what a deadline is held against. */
  blockTime: number
  /** What the router may already take of the token that goes in. */
  allowance: bigint
  resetFirst?: boolean
  /** The token keeps a part of each transfer, so that the router has to measure what arrives. */
  feeOnTransfer?: boolean
}

/** The approval that a swap needs, where it needs one, and the swap. */
export function buildSwap(args: SwapArgs): TxDraft[] {
  const { chainId, tokenIn, tokenOut, router, quote, slippageBps, deadlineSeconds, blockTime } = args
  checkSwap(args)
  const { maxIn, minOut } = limitsOf(quote, slippageBps)
  checkAmount('amountIn', maxIn)
  checkAmount('amountOut', quote.amountOut)
  const deadline = blockTime + deadlineSeconds
  const swap: TxDraft = {
    chainId,
    to: router.address,
    data: encodeSwap(args, maxIn, minOut, BigInt(deadline)),
    valueWei: tokenIn.isNative ? maxIn.toString() : '0',
    meta: {
      kind: 'SWAP',
      tokenIn: tokenIn.symbol,
      tokenOut: tokenOut.symbol,
      amountIn: formatUnits(maxIn, tokenIn.decimals),
      amountInBaseUnits: maxIn.toString(),
      ...(quote.exact === 'out' && {
        amountOut: formatUnits(quote.amountOut, tokenOut.decimals),
        amountOutBaseUnits: quote.amountOut.toString(),
      }),
      minOut: minOut.toString(),
      recipient: args.recipient,
      slippageBps,
      deadlineSeconds,
      deadline,
      routerKey: router.key,
      path: quote.path,
    },
  }
  if (tokenIn.isNative) return [swap]
  const { allowance, resetFirst = false } = args
  const approval = { chainId, token: tokenIn, spender: router.address, amount: maxIn, allowance, resetFirst }
  return [...buildApproval(approval), swap]
}

/**
 * The most that may go and the least that must come. Rounded down both: never more slippage than was agreed to. The least is
 * never nothing, not even where all was agreed to: a router takes that for no bound at all.
 */
export function limitsOf({ exact, amountIn, amountOut }: SwapQuote, slippageBps: number) {
  if (!Number.isInteger(slippageBps) || slippageBps < 0 || slippageBps > 10_000) {
    throw invalidTransaction('slippageBps', `expected whole basis points from 0 to 10000, got ${slippageBps}`)
  }
  const least = (amountOut * BigInt(10_000 - slippageBps)) / 10_000n
  return exact === 'in'
    ? { maxIn: amountIn, minOut: least > 0n ? least : 1n }
    : { maxIn: (amountIn * BigInt(10_000 + slippageBps)) / 10_000n, minOut: amountOut }
}

function checkSwap({ tokenIn, tokenOut, quote, deadlineSeconds, blockTime, feeOnTransfer }: SwapArgs): void {
  const { path } = quote
  if (path.length < 2 || path[0] !== tokenIn.address || path.at(-1) !== tokenOut.address) {
    throw invalidTransaction('path', `expected a path from ${tokenIn.symbol} to ${tokenOut.symbol}`)
  }
  if (tokenIn.address === tokenOut.address) {
    throw invalidTransaction('tokenOut', `${tokenIn.symbol} and ${tokenOut.symbol} need no market`)
  }
  if (!Number.isSafeInteger(deadlineSeconds) || deadlineSeconds <= 0 || !Number.isSafeInteger(blockTime)) {
    throw invalidTransaction('deadlineSeconds', 'expected whole seconds above 0 after the time of the block')
  }
  if (feeOnTransfer && quote.exact === 'out') {
    throw invalidTransaction('exact', 'what a token that keeps a part of each transfer gives is never exact')
  }
}

function encodeSwap(args: SwapArgs, maxIn: bigint, minOut: bigint, deadline: bigint): Hex {
  const { tokenIn, tokenOut, quote, recipient, feeOnTransfer } = args
  const { path } = quote
  const abi = ROUTER_ABI
  if (quote.exact === 'in') {
    const ending = feeOnTransfer ? 'SupportingFeeOnTransferTokens' : ''
    if (tokenIn.isNative) {
      const functionName = `swapExactETHForTokens${ending}` as const
      return encodeFunctionData({ abi, functionName, args: [minOut, path, recipient, deadline] })
    }
    const functionName = `swapExactTokensFor${tokenOut.isNative ? 'ETH' : 'Tokens'}${ending}` as const
    return encodeFunctionData({ abi, functionName, args: [maxIn, minOut, path, recipient, deadline] })
  }
  if (tokenIn.isNative) {
    const functionName = 'swapETHForExactTokens'
    return encodeFunctionData({ abi, functionName, args: [minOut, path, recipient, deadline] })
  }
  const functionName = tokenOut.isNative ? 'swapTokensForExactETH' : 'swapTokensForExactTokens'
  return encodeFunctionData({ abi, functionName, args: [minOut, maxIn, path, recipient, deadline] })
}
