import type { ChainRegistry } from '../registry.ts'
import { decodeCall } from '../transactions/decode-call.ts'
import type { TxRequest } from '../transactions/transaction-request.ts'

export const ALLOWANCE_NOT_APPLIED = 'ALLOWANCE_NOT_APPLIED_IN_SIMULATION'

/** What tokens and routers say of an allowance that is too small. They say the same of a balance and of a trap. */
const ALLOWANCE_ERROR = /allowance|transfer_from_failed|transferfrom|STF/i

export type FailedSwap = {
  request: TxRequest
  error: string
  /** The approvals before it that went well. */
  approved: TxRequest[]
  /** What the wallet has of the token that goes in; null where that could not be read. */
  balance: bigint | null
}

/**
 * Whether a swap that failed by itself may be assumed to work once the approval before it is there. The words of the error
 * alone are no reason: a honeypot uses the same. The approval has to be there, be enough and for this router, the wallet has to have
 * the tokens, and all tokens of the path have to be in the registry. Even then nobody has seen it work.
 */
export function mayBeAssumed(
  { request, error, approved, balance }: FailedSwap,
  { tokens, routers }: ChainRegistry,
): boolean {
  const swap = decodeCall(request.data, request.to)
  if (swap.type !== 'swap' || swap.amountIn === null || swap.faults.length > 0) return false
  const { amountIn, path } = swap
  const isRouter = Object.values(routers).some(({ address }) => address === swap.to)
  const isKnown = path.every((token) => Object.values(tokens).some(({ address }) => address === token))
  const isApproved = approved.some(({ data, to }) => {
    const call = decodeCall(data, to)
    return (
      call.type === 'approve' && call.to === path[0] && call.spender === swap.to && call.amount >= amountIn
    )
  })
  const hasBalance = balance !== null && balance >= amountIn
  return isRouter && isKnown && isApproved && hasBalance && ALLOWANCE_ERROR.test(error)
}
