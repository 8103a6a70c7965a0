import type { Hash } from 'viem'
import { receiveEvent } from '../../../engine/runs/move-run.ts'
import type { OutsideReading } from '../../../engine/runs/perform-function.ts'
import { AppError, stateConflict } from '../../../lib/errors.ts'
import type { CopilotContext } from '../copilot.ts'
import { approvedPlan, openRequests, type Proposal, wasHandedOut } from '../runs/approved-plan.ts'
import { insertTransaction } from '../runs/copilot-rows.ts'
import { requireStatus } from '../runs/move-copilot-run.ts'
import { type CopilotState, readCopilotRun } from '../runs/read-copilot-run.ts'
import type { SubmittedInput, SubmittedTransaction } from '../runs/schema.ts'
import type { TxRequest } from '../schema.ts'
import { SUBMITTED_EVENT } from '../workflow.ts'
import { standsFor } from './read-transaction.ts'

/**
 * Keeps the hash that a wallet answered for one of the transactions that were approved and handed out; without saying which, for
 * the one that the chain knows it as, or else the first that has none. It proves nothing yet: the chain is asked what the hash is.
 * The same again changes nothing. Where a hash stands that the chain does not know, or knows as something else, one that it knows
 * as the planned transaction takes its place at once.
 *
 * @throws AppError 404; 409 RUN_NOT_APPROVED, NOT_HANDED_OUT, TRANSACTION_SUBMITTED; 422 for an id that is not of the plan; 502
 * where the chain would have to be asked and cannot be.
 */
export async function submitTransaction(
  context: CopilotContext,
  runId: string,
  { txHash, submittedBy, txRequestId }: SubmittedInput,
): Promise<CopilotState> {
  const { engine, principal } = context
  const state = await requireStatus(
    context,
    runId,
    ['APPROVED_READY', 'SUBMITTED', 'CONFIRMED'],
    'RUN_NOT_APPROVED',
    'a run whose plan was approved',
  )
  const hash = txHash.toLowerCase() as Hash
  const known = state.transactions.find(
    (one) => one.hash === hash && (!txRequestId || one.txRequestId === txRequestId),
  )
  if (known) return state
  if (!wasHandedOut(state)) throw notHandedOut(runId)
  // One that turned out to be another than it was said to be may still be what it is said to be now.
  const elsewhere = state.transactions.find((one) => one.hash === hash && one.state !== 'MISMATCH')
  if (elsewhere) throw alreadySubmitted(runId, `'${hash}' stands for '${elsewhere.txRequestId}' and`)
  if (state.status === 'CONFIRMED') throw alreadySubmitted(runId, txRequestId ?? 'every transaction')
  const plan = approvedPlan(state)!
  if (txRequestId && !plan.tx_requests.some((request) => request.txRequestId === txRequestId)) {
    throw unknownTransaction(plan, txRequestId)
  }
  const readings: OutsideReading[] = []
  const place = await findPlace(context, state, plan, { hash, txRequestId: txRequestId ?? null, readings })
  const at = new Date(engine.kernel.clock.now())
  const kept = await engine.kernel.database.transaction(principal.tenantId, (session) =>
    insertTransaction(session, principal.tenantId, state.row.run_id, {
      txRequestId: place.request.txRequestId,
      chainId: state.row.chain_id,
      hash,
      insteadOf: place.insteadOf,
      submittedBy,
      at,
    }),
  )
  if (!kept) throw alreadySubmitted(runId, place.request.txRequestId)
  const told = {
    tx_request_id: place.request.txRequestId,
    hash,
    submitted_by: submittedBy,
    ...(place.insteadOf && { instead_of: place.insteadOf }),
  }
  await receiveEvent(context, state.row.run_id, SUBMITTED_EVENT, told, { readings })
  return readCopilotRun(context, runId)
}

/** `insteadOf` is the hash that stood there and counts no longer. */
type Place = { request: TxRequest; insteadOf: string | null }
type Reported = { hash: Hash; txRequestId: string | null; readings: OutsideReading[] }

/** Which transaction of the plan a hash is for. The chain is asked only where other hashes stand already. */
async function findPlace(
  { copilot: { chains } }: CopilotContext,
  state: CopilotState,
  plan: Proposal,
  { hash, txRequestId, readings }: Reported,
): Promise<Place> {
  const open = openRequests(plan, state)
  const wanted = plan.tx_requests.filter((request) => !txRequestId || request.txRequestId === txRequestId)
  const free = wanted.find((request) => open.includes(request))
  if (free && (txRequestId || state.transactions.length === 0)) return { request: free, insteadOf: null }

  const { wallet_address: wallet, chain_id: chainId, run_id: runId } = state.row
  const client = chains.clientOf(chainId, (reading) => readings.push(reading))
  const plannedAt = state.artifacts.simulation?.blockNumber ?? 0
  const isKnownAs = (request: TxRequest, one: string) =>
    standsFor(client, { request, wallet, chainId, hash: one as Hash, plannedAt })
  const standing = (request: TxRequest): SubmittedTransaction | undefined =>
    open.includes(request)
      ? undefined
      : state.transactions.find((one) => one.txRequestId === request.txRequestId)
  let isTaken = false
  try {
    for (const request of wanted) {
      if (!(await isKnownAs(request, hash))) continue
      const before = standing(request)
      isTaken = before !== undefined && (await isKnownAs(request, before.hash))
      if (isTaken) break
      return { request, insteadOf: before?.hash ?? null }
    }
  } catch (error) {
    // Where there is a place for it anyway, what it is can be asked later.
    if (!free) throw chains.explain(chainId, error)
  }
  if (free && !isTaken) return { request: free, insteadOf: null }
  throw alreadySubmitted(runId, txRequestId ?? 'every transaction')
}

const notHandedOut = (runId: string) =>
  stateConflict('NOT_HANDED_OUT', 'No wallet was given the transactions of this run', {
    path: 'run_id',
    message: `expected a run whose transactions were handed out; POST /v1/runs/${runId}/execute does, and nothing was sent of it before`,
  })

const alreadySubmitted = (runId: string, what: string) =>
  stateConflict('TRANSACTION_SUBMITTED', 'A hash was reported for this transaction already', {
    path: 'txRequestId',
    message: `expected a transaction of run '${runId}' without a hash, ${what} has one; POST /v1/runs/${runId}/poll_tx tells what became of it`,
  })

function unknownTransaction({ tx_requests: requests }: Proposal, wanted: string): AppError {
  const ids = requests.map((request) => request.txRequestId).join(', ')
  const message = `expected the id of a transaction of this plan (${ids}), got '${wanted}'`
  return new AppError({
    code: 'UNKNOWN_TRANSACTION',
    status: 422,
    message: 'No transaction of this plan has that id',
    details: [{ path: 'txRequestId', message, type: 'value_error', code: 'UNKNOWN_TRANSACTION' }],
  })
}
