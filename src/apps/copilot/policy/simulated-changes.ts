import { callsOf, type Review, type ReviewedRequest, resultOf, sameAddress } from './review.ts'

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

/** What the gas of a transaction costs at most in the simulation; 0 where the engine does not say. */
export function gasCostOf(review: Review, txRequestId: string): bigint {
  const result = resultOf(review, txRequestId)
  const price = result?.fee?.maxFeePerGas ?? result?.fee?.gasPrice ?? 0
  return BigInt(result?.gasLimit ?? result?.gasEstimate ?? 0) * BigInt(price)
}
