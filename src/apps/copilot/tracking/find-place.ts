import type { Hash, PublicClient } from 'viem'
import type { OutsideReading } from '../../../engine/runs/perform-function.ts'
import { AppError, stateConflict } from '../../../lib/errors.ts'
import type { CopilotContext } from '../copilot.ts'
import { isLocked, isVoid, openRequests, type Proposal } from '../runs/approved-plan.ts'
import type { CopilotState } from '../runs/read-copilot-run.ts'
import type { SubmittedTransaction } from '../runs/schema.ts'
import type { TxRequest } from '../schema.ts'
import { standsForBatch } from './read-batch.ts'
import { transactionOf } from './read-mined.ts'
import { standsFor } from './read-transaction.ts'

/** `insteadOf` is the hash that stood there and counts no longer. */
export type Place = { request: TxRequest; insteadOf: string | null }

type Reported = { hash: Hash; readings: OutsideReading[] }

/**
 * Which transaction of the plan a hash is for. The chain is asked only where other hashes stand already.
 *
 * @throws AppError 409 TRANSACTION_SUBMITTED; 422 for an id that is not of the plan; 502.
 */
export async function findPlace(
  { copilot: { chains } }: CopilotContext,
  state: CopilotState,
  plan: Proposal,
  { hash, txRequestId, readings }: Reported & { txRequestId: string | null },
): Promise<Place> {
  const open = freeRequests(plan, state)
  const wanted = txRequestId ? [requestOf(plan, txRequestId)] : plan.tx_requests
  const free = wanted.find((request) => open.includes(request))
  if (free && (txRequestId || state.transactions.length === 0)) return { request: free, insteadOf: null }

  const { chain_id: chainId, run_id: runId } = state.row
  const client = chains.clientOf(chainId, (reading) => readings.push(reading))
  let isTaken = false
  try {
    for (const request of wanted) {
      if (!(await standsFor(client, { request, hash, ...plannedBy(state, plan) }))) continue
      const before = open.includes(request) ? null : standingOf(state, request)
      isTaken = before !== null && (await stillStands(client, state, plan, before))
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

/**
 * The places of the requests that one transaction is said to carry. Where a hash stands for one of them that the chain does not
 * know as it, the batch takes its place if the chain knows that.
 *
 * @throws AppError 409 TRANSACTION_SUBMITTED; 422 for an id that is not of the plan, or ids in another order than the plan's; 502.
 */
export async function findPlacesOfBatch(
  { copilot: { chains } }: CopilotContext,
  state: CopilotState,
  plan: Proposal,
  { hash, txRequestIds, readings }: Reported & { txRequestIds: string[] },
): Promise<Place[]> {
  const wanted = txRequestIds.map((id) => requestOf(plan, id))
  const inOrder = plan.tx_requests.filter((request) => wanted.includes(request))
  if (inOrder.some((request, index) => request !== wanted[index])) throw otherOrder(inOrder, txRequestIds)
  const open = freeRequests(plan, state)
  const taken = wanted.filter((request) => !open.includes(request))
  if (taken.length === 0) return wanted.map((request) => ({ request, insteadOf: null }))

  const { chain_id: chainId, run_id: runId } = state.row
  const client = chains.clientOf(chainId, (reading) => readings.push(reading))
  try {
    if (!(await standsForBatch(client, { requests: wanted, hash, ...plannedBy(state, plan) }))) {
      throw alreadySubmitted(runId, taken[0]!.txRequestId)
    }
    for (const request of taken) {
      if (await stillStands(client, state, plan, standingOf(state, request)!)) {
        throw alreadySubmitted(runId, request.txRequestId)
      }
    }
  } catch (error) {
    throw chains.explain(chainId, error)
  }
  return wanted.map((request) => ({
    request,
    insteadOf: taken.includes(request) ? standingOf(state, request)!.hash : null,
  }))
}

/** Where the requests of a batch stand, those that one transaction carries together. */
export const batchOf = (transactions: SubmittedTransaction[], hash: string): SubmittedTransaction[] =>
  transactions
    .filter((one) => one.hash === hash && one.batch !== null)
    .sort((one, other) => one.batch!.position - other.batch!.position)

/** What a transaction of a run is held against. */
export const plannedBy = (
  { row: { wallet_address: wallet, chain_id: chainId }, artifacts }: CopilotState,
  { tx_requests: plan }: Proposal,
) => ({ plan, wallet, chainId, plannedAt: artifacts.simulation?.blockNumber ?? 0 })

/** Those that any hash may be reported for. */
const freeRequests = (plan: Proposal, state: CopilotState): TxRequest[] =>
  openRequests(plan, state).filter((request) => {
    const standing = standingOf(state, request)
    return standing === null || !isLocked(standing)
  })

const standingOf = ({ transactions }: CopilotState, { txRequestId }: TxRequest) =>
  transactions.find((one) => one.txRequestId === txRequestId) ?? null

/** What a poll saw on the chain. */
const SEEN: ReadonlySet<string> = new Set(['MINED', 'REPLACED'])

/** Whether the chain knows what was reported before as what it was said to be. */
async function stillStands(
  client: PublicClient,
  state: CopilotState,
  plan: Proposal,
  standing: SubmittedTransaction,
): Promise<boolean> {
  const { txRequestId, hash, batch, detail } = standing
  if (isVoid(standing)) return false
  // What could not be looked into proves nothing beside what the chain knows as what was planned.
  if (SEEN.has(standing.state)) return detail.untraced_at === undefined
  const planned = { hash: hash as Hash, ...plannedBy(state, plan) }
  // What a node showed of a batch may be mined yet.
  if (batch || detail.sent_by !== undefined) return (await transactionOf(client, planned.hash)) !== null
  return standsFor(client, { request: requestOf(plan, txRequestId), ...planned })
}

function requestOf({ tx_requests: requests }: Proposal, wanted: string): TxRequest {
  const request = requests.find(({ txRequestId }) => txRequestId === wanted)
  if (request) return request
  const ids = requests.map(({ txRequestId }) => txRequestId).join(', ')
  const message = `expected the id of a transaction of this plan (${ids}), got '${wanted}'`
  throw badId('No transaction of this plan has that id', message)
}

const otherOrder = (expected: TxRequest[], got: string[]) =>
  badId(
    'The plan has these transactions in another order',
    `expected ${expected.map(({ txRequestId }) => txRequestId).join(', ')}, got ${got.join(', ')}`,
  )

const badId = (message: string, detail: string) =>
  new AppError({
    code: 'UNKNOWN_TRANSACTION',
    status: 422,
    message,
    details: [{ path: 'txRequestId', message: detail, type: 'value_error', code: 'UNKNOWN_TRANSACTION' }],
  })

export const alreadySubmitted = (runId: string, what: string) =>
  stateConflict('TRANSACTION_SUBMITTED', 'A hash was reported for this transaction already', {
    path: 'txRequestId',
    message: `expected a transaction of run '${runId}' without a hash, ${what} has one; POST /v1/runs/${runId}/poll_tx tells what became of it`,
  })
