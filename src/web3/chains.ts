import type { PublicClient } from 'viem'
import { AppError } from '../lib/errors.ts'
import { DEVNET_CHAIN_ID } from './default-chains.ts'
import type { ChainRegistry, Registries } from './registry.ts'
import { UnsupportedChainError } from './rpc/errors.ts'
import { type Connection, openConnection } from './rpc/open-connection.ts'
import type { RecordRpc } from './rpc/transport.ts'
import type { RpcUrls } from './schema.ts'

/** Reads from a chain. It holds no account, and nothing is signed or sent with it. */
export type Web3Client = PublicClient

export type Web3Settings = {
  allowlistToAll: boolean
  dexKind: 'uniswap_v2'
  defaultSlippageBps: number
  minSlippageBps: number
  maxSlippageBps: number
  defaultDeadlineSeconds: number
}

/** The chains that can be reached, and what is known on each. */
export type Chains = {
  settings: Web3Settings
  /** The ids of those that are known and can be reached. */
  supported(): number[]
  /** @throws UnsupportedChainError */
  registryOf(chainId: number): ChainRegistry
  /**
   * Reads from a chain. What goes wrong comes in viem's words; `explain` puts it into those of the API.
   *
   * @param record is told of every call.
   * @throws UnsupportedChainError
   */
  clientOf(chainId: number, record?: RecordRpc): Web3Client
  /** What went wrong with the RPC of a chain, without what its address keeps secret. An error of the API stays as it is. */
  explain(chainId: number, error: unknown): AppError
  /** Where wallets on this machine reach the devnet of this server; null of every other chain. */
  devnetUrlOf(chainId: number): string | null
  /** Makes a chain reachable from now on. */
  connect(chainId: number, urls: string[]): void
  /** The same of the devnet that this server started. Only its address is told: what settings name may hold keys. */
  connectDevnet(url: string): void
}

type Options = { registries: Registries; urls: RpcUrls; timeoutMs: number; settings: Web3Settings }

export function createChains({ registries, urls, timeoutMs, settings }: Options): Chains {
  const connections = new Map<number, Connection>()
  let devnetUrl: string | null = null
  const connect = (chainId: number, addresses: string[]) => {
    const name = registries.get(chainId)?.name ?? `Chain ${chainId}`
    connections.set(chainId, openConnection({ chainId, name, urls: addresses, timeoutMs }))
  }
  for (const [chainId, addresses] of Object.entries(urls)) connect(Number(chainId), addresses)
  const supported = () => [...registries.keys()].filter((chainId) => connections.has(chainId))
  const find = (chainId: number) => {
    const [registry, connection] = [registries.get(chainId), connections.get(chainId)]
    if (registry && connection) return { registry, connection }
    throw new UnsupportedChainError(chainId, supported())
  }
  return {
    settings,
    supported,
    registryOf: (chainId) => find(chainId).registry,
    clientOf: (chainId, record) => find(chainId).connection.openClient(record),
    explain: (chainId, error) =>
      error instanceof AppError ? error : find(chainId).connection.explain(error),
    devnetUrlOf: (chainId) => (chainId === DEVNET_CHAIN_ID ? devnetUrl : null),
    connect,
    connectDevnet(url) {
      connect(DEVNET_CHAIN_ID, [url])
      devnetUrl = url
    },
  }
}
