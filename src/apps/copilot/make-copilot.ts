import type { EngineParts } from '../../engine/make-engine.ts'
import type { Kernel } from '../../kernel/context.ts'
import type { Chains } from '../../web3/chains.ts'
import { DEVNET_CHAIN_ID } from '../../web3/default-chains.ts'
import { makeSimulationMemory } from '../../web3/simulate/probe-engines.ts'
import type { Copilot } from './copilot.ts'
import type { LimitsInForce } from './policy/make-limits.ts'
import { makeSpendingMemory } from './runs/spent-today.ts'
import { makeWalletHistory } from './runs/wallet-history.ts'
import { makeCopilotFunctions } from './steps/functions.ts'
import { makeWeb3Transaction } from './transaction-tool.ts'
import { COPILOT_WORKFLOW_ID } from './workflow.ts'

/** A public chain may take back its newest blocks. */
const CONFIRMATIONS = 3

/** The copilot on these chains. */
export function makeCopilot(
  { database, clock }: Pick<Kernel, 'database' | 'clock'>,
  chains: Chains,
  {
    confirmations,
    policy: { limits, ofChain },
  }: { confirmations: number | undefined; policy: LimitsInForce },
): Copilot {
  const spendings = makeSpendingMemory()
  const { minSlippageBps, maxSlippageBps } = chains.settings
  return {
    chains,
    clock,
    limits: { ...limits, minSlippageBps, maxSlippageBps },
    limitsOfChain: ofChain,
    confirmationsOf: (chainId) => confirmations ?? (chainId === DEVNET_CHAIN_ID ? 1 : CONFIRMATIONS),
    walletHistory: makeWalletHistory(database, clock, spendings),
    spendings,
    simulations: makeSimulationMemory(),
    tracing: new Set(),
    pools: new Map(),
  }
}

/** What the engine needs to run its workflow. */
export const copilotParts = (copilot: Copilot): EngineParts => ({
  tools: [makeWeb3Transaction(copilot)],
  functions: makeCopilotFunctions(copilot),
  reservedWorkflows: new Map([[COPILOT_WORKFLOW_ID, 'POST /v1/runs makes a run of it for a wallet']]),
})
