/** The pool of one step of a path, in the direction of the swap. */
export type Hop = { reserveIn: bigint; reserveOut: bigint }

/**
 * How many basis points less a swap gives than the pools' price before it, after their fee of 0.3 % at each step: what the
 * size of the swap costs, and nothing else.
 */
export function priceImpactBps(amountIn: bigint, amountOut: bigint, hops: Hop[]): number {
  const ideal = hops.reduce((amount, { reserveOut }) => amount * reserveOut * 997n, amountIn)
  const scale = hops.reduce((product, { reserveIn }) => product * reserveIn * 1000n, 1n)
  const missing = ideal - amountOut * scale
  return ideal === 0n || missing <= 0n ? 0 : Number((missing * 10_000n) / ideal)
}
