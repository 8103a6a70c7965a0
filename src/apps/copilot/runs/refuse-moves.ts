import type { EngineContext } from '../../../engine/runs/engine.ts'
import { stateConflict } from '../../../lib/errors.ts'
import type { Session } from '../../../store/database.ts'
import { COPILOT_WORKFLOW_ID, HANDED_OUT_EVENT, SETTLED_EVENT } from '../workflow.ts'
import { listTransactions } from './copilot-rows.ts'
import type { CopilotState } from './read-copilot-run.ts'
import type { SubmittedTransaction } from './schema.ts'

/** What is done with runs in general and not with those of the copilot, unless this says that it may be. */
type GeneralRun = { id: string; workflow_id: string }

/**
 * A run whose transactions a wallet may have sent is not cancelled: the chain would go on, and nobody would look. Asked while the
 * run is locked, so that nothing is handed out at the same moment.
 *
 * @throws AppError 409 TRANSACTIONS_HANDED_OUT
 */
export const refuseCancelOfSent =
  ({ principal: { tenantId } }: EngineContext, { id, workflow_id: workflow }: GeneralRun) =>
  async (session: Session): Promise<void> => {
    if (workflow !== COPILOT_WORKFLOW_ID) return
    const handedOut = await session.query(
      `SELECT FROM events e WHERE e.tenant_id = $1 AND e.run_id = $2 AND e.kind = 'event_received'
         AND convert_from(e.canon, 'UTF8')::json #>> '{payload,name}' = $3 LIMIT 1`,
      [tenantId, id, HANDED_OUT_EVENT],
    )
    if (handedOut.length === 0) return
    throw stateConflict('TRANSACTIONS_HANDED_OUT', 'A wallet was given the transactions of this run', {
      path: 'run_id',
      message: `expected a run of which nothing was handed out; report the hash of what was sent with POST /v1/runs/${id}/tx_submitted, or say with POST /v1/runs/${id}/not_sent that nothing was: that ends it`,
    })
  }

/**
 * How a run ended is said of the hashes that were looked at. One that is reported at the same moment is kept while the run is
 * locked, and so is this asked: of the word that nothing was sent and the hash of what was sent one comes first, for both.
 *
 * @throws AppError 409 RUN_MOVED
 */
export const refuseOtherHashes =
  ({ principal: { tenantId } }: EngineContext, { row, transactions }: CopilotState) =>
  async (session: Session): Promise<void> => {
    const now = await listTransactions(session, tenantId, row.run_id)
    if (now.map(standingOf).join() === transactions.map(standingOf).join()) return
    throw stateConflict('RUN_MOVED', 'A hash was reported, or one was read, meanwhile', { path: 'run_id' })
  }

const standingOf = ({ txRequestId, hash, state }: SubmittedTransaction) => `${txRequestId} ${hash} ${state}`

/** How a run was told that it ended, whether it has taken that in or not; null for one that was not. */
export async function readSettled(session: Session, tenantId: string, runId: string): Promise<string | null> {
  const [settled] = await session.query<{ settled_as: string }>(
    `SELECT convert_from(e.canon, 'UTF8')::json #>> '{payload,payload,status}' AS settled_as FROM events e
     WHERE e.tenant_id = $1 AND e.run_id = $2 AND e.kind = 'event_received'
       AND convert_from(e.canon, 'UTF8')::json #>> '{payload,name}' = $3 LIMIT 1`,
    [tenantId, runId, SETTLED_EVENT],
  )
  return settled?.settled_as ?? null
}

/**
 * What a run of the copilot came to it came to for good, and a plan is made for the run that it is approved in. Tried again or
 * forked, it would put a question before people whose answer no wallet could ever act on.
 *
 * @throws AppError 409 RUN_OF_COPILOT
 */
export function refuseAgain({ id, workflow_id: workflow }: GeneralRun): void {
  if (workflow !== COPILOT_WORKFLOW_ID) return
  throw stateConflict('RUN_OF_COPILOT', 'A run of the copilot is neither tried again nor forked', {
    path: 'run_id',
    message: `run '${id}' belongs to the copilot; make a new one of the same sentence with POST /v1/runs`,
  })
}
