import type { EngineContext } from '../../../engine/runs/engine.ts'
import { receiveEvent } from '../../../engine/runs/move-run.ts'
import { AppError, stateConflict } from '../../../lib/errors.ts'
import { approvedPlan, openRequests } from '../runs/approved-plan.ts'
import { insertTransaction } from '../runs/copilot-rows.ts'
import { requireStatus } from '../runs/move-copilot-run.ts'
import { type CopilotState, readCopilotRun } from '../runs/read-copilot-run.ts'
import type { SubmittedInput } from '../runs/schema.ts'
import { SUBMITTED_EVENT } from '../workflow.ts'

/**
 * Keeps the hash that a wallet answered for one of the transactions that were approved; without saying which, for the first
 * that has none. It proves nothing yet: the chain is asked what the hash is. The same again changes nothing.
 *
 * @throws AppError 404; 409 RUN_NOT_APPROVED, TRANSACTION_SUBMITTED; 422 for an id that is not of the plan.
 */
export async function submitTransaction(
  context: EngineContext,
  runId: string,
  { txHash, submittedBy, txRequestId }: SubmittedInput,
): Promise<CopilotState> {
  const { engine, principal } = context
  const state = await requireStatus(
    context,
    runId,
    ['APPROVED_READY', 'SUBMITTED', 'CONFIRMED'],
    'RUN_NOT_APPROVED',
    'a run whose plan was approved',
  )
  const hash = txHash.toLowerCase()
  const known = state.transactions.find(
    (one) => one.hash === hash && (!txRequestId || one.txRequestId === txRequestId),
  )
  if (known) return state
  // One that turned out to be another than it was said to be may still be what it is said to be now.
  const elsewhere = state.transactions.find((one) => one.hash === hash && one.state !== 'MISMATCH')
  if (elsewhere) throw alreadySubmitted(runId, `'${hash}' stands for '${elsewhere.txRequestId}' and`)
  if (state.status === 'CONFIRMED') throw alreadySubmitted(runId, txRequestId ?? 'every transaction')
  const plan = approvedPlan(state)!
  const wanted = txRequestId ?? openRequests(plan, state)[0]?.txRequestId
  if (wanted === undefined) throw alreadySubmitted(runId, 'every transaction')
  if (!plan.tx_requests.some((request) => request.txRequestId === wanted)) {
    const ids = plan.tx_requests.map((request) => request.txRequestId).join(', ')
    const message = `expected the id of a transaction of this plan (${ids}), got '${wanted}'`
    throw new AppError({
      code: 'UNKNOWN_TRANSACTION',
      status: 422,
      message: 'No transaction of this plan has that id',
      details: [{ path: 'txRequestId', message, type: 'value_error', code: 'UNKNOWN_TRANSACTION' }],
    })
  }
  const at = new Date(engine.kernel.clock.now())
  const kept = await engine.kernel.database.transaction(principal.tenantId, (session) =>
    insertTransaction(session, principal.tenantId, state.row.run_id, {
      txRequestId: wanted,
      chainId: state.row.chain_id,
      hash,
      submittedBy,
      at,
    }),
  )
  if (!kept) throw alreadySubmitted(runId, wanted)
  await receiveEvent(context, state.row.run_id, SUBMITTED_EVENT, {
    tx_request_id: wanted,
    hash,
    submitted_by: submittedBy,
  })
  return readCopilotRun(context, runId)
}

const alreadySubmitted = (runId: string, what: string) =>
  stateConflict('TRANSACTION_SUBMITTED', 'A hash was reported for this transaction already', {
    path: 'txRequestId',
    message: `expected a transaction of run '${runId}' without a hash, ${what} has one; POST /v1/runs/${runId}/poll_tx tells what became of it`,
  })
