import type { OutsideReading } from '../../../engine/runs/perform-function.ts'
import type { Json } from '../../../lib/canonical-json.ts'
import { AppError, stateConflict } from '../../../lib/errors.ts'
import type { CopilotContext } from '../copilot.ts'
import { quoted, quotedReason } from '../policy/outcome.ts'
import { isOverUnsent, mainOf } from '../tracking/is-over-unsent.ts'
import { pollTransactions } from '../tracking/poll-transactions.ts'
import { SETTLED_EVENT } from '../workflow.ts'
import {
  approvedPlan,
  isUnproved,
  isVoid,
  type Proposal,
  wasHandedOut,
  wasMadeOtherwise,
} from './approved-plan.ts'
import { againIfMoved, requireStatus, tellRun } from './move-copilot-run.ts'
import { type CopilotState, readCopilotRun } from './read-copilot-run.ts'
import { refuseOtherHashes } from './refuse-moves.ts'
import type { SubmittedTransaction } from './schema.ts'
import { countsUntil } from './spent-today.ts'

type Said = { reviewer: string | null; reason: string | null }

/**
 * Takes somebody's word that a wallet has sent nothing of what it was handed: the run ends with who said so, and its bytes are
 * never handed out again. A word frees no cap. Where the chain proves it the plan is void and spends nothing; else it counts for a
 * day longer than it could have been mined by what is known, no shorter than if it had been confirmed now. What was made together
 * with something else, or cannot be proved, nobody could end otherwise: that too is ended so, and said as what it is.
 *
 * @throws AppError 404; 403 for who neither made the run, approved it, nor is an administrator; 409 RUN_NOT_APPROVED,
 * NOT_HANDED_OUT, TRANSACTIONS_SENT
 */
export const declareNotSent = (context: CopilotContext, runId: string, said: Said): Promise<CopilotState> =>
  againIfMoved(() => tryToDeclare(context, runId, said))

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
  refuseUninvolved(context, state)
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
  const told = isOver ? { status: 'VOID', reason: OVER } : notSent(context, state, plan, said)
  const refuse = refuseOtherHashes(context, state)
  const telling = { atSeq: state.lastSeq, readings, refuse }
  await tellRun(context, state.row.run_id, SETTLED_EVENT, told as Json, telling)
  return readCopilotRun(context, runId)
}

const OVER = 'The time for which the swap holds is over, and the wallet never sent it.'

function mayHaveMoved({ tx_requests: requests }: Proposal, sent: SubmittedTransaction): boolean {
  // Never to be mined, or locked for good: anything else may pay yet, or is proved.
  if (isVoid(sent) || isUnproved(sent)) return false
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

function notSent(
  { engine, principal }: CopilotContext,
  { transactions }: CopilotState,
  plan: Proposal,
  { reviewer, reason }: Said,
) {
  const who = reviewer ? `${principal.name} (as ${quoted(reviewer)})` : principal.name
  const because = reason ? `: ${quotedReason(reason)}.` : '.'
  const paid = transactions.filter((sent) => wasMadeOtherwise(sent) || isUnproved(sent))
  const what = [...new Set(paid.map(sayPaid))].join(' and ')
  return {
    status: 'NOT_SENT',
    reason: what
      ? `${who} ended it, while ${what}${because}`
      : `${who} says that nothing of it was sent${because}`,
    said_by: principal.id,
    counts_until: countsUntil(mainOf(plan.tx_requests), engine.kernel.clock.now()),
  }
}

const sayPaid = (sent: SubmittedTransaction): string =>
  wasMadeOtherwise(sent)
    ? `the wallet made what was approved together with something else in ${sent.hash}`
    : `what the wallet did in ${sent.hash} is mined and not proved`

/** It ends what somebody wished and somebody approved, for good: their word, or that of who looks after all. */
function refuseUninvolved({ principal }: CopilotContext, { row, events }: CopilotState): void {
  const { id, ownerId, kind, role } = principal
  if (ownerId === row.created_by_owner) return
  const isHuman = kind !== 'agent' && kind !== 'service'
  const hasApproved = events.some((event) => event.kind === 'approval_resolved' && event.actor === id)
  if (hasApproved || (isHuman && role === 'admin')) return
  const message = 'this run is ended by who made it, who approved it, or an administrator'
  throw new AppError({
    code: 'FORBIDDEN',
    status: 403,
    message,
    details: [{ path: 'run_id', message, type: 'permission_error', code: 'FORBIDDEN' }],
  })
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
