import type { Address } from 'viem'
import type { ChainRegistry } from '../../web3/registry.ts'

const ZERO = /^0x0{40}$/

/** Why an address cannot be the wallet of anybody who signs, or null. What is known of the chain may be nothing. */
export function whyNoWallet(address: Address, registry: ChainRegistry | null): string | null {
  if (ZERO.test(address)) return 'the zero address is the wallet of nobody'
  const token = Object.values(registry?.tokens ?? {}).find((each) => each.address === address)
  if (token) return `${address} is the contract of ${token.symbol} and no wallet`
  const router = Object.values(registry?.routers ?? {}).find((each) => each.address === address)
  return router ? `${address} is the contract of ${router.key} and no wallet` : null
}
