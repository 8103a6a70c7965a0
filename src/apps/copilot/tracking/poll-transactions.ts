import type { Hash } from 'viem'
import { recordReadings, waitForRun } from '../../../engine/runs/move-run.ts'
import type { OutsideReading } from '../../../engine/runs/perform-function.ts'
import type { Json } from '../../../lib/canonical-json.ts'
import type { CopilotContext } from '../copilot.ts'
import { quotedReason } from '../policy/outcome.ts'
import { approvedPlan } from '../runs/approved-plan.ts'
import { endedUnsent } from '../runs/copilot-status.ts'
import { isMoved, otherStatus, tellRun, wasTold } from '../runs/move-copilot-run.ts'
import { type CopilotState, readCopilotRun } from '../runs/read-copilot-run.ts'
import { refuseOtherHashes } from '../runs/refuse-moves.ts'
import type { SubmittedTransaction } from '../runs/schema.ts'
import { countsUntil } from '../runs/spent-today.ts'
import type { TxRequest } from '../schema.ts'
import { SETTLED_EVENT } from '../workflow.ts'
import { compareRealised, minedOf } from './compare-realised.ts'
import { describeRealised } from './describe-realised.ts'
import { isCancelled, isTimeOver, mainOf } from './is-over-unsent.ts'
import { readLeftovers } from './read-leftovers.ts'
import { groupsOf, isNews, keepCancelled, keepReadings, readTogether, requestOf } from './read-together.ts'

/** Until the run is told, nothing is final: a chain may take back what it showed. */
const OPEN = new Set(['PENDING', 'MINED', 'REPLACED', 'CONFIRMED', 'REVERTED', 'DROPPED'])

/**
 * Asks the chain what became of the hashes of a run. The run is confirmed once every transaction of its plan is, and
 * reverted once one is; until then nothing is final. It is over as well where the wallet cancelled all that it was about. What was
 * asked is put on the record where it changed what is known; of a run that has ended without being sent only the hashes are told.
 *
 * @throws AppError 404; 409 RUN_NOT_SUBMITTED
 */
export async function pollTransactions(context: CopilotContext, runId: string): Promise<CopilotState> {
  const { confirmationsOf } = context.copilot
  const { kernel } = context.engine
  const state = await readCopilotRun(context, runId)
  if (state.status === 'RUNNING' && state.transactions.length > 0) {
    // Somebody else has just told it how it ended.
    await waitForRun(context, runId)
    return readCopilotRun(context, runId)
  }
  if (state.status === 'CONFIRMED' || state.status === 'REVERTED') return state
  const isOver = endedUnsent(state) && state.transactions.length > 0
  if (state.status !== 'SUBMITTED' && !isOver) {
    throw otherStatus(state, 'RUN_NOT_SUBMITTED', 'a run with a reported hash')
  }
  const plan = approvedPlan(state)!
  const heard: OutsideReading[] = []
  const decisive: OutsideReading[] = []
  const client = context.copilot.chains.clientOf(state.row.chain_id, (reading) => heard.push(reading))
  for (const together of groupsOf(state.transactions.filter((one) => OPEN.has(one.state)))) {
    const before = heard.length
    const readings = await readTogether(context, client, state, plan, together)
    await keepReadings(context, runId, together, readings)
    if (together.some((sent, index) => isNews(sent, readings[index]!))) decisive.push(...heard.slice(before))
  }
  const after = await readCopilotRun(context, runId)
  if (!isOpen(after)) return after
  const end = endOf(plan.tx_requests, after.transactions)
  const { tx_requests: requests } = plan
  const ofChain = {
    wallet: state.row.wallet_address,
    registry: context.copilot.chains.registryOf(state.row.chain_id),
  }
  const isGone = () => isCancelled(client, { requests, state: after }).catch(() => false)
  if (!end && (await isGone())) {
    const leftover_allowances = await readLeftovers(client, requests, ofChain)
    const isOver =
      (await isTimeOver(client, requests, confirmationsOf(state.row.chain_id)).catch(() => false)) &&
      // Until then it could still be sent.
      (await isGone())
    const told = {
      status: 'CANCELLED',
      reason: CANCELLED,
      transactions: after.transactions,
      leftover_allowances,
      // The bytes that were handed out hold on: signed under the next nonce they pay.
      ...(!isOver && { counts_until: countsUntil(mainOf(requests), kernel.clock.now()) }),
    }
    return settle(context, after, told as unknown as Json, heard)
  }
  if (!end) {
    await keepCancelled(context, after)
    return keepDecisive(context, after, decisive)
  }
  const mined = after.transactions.filter((one) => one.state === 'CONFIRMED' || one.state === 'REVERTED')
  const hashes = [...new Set(mined.map(({ hash }) => hash as Hash))]
  // Without them it cannot be told what really moved: the next time they are asked for again.
  const receipts = await Promise.all(hashes.map((hash) => client.getTransactionReceipt({ hash }))).catch(
    () => null,
  )
  if (!receipts) return keepDecisive(context, after, decisive)
  const realised = compareRealised(
    groupsOf(mined).map((together) => {
      const [{ hash }] = together
      const requests = together.map((sent) => requestOf(plan, sent))
      return minedOf(together, requests, receipts[hashes.indexOf(hash as Hash)]!)
    }),
    {
      ...ofChain,
      simulation: state.artifacts.simulation,
      quote: state.artifacts.quote,
    },
  )
  const settled = {
    status: end,
    transactions: after.transactions,
    realised,
    ...(end === 'CONFIRMED' && { summary: describeRealised(realised, { requests, ...ofChain }) }),
    ...(end === 'REVERTED' && {
      reason: undoneBecause(after.transactions),
      leftover_allowances: await readLeftovers(client, requests, ofChain),
    }),
  }
  return settle(context, after, settled as unknown as Json, heard)
}

