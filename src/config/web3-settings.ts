import { z } from 'zod'
import { AllowlistedRouters, AllowlistedTokens, AllowlistTo, RpcUrls } from '../web3/schema.ts'
import { basisPoints, flag, json, port } from './forms.ts'

/** Chains: how they are reached, what on them is known and allowed, and the limits of what is planned. */
export const WEB3_SETTINGS = {
  RPC_URLS: {
    schema: json(RpcUrls, '{"1":"https://…","8453":["https://…","https://…"]}'),
    about:
      'JSON object of chain ids and where each is asked: an address, or several that take over from each other; the devnet is off then',
    secret: true,
  },
  RPC_TIMEOUT_MS: {
    schema: z.coerce.number().int().min(100).max(120_000).default(8_000),
    about: 'how long one address may take to answer, before the next one or a second try',
  },
  DEVNET: {
    schema: z.enum(['auto', 'on', 'off']).default('auto'),
    about:
      'a chain of play money on this machine: auto starts it with `npm start`, on with `countersign serve` too',
  },
  DEVNET_PORT: {
    schema: port.default(8545),
    about: 'port of the devnet, on loopback; the next free one if it is taken, 0 takes any',
  },
  ALLOWLIST_TO: {
    schema: json(AllowlistTo, '["0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D"]'),
    about:
      'JSON array of addresses that transactions may be sent to, beside the tokens and routers of the chain',
  },
  ALLOWLISTED_TOKENS: {
    schema: json(AllowlistedTokens, '{"1":{"USDC":{"address":"0x…","decimals":6}}}'),
    about: 'JSON object of chain ids and their tokens, instead of the built-in ones of those chains',
  },
  ALLOWLISTED_ROUTERS: {
    schema: json(AllowlistedRouters, '{"1":{"UNISWAP_V2_ROUTER":{"address":"0x…"}}}'),
    about: 'the same for routers, the only contracts that are given allowances',
  },
  ALLOWLIST_TO_ALL: {
    schema: flag.default(false),
    about: 'true lets transactions go to any address',
  },
  DEX_KIND: { schema: z.enum(['uniswap_v2']).default('uniswap_v2'), about: 'how routers are spoken to' },
  DEFAULT_SLIPPAGE_BPS: {
    schema: basisPoints.default(50),
    about: 'how much less than quoted a swap may give where nobody said, in hundredths of a percent',
  },
  MIN_SLIPPAGE_BPS: { schema: basisPoints.default(10), about: 'the least that may be said' },
  MAX_SLIPPAGE_BPS: { schema: basisPoints.default(200), about: 'the most that may be said' },
  DEFAULT_DEADLINE_SECONDS: {
    schema: z.coerce.number().int().min(30).max(86_400).default(1200),
    about: 'for how long a swap holds where nobody said',
  },
  WEB3_CONFIRMATIONS: {
    schema: z.coerce.number().int().min(1).max(1_000).optional(),
    about: 'how many blocks deep a transaction must lie to count as confirmed; 3, and 1 on the devnet',
  },
} as const
