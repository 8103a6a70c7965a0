import { encodeFunctionData, formatUnits } from 'viem'
import type { Token } from '../registry.ts'
import { WRAPPED_NATIVE_ABI } from './abis.ts'
import { checkAmount } from './check-amount.ts'
import type { TxDraft } from './transaction-request.ts'

type Conversion = { chainId: number; tokenIn: Token; tokenOut: Token; amount: bigint }

/** What turns one token into another. The chain's coin and its wrapped token change one for one, without a market. */
export function conversionOf(tokenIn: Token, tokenOut: Token): 'swap' | 'wrap' | 'unwrap' | 'none' {
  if (tokenIn.address !== tokenOut.address) return 'swap'
  if (tokenIn.isNative === tokenOut.isNative) return 'none'
  return tokenIn.isNative ? 'wrap' : 'unwrap'
}

/** Coins into the wrapped token. */
export function buildWrap(args: Conversion): TxDraft {
  const data = encodeFunctionData({ abi: WRAPPED_NATIVE_ABI, functionName: 'deposit' })
  return { ...converted('WRAP', args), data, valueWei: args.amount.toString() }
}

/** The wrapped token into coins. */
export function buildUnwrap(args: Conversion): TxDraft {
  const data = encodeFunctionData({ abi: WRAPPED_NATIVE_ABI, functionName: 'withdraw', args: [args.amount] })
  return { ...converted('UNWRAP', args), data, valueWei: '0' }
}

function converted(kind: 'WRAP' | 'UNWRAP', { chainId, tokenIn, tokenOut, amount }: Conversion) {
  const units = checkAmount('amount', amount).toString()
  const text = formatUnits(amount, tokenIn.decimals)
  return {
    chainId,
    to: tokenIn.address,
    meta: {
      kind,
      token: tokenIn.symbol,
      tokenIn: tokenIn.symbol,
      tokenOut: tokenOut.symbol,
      amount: text,
      amountBaseUnits: units,
      amountIn: text,
      amountInBaseUnits: units,
      minOut: units,
    },
  }
}
