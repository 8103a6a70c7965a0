import type { PayloadOf } from '../../kernel/ledger/event-kinds.ts'
import type { Waiting } from '../../kernel/ledger/schema.ts'
import type { Json } from '../../lib/canonical-json.ts'

/** A gate that a step wants opened. */
export type GateRequest = PayloadOf<'approval_requested'>

/** How a step came out of being performed. */
export type StepOutcome =
  | { type: 'completed'; output: Json }
  | {
      type: 'failed'
      error: string
      errorType: string
      retryable: boolean
      toolId?: string
      budget?: BudgetFault
    }
  /** It waits; `gate` is what a human is to be asked, unless that was asked already. */
  | { type: 'parked'; waiting: Waiting; gate: GateRequest | null }

/** A limit of the run was met; `why` where it is not for what was used. */
export type BudgetFault = { reason: string; limit: number; actual: number; why?: string }

export const failed = (errorType: string, error: string, retryable = false): StepOutcome => ({
  type: 'failed',
  error,
  errorType,
  retryable,
})
