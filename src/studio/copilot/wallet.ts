import {
  type Address,
  createWalletClient,
  custom,
  getAddress,
  type Hash,
  type Hex,
  publicActions,
  RpcRequestError,
  UserRejectedRequestError,
} from 'viem'
import type { Chain } from '../api/copilot-client.ts'

/** What EIP-1193 asks of a wallet. */
type Provider = {
  request(call: { method: string; params?: unknown }): Promise<unknown>
  on?(event: string, listener: (value: never) => void): void
  removeListener?(event: string, listener: (value: never) => void): void
}

/** Something that signs: an extension of the browser, or the unlocked account of the devnet. */
export type Wallet = { id: string; name: string; isDev: boolean; provider: Provider }

type Announcement = CustomEvent<{ info: { uuid: string; name: string; rdns: string }; provider: Provider }>

/** Finds the wallets of this browser by EIP-6963, now and as they come. @returns what ends the search. */
export function discoverWallets(onWallet: (wallet: Wallet) => void): () => void {
  const hear = (event: Event) => {
    const { info, provider } = (event as Announcement).detail
    onWallet({ id: info.rdns || info.uuid, name: info.name, isDev: false, provider })
  }
  window.addEventListener('eip6963:announceProvider', hear)
  window.dispatchEvent(new Event('eip6963:requestProvider'))
  return () => window.removeEventListener('eip6963:announceProvider', hear)
}

const DEV_WALLET = 'countersign.dev-wallet'
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * The wallet for trying things out: the first unlocked account of the devnet. Only where the page is on the machine of the
 * devnet: its address would be another machine's elsewhere.
 */
export function devWalletOf(chains: Chain[], hostname: string): Omit<Wallet, 'name'> | null {
  const devnet = chains.find(({ chain_id, devnet_url }) => chain_id === 31337 && devnet_url !== null)
  if (!devnet?.devnet_url || !LOOPBACK.has(hostname)) return null
  return { id: DEV_WALLET, isDev: true, provider: devProvider(devnet.devnet_url) }
}

function devProvider(url: string): Provider {
  const call = async (method: string, params: unknown) => {
    const body = { jsonrpc: '2.0', id: 1, method, params: params ?? [] }
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    })
    const answer = (await response.json()) as { result?: unknown; error?: { code: number; message: string } }
    if (answer.error) throw new RpcRequestError({ body, error: answer.error, url })
    return answer.result
  }
  return {
    async request({ method, params }) {
      if (method !== 'eth_accounts' && method !== 'eth_requestAccounts') return call(method, params)
      return ((await call('eth_accounts', [])) as string[]).slice(0, 1)
    },
  }
}

export type Connected = { account: Address | null; chainId: number }

/** What the wallet shows of itself. With `asks` it may ask its owner. */
export async function readWallet({ provider }: Wallet, asks: boolean): Promise<Connected> {
  const accounts = (await provider.request({
    method: asks ? 'eth_requestAccounts' : 'eth_accounts',
  })) as string[]
  const chainId = Number(await provider.request({ method: 'eth_chainId' }))
  return { account: accounts[0] ? getAddress(accounts[0]) : null, chainId }
}

/** Calls back when the wallet shows another account or chain. @returns what ends that. */
export function watchWallet({ provider }: Wallet, onChange: () => void): () => void {
  const events = ['accountsChanged', 'chainChanged', 'disconnect']
  for (const event of events) provider.on?.(event, onChange)
  return () => {
    for (const event of events) provider.removeListener?.(event, onChange)
  }
}

/** The chain is one that the wallet has never heard of (EIP-3085). */
const UNKNOWN_CHAIN = 4902

/** Asks the wallet to go to a chain. It is told where a devnet is; of any other chain it has to know itself. */
export async function switchChain({ provider }: Wallet, chain: Chain): Promise<void> {
  const chainId = `0x${chain.chain_id.toString(16)}`
  try {
    await provider.request({ method: 'wallet_switchEthereumChain', params: [{ chainId }] })
  } catch (error) {
    if (codeOf(error) !== UNKNOWN_CHAIN || chain.devnet_url === null) throw error
    const nativeCurrency = { name: 'Ether', symbol: 'ETH', decimals: 18 }
    const params = [{ chainId, chainName: chain.name, rpcUrls: [chain.devnet_url], nativeCurrency }]
    await provider.request({ method: 'wallet_addEthereumChain', params })
  }
}

export type Call = { from: Address; to: Address; data: Hex; value: bigint; gas: bigint | null }

/** Has the wallet sign one transaction and send it. */
export function sendTransaction({ provider }: Wallet, { from, to, data, value, gas }: Call): Promise<Hash> {
  const client = createWalletClient({ transport: custom(provider, { retryCount: 0 }) })
  // The chain was looked at just before, in words of ours.
  return client.sendTransaction({ account: from, to, data, value, chain: null, ...(gas && { gas }) })
}

/** Waits until the chain of the wallet has the transaction, and tells whether it did what it should. */
export async function waitForReceipt({ provider }: Wallet, hash: Hash): Promise<'success' | 'reverted'> {
  const client = createWalletClient({
    transport: custom(provider),
    pollingInterval: 500,
    cacheTime: 0,
  }).extend(publicActions)
  const { status } = await client.waitForTransactionReceipt({ hash, timeout: 15 * 60_000 })
  return status
}

/** The owner of the wallet said no (EIP-1193). */
export function isRejection(error: unknown): boolean {
  return codeOf(error) === UserRejectedRequestError.code
}

/** The code that a wallet gave, however deep it lies. */
export function codeOf(error: unknown): number | null {
  for (let at = error; at instanceof Object; at = (at as { cause?: unknown }).cause) {
    const { code } = at as { code?: unknown }
    if (typeof code === 'number') return code
  }
  return null
}

/** In one line, without what viem adds for developers. */
export function sayWalletError(error: unknown): string {
  const { shortMessage, message } = Object(error) as { shortMessage?: unknown; message?: unknown }
  return String(shortMessage ?? message ?? error)
}
