import type { TxRequest } from './transaction-request.ts'

/** What a node tells of a transaction, of which only this counts here. */
export type SeenTransaction = {
  chainId?: number | undefined
  from: string
  to: string | null
  value: bigint
  input: string
}

export type PlanMatch =
  | { matches: true }
  | { matches: false; field: 'chainId' | 'from' | 'to' | 'value' | 'input'; expected: string; actual: string }

/**
 * Whether a transaction on the chain is the one that was planned: the same chain, sender, target, value and bytes, or else
 * the first of them that differs. A transaction without a chain in its signature holds on every chain, and is not it.
 */
export function matchesPlan(
  transaction: SeenTransaction,
  request: Pick<TxRequest, 'to' | 'data' | 'valueWei' | 'chainId'>,
  wallet: string,
  chainId: number,
): PlanMatch {
  const planned = request.chainId === chainId ? String(chainId) : `${request.chainId} on chain ${chainId}`
  const pairs = [
    ['chainId', planned, String(transaction.chainId ?? 'none')],
    ['from', wallet.toLowerCase(), transaction.from.toLowerCase()],
    ['to', request.to.toLowerCase(), transaction.to?.toLowerCase() ?? 'none'],
    ['value', request.valueWei, transaction.value.toString()],
    ['input', request.data.toLowerCase(), transaction.input.toLowerCase()],
  ] as const
  const different = pairs.find(([, expected, actual]) => expected !== actual)
  if (!different) return { matches: true }
  const [field, expected, actual] = different
  return { matches: false, field, expected, actual }
}
