import type { Hash } from 'viem'
import { recordReadings, waitForRun } from '../../../engine/runs/move-run.ts'
import type { OutsideReading } from '../../../engine/runs/perform-function.ts'
import type { Json } from '../../../lib/canonical-json.ts'
import type { CopilotContext } from '../copilot.ts'
import { approvedPlan } from '../runs/approved-plan.ts'
import { updateTransaction } from '../runs/copilot-rows.ts'
import { isMoved, otherStatus, tellRun, wasTold } from '../runs/move-copilot-run.ts'
import { type CopilotState, readCopilotRun } from '../runs/read-copilot-run.ts'
import type { SubmittedTransaction } from '../runs/schema.ts'
import type { TxRequest } from '../schema.ts'
import { SETTLED_EVENT } from '../workflow.ts'
import { compareRealised } from './compare-realised.ts'
import type { Reading } from './read-mined.ts'
import { readTransaction } from './read-transaction.ts'

/** Until the run is told, nothing is final: a chain may take back what it showed. */
const OPEN = new Set(['PENDING', 'MINED', 'REPLACED', 'CONFIRMED', 'REVERTED', 'DROPPED'])

/**
 * Asks the chain what became of the hashes of a run. The run is confirmed once every transaction of its plan is, and
 * reverted once one is; until then nothing is final. What was asked is put on the record where it changed what is known.
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
  if (state.status !== 'SUBMITTED') {
    throw otherStatus(state, 'RUN_NOT_SUBMITTED', 'a run with a reported hash')
  }
  const plan = approvedPlan(state)!
  const heard: OutsideReading[] = []
  const decisive: OutsideReading[] = []
  const client = context.copilot.chains.clientOf(state.row.chain_id, (reading) => heard.push(reading))
  for (const sent of state.transactions.filter((one) => OPEN.has(one.state))) {
    const request = plan.tx_requests.find(({ txRequestId }) => txRequestId === sent.txRequestId)!
    const { wallet_address: wallet, chain_id: chainId } = state.row
    const before = heard.length
    const reading = await readTransaction(
      client,
      {
        request,
        wallet,
        chainId,
        hash: sent.hash as Hash,
        plannedAt: state.artifacts.simulation?.blockNumber ?? 0,
      },
      sent.detail,
      {
        confirmations: context.copilot.confirmationsOf(chainId),
        submittedAt: Date.parse(sent.submitted_at),
        now: context.engine.kernel.clock.now(),
      },
    ).catch(notAsked(context, chainId, sent))
    const { kind, recipient } = request.meta
    await keepReading(context, runId, sent, {
      ...reading,
      // Whom the wallet has paid is known from here on.
      detail: { ...reading.detail, ...(kind === 'TRANSFER' && recipient && { recipient }) },
    })
    if (reading.state !== sent.state || reading.hash) decisive.push(...heard.slice(before))
  }
  const after = await readCopilotRun(context, runId)
  const end = endOf(plan.tx_requests, after.transactions)
  if (!end || !isOpen(after)) return keepDecisive(context, after, decisive)
  const mined = after.transactions.filter((one) => one.state === 'CONFIRMED' || one.state === 'REVERTED')
  const asked = mined.map(({ hash }) => client.getTransactionReceipt({ hash: hash as Hash }))
  // Without them it cannot be told what really moved: the next time they are asked for again.
  const receipts = await Promise.all(asked).catch(() => null)
  if (!receipts) return keepDecisive(context, after, decisive)
  const realised = compareRealised(
    mined.map(({ txRequestId }, at) => ({
      request: plan.tx_requests.find((one) => one.txRequestId === txRequestId)!,
      receipt: receipts[at]!,
    })),
    {
      wallet: state.row.wallet_address,
      registry: context.copilot.chains.registryOf(state.row.chain_id),
      simulation: state.artifacts.simulation,
      quote: state.artifacts.quote,
    },
  )
  const settled = { status: end, transactions: after.transactions, realised } as unknown as Json
  // Whoever looks at the same moment tells it too. It is told once, and where something else came between, the next time.
  await tellRun(context, state.row.run_id, SETTLED_EVENT, settled, {
    atSeq: after.lastSeq,
    readings: heard,
  }).catch(orElsewhere)
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

/** What is known stays where the chain could not be asked, with why. */
const notAsked =
  ({ copilot }: CopilotContext, chainId: number, { state, detail }: SubmittedTransaction) =>
  (error: unknown): Reading => ({
    state,
    detail: {
      ...detail,
      reason: `the chain could not be asked: ${copilot.chains.explain(chainId, error).message}`,
    },
  })

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
