import {
  type Address,
  createClient,
  custom,
  defineChain,
  type Hash,
  type Hex,
  http,
  SwitchChainError,
  UserRejectedRequestError,
} from 'viem'
import {
  addChain,
  getAddresses,
  getChainId,
  sendTransaction as sendByWallet,
  switchChain as switchByWallet,
  waitForTransactionReceipt,
} from 'viem/actions'
import type { Chain } from '../api/copilot-client.ts'

/** What EIP-1193 asks of a wallet. */
type Provider = { request(call: { method: string; params?: unknown }): Promise<unknown> }

/** Something that signs: an extension of the browser, or the unlocked account of the devnet. `id` is its name in EIP-6963 (rdns). */
export type Wallet = { id: string; name: string; isDev: boolean; provider: Provider }

/**
 * Asks the wallet itself, and each thing once: what is asked twice could be sent twice. For the same reason a transaction that
 * the wallet refuses is not handed to it again under viem's second name for it.
 */
export const askOnce = ({ provider }: Wallet) =>
  createClient({
    transport: custom(provider, { retryCount: 0, methods: { exclude: ['wallet_sendTransaction'] } }),
  })

export const DEV_WALLET = 'countersign.dev-wallet'
/** The chain of play money. */
export const DEVNET = 31337
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * Where the wallet for trying things out signs: the devnet with its unlocked accounts. Only where the page is on the machine of
 * the devnet: its address would be another machine's elsewhere.
 */
export function devnetUrlOf(chains: Chain[], hostname: string): string | null {
  const devnet = chains.find(({ chain_id, devnet_url }) => chain_id === DEVNET && devnet_url !== null)
  return devnet && LOOPBACK.has(hostname) ? devnet.devnet_url : null
}

/** The first unlocked account of a devnet, as a wallet. */
export function devProviderOf(url: string) {
  const node = http(url, { retryCount: 0, timeout: 15_000 })({})
  const call = ({ method, params = [] }: Parameters<Provider['request']>[0]) =>
    node.request({ method, params } as never) as Promise<unknown>
  return {
    async request({ method, params }: Parameters<Provider['request']>[0]): Promise<unknown> {
      if (method !== 'eth_accounts' && method !== 'eth_requestAccounts') return call({ method, params })
      return ((await call({ method: 'eth_accounts' })) as string[]).slice(0, 1)
    },
    // It shows one account and one chain for good.
    on() {},
    removeListener() {},
  }
}

export type Connected = { account: Address | null; chainId: number }

/** What the wallet shows of itself by now. Its owner is not asked. */
export async function readWallet(wallet: Wallet): Promise<Connected> {
  const client = askOnce(wallet)
  const [account = null] = await getAddresses(client)
  return { account, chainId: await getChainId(client) }
}

/**
 * Asks the wallet to go to a chain. It is told where a devnet is; of any other chain it has to know itself, for whoever names an
 * RPC to a wallet says what that wallet shows of the chain from then on.
 */
export async function switchChain(wallet: Wallet, { chain_id: id, name, devnet_url }: Chain): Promise<void> {
  const client = askOnce(wallet)
  try {
    await switchByWallet(client, { id })
  } catch (error) {
    if (codeOf(error) !== SwitchChainError.code || devnet_url === null) throw error
    const nativeCurrency = { name: 'Ether', symbol: 'ETH', decimals: 18 }
    const chain = defineChain({ id, name, nativeCurrency, rpcUrls: { default: { http: [devnet_url] } } })
    await addChain(client, { chain })
  }
}

export type Call = { from: Address; to: Address; data: Hex; value: bigint; gas: bigint | null }

/** Has the wallet sign one transaction and send it. */
export function sendTransaction(wallet: Wallet, { from, to, data, value, gas }: Call): Promise<Hash> {
  // The chain was looked at just before, in words of ours.
  const call = { account: from, to, data, value, chain: null, ...(gas && { gas }) }
  return sendByWallet(askOnce(wallet), call)
}

/** Waits until the chain of the wallet has the transaction, and tells whether it did what it should. */
export async function waitForReceipt({ provider }: Wallet, hash: Hash): Promise<'success' | 'reverted'> {
  const client = createClient({ transport: custom(provider), pollingInterval: 500, cacheTime: 0 })
  const { status } = await waitForTransactionReceipt(client, { hash, timeout: 15 * 60_000 })
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

/** In the wallet's own words where it gave any, without what viem adds for developers. */
export function sayWalletError(error: unknown): string {
  const { details, shortMessage, message } = Object(error) as Record<string, unknown>
  return String(details || shortMessage || message || error)
}
