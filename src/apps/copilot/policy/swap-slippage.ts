import { limitsOf } from '../../../web3/transactions/build-swap.ts'
import type { Quote } from '../schema.ts'
import { type Review, type ReviewedCall, swapInput } from './review.ts'
import { expectedOut } from './simulated-changes.ts'

/** How much worse than expected a swap may end: `part` of `whole`. */
type Slippage = { part: bigint; whole: bigint }

/** What the swap may end at, and what is expected: of what comes, or with an exact output of what goes. */
function endsOf(review: Review, swap: ReviewedCall<'swap'>, quote: Quote) {
  const { call, value } = swap
  return call.exact === 'in'
    ? { bound: call.amountOut, expected: expectedOut(review, swap, quote) }
    : { bound: swapInput(call, value), expected: BigInt(quote.amountIn) }
}

/** The bound that so many basis points come to, in whole base units. */
function boundAt(exact: 'in' | 'out', expected: bigint, bps: number): bigint {
  const { minOut, maxIn } = limitsOf({ exact, amountIn: expected, amountOut: expected, path: [] }, bps)
  return exact === 'in' ? minOut : maxIn
}

/**
 * A bound is whole base units, which makes it a hair worse than the slippage that it was made with. Where it is just what that
 * slippage comes to, that slippage is what is told.
 */
export function slippageOf(review: Review, swap: ReviewedCall<'swap'>, quote: Quote): Slippage {
  const { exact } = swap.call
  const { bound, expected } = endsOf(review, swap, quote)
  if (bound === boundAt(exact, expected, quote.slippageBps))
    return { part: BigInt(quote.slippageBps), whole: 10_000n }
  const worse = exact === 'in' ? expected - bound : bound - expected
  return worse > 0n && expected > 0n ? { part: worse, whole: expected } : { part: 0n, whole: 1n }
}

/** In basis points, to the nearest. */
export const slippageBps = ({ part, whole }: Slippage): number =>
  Number((part * 20_000n + whole) / (2n * whole))

/** Whether a swap may end worse than so many basis points come to. */
export function exceeds(
  review: Review,
  swap: ReviewedCall<'swap'>,
  quote: Quote,
  maxSlippageBps: number,
): boolean {
  const { exact } = swap.call
  const { bound, expected } = endsOf(review, swap, quote)
  const last = boundAt(exact, expected, maxSlippageBps)
  return exact === 'in' ? bound < last : bound > last
}
