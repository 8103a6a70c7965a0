import { z } from 'zod'

/** An address in any letters. Its checksum is looked at where the registry is made. */
const SettingAddress = z.string().regex(/^0x[0-9a-fA-F]{40}$/, 'expected 0x and 40 hex digits')

const chainKey = z.string().regex(/^[1-9]\d{0,15}$/, 'expected a chain id, e.g. "1"')
const symbolKey = z.string().regex(/^[A-Z0-9.]{1,20}$/, 'expected a symbol in capitals, e.g. "USDC"')
const routerKey = z
  .string()
  .regex(/^[A-Z0-9_]{1,40}$/, 'expected a name in capitals, e.g. "UNISWAP_V2_ROUTER"')

const SettingToken = z.strictObject({
  address: SettingAddress,
  decimals: z.number().int().min(0).max(36),
  /** The chain's own coin; the address is then its wrapped token's. */
  is_native: z.boolean().default(false),
})

/** ALLOWLISTED_TOKENS: `{"1": {"USDC": {"address": "0x…", "decimals": 6}}}`. */
export const AllowlistedTokens = z.record(chainKey, z.record(symbolKey, SettingToken))
export type AllowlistedTokens = z.output<typeof AllowlistedTokens>

/** ALLOWLISTED_ROUTERS: `{"1": {"UNISWAP_V2_ROUTER": {"address": "0x…"}}}`. */
export const AllowlistedRouters = z.record(
  chainKey,
  z.record(routerKey, z.strictObject({ address: SettingAddress })),
)
export type AllowlistedRouters = z.output<typeof AllowlistedRouters>

/** ALLOWLIST_TO: addresses that transactions may be sent to on every chain. */
export const AllowlistTo = z.array(SettingAddress)
export type AllowlistTo = z.output<typeof AllowlistTo>

/** RPC_URLS: `{"1": "https://…", "8453": ["https://…", "https://…"]}`. */
export const RpcUrls = z.record(
  chainKey,
  z
    .union([z.url({ protocol: /^https?$/ }), z.array(z.url({ protocol: /^https?$/ })).min(1)])
    .transform((urls) => (typeof urls === 'string' ? [urls] : urls)),
)
export type RpcUrls = z.output<typeof RpcUrls>
