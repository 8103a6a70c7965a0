import type { EngineContext } from '../../../engine/runs/engine.ts'
import { stateConflict } from '../../../lib/errors.ts'
import { COPILOT_WORKFLOW_ID } from '../workflow.ts'
import { wasHandedOut } from './execute-plan.ts'
import { readCopilotRun } from './read-copilot-run.ts'

/**
 * A run whose transactions a wallet may have sent is not cancelled: the chain would go on, and nobody would look.
 *
 * @throws AppError 409 TRANSACTIONS_HANDED_OUT
 */
export async function refuseCancelOfSent(
  context: EngineContext,
  run: { id: string; workflow_id: string },
): Promise<void> {
  if (run.workflow_id !== COPILOT_WORKFLOW_ID) return
  const state = await readCopilotRun(context, run.id).catch(() => null)
  if (!state || !wasHandedOut(state)) return
  throw stateConflict('TRANSACTIONS_HANDED_OUT', 'A wallet was given the transactions of this run', {
    path: 'run_id',
    message: `expected a run of which nothing was handed out; report the hash of what was sent with POST /v1/runs/${run.id}/tx_submitted, or let it be`,
  })
}
