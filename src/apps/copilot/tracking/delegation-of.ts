import type { Address, Transaction } from 'viem'
import { recoverAuthorizationAddress } from 'viem/utils'

/** To which contract a transaction hands the account of a wallet (EIP-7702), by the wallet's own signature; null to none. */
export async function delegationOf(transaction: Transaction, wallet: Address): Promise<Address | null> {
  for (const authorization of [...(transaction.authorizationList ?? [])].reverse()) {
    const signer = await recoverAuthorizationAddress({ authorization }).catch(() => null)
    if (signer?.toLowerCase() === wallet.toLowerCase()) return authorization.address
  }
  return null
}
