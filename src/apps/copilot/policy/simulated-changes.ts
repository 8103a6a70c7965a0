import type { Quote } from '../schema.ts'
import {
  callsOf,
  type Review,
  type ReviewedCall,
  type ReviewedRequest,
  resultOf,
  sameAddress,
} from './review.ts'

/** Keys of changes: a token in lower case, or the coin of the chain. */
export const NATIVE = 'native'

/** What the wallet, or somebody else, has more or less of after all transactions. Null where no engine told. */
export function changesOf(review: Review, account: string): Map<string, bigint> | null {
  const { simulation } = review.artifacts
  if (simulation?.status !== 'completed') return null
  const told = simulation.assetChanges ?? allOf(simulation.results.map(({ assetChanges }) => assetChanges))
  return told ? sumFor(told, account) : null
}

/** The same for one transaction, or for all where it is the only one that changes anything but allowances. */
export function changesByRequest(
  review: Review,
  each: ReviewedRequest,
  account: string,
): Map<string, bigint> | null {
  const own = resultOf(review, each.request.txRequestId)?.assetChanges
  if (own) return sumFor(own, account)
  const alone = review.requests.length - callsOf(review, 'approve').length === 1
  return alone ? changesOf(review, account) : null
}

type Change = { address: string; token: string; delta: string }

function sumFor(changes: readonly Change[], account: string): Map<string, bigint> {
  const sums = new Map<string, bigint>()
  for (const { address, token, delta } of changes) {
    if (!sameAddress(address, account)) continue
    const key = token.toLowerCase()
    sums.set(key, (sums.get(key) ?? 0n) + BigInt(delta))
  }
  return sums
}

const allOf = (lists: (readonly Change[] | undefined)[]): Change[] | null =>
  lists.length > 0 && lists.every((list) => list !== undefined) ? lists.flat() : null

/** What somebody has more of by a swap. Null where no engine told. */
export function receivedBy(review: Review, swap: ReviewedCall<'swap'>): bigint | null {
  const { call, request } = swap
  const changes = changesByRequest(review, swap, call.recipient)
  if (!changes) return null
  const received = changes.get(call.nativeOut ? NATIVE : call.path.at(-1)!.toLowerCase()) ?? 0n
  // Where the engine takes the gas from what came in, it is no loss of the swap.
  return call.nativeOut && sameAddress(call.recipient, review.wallet)
    ? received + gasCostOf(review, request.txRequestId)
    : received
}

/** What a swap gives before any slippage. A router does not know of tokens that keep a part; the simulation does. */
export function expectedOut(review: Review, swap: ReviewedCall<'swap'>, quote: Quote): bigint {
  const quoted = BigInt(quote.amountsOut.at(-1) ?? 0)
  const { call } = swap
  if (!call.feeOnTransfer) return quoted
  const key = call.nativeOut ? NATIVE : call.path.at(-1)!.toLowerCase()
  const received = changesByRequest(review, swap, call.recipient)?.get(key) ?? quoted
  return received < quoted ? received : quoted
}

/** What the gas of a transaction costs at most in the simulation; 0 where the engine does not say. */
export function gasCostOf(review: Review, txRequestId: string): bigint {
  const result = resultOf(review, txRequestId)
  const price = result?.fee?.maxFeePerGas ?? result?.fee?.gasPrice ?? 0
  return BigInt(result?.gasLimit ?? result?.gasEstimate ?? 0) * BigInt(price)
}