function undoneBecause(transactions: SubmittedTransaction[]): string {
  const undone = transactions.filter(({ state }) => state === 'REVERTED')
  return undone
    .map(({ txRequestId, detail: { reason } }) =>
      typeof reason === 'string'
        ? `The chain undid ${txRequestId}, with the reason ${quotedReason(reason)}.`
        : `The chain undid ${txRequestId}, and does not say why.`,
    )
    .join(' ')
}

const CANCELLED =
  'The wallet had other transactions mined in the place of what was approved, which never will be. It spent nothing of it.'

/** Whoever looks at the same moment tells it too. It is told once, and where something else came between, the next time. */
async function settle(
  context: CopilotContext,
  state: CopilotState,
  told: Json,
  readings: OutsideReading[],
): Promise<CopilotState> {
  const { run_id: runId } = state.row
  const refuse = refuseOtherHashes(context, state)
  const telling = { atSeq: state.lastSeq, readings, refuse }
  await tellRun(context, runId, SETTLED_EVENT, told, telling).catch(orElsewhere)
  return readCopilotRun(context, runId)
}

const isOpen = (state: CopilotState) => state.status === 'SUBMITTED' && !wasTold(state, SETTLED_EVENT)

/** Whoever told how the run ended has put on the record what they asked. */
async function keepDecisive(
  context: CopilotContext,
  state: CopilotState,
  readings: OutsideReading[],
): Promise<CopilotState> {
  let seen = state
  while (isOpen(seen) && !(await recordReadings(context, seen.row.run_id, readings, seen.lastSeq))) {
    seen = await readCopilotRun(context, seen.row.run_id)
  }
  return seen
}

function orElsewhere(error: unknown): void {
  const { code } = error as { code?: string }
  if (!isMoved(error) && code !== 'RUN_ENDED') throw error
}

function endOf(requests: TxRequest[], sent: SubmittedTransaction[]): 'CONFIRMED' | 'REVERTED' | null {
  if (sent.some(({ state }) => state === 'REVERTED')) return 'REVERTED'
  const confirmed = new Set(
    sent.filter(({ state }) => state === 'CONFIRMED').map(({ txRequestId }) => txRequestId),
  )
  return requests.every(({ txRequestId }) => confirmed.has(txRequestId)) ? 'CONFIRMED' : null
}
