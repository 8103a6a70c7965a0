import { cancelRun } from '../../../engine/runs/cancel-run.ts'
import type { EngineContext } from '../../../engine/runs/engine.ts'
import { AppError, stateConflict } from '../../../lib/errors.ts'
import type { Session } from '../../../store/database.ts'
import { ANSWERS_EVENT } from '../workflow.ts'
import { refuseOthers, wasTold } from './move-copilot-run.ts'
import { type CopilotState, readCopilotRun } from './read-copilot-run.ts'

/**
 * Ends a run that waits for the answer to this question: before it is answered there is no plan, and nothing that a wallet could
 * have. One that went on meanwhile is left as it is.
 *
 * @throws AppError 404; 403 for another person's run
 */
export async function endUnanswered(
  context: EngineContext,
  runId: string,
  questionId: string | null,
): Promise<{ run: CopilotState; isEnded: boolean }> {
  const run = await readCopilotRun(context, runId)
  refuseOthers(context, run.row)
  const stands = run.status === 'NEEDS_INPUT' && run.questionId === questionId && !wasTold(run, ANSWERS_EVENT)
  if (!stands) return { run, isEnded: false }
  try {
    await cancelRun(context, runId, 'its question was set aside', refuseMoved(context, run))
  } catch (error) {
    if (!(error instanceof AppError) || error.status !== 409) throw error
    return { run: await readCopilotRun(context, runId), isEnded: false }
  }
  return { run: await readCopilotRun(context, runId), isEnded: true }
}

const refuseMoved =
  ({ principal }: EngineContext, { row, lastSeq }: CopilotState) =>
  async (session: Session): Promise<void> => {
    const [head] = await session.query<{ seq: number }>(
      'SELECT seq FROM run_heads WHERE tenant_id = $1 AND run_id = $2',
      [principal.tenantId, row.run_id],
    )
    if (head?.seq === lastSeq) return
    throw stateConflict('RUN_MOVED', 'Something happened to the run meanwhile', { path: 'run_id' })
  }
