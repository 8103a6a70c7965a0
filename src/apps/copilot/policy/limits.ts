import type { Address, Hex } from 'viem'
import type { TransactionKind } from '../schema.ts'

/** The figures that rules and checks go by. Settings say otherwise, except of a second source of prices: there is none. */
export type PolicyLimits = {
  minSlippageBps: number
  maxSlippageBps: number
  /** A swap that holds for longer than this leaves others time to pick their moment. */
  maxDeadlineSeconds: number
  priceImpactWarnBps: number
  priceImpactBlockBps: number
  referenceWarnBps: number
  referenceBlockBps: number
  feeOnTransferBlockBps: number
  /** What selling a token again right away may lose. */
  sellBackBlockBps: number
  maxSimulationAgeBlocks: number
  /** What the slippage of a swap may be worth to somebody who trades around it, in US dollars. */
  sandwichWarnUsd: number
  maxRunsPerHour: number
  maxRunsPerRecipientPerHour: number
  gasCaps: Record<TransactionKind, bigint>
  /** What has to stay of the chain's own coin, so that the wallet can still pay for gas. */
  nativeReserveWei: bigint
  /** By symbol, in base units. */
  spendCaps: Record<string, SpendCap>
  /** By address in lower case: the code that was looked at when the contract was trusted. */
  pins: Record<string, CodePin>
  /** Contracts that a wallet may hand its account to by EIP-7702. */
  knownDelegates: Address[]
}

export type SpendCap = {
  perTransaction?: bigint | undefined
  perDay?: bigint | undefined
  perRecipientAndDay?: bigint | undefined
}
export type CodePin = { codeHash: Hex; implementation?: Address }

export const DEFAULT_POLICY_LIMITS: PolicyLimits = {
  minSlippageBps: 10,
  maxSlippageBps: 200,
  maxDeadlineSeconds: 3600,
  priceImpactWarnBps: 100,
  priceImpactBlockBps: 500,
  referenceWarnBps: 200,
  referenceBlockBps: 500,
  feeOnTransferBlockBps: 500,
  sellBackBlockBps: 1000,
  maxSimulationAgeBlocks: 20,
  sandwichWarnUsd: 10,
  maxRunsPerHour: 30,
  maxRunsPerRecipientPerHour: 10,
  gasCaps: {
    APPROVE: 100_000n,
    REVOKE: 100_000n,
    TRANSFER: 150_000n,
    SWAP: 600_000n,
    WRAP: 100_000n,
    UNWRAP: 100_000n,
  },
  nativeReserveWei: 0n,
  spendCaps: {},
  pins: {},
  knownDelegates: [],
}

/** What is set of one chain by itself: tokens and contracts are other ones on another chain. */
export type ChainLimits = Partial<Pick<PolicyLimits, 'spendCaps' | 'pins'>>
