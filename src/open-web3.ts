import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import type { Config } from './config.ts'
import { type Chains, createChains } from './web3/chains.ts'
import { type Devnet, startDevnet } from './web3/devnet/start-devnet.ts'

/** The chains that the settings name. */
export const openChains = (config: Config): Chains =>
  createChains({
    registries: config.registries,
    urls: config.RPC_URLS ?? {},
    timeoutMs: config.RPC_TIMEOUT_MS,
    settings: {
      allowlistToAll: config.ALLOWLIST_TO_ALL,
      dexKind: config.DEX_KIND,
      defaultSlippageBps: config.DEFAULT_SLIPPAGE_BPS,
      minSlippageBps: config.MIN_SLIPPAGE_BPS,
      maxSlippageBps: config.MAX_SLIPPAGE_BPS,
      defaultDeadlineSeconds: config.DEFAULT_DEADLINE_SECONDS,
    },
  })

/** The devnet, or why there is none. */
export type DevnetStart = { devnet: Devnet; missing?: never } | { devnet: null; missing: string }

/** Starts the devnet and makes its chain reachable. Without it everything else goes on. */
export async function openDevnet(
  config: Config,
  chains: Chains,
  log: FastifyBaseLogger,
): Promise<DevnetStart> {
  try {
    const devnet = await startDevnet({
      folder: join(config.dataDir, 'devnet'),
      port: config.DEVNET_PORT,
      onNotice: (notice) => log.warn(notice),
    })
    // A setting that says where this chain is goes first.
    if (!config.RPC_URLS?.[devnet.chainId]) chains.connectDevnet(devnet.url)
    return { devnet }
  } catch (error) {
    const missing = (error as Error).message
    log.warn(`There is no devnet: ${missing}`)
    return { devnet: null, missing }
  }
}
