import { payloadHash } from '../../../lib/hash.ts'
import type { TxRequest } from '../schema.ts'

/**
 * What an approval binds: the very requests in their order, the chain, the wallet and the definition of the pipeline that
 * made them. The same plan has the same hash, whatever the letters of the wallet's address.
 */
export function planHash(plan: {
  txRequests: readonly TxRequest[]
  chainId: number
  wallet: string
  definitionSha256: string
}): string {
  return payloadHash({
    purpose: 'countersign.web3-plan.v1',
    tx_requests: plan.txRequests,
    chain_id: plan.chainId,
    wallet: plan.wallet.toLowerCase(),
    definition_sha256: plan.definitionSha256,
  })
}
