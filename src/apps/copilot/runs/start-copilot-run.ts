import type { EngineContext } from '../../../engine/runs/engine.ts'
import { startRunOf } from '../../../engine/runs/start-run.ts'
import { keepWorkflow } from '../../../engine/workflows/keep-workflow.ts'
import type { Json } from '../../../lib/canonical-json.ts'
import { stateConflict } from '../../../lib/errors.ts'
import { COPILOT_WORKFLOW, COPILOT_WORKFLOW_ID } from '../workflow.ts'
import { claimStart, findCopilotRun, releaseStart } from './copilot-rows.ts'
import { refuseOthers } from './move-copilot-run.ts'
import { type CopilotState, readCopilotRun } from './read-copilot-run.ts'
import { readCopilotSummary } from './read-summary.ts'
import { copilotRunNotFound, isRunId } from './run-id.ts'

/**
 * Starts the pipeline of a run, once: of several who try one does, and the others are refused. Resolves when it waits for
 * somebody or has ended, or after the time that callers are kept waiting.
 *
 * @throws AppError 404 RUN_NOT_FOUND; 409 RUN_ALREADY_STARTED
 */
export async function startCopilotRun(context: EngineContext, runId: string): Promise<CopilotState> {
  const { engine, principal } = context
  const { database, clock } = engine.kernel
  const { tenantId } = principal
  if (!isRunId(runId)) throw copilotRunNotFound(runId)
  const at = new Date(clock.now())
  const { row, claimed } = await database.transaction(tenantId, async (session) => {
    const row = await findCopilotRun(session, tenantId, runId)
    if (!row) throw copilotRunNotFound(runId)
    refuseOthers(context, row)
    return { row, claimed: await claimStart(session, tenantId, runId, at) }
  })
  if (!claimed) {
    const { status } = await readCopilotSummary(context, runId)
    throw stateConflict('RUN_ALREADY_STARTED', 'This run was started already', {
      path: 'run_id',
      message: `expected a run that was created and not started, run '${runId}' is ${status === 'CREATED' ? 'being started' : status}`,
    })
  }
  const input: Json = { intent: row.intent, wallet_address: row.wallet_address, chain_id: row.chain_id }
  try {
    const workflow = await keepWorkflow(context, COPILOT_WORKFLOW_ID, COPILOT_WORKFLOW as Json)
    const { driving } = await startRunOf(context, workflow, {
      runId: row.run_id,
      input,
      mode: 'auto',
      limits: { cost_limit_cents: null, llm_calls_limit: null, latency_slo_ms: null },
      app: null,
      parent: null,
    })
    // From its first moment a run that is killed is taken up again, and not one that was never started.
    await Promise.all([driving.commit(), settled(context, driving.settled)])
  } catch (error) {
    await database.transaction(tenantId, (session) => releaseStart(session, tenantId, runId))
    throw error
  }
  return readCopilotRun(context, runId)
}

async function settled({ engine }: EngineContext, driving: Promise<Error | null>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const enough = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), engine.settings.runWaitMs)
  })
  const failure = await Promise.race([driving, enough])
  clearTimeout(timer)
  if (failure) throw failure
}
