import { ProviderDisconnectedError } from 'viem'
import { createConfig, custom } from 'wagmi'

/** wagmi wants a chain to read from. Which chains there are the server says, and nothing is read by this one. */
const NO_CHAIN = {
  id: 1,
  name: 'Ethereum',
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: [] } },
} as const

/** This page knows no RPC of a chain: whatever is asked of one names the wallet that is to answer. */
const noTransport = custom({
  request: () => Promise.reject(new ProviderDisconnectedError(new Error('no wallet was named'))),
})

/**
 * Finds the wallets of this browser (EIP-6963) and follows what they show: account, chain, connected or not.
 *
 * Nothing is kept by wagmi: what it keeps would connect every wallet that ever said yes to this page, chosen or not.
 */
export const walletConfig = createConfig({
  chains: [NO_CHAIN],
  transports: { [NO_CHAIN.id]: noTransport },
  storage: null,
  syncConnectedChain: false,
})

/** Offers a wallet of our own, as any other does: it announces itself. Again and again it is the same one. */
export function announceWallet(rdns: string, name: string, provider: object): void {
  const info = { uuid: rdns, rdns, name, icon: 'data:,' }
  const detail = Object.freeze({ info, provider })
  window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }))
}
