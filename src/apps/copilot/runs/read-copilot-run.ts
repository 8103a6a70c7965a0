import { loadRun } from '../../../engine/runs/continue-run.ts'
import type { EngineContext } from '../../../engine/runs/engine.ts'
import type { Progress } from '../../../engine/runs/progress.ts'
import type { ExecutionState } from '../../../kernel/ledger/execution-state.ts'
import type { LedgerEvent } from '../../../kernel/ledger/seal-event.ts'
import { notFound } from '../../../lib/errors.ts'
import { artifactsOf } from '../artifacts-of.ts'
import type { Artifacts } from '../schema.ts'
import { STEP_NAMES } from '../workflow.ts'
import { type CopilotRow, findCopilotRun, listTransactions } from './copilot-rows.ts'
import { nextStepOf } from './next-step.ts'
import type { CopilotRun, CopilotStatus, SubmittedTransaction } from './schema.ts'

/** A run of the copilot as it stands: what was asked, and what its events and the chain tell of it. */
export type CopilotState = {
  row: CopilotRow
  status: CopilotStatus
  execution: ExecutionState | null
  progress: Progress | null
  events: LedgerEvent[]
  artifacts: Artifacts
  transactions: SubmittedTransaction[]
}

/** @throws AppError 404 RUN_NOT_FOUND */
export async function readCopilotRun(
  { engine, principal }: EngineContext,
  runId: string,
): Promise<CopilotState> {
  const { tenantId } = principal
  const { database } = engine.kernel
  const known = UUID.test(runId)
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
  const artifacts = progress ? artifactsIn(progress) : {}
  return {
    row,
    status: wasRejected(loaded?.events ?? [])
      ? 'REJECTED'
      : statusOf(execution, progress, artifacts, transactions),
    execution,
    progress,
    events: loaded?.events ?? [],
    artifacts: { ...artifacts, ...(transactions.length > 0 && { txs: transactions }) },
    transactions,
  }
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export const copilotRunNotFound = (runId: string) =>
  notFound(
    'RUN_NOT_FOUND',
    'Run not found',
    'run_id',
    `no run of the copilot has the id '${runId}'; POST /v1/runs makes one`,
  )

function artifactsIn(progress: Progress): Artifacts {
  const outputs = [...progress.steps.values()]
    .filter(({ status }) => status === 'completed')
    .map(({ nodeId, output }) => ({ nodeId, output }))
  return artifactsOf(outputs, STEP_NAMES)
}

/** A human's no is for good: what the engine lets somebody try again is no longer the copilot's. */
const wasRejected = (events: LedgerEvent[]): boolean =>
  events.some(({ kind, payload }) => kind === 'step_failed' && payload.error_type === 'approval_rejected')

/** Where a run stands follows from its events and its transactions, and is stored nowhere else. */
function statusOf(
  execution: Pick<ExecutionState, 'status' | 'waiting'> | null,
  progress: Pick<Progress, 'steps'> | null,
  artifacts: Artifacts,
  transactions: Pick<SubmittedTransaction, 'state'>[],
): CopilotStatus {
  if (!execution || !progress) return 'CREATED'
  switch (execution.status) {
    case 'running':
      return 'RUNNING'
    case 'paused':
      return pausedAt(execution.waiting?.node_id ?? null, transactions)
    case 'cancelled':
      return 'REJECTED'
    case 'failed':
      return 'FAILED'
    case 'completed':
      return outcomeOf(progress, artifacts)
  }
}

function pausedAt(nodeId: string | null, transactions: Pick<SubmittedTransaction, 'state'>[]): CopilotStatus {
  if (nodeId === 'answers') return 'NEEDS_INPUT'
  if (nodeId === 'approval') return 'AWAITING_APPROVAL'
  if (nodeId === 'wallet') return transactions.length > 0 ? 'SUBMITTED' : 'APPROVED_READY'
  return 'PAUSED'
}

export const failureOf = (progress: Pick<Progress, 'steps'>) =>
  [...progress.steps.values()].find(({ status }) => status === 'failed') ?? null

function outcomeOf(progress: Pick<Progress, 'steps'>, artifacts: Artifacts): CopilotStatus {
  const settled = settledAs(progress)
  if (settled) {
    return settled.status === 'CONFIRMED' || settled.status === 'REVERTED' ? settled.status : 'FAILED'
  }
  const suggested = artifacts.final_status_suggested
  return suggested === 'BLOCKED' || suggested === 'NOOP' ? suggested : 'FAILED'
}

/** How it came out for the wallet, where it came so far. */
function settledAs({ steps }: Pick<Progress, 'steps'>): { status?: unknown; reason?: unknown } | null {
  const settled = [...steps.values()].findLast(
    ({ nodeId, status }) => nodeId === 'wallet' && status === 'completed',
  )
  return settled ? Object(settled.output) : null
}

function whyVoid(progress: Pick<Progress, 'steps'>): { code: string; message: string } | null {
  const settled = settledAs(progress)
  return settled?.status === 'VOID' ? { code: 'PLAN_VOID', message: String(settled.reason) } : null
}

/** As it is shown. */
export function presentCopilotRun(state: CopilotState, includeArtifacts: boolean): CopilotRun {
  const { row, status, progress, artifacts, events } = state
  const failed = progress && failureOf(progress)
  const fatal = artifacts.fatal_error ?? (progress && whyVoid(progress))
  return {
    id: row.run_id,
    intent: row.intent,
    walletAddress: row.wallet_address,
    chainId: row.chain_id,
    conversationId: row.conversation_id,
    status,
    final_status: artifacts.final_status_suggested ?? null,
    error_code: failed?.errorType?.toUpperCase() ?? fatal?.code ?? null,
    error_message: failed?.error ?? fatal?.message ?? null,
    current_step: currentStep(progress),
    next_step: nextStepOf(status, state.transactions),
    createdAt: row.created_at.toISOString(),
    updatedAt: events.at(-1)?.recordedAt ?? row.created_at.toISOString(),
    ...(includeArtifacts && { artifacts }),
  }
}

function currentStep(progress: Progress | null): string | null {
  const last = progress && [...progress.steps.values()].at(-1)
  if (!last) return null
  return STEP_NAMES[last.nodeId as keyof typeof STEP_NAMES] ?? OTHER_STEPS[last.nodeId] ?? last.nodeId
}

/** Steps that are not code, under the names that they are listed by. */
export const OTHER_STEPS: Record<string, string> = {
  answers: 'WAIT_FOR_ANSWERS',
  approval: 'HUMAN_APPROVAL',
  wallet: 'WALLET',
}
