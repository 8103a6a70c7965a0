import type { Address, Hex } from 'viem'

/** How a simulation was made, from the one that proves most to the one that assumes. */
export type Engine = 'eth_simulateV1' | 'code_override' | 'slot_override' | 'eth_call'

export type SimulationLog = { address: Address; topics: Hex[]; data: Hex }

/** What an account has more or less of afterwards, gas not counted. `native` is the chain's own coin. */
export type AssetChange = { address: Address; token: Address | 'native'; delta: string }

/** What somebody may take of the wallet, before and after. Null is what cannot be read. */
export type AllowanceChange = {
  token: Address
  spender: Address
  before: string | null
  after: string | null
}

export type SimulationResult = {
  txRequestId: string
  success: boolean
  /** It failed, and would not have if the approval before it had been applied. Nobody has seen that. */
  assumed_success: boolean
  assumption_reason?: string
  gasEstimate: string | null
  /** The estimate, what is used of it and given back at the end, and a quarter more. */
  gasLimit: string | null
  /** In wei for one unit of gas. */
  fee: { maxFeePerGas?: string; maxPriorityFeePerGas?: string; gasPrice?: string } | null
  error: string | null
  /** Absent where the engine gives none. */
  logs?: SimulationLog[]
  assetChanges?: AssetChange[]
  /** As tokens themselves tell them, of those whom the plan names as spenders. Absent where the engine cannot ask in between. */
  allowanceChanges?: AllowanceChange[]
}

/** The artifact of the step that simulates. */
export type Simulation = {
  status: 'completed' | 'skipped'
  mode: 'single' | 'sequential'
  sequence: string[]
  override_support: 'simulate_v1' | 'code_override' | 'slot_override' | 'unsupported'
  overrides_used: boolean
  engine: Engine
  results: SimulationResult[]
  summary: { num_success: number; num_failed: number }
  /** Over all transactions together. Absent where the engine gives none. */
  assetChanges?: AssetChange[]
  /** The block on whose state it was made. */
  blockNumber: number
  /** In seconds, of the block that was simulated on top of it. */
  blockTime: number
}

/** What one call did, as an engine saw it. */
export type CallOutcome = {
  success: boolean
  returned: Hex
  gasUsed: bigint | null
  logs: SimulationLog[] | null
  /** What the node said, where the call gave no data that tells why it failed. */
  message?: string | undefined
}

/**
 * Balances of every holder: the coin, then each token. Allowances of every token: what each spender may take of the first holder.
 * Null is what cannot be read.
 */
export type Reading = {
  balances: (bigint | null)[][]
  allowances: (bigint | null)[][]
  codeSizes: bigint[]
}

export type EngineRun = {
  engine: Engine
  blockTime: number
  outcomes: CallOutcome[]
  /** Before the first call and after each; null where the engine cannot read in between. */
  readings: Reading[] | null
}

/** What the calls may touch, so that it is read before and after. The first holder is the wallet. */
export type WatchList = { holders: Address[]; tokens: Address[]; spenders: Address[]; targets: Address[] }
