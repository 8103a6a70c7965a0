import type { Address, Hex } from 'viem'

export type TransactionKind = 'APPROVE' | 'SWAP' | 'TRANSFER' | 'REVOKE' | 'WRAP' | 'UNWRAP'

/** What a builder says that it built. Nobody need believe it: `data` is what counts, and decodes to the same. */
export type TransactionMeta = {
  kind: TransactionKind
  /** Symbol of the token that is approved, sent or wrapped. */
  token?: string
  spender?: Address
  recipient?: Address
  /** As a person writes it, and in base units. */
  amount?: string
  amountBaseUnits?: string
  tokenIn?: string
  tokenOut?: string
  /** Of a swap with an exact output: the most that may go. */
  amountIn?: string
  amountInBaseUnits?: string
  /** Only of a swap with an exact output. */
  amountOut?: string
  amountOutBaseUnits?: string
  /** The least that comes, in base units. */
  minOut?: string
  slippageBps?: number
  deadlineSeconds?: number
  /** The second, in the time of the chain, until which the swap holds. */
  deadline?: number
  routerKey?: string
  path?: Address[]
}

/** A transaction that nobody has signed. */
export type TxRequest = {
  /** The kind and a number, such as `approve-1`. */
  txRequestId: string
  chainId: number
  to: Address
  data: Hex
  valueWei: string
  meta: TransactionMeta
}

export type TxDraft = Omit<TxRequest, 'txRequestId'>

/** Gives each transaction of a plan its id: the kind, and which of that kind it is. */
export function nameRequests(drafts: TxDraft[]): TxRequest[] {
  const seen = new Map<TransactionKind, number>()
  return drafts.map((draft) => {
    const number = (seen.get(draft.meta.kind) ?? 0) + 1
    seen.set(draft.meta.kind, number)
    return { txRequestId: `${draft.meta.kind.toLowerCase()}-${number}`, ...draft }
  })
}
