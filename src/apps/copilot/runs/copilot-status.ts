import type { ExecutionStatus } from '../../../kernel/ledger/execution-state.ts'
import type { LedgerEvent } from '../../../kernel/ledger/seal-event.ts'
import type { FinalStatus } from '../schema.ts'
import type { CopilotStatus, RunOutcome, SubmittedTransaction } from './schema.ts'

/** What of a run says where it stands: read from its row, or from the events that the row is made of. */
export type RunFacts = {
  status: ExecutionStatus
  /** The node at which it waits. */
  waitingAt: string | null
  waitingStep: string | null
  /** How it came out for the wallet, where it came so far, and why. */
  settledAs: string | null
  settledBecause: string | null
  /** How its last round of planning came out, where it ended with that. */
  endedAs: string | null
  errorType: string | null
  error: string | null
  /** Who ended it before it came to an end, and why. */
  cancelled: { by: string; reason: string | null } | null
}

/** Null for a run that has not begun. */
export function factsIn(
  execution: { status: ExecutionStatus; waiting: { node_id: string; step_id: string } | null } | null,
  events: LedgerEvent[],
): RunFacts | null {
  if (!execution) return null
  const { status, waiting } = execution
  const completed = status === 'completed' && events.findLast(({ kind }) => kind === 'run_completed')
  const failed = status === 'failed' && events.findLast(({ kind }) => kind === 'run_failed')
  const result = completed && completed.kind === 'run_completed' ? Object(completed.payload.result) : {}
  const cancelled = status === 'cancelled' && events.findLast(({ kind }) => kind === 'run_cancelled')
  const failure = failed && failed.kind === 'run_failed' ? failed.payload : null
  return {
    status,
    waitingAt: waiting?.node_id ?? null,
    waitingStep: waiting?.step_id ?? null,
    settledAs: result.status ?? null,
    settledBecause: result.reason ?? null,
    endedAs: result.artifacts?.final_status_suggested ?? null,
    errorType: failure?.error_type ?? null,
    error: failure?.error ?? null,
    cancelled: cancelled && cancelled.kind === 'run_cancelled' ? cancelled.payload : null,
  }
}

/** Where a run stands follows from its events and its transactions, and is stored nowhere else. */
export function statusOf(
  run: RunFacts | null,
  transactions: Pick<SubmittedTransaction, 'state'>[],
): CopilotStatus {
  if (!run) return 'CREATED'
  switch (run.status) {
    case 'running':
      return 'RUNNING'
    case 'paused':
      return pausedAt(run.waitingAt, transactions)
    case 'cancelled':
      return 'REJECTED'
    case 'failed':
      return AFTER_FAILURE[run.errorType ?? ''] ?? 'FAILED'
    case 'completed':
      return outcomeOf(run)
  }
}

/** An answer that was no is not an error. */
const AFTER_FAILURE: Partial<Record<string, CopilotStatus>> = {
  approval_rejected: 'REJECTED',
  policy_denied: 'BLOCKED',
}

function pausedAt(nodeId: string | null, transactions: Pick<SubmittedTransaction, 'state'>[]): CopilotStatus {
  if (nodeId === 'answers') return 'NEEDS_INPUT'
  if (nodeId === 'approval') return 'AWAITING_APPROVAL'
  if (nodeId === 'wallet') return transactions.length > 0 ? 'SUBMITTED' : 'APPROVED_READY'
  return 'PAUSED'
}

function outcomeOf({ settledAs, endedAs }: RunFacts): CopilotStatus {
  if (settledAs !== null) return AFTER_WALLET[settledAs] ?? 'FAILED'
  return endedAs === 'BLOCKED' || endedAs === 'NOOP' ? endedAs : 'FAILED'
}

/** What the wallet did not want is a no like any other. */
const AFTER_WALLET: Partial<Record<string, CopilotStatus>> = {
  CONFIRMED: 'CONFIRMED',
  REVERTED: 'REVERTED',
  CANCELLED: 'REJECTED',
  NOT_SENT: 'REJECTED',
}

/** How its plan came out, and once it has ended how the run did: a plan that was ready may still have been refused or reverted. */
export function outcomeAt(status: CopilotStatus, ofPlan: FinalStatus | null): RunOutcome | null {
  switch (status) {
    case 'CONFIRMED':
    case 'REVERTED':
    case 'REJECTED':
    case 'FAILED':
    case 'BLOCKED':
    case 'NOOP':
      return status
    default:
      return ofPlan
  }
}

type Failure = { code: string; message: string }

/** Why a run ended without what was asked for. What stopped its planning stands in its artifacts. */
export function failureOf(run: RunFacts | null, fatal: Failure | null): Failure | null {
  if (run?.cancelled) {
    const { by, reason } = run.cancelled
    const message = `The run was cancelled by ${by}${reason ? `: ${reason}` : '.'}`
    return { code: 'RUN_CANCELLED', message }
  }
  if (run?.errorType) return { code: run.errorType.toUpperCase(), message: run.error ?? run.errorType }
  const code = SETTLED_CODES[run?.settledAs ?? '']
  if (code) return { code, message: run?.settledBecause ?? 'The chain undid a transaction of it.' }
  return run?.endedAs === 'FAILED' ? fatal : null
}

const SETTLED_CODES: Partial<Record<string, string>> = {
  VOID: 'PLAN_VOID',
  CANCELLED: 'TRANSACTIONS_CANCELLED',
  NOT_SENT: 'NOT_SENT',
  REVERTED: 'TX_REVERTED',
}

/** Whether it ended because nothing of it was sent, as far as was known. A hash that is reported all the same is still told. */
export const endedUnsent = ({ failure }: { failure: Failure | null }): boolean =>
  failure !== null && ['TRANSACTIONS_CANCELLED', 'NOT_SENT'].includes(failure.code)

/** The same, of how it came out for the wallet. */
export const isUnsent = (settledAs: string): boolean => ['CANCELLED', 'NOT_SENT'].includes(settledAs)

/** What an answer is an answer to: each round of questions is a step of its own. */
export const questionOf = (run: RunFacts | null): string | null =>
  run?.status === 'paused' && run.waitingAt === 'answers' ? run.waitingStep : null
