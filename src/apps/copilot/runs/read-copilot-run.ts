import { loadRun } from '../../../engine/runs/continue-run.ts'
import type { EngineContext } from '../../../engine/runs/engine.ts'
import type { Progress } from '../../../engine/runs/progress.ts'
import type { ExecutionState } from '../../../kernel/ledger/execution-state.ts'
import type { LedgerEvent } from '../../../kernel/ledger/seal-event.ts'
import { artifactsOf } from '../artifacts-of.ts'
import { STEP_NAMES } from '../workflow.ts'
import { findCopilotRun, listTransactions } from './copilot-rows.ts'
import { factsIn, failureOf, outcomeAt, questionOf, statusOf } from './copilot-status.ts'
import { nextStepOf } from './next-step.ts'
import type { CopilotSummary } from './read-summary.ts'
import { copilotRunNotFound, isRunId } from './run-id.ts'
import type { CopilotRun, RunArtifacts } from './schema.ts'
import { denialIn, tellDenial } from './tell-denial.ts'
import { tellEnd } from './tell-end.ts'

/** A run of the copilot as it stands: what was asked, and what its events and the chain tell of it. */
export type CopilotState = CopilotSummary & {
  execution: ExecutionState | null
  progress: Progress | null
  events: LedgerEvent[]
  artifacts: RunArtifacts
}

/** Reads a run whole. @throws AppError 404 RUN_NOT_FOUND */
export async function readCopilotRun(
  { engine, principal }: EngineContext,
  runId: string,
): Promise<CopilotState> {
  const { tenantId } = principal
  const { database } = engine.kernel
  const known = isRunId(runId)
    ? await database.transaction(tenantId, async (session) => ({
        row: await findCopilotRun(session, tenantId, runId),
        transactions: await listTransactions(session, tenantId, runId),
      }))
    : { row: undefined, transactions: [] }
  const { row, transactions } = known
  if (!row) throw copilotRunNotFound(runId)
  const loaded = await loadRun(engine, tenantId, row.run_id)
  const execution = loaded?.execution ?? null
  const progress = loaded?.progress ?? null
  const events = loaded?.events ?? []
  const { summary = null, ...artifacts } = progress ? artifactsIn(progress) : {}
  const run = factsIn(execution, events)
  const status = statusOf(run, transactions)
  const newest = events.at(-1)
  const failure = failureOf(run, artifacts.fatal_error ?? null)
  const leftovers = artifacts.leftover_allowances ?? []
  const nextStep = nextStepOf({ status, failure, transactions, leftovers })
  const denial = denialIn(events)
  const ended = tellEnd(artifacts, { status, failure, events, summary, nextStep })
  const told = denial === null ? ended : tellDenial(ended, denial)
  return {
    row,
    status,
    finalStatus: outcomeAt(status, artifacts.final_status_suggested ?? null),
    questionId: questionOf(run),
    failure,
    lastNode: progress ? ([...progress.steps.values()].at(-1)?.nodeId ?? null) : null,
    updatedAt: newest?.recordedAt ?? row.created_at.toISOString(),
    lastSeq: newest?.seq ?? 0,
    execution,
    progress,
    events,
    artifacts: { ...told, ...(transactions.length > 0 && { txs: transactions }) },
    transactions,
    leftovers,
  }
}

function artifactsIn(progress: Progress): RunArtifacts & { summary?: string } {
  const outputs = [...progress.steps.values()]
    .filter(({ status }) => status === 'completed')
    .map(({ nodeId, output }) => ({ nodeId, output }))
  const told = outputs.findLast(({ nodeId }) => nodeId === 'wallet')?.output
  const { realised, leftover_allowances: leftovers, summary } = Object(told) as Settled
  return {
    ...artifactsOf(outputs, STEP_NAMES),
    ...(realised && { realised }),
    ...(leftovers && { leftover_allowances: leftovers }),
    ...(summary && { summary }),
  }
}

/** What is found out once its transactions were mined. */
type Settled = Pick<RunArtifacts, 'realised' | 'leftover_allowances'> & { summary?: string }

/** As it is shown. */
export function presentCopilotRun(summary: CopilotSummary, artifacts?: RunArtifacts): CopilotRun {
  const { row, status, finalStatus, questionId, failure, lastNode, updatedAt } = summary
  return {
    id: row.run_id,
    intent: row.intent,
    wallet_address: row.wallet_address,
    chain_id: row.chain_id,
    conversation_id: row.conversation_id,
    status,
    final_status: finalStatus,
    error_code: failure?.code ?? null,
    error_message: failure?.message ?? null,
    current_step: lastNode === null ? null : stepNameOf(lastNode),
    question_id: questionId,
    next_step: nextStepOf(summary),
    created_at: row.created_at.toISOString(),
    updated_at: updatedAt,
    ...(artifacts && { artifacts }),
  }
}

/** The name that the step of a node is listed by. */
export const stepNameOf = (nodeId: string): string =>
  STEP_NAMES[nodeId as keyof typeof STEP_NAMES] ?? OTHER_STEPS[nodeId] ?? nodeId

/** Steps that are not code. */
const OTHER_STEPS: Record<string, string> = {
  answers: 'WAIT_FOR_ANSWERS',
  approval: 'HUMAN_APPROVAL',
  wallet: 'WALLET',
}
