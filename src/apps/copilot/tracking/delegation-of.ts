import type { Address, PublicClient, Transaction } from 'viem'
import { recoverAuthorizationAddress } from 'viem/utils'

/** The code of an account that runs a contract's (EIP-7702), before the address of that. */
const DELEGATION = '0xef0100'

/**
 * To which contract a transaction hands the account of a wallet (EIP-7702), by the wallet's own signature; null where to none. One
 * whose nonce or chain did not fit, and that so did nothing, shows in what the account runs after its block.
 */
export async function delegationOf(
  client: PublicClient,
  transaction: Transaction,
  wallet: Address,
): Promise<Address | null> {
  const signed = await signedDelegation(transaction, wallet)
  if (signed === null || transaction.blockNumber === null) return signed
  const { blockNumber } = transaction
  const code = await client
    .getCode({ address: wallet, blockNumber })
    .catch(() => DELEGATION + signed.slice(2))
  return code?.toLowerCase() === (DELEGATION + signed.slice(2)).toLowerCase() ? signed : null
}

/** The last one counts. Who gives the account back hands it to nobody. */
async function signedDelegation(
  { authorizationList = [], chainId }: Transaction,
  wallet: Address,
): Promise<Address | null> {
  for (const authorization of [...authorizationList].reverse()) {
    if (authorization.chainId !== 0 && authorization.chainId !== chainId) continue
    const signer = await recoverAuthorizationAddress({ authorization }).catch(() => null)
    if (signer?.toLowerCase() !== wallet.toLowerCase()) continue
    return BigInt(authorization.address) === 0n ? null : authorization.address
  }
  return null
}
