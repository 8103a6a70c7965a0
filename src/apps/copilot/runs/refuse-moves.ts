import type { EngineContext } from '../../../engine/runs/engine.ts'
import { stateConflict } from '../../../lib/errors.ts'
import { COPILOT_WORKFLOW_ID } from '../workflow.ts'
import { wasHandedOut } from './approved-plan.ts'
import { readCopilotRun } from './read-copilot-run.ts'

/** What is done with runs in general and not with those of the copilot, unless this says that it may be. */
type GeneralRun = { id: string; workflow_id: string }

/**
 * A run whose transactions a wallet may have sent is not cancelled: the chain would go on, and nobody would look.
 *
 * @throws AppError 409 TRANSACTIONS_HANDED_OUT
 */
export async function refuseCancelOfSent(context: EngineContext, run: GeneralRun): Promise<void> {
  if (run.workflow_id !== COPILOT_WORKFLOW_ID) return
  const state = await readCopilotRun(context, run.id).catch(() => null)
  if (!state || !wasHandedOut(state)) return
  throw stateConflict('TRANSACTIONS_HANDED_OUT', 'A wallet was given the transactions of this run', {
    path: 'run_id',
    message: `expected a run of which nothing was handed out; report the hash of what was sent with POST /v1/runs/${run.id}/tx_submitted, or let it be`,
  })
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
