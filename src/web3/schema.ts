import { z } from 'zod'

/** An address in any letters. Its checksum is looked at where the registry is made. */
export const SettingAddress = z.string().regex(/^0x[0-9a-fA-F]{40}$/, 'expected 0x and 40 hex digits')

export const chainKey = z.string().regex(/^[1-9]\d{0,15}$/, 'expected a chain id, e.g. "1"')
export const symbolKey = z.string().regex(/^[A-Z0-9.]{1,20}$/, 'expected a symbol in capitals, e.g. "USDC"')
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
export const RpcUrls = z
  .record(
    chainKey,
    z
      .union([z.url({ protocol: /^https?$/ }), z.array(z.url({ protocol: /^https?$/ })).min(1)])
      .transform((urls) => (typeof urls === 'string' ? [urls] : urls)),
  )
  .refine(
    (urls) => Object.keys(urls).length > 0,
    'expected at least one chain; leave it out to have the devnet',
  )
export type RpcUrls = z.output<typeof RpcUrls>

const BaseUnits = z.string().describe('base units, in decimal digits')
const Hex40 = z.templateLiteral(['0x', z.string().regex(/^[0-9a-fA-F]{40}$/)])

const WalletHead = z.object({
  chainId: z.number(),
  walletAddress: Hex40,
  blockNumber: z.number().describe('everything is of this block'),
  blockTime: z.number().describe('seconds, by the clock of the chain'),
})
const Unread = z.array(z.object({ token: Hex40, spender: Hex40.optional(), message: z.string() }))

const balances = {
  native: z.object({ balanceWei: BaseUnits }),
  erc20: z.array(z.object({ token: Hex40, symbol: z.string(), decimals: z.number(), balance: BaseUnits })),
}
const allowances = {
  allowances: z.array(z.object({ token: Hex40, spender: Hex40, allowance: BaseUnits })),
}
const errors = { errors: Unread.describe('what could not be read, while the rest could') }

export const WalletBalances = WalletHead.extend({ ...balances, ...errors })
export const WalletAllowances = WalletHead.extend({ ...allowances, ...errors })
export const WalletSnapshotView = WalletHead.extend({ ...balances, ...allowances, ...errors })

export const Allowlists = z.object({
  chain_id: z.number(),
  name: z.string(),
  tokens: z.record(z.string(), z.object({ address: Hex40, decimals: z.number(), is_native: z.boolean() })),
  routers: z.record(z.string(), z.object({ address: Hex40 })),
  allowlist_to: z.array(Hex40).describe('beside tokens and routers'),
  allowlist_to_all: z.boolean(),
  dex_kind: z.enum(['uniswap_v2']),
  default_slippage_bps: z.number(),
  min_slippage_bps: z.number(),
  max_slippage_bps: z.number(),
  default_deadline_seconds: z.number(),
  supported_chains: z.array(z.object({ chain_id: z.number(), name: z.string() })),
  devnet_url: z.string().nullable().describe('the RPC of this chain, where it is the devnet of this server'),
})
export type Allowlists = z.infer<typeof Allowlists>

export const ReachableChains = z.object({ chains: z.array(Allowlists) })
export type ReachableChains = z.infer<typeof ReachableChains>

export const BatchProof = z.object({
  chain_id: z.number(),
  proves_batches: z
    .boolean()
    .nullable()
    .describe(
      'whether the RPC traces transactions, so that what a wallet did within one can be proved; null: not known yet',
    ),
})
export type BatchProof = z.infer<typeof BatchProof>
