import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import type { Database } from '../store/database.ts'
import type { CheckpointSigner } from './ledger/checkpoint-signer.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { IsPromised } from './ledger/promised-runs.ts'
import type { PolicySets } from './policy/policy-sets.ts'
import type { Principal } from './schema.ts'
import type { TokenKeys } from './tokens/token-keys.ts'

/** What the kernel's functions are handed. Built once in `app.ts`; nothing is global. */
export type Kernel = {
  database: Database
  ledger: Ledger
  clock: Clock
  log: Logger
  policySets: PolicySets
  tokenKeys: TokenKeys
  checkpointSigner: CheckpointSigner
  settings: KernelSettings
  /** Absent where no part of the program gives ids of runs out before they begin. */
  isPromised?: IsPromised
}

export type KernelSettings = {
  /** The name of this installation in tokens (`iss`) and checkpoints (origin). */
  installation: string
  /** One process, for effects that it began and did not finish. */
  processId: string
  executionTokenTtlSeconds: number
  approvalTtlSeconds: number
  /** How large the facts of one decision may be, in canonical form. */
  maxFactsBytes: number
  /** Loopback without AUTH_SECRET: everybody who can reach the port is the one local administrator. */
  localMode: boolean
  /** Tests only: the process kills itself at this named point between two commits. */
  crashPoint: string | null
}

/** Where a request comes from, as the transport saw it. */
export type Client = { ip: string | null; userAgent: string | null }

/**
 * A kernel, the one who asks and, where it is known, where from. With a `credentialRevision` the principal was remembered,
 * and counts only while the tenant's credentials still stand there.
 */
export type Context = Kernel & { principal: Principal; client?: Client; credentialRevision?: number }
