import type { EngineContext } from '../../engine/runs/engine.ts'
import type { Kernel } from '../../kernel/context.ts'
import type { Chains } from '../../web3/chains.ts'
import type { PoolMemory } from '../../web3/quote/find-pools.ts'
import type { SimulationMemory } from '../../web3/simulate/probe-engines.ts'
import type { TracingMemory } from '../../web3/trace-transaction.ts'
import type { ChainLimits, PolicyLimits } from './policy/limits.ts'
import type { SpendingMemory } from './runs/spent-today.ts'
import type { ReadWalletHistory } from './runs/wallet-history.ts'

/** What the copilot is handed. Built once in `app.ts`. */
export type Copilot = {
  chains: Chains
  clock: Kernel['clock']
  limits: PolicyLimits
  /** Beside them, or instead: what is set of one chain. */
  limitsOfChain: ReadonlyMap<number, ChainLimits>
  /** Blocks that a transaction must lie deep to count as confirmed. */
  confirmationsOf(chainId: number): number
  walletHistory: ReadWalletHistory
  spendings: SpendingMemory
  /** What was found out about chains, so that it is found out once. */
  simulations: SimulationMemory
  tracing: TracingMemory
  pools: PoolMemory
}

/** The copilot, the engine, and the one who asks. */
export type CopilotContext = EngineContext & { copilot: Copilot }
