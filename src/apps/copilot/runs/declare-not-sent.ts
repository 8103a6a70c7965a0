import type { OutsideReading } from '../../../engine/runs/perform-function.ts'
import type { Json } from '../../../lib/canonical-json.ts'
import { stateConflict } from '../../../lib/errors.ts'
import type { CopilotContext } from '../copilot.ts'
import { isOverUnsent, mainOf } from '../tracking/is-over-unsent.ts'
import { pollTransactions } from '../tracking/poll-transactions.ts'
import { SETTLED_EVENT } from '../workflow.ts'
import { approvedPlan, type Proposal, wasHandedOut, wasMadeOtherwise } from './approved-plan.ts'
import { isMoved, requireStatus, tellRun } from './move-copilot-run.ts'
import { type CopilotState, readCopilotRun } from './read-copilot-run.ts'
import type { SubmittedTransaction } from './schema.ts'
import { DAY_MS } from './spent-today.ts'

type Said = { reviewer: string | null; reason: string | null }

/** So often a run is looked at again because something else happened to it between look and word. */
const ATTEMPTS = 5

/**
 * Takes somebody's word that a wallet has sent nothing of what it was handed: the run ends with who said so, and its bytes are
 * never handed out again. A word frees no cap. Where the chain proves it the plan is void and spends nothing; else it counts for a
 * day longer than it could have been mined by what is known, no shorter than if it had been confirmed now.
 *
 * @throws AppError 404; 409 RUN_NOT_APPROVED, NOT_HANDED_OUT, TRANSACTIONS_SENT
 */
export async function declareNotSent(
  context: CopilotContext,
  runId: string,
  said: Said,
): Promise<CopilotState> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryToDeclare(context, runId, said)
    } catch (error) {
      if (!isMoved(error) || attempt === ATTEMPTS) throw error
    }
  }
}

async function tryToDeclare(context: CopilotContext, runId: string, said: Said): Promise<CopilotState> {
  const look = () =>
    requireStatus(
      context,
      runId,
      ['APPROVED_READY', 'SUBMITTED'],
      'RUN_NOT_APPROVED',
      'a run whose plan was approved',
    )
  let state = await look()
  if (!wasHandedOut(state)) throw notHandedOut(runId)
  // What was given up may have been mined since.
  if (state.transactions.length > 0) {
    await pollTransactions(context, runId)
    state = await look()
  }
  const plan = approvedPlan(state)!
  const sent = state.transactions.find((one) => mayHaveMoved(plan, one))
  if (sent) throw wasSent(runId, sent)
  const readings: OutsideReading[] = []
  const isOver = await isProved(context, state, plan, readings)
  const told = isOver ? { status: 'VOID', reason: OVER } : notSent(context, plan, said)
  await tellRun(context, state.row.run_id, SETTLED_EVENT, told as Json, { atSeq: state.lastSeq, readings })
  return readCopilotRun(context, runId)
}

const OVER = 'The time for which the swap holds is over, and the wallet never sent it.'

/** Never to be mined: anything else may have paid already, or pay yet. */
const GONE: ReadonlySet<string> = new Set(['MISMATCH', 'DROPPED', 'CANCELLED'])

function mayHaveMoved({ tx_requests: requests }: Proposal, sent: SubmittedTransaction): boolean {
  if (GONE.has(sent.state)) return wasMadeOtherwise(sent)
  return sent.state !== 'CONFIRMED' || mainOf(requests).some((one) => one.txRequestId === sent.txRequestId)
}

function isProved(
  { copilot }: CopilotContext,
  state: CopilotState,
  { tx_requests: requests }: Proposal,
  readings: OutsideReading[],
): Promise<boolean> {
  const { chain_id: chainId } = state.row
  const client = copilot.chains.clientOf(chainId, (reading) => readings.push(reading))
  const confirmations = copilot.confirmationsOf(chainId)
  return isOverUnsent(client, { requests, state, confirmations }).catch(() => false)
}

function notSent({ engine, principal }: CopilotContext, plan: Proposal, { reviewer, reason }: Said) {
  const now = engine.kernel.clock.now()
  const deadlines = mainOf(plan.tx_requests).map(({ meta: { deadline = 0 } }) => deadline * 1000)
  const who = reviewer ?? principal.name
  return {
    status: 'NOT_SENT',
    reason: `${who} says that nothing of it was sent${reason ? `: ${reason}` : '.'}`,
    said_by: principal.id,
    counts_until: new Date(Math.max(now, ...deadlines) + DAY_MS).toISOString(),
  }
}

const notHandedOut = (runId: string) =>
  stateConflict('NOT_HANDED_OUT', 'No wallet was given the transactions of this run', {
    path: 'run_id',
    message: `expected a run whose transactions were handed out; POST /runs/${runId}/cancel ends one whose were not`,
  })

const wasSent = (runId: string, { txRequestId, hash, state }: SubmittedTransaction) =>
  stateConflict('TRANSACTIONS_SENT', 'A transaction of this run was sent', {
    path: 'run_id',
    message: `expected a run of which nothing was sent, '${txRequestId}' of run '${runId}' is ${state} as ${hash}; POST /v1/runs/${runId}/poll_tx tells what becomes of it`,
  })
