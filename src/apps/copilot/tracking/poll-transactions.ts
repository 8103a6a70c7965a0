import type { Hash, PublicClient } from 'viem'
import { recordReadings, waitForRun } from '../../../engine/runs/move-run.ts'
import type { OutsideReading } from '../../../engine/runs/perform-function.ts'
import type { Json } from '../../../lib/canonical-json.ts'
import type { CopilotContext } from '../copilot.ts'
import { quotedReason } from '../policy/outcome.ts'
import { approvedPlan, type Proposal } from '../runs/approved-plan.ts'
import { updateTransaction } from '../runs/copilot-rows.ts'
import { endedUnsent } from '../runs/copilot-status.ts'
import { isMoved, otherStatus, tellRun, wasTold } from '../runs/move-copilot-run.ts'
import { type CopilotState, readCopilotRun } from '../runs/read-copilot-run.ts'
import type { SubmittedTransaction } from '../runs/schema.ts'
import type { TxRequest } from '../schema.ts'
import { SETTLED_EVENT } from '../workflow.ts'
import { compareRealised, minedOf } from './compare-realised.ts'
import { describeRealised } from './describe-realised.ts'
import { batchOf, plannedBy } from './find-place.ts'
import { isCancelled } from './is-over-unsent.ts'
import { readBatch } from './read-batch.ts'
import { readLeftovers } from './read-leftovers.ts'
import type { Reading } from './read-mined.ts'
import { readTransaction } from './read-transaction.ts'

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
    for (const [index, sent] of together.entries()) {
      const reading = readings[index]!
      const { kind, recipient } = requestOf(plan, sent).meta
      await keepReading(context, runId, sent, {
        ...reading,
        // Whom the wallet has paid is known from here on.
        detail: { ...reading.detail, ...(kind === 'TRANSFER' && recipient && { recipient }) },
      })
    }
    const isNews = together.some((sent, index) => readings[index]!.state !== sent.state)
    if (isNews || readings.some(({ hash }) => hash)) decisive.push(...heard.slice(before))
  }
  const after = await readCopilotRun(context, runId)
  if (!isOpen(after)) return after
  const end = endOf(plan.tx_requests, after.transactions)
  const { tx_requests: requests } = plan
  const ofChain = {
    wallet: state.row.wallet_address,
    registry: context.copilot.chains.registryOf(state.row.chain_id),
  }
  if (!end && (await isCancelled(client, { requests, state: after }).catch(() => false))) {
    const leftover_allowances = await readLeftovers(client, requests, ofChain)
    const { transactions } = after
    const told = { status: 'CANCELLED', reason: CANCELLED, transactions, leftover_allowances }
    return settle(context, after, told as unknown as Json, heard)
  }
  if (!end) return keepDecisive(context, after, decisive)
  const mined = after.transactions.filter((one) => one.state === 'CONFIRMED' || one.state === 'REVERTED')
  const hashes = [...new Set(mined.map(({ hash }) => hash as Hash))]
  // Without them it cannot be told what really moved: the next time they are asked for again.
  const receipts = await Promise.all(hashes.map((hash) => client.getTransactionReceipt({ hash }))).catch(
    () => null,
  )
  if (!receipts) return keepDecisive(context, after, decisive)
  const { wallet } = ofChain
  const realised = compareRealised(
    groupsOf(mined).map((together) => {
      const [{ hash }] = together
      const requests = together.map((sent) => requestOf(plan, sent))
      return minedOf(together, requests, receipts[hashes.indexOf(hash as Hash)]!, wallet)
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
  { row: { run_id: runId }, lastSeq }: CopilotState,
  told: Json,
  readings: OutsideReading[],
): Promise<CopilotState> {
  await tellRun(context, runId, SETTLED_EVENT, told, { atSeq: lastSeq, readings }).catch(orElsewhere)
  return readCopilotRun(context, runId)
}

const requestOf = ({ tx_requests: requests }: Proposal, { txRequestId }: SubmittedTransaction): TxRequest =>
  requests.find((request) => request.txRequestId === txRequestId)!

type Together = [SubmittedTransaction, ...SubmittedTransaction[]]

/** What one transaction carries together; most carry one request. */
const groupsOf = (transactions: SubmittedTransaction[]): Together[] =>
  transactions.flatMap((sent): Together[] => {
    if (!sent.batch) return [[sent]]
    const together = batchOf(transactions, sent.hash)
    return together[0] === sent ? [together as Together] : []
  })

/** How each of what one transaction carries stands. What is known stays where the chain could not be asked, with why. */
async function readTogether(
  { copilot, engine }: CopilotContext,
  client: PublicClient,
  state: CopilotState,
  plan: Proposal,
  together: Together,
): Promise<Reading[]> {
  const [{ hash, batch, submitted_at: submittedAt, detail }] = together
  const planned = { hash: hash as Hash, ...plannedBy(state) }
  const options = {
    confirmations: copilot.confirmationsOf(planned.chainId),
    submittedAt: Date.parse(submittedAt),
    now: engine.kernel.clock.now(),
  }
  const requests = together.map((sent) => requestOf(plan, sent))
  const details = together.map((sent) => sent.detail)
  try {
    if (batch) return await readBatch(client, { requests, ...planned }, details, options)
    return [await readTransaction(client, { request: requests[0]!, ...planned }, detail, options)]
  } catch (error) {
    const reason = `the chain could not be asked: ${copilot.chains.explain(planned.chainId, error).message}`
    return together.map((sent) => ({ state: sent.state, detail: { ...sent.detail, reason } }))
  }
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

/** A transaction that another run has already is none of this one's. */
async function keepReading(
  { engine, principal }: CopilotContext,
  runId: string,
  { txRequestId, hash }: SubmittedTransaction,
  { state, detail, hash: newHash }: Reading,
): Promise<void> {
  const { database, clock } = engine.kernel
  const write = (change: Omit<Reading, 'hash'> & { newHash?: string | undefined }) =>
    database.transaction(principal.tenantId, (session) =>
      updateTransaction(session, principal.tenantId, runId, {
        txRequestId,
        hash,
        ...change,
        at: new Date(clock.now()),
      }),
    )
  try {
    await write({ state, detail, newHash })
  } catch (error) {
    if ((error as { code?: string }).code !== UNIQUE_VIOLATION) throw error
    await write({ state: 'MISMATCH', detail: { reason: 'this transaction stands for another run already' } })
  }
}

const UNIQUE_VIOLATION = '23505'

function endOf(requests: TxRequest[], sent: SubmittedTransaction[]): 'CONFIRMED' | 'REVERTED' | null {
  if (sent.some(({ state }) => state === 'REVERTED')) return 'REVERTED'
  const confirmed = new Set(
    sent.filter(({ state }) => state === 'CONFIRMED').map(({ txRequestId }) => txRequestId),
  )
  return requests.every(({ txRequestId }) => confirmed.has(txRequestId)) ? 'CONFIRMED' : null
}
