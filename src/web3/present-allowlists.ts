import type { Chains } from './chains.ts'
import type { ChainRegistry } from './registry.ts'
import type { Allowlists } from './schema.ts'

/** What is known and allowed on a chain, as the wire has it. */
export const presentAllowlists = (chains: Chains, registry: ChainRegistry): Allowlists => ({
  chain_id: registry.chainId,
  name: registry.name,
  tokens: Object.fromEntries(
    Object.values(registry.tokens).map(({ symbol, address, decimals, isNative }) => [
      symbol,
      { address, decimals, is_native: isNative },
    ]),
  ),
  routers: Object.fromEntries(Object.values(registry.routers).map(({ key, address }) => [key, { address }])),
  allowlist_to: registry.allowlistTo,
  allowlist_to_all: chains.settings.allowlistToAll,
  dex_kind: chains.settings.dexKind,
  default_slippage_bps: chains.settings.defaultSlippageBps,
  min_slippage_bps: chains.settings.minSlippageBps,
  max_slippage_bps: chains.settings.maxSlippageBps,
  default_deadline_seconds: chains.settings.defaultDeadlineSeconds,
  supported_chains: chains
    .supported()
    .map((chain_id) => ({ chain_id, name: chains.registryOf(chain_id).name })),
  devnet_url: chains.devnetUrlOf(registry.chainId),
})
