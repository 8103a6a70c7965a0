import type { Hash } from 'viem'
import { receiveEvent } from '../../../engine/runs/move-run.ts'
import type { OutsideReading } from '../../../engine/runs/perform-function.ts'
import { stateConflict } from '../../../lib/errors.ts'
import type { CopilotContext } from '../copilot.ts'
import { approvedPlan, type Proposal, wasHandedOut, wasMadeOtherwise } from '../runs/approved-plan.ts'
import { giveUpBatch, insertTransaction } from '../runs/copilot-rows.ts'
import { endedUnsent, isUnsent } from '../runs/copilot-status.ts'
import { goOn, otherStatus } from '../runs/move-copilot-run.ts'
import { type CopilotState, readCopilotRun } from '../runs/read-copilot-run.ts'
import { readSettled } from '../runs/refuse-moves.ts'
import type { SubmittedInput, SubmittedTransaction } from '../runs/schema.ts'
import { SUBMITTED_EVENT } from '../workflow.ts'
import { alreadySubmitted, batchOf, findPlace, findPlacesOfBatch, type Place } from './find-place.ts'
import { pollTransactions } from './poll-transactions.ts'

/**
 * Keeps the hash that a wallet answered for one of the transactions that were approved and handed out; without saying which, for
 * the one that the chain knows it as, or else the first that has none. With `txRequestIds` it is of one transaction in which the
 * wallet made all of these. It proves nothing yet: the chain is asked what the hash is. The same again changes nothing. Where a
 * hash stands that the chain does not know, or knows as something else, one that it knows as what was planned takes its place.
 *
 * @throws AppError 404; 409 RUN_NOT_APPROVED, NOT_HANDED_OUT, TRANSACTION_SUBMITTED; 422 for an id that is not of the plan; 502
 * where the chain would have to be asked and cannot be.
 */
export async function submitTransaction(
  context: CopilotContext,
  runId: string,
  input: SubmittedInput,
): Promise<CopilotState> {
  const state = await readCopilotRun(context, runId)
  const isOver = endedUnsent(state)
  if (!isOver && !REPORTABLE.has(state.status)) {
    throw otherStatus(state, 'RUN_NOT_APPROVED', 'a run whose plan was approved')
  }
  const hash = input.txHash.toLowerCase() as Hash
  if (isKnown(state, hash, input)) return state
  if (!wasHandedOut(state)) throw notHandedOut(runId)
  // One that turned out to be another than it was said to be may still be what it is said to be now.
  const elsewhere = state.transactions.find((one) => one.hash === hash && one.state !== 'MISMATCH')
  if (elsewhere) throw alreadySubmitted(runId, `'${hash}' stands for '${elsewhere.txRequestId}' and`)
  if (state.status === 'CONFIRMED') throw alreadySubmitted(runId, input.txRequestId ?? 'every transaction')
  const readings: OutsideReading[] = []
  const places = await placesOf(context, state, approvedPlan(state)!, input, { hash, readings })
  const { wasSettled } = await keepHash(context, state, { hash, places, input })
  if (wasSettled) {
    // Its record is closed: what the hash is, is asked at once and told from then on.
    await goOn(context, state.row.run_id)
    return pollTransactions(context, runId)
  }
  await receiveEvent(context, state.row.run_id, SUBMITTED_EVENT, toldOf(hash, places, input), { readings })
  return readCopilotRun(context, runId)
}

const REPORTABLE: ReadonlySet<string> = new Set(['APPROVED_READY', 'SUBMITTED', 'CONFIRMED'])

function isKnown({ transactions }: CopilotState, hash: Hash, { txRequestId, txRequestIds }: SubmittedInput) {
  if (txRequestIds) {
    const standing = batchOf(transactions, hash)
    const ids = standing.map((one) => one.txRequestId)
    return ids.join() === txRequestIds.join() && standing.every(stillCounts)
  }
  return transactions.some(
    (one) => one.hash === hash && stillCounts(one) && (!txRequestId || one.txRequestId === txRequestId),
  )
}

/** What a hash turned out not to be it may be by now: that is looked at once more. */
const stillCounts = (sent: SubmittedTransaction) => sent.state !== 'MISMATCH' || wasMadeOtherwise(sent)

async function placesOf(
  context: CopilotContext,
  state: CopilotState,
  plan: Proposal,
  { txRequestId, txRequestIds }: SubmittedInput,
  reported: { hash: Hash; readings: OutsideReading[] },
): Promise<Place[]> {
  if (txRequestIds) return findPlacesOfBatch(context, state, plan, { ...reported, txRequestIds })
  return [await findPlace(context, state, plan, { ...reported, txRequestId: txRequestId ?? null })]
}

type Kept = { hash: Hash; places: Place[]; input: SubmittedInput }

/** All of a batch is kept, or nothing. While the run is locked: nobody says at that moment that there is none. */
async function keepHash(
  { engine, principal }: CopilotContext,
  { row }: CopilotState,
  { hash, places, input }: Kept,
): Promise<{ wasSettled: boolean }> {
  const at = new Date(engine.kernel.clock.now())
  return engine.kernel.ledger.transaction(principal.tenantId, async (session) => {
    await session.lockHead(row.run_id)
    const settledAs = await readSettled(session, principal.tenantId, row.run_id)
    if (settledAs !== null && !isUnsent(settledAs)) throw hasEnded(row.run_id, settledAs)
    for (const [position, { request, insteadOf }] of places.entries()) {
      const kept = await insertTransaction(session, principal.tenantId, row.run_id, {
        txRequestId: request.txRequestId,
        chainId: row.chain_id,
        hash,
        insteadOf,
        submittedBy: input.submittedBy,
        batch: input.txRequestIds ? { position, size: places.length } : null,
        callsId: input.callsId ?? null,
        at,
      })
      if (!kept) throw alreadySubmitted(row.run_id, request.txRequestId)
    }
    for (const replaced of new Set(places.flatMap(({ insteadOf }) => insteadOf ?? []))) {
      if (replaced === hash) continue
      const detail = { reason: `another hash than ${replaced} was reported for a part of it`, searched: true }
      await giveUpBatch(session, principal.tenantId, row.run_id, { hash: replaced, detail, at })
    }
    return { wasSettled: settledAs !== null }
  })
}

const hasEnded = (runId: string, settledAs: string) =>
  stateConflict('RUN_ENDED', 'This run has ended', {
    path: 'run_id',
    message: `expected a run that waits for a wallet, run '${runId}' ended ${settledAs} at the same moment`,
  })

function toldOf(hash: Hash, places: Place[], { submittedBy, txRequestIds, callsId }: SubmittedInput) {
  const replaced = [...new Set(places.flatMap(({ insteadOf }) => insteadOf ?? []))]
  return {
    ...(txRequestIds ? { tx_request_ids: txRequestIds } : { tx_request_id: places[0]!.request.txRequestId }),
    hash,
    submitted_by: submittedBy,
    ...(callsId && { calls_id: callsId }),
    ...(replaced.length > 0 && { instead_of: replaced.length === 1 ? replaced[0]! : replaced }),
  }
}

const notHandedOut = (runId: string) =>
  stateConflict('NOT_HANDED_OUT', 'No wallet was given the transactions of this run', {
    path: 'run_id',
    message: `expected a run whose transactions were handed out; POST /v1/runs/${runId}/execute does, and nothing was sent of it before`,
  })
