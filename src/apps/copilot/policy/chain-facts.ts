import type { Address, Hex } from 'viem'

/**
 * What checks need to know of the chain and of earlier runs. It is gathered before they run, at one block, so that they
 * stay pure. What a gatherer has no source for it leaves out, and what it tried to read and could not it sets to `null`:
 * the first leaves a check UNKNOWN without a score, the second scores like a warning.
 */
export type ChainFacts = {
  /** What the node itself says by `eth_chainId`. */
  rpcChainId: number | null
  /** The newest block, and when the next comes at the earliest: in seconds, by the clock of the chain. */
  blockNumber: number | null
  blockTime: number | null
  /** By address in lower case: the wallet, and all that `addressesToLookAt` names. */
  accounts: Record<string, AccountFacts>
  /** By address in lower case: the tokens that calls go to or that stand in paths. */
  tokens: Record<string, TokenFacts>
  /** For each step of the path of the swap, in its order. Without them the price impact is the one of the quote. */
  pairs?: PairFacts[] | null
  /** Whom this wallet has paid before, as far as this installation has seen it confirmed. */
  paidBefore: Address[] | null
  /** What a second source of prices gives for the amount of the quote, in base units. */
  reference?: { source: string; amountOut: bigint } | null
  /** By address in lower case, of tokens outside the registry: bought and sold again in one simulation. */
  sellBack?: Record<string, { success: boolean; lossBps: number | null }> | null
  /** Totals of this wallet by symbol in base units over the last day, with the runs that still wait. */
  spent?: Record<string, { today: bigint; toRecipientToday: bigint }> | null
  /** Runs of this wallet in the last hour that came to a plan, and that sent to the recipient, without this one. */
  recentRuns?: { all: number; toRecipient: number } | null
  /** By address in lower case. Needs a feed from outside. */
  reputation?: Record<string, ReputationFacts> | null
}

export type AccountFacts = {
  /** Keccak-256 of the code; null where there is none. */
  codeHash: Hex | null
  /** Where the code is 0xef0100 and an address (EIP-7702): that address. */
  delegate: Address | null
  /** Of a proxy that is called: what stands in the implementation slot of EIP-1967. */
  implementation: Address | null
  /** Of who is paid. Of nobody else it is asked. */
  nonce: number | null
  balanceWei: bigint | null
  /** Of a contract that is paid: the part of an exchange that it is by what it answers. `unknown`: the node let nobody ask it. */
  exchange: 'pool' | 'factory' | 'unknown' | null
}

export type TokenFacts = {
  symbol: string | null
  decimals: number | null
  totalSupply: bigint | null
  /** Such as USDT, which wants the allowance to be zero before it is set anew. */
  needsReset?: boolean
}

export type PairFacts = {
  pair: Address
  tokenIn: Address
  tokenOut: Address
  reserveIn: bigint
  reserveOut: bigint
}

export type ReputationFacts = { ageDays?: number; sourceVerified?: boolean; flagged?: string | null }
