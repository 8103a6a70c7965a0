import type { EngineContext } from '../../../engine/runs/engine.ts'
import type { ExecutionStatus } from '../../../kernel/ledger/execution-state.ts'
import type { Session } from '../../../store/database.ts'
import type { FinalStatus } from '../schema.ts'
import type { LeftoverAllowance } from '../tracking/schema.ts'
import { type CopilotRow, listTransactions } from './copilot-rows.ts'
import { failureOf, outcomeAt, questionOf, type RunFacts, statusOf } from './copilot-status.ts'
import { copilotRunNotFound, isRunId } from './run-id.ts'
import type { CopilotStatus, RunOutcome, SubmittedTransaction } from './schema.ts'

/** A run as a list or somebody who waits for it wants to know it: without what its steps left. */
export type CopilotSummary = {
  row: CopilotRow
  status: CopilotStatus
  finalStatus: RunOutcome | null
  questionId: string | null
  failure: { code: string; message: string } | null
  /** The node of the step that began last. */
  lastNode: string | null
  updatedAt: string
  /** The number of its newest event; 0 before it was started. */
  lastSeq: number
  transactions: SubmittedTransaction[]
  /** What may still be taken from the wallet after it failed. */
  leftovers: LeftoverAllowance[]
}

type SummaryRow = CopilotRow & {
  run_status: ExecutionStatus | null
  waiting_at: string | null
  waiting_step: string | null
  settled_as: string | null
  settled_because: string | null
  leftovers: LeftoverAllowance[] | null
  ended_as: string | null
  error_type: string | null
  error: string | null
  cancelled: RunFacts['cancelled']
  last_seq: number | null
  last_at: Date | null
  last_node: string | null
  final_status: FinalStatus | null
  fatal: { code: string; message: string } | null
}

const EVENTS = 'FROM events WHERE tenant_id = $1 AND run_id = $2::text'
const JSON_OF = "convert_from(canon, 'UTF8')::json"
/** The newest first; only as many are read as it takes to find one. */
const COMPLETED = `(SELECT ${JSON_OF} -> 'payload' AS said ${EVENTS} AND kind = 'step_completed' ORDER BY seq DESC) steps`

/** The row of the run is the projection of its events, committed with them; the rest is read from the newest few. */
const SUMMARY = `
  SELECT c.run_id, c.intent, c.wallet_address, c.chain_id, c.conversation_id, c.created_by, c.created_by_owner, c.created_at,
    r.status AS run_status, r.waiting ->> 'node_id' AS waiting_at, r.waiting ->> 'step_id' AS waiting_step, r.result ->> 'status' AS settled_as,
    r.result ->> 'reason' AS settled_because, r.result -> 'leftover_allowances' AS leftovers, r.result #>> '{artifacts,final_status_suggested}' AS ended_as,
    r.error ->> 'error_type' AS error_type, r.error ->> 'error' AS error,
    CASE WHEN r.status = 'cancelled' THEN (SELECT ${JSON_OF} -> 'payload' ${EVENTS} AND kind = 'run_cancelled' LIMIT 1) END AS cancelled, newest.seq AS last_seq, newest.recorded_at AS last_at,
    (SELECT ${JSON_OF} #>> '{payload,node_id}' ${EVENTS} AND kind = 'step_started' ORDER BY seq DESC LIMIT 1) AS last_node,
    (SELECT said #>> '{output,artifacts,final_status_suggested}' FROM ${COMPLETED}
      WHERE said ->> 'node_id' = 'finalize' LIMIT 1) AS final_status,
    CASE WHEN r.result #>> '{artifacts,final_status_suggested}' = 'FAILED' THEN
      (SELECT said #> '{output,artifacts,fatal_error}' FROM ${COMPLETED}
        WHERE said #> '{output,artifacts,fatal_error}' IS NOT NULL LIMIT 1) END AS fatal
  FROM copilot_runs c
  LEFT JOIN runs r ON r.tenant_id = c.tenant_id AND r.run_id = c.run_id::text
  LEFT JOIN LATERAL (SELECT seq, recorded_at ${EVENTS} ORDER BY seq DESC LIMIT 1) newest ON true
  WHERE c.tenant_id = $1 AND c.run_id = $2::uuid`

/**
 * Where a run stands, without reading what happened in it.
 *
 * @throws AppError 404 RUN_NOT_FOUND
 */
export async function readCopilotSummary(
  { engine, principal }: EngineContext,
  runId: string,
): Promise<CopilotSummary> {
  const { tenantId } = principal
  if (!isRunId(runId)) throw copilotRunNotFound(runId)
  const read = async (session: Session) => ({
    found: (await session.query<SummaryRow>(SUMMARY, [tenantId, runId.toLowerCase()], 'copilot_summary'))[0],
    transactions: await listTransactions(session, tenantId, runId),
  })
  const { found, transactions } = await engine.kernel.database.transaction(tenantId, read)
  if (!found) throw copilotRunNotFound(runId)
  const run = toFacts(found)
  const status = statusOf(run, transactions)
  return {
    row: found,
    status,
    finalStatus: outcomeAt(status, found.final_status),
    questionId: questionOf(run),
    failure: failureOf(run, found.fatal),
    lastNode: found.last_node,
    updatedAt: (found.last_at ?? found.created_at).toISOString(),
    lastSeq: found.last_seq ?? 0,
    transactions,
    leftovers: found.leftovers ?? [],
  }
}

const toFacts = (found: SummaryRow): RunFacts | null =>
  found.run_status && {
    status: found.run_status,
    waitingAt: found.waiting_at,
    waitingStep: found.waiting_step,
    settledAs: found.settled_as,
    settledBecause: found.settled_because,
    endedAs: found.ended_as,
    errorType: found.error_type,
    error: found.error,
    cancelled: found.cancelled,
  }
