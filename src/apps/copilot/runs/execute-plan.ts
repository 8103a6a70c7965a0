import { receiveEvent, recordReadings } from '../../../engine/runs/move-run.ts'
import type { OutsideReading } from '../../../engine/runs/perform-function.ts'
import type { Json } from '../../../lib/canonical-json.ts'
import { stateConflict } from '../../../lib/errors.ts'
import { readHead } from '../../../web3/simulate/read-head.ts'
import { simulateRequests } from '../../../web3/simulate/simulate-requests.ts'
import type { TxRequest as Web3Request } from '../../../web3/transactions/transaction-request.ts'
import type { CopilotContext } from '../copilot.ts'
import { nextBlockTime } from '../next-block-time.ts'
import type { Artifacts, Simulation, TxRequest } from '../schema.ts'
import { isOverUnsent } from '../tracking/is-over-unsent.ts'
import { pollTransactions } from '../tracking/poll-transactions.ts'
import { HANDED_OUT_EVENT, SETTLED_EVENT } from '../workflow.ts'
import { approvedPlan, type Proposal, sendableRequests, wasHandedOut } from './approved-plan.ts'
import { againIfMoved, requireStatus, tellRun, wasTold } from './move-copilot-run.ts'
import { type CopilotState, readCopilotRun } from './read-copilot-run.ts'
import { refuseOtherHashes } from './refuse-moves.ts'

/**
 * The transactions that were approved and that no hash was reported for, byte for byte and in their order. They are simulated
 * once more first, on the chain as it is now. What would no longer do the same is void, unless it was handed out before: then a
 * wallet may have sent it, and only its hash can tell, or the chain once its time is over and the wallet has sent nothing of it.
 *
 * @throws AppError 404; 409 RUN_NOT_APPROVED, ALREADY_SENT, PLAN_VOID, PLAN_STALE, and PLAN_NOT_SIMULATED where the chain cannot
 * be asked: try again.
 */
export const executePlan = (context: CopilotContext, runId: string): Promise<Executed> =>
  againIfMoved(() => tryToExecute(context, runId))

type Executed = { state: CopilotState; plan: Proposal; handedOutBefore: boolean }

async function tryToExecute(context: CopilotContext, runId: string): Promise<Executed> {
  const look = () =>
    requireStatus(
      context,
      runId,
      ['APPROVED_READY', 'SUBMITTED'],
      'RUN_NOT_APPROVED',
      'a run whose plan was approved',
    )
  let state = await look()
  // What was given up may have been mined since.
  if (state.transactions.some((sent) => sent.state === 'DROPPED') && !wasTold(state, SETTLED_EVENT)) {
    await pollTransactions(context, runId)
    state = await look()
  }
  if (wasTold(state, SETTLED_EVENT)) throw hasEnded(runId)
  const approved = approvedPlan(state)!
  const stateOf = (id: string) => state.transactions.find(({ txRequestId }) => txRequestId === id)?.state
  const open = sendableRequests(approved, state)
  if (open.length === 0) {
    throw stateConflict('ALREADY_SENT', 'Every transaction of this plan has a hash', {
      path: 'run_id',
      message: `expected a run with a transaction to send, all of run '${runId}' have a hash, used their nonce or were made together with something else; POST /v1/runs/${runId}/poll_tx tells what became of them`,
    })
  }
  // What is not mined yet comes before what is asked for.
  const ahead = approved.tx_requests.filter(({ txRequestId }) => !MINED.has(stateOf(txRequestId) ?? ''))
  const isWhole = ahead.length === approved.tx_requests.length
  const handedOutBefore = wasHandedOut(state)
  const readings: OutsideReading[] = []
  const reason = await whyVoid(context, state, { requests: ahead, isWhole, readings }).catch(
    async (error) => {
      await recordReadings(context, state.row.run_id, readings, state.lastSeq)
      throw error
    },
  )
  if (reason && (handedOutBefore || state.transactions.length > 0)) {
    if (!(await isOver(context, state, approved.tx_requests, readings))) {
      await recordReadings(context, state.row.run_id, readings, state.lastSeq)
      throw stateConflict('PLAN_STALE', 'What was approved would no longer do the same', {
        path: 'run_id',
        message: `${reason} It was handed out before: if a wallet has sent it, report the hash; nothing was handed out again.`,
      })
    }
  }
  if (reason) {
    // Unless somebody else was handed it meanwhile.
    const told: Json = { status: 'VOID', reason }
    const refuse = refuseOtherHashes(context, state)
    await tellRun(context, state.row.run_id, SETTLED_EVENT, told, { atSeq: state.lastSeq, readings, refuse })
    const what = handedOutBefore ? 'The wallet never sent it' : 'Nothing was handed out'
    throw stateConflict('PLAN_VOID', 'What was approved would no longer do the same', {
      path: 'run_id',
      message: `${reason} ${what}; ask again, and approve what it would do now.`,
    })
  }
  const handedOut: Json = {
    plan_hash: approved.plan_hash,
    tx_request_ids: open.map(({ txRequestId }) => txRequestId),
  }
  await receiveEvent(context, state.row.run_id, HANDED_OUT_EVENT, handedOut, { readings })
  await refuseSettled(context, runId)
  return { state, plan: { ...approved, tx_requests: open }, handedOutBefore }
}

/** What cannot be found out leaves it as it is. */
const isOver = (
  { copilot }: CopilotContext,
  state: CopilotState,
  requests: TxRequest[],
  readings: OutsideReading[],
): Promise<boolean> => {
  const { chain_id: chainId } = state.row
  const client = copilot.chains.clientOf(chainId, (reading) => readings.push(reading))
  const confirmations = copilot.confirmationsOf(chainId)
  return isOverUnsent(client, { requests, state, confirmations }).catch(() => false)
}

const MINED: ReadonlySet<string> = new Set(['MINED', 'CONFIRMED', 'REPLACED'])

/** What somebody else found void at the same moment stays in this process: the record says which of the two came first. */
async function refuseSettled(context: CopilotContext, runId: string): Promise<void> {
  const received = (await readCopilotRun(context, runId)).progress?.received ?? []
  const names = received.map(({ event }) => event.name)
  const settled = names.indexOf(SETTLED_EVENT)
  if (settled === -1 || settled > names.lastIndexOf(HANDED_OUT_EVENT)) return
  throw hasEnded(runId)
}

const hasEnded = (runId: string) =>
  stateConflict('RUN_NOT_APPROVED', 'This run has ended', {
    path: 'run_id',
    message: `expected a run whose plan was approved, run '${runId}' ended at the same moment; nothing was handed out`,
  })

type Ahead = { requests: TxRequest[]; isWhole: boolean; readings: OutsideReading[] }

/** Null while the approved transactions still do what was simulated. What it asks the chain is added to the readings. */
async function whyVoid(
  { copilot, engine }: CopilotContext,
  { row, artifacts }: CopilotState,
  { requests, isWhole, readings }: Ahead,
): Promise<string | null> {
  const { chains, simulations } = copilot
  const registry = chains.registryOf(row.chain_id)
  const client = chains.clientOf(row.chain_id, (reading) => readings.push(reading))
  try {
    const head = await readHead(client)
    const deadline = Math.min(...requests.map(({ meta }) => meta.deadline ?? Number.POSITIVE_INFINITY))
    if (nextBlockTime(head.timestamp, engine.kernel.clock.now()) >= deadline)
      return 'The time for which the swap holds is over.'
    const again = await simulateRequests(client, {
      requests: requests as Web3Request[],
      wallet: row.wallet_address,
      registry,
      memory: simulations,
      head,
    })
    return differenceOf(artifacts, again, isWhole)
  } catch (error) {
    const { message } = chains.explain(row.chain_id, error)
    engine.kernel.log.warn({ run_id: row.run_id, error: message }, 'a plan could not be simulated again')
    throw stateConflict('PLAN_NOT_SIMULATED', 'What was approved could not be simulated once more', {
      path: 'run_id',
      message: `${message}. Nothing was handed out, and the approval stands: try again.`,
    })
  }
}

type Effects = Pick<Simulation, 'results' | 'assetChanges'>

/** No more may leave the wallet than was approved; what comes is held by the least that each swap takes. */
function differenceOf(
  { simulation: before, quote }: Artifacts,
  again: Effects,
  isWhole: boolean,
): string | null {
  const failed = again.results.find(({ success }) => !success)
  if (failed) return `${failed.txRequestId} would fail now: ${failed.error ?? 'the chain does not say why'}.`
  const proved = before?.results.every((result) => !result.assumed_success) ?? false
  if (proved && again.results.some((result) => result.assumed_success)) throw new Error(LESS_PROVED)
  if (!before?.assetChanges) return null
  if (!again.assetChanges) throw new Error(LESS_PROVED)
  // Of a part of the plan nothing was simulated by itself: what may go is in its bytes, which were approved.
  if (!isWhole) return null
  const approved = leaving(before.assetChanges)
  // With an exact output the price decides what goes, up to the most that the bytes themselves allow.
  const [paid] = quote?.path ?? []
  const most = quote?.maxIn === undefined ? 0n : BigInt(quote.maxIn)
  for (const [key, amount] of leaving(again.assetChanges)) {
    const was = approved.get(key) ?? 0n
    const isPayment = was > 0n && (key.endsWith(' native') || key.endsWith(` ${paid?.toLowerCase()}`))
    if (amount > was && !(isPayment && amount <= most)) {
      return 'Something else would leave the wallet now than when it was approved.'
    }
  }
  return null
}

const LESS_PROVED = 'the RPC of the chain can prove less now than when it was approved'

const leaving = (changes: NonNullable<Simulation['assetChanges']>): Map<string, bigint> =>
  new Map(
    changes
      .filter(({ delta }) => delta.startsWith('-'))
      .map(({ address, token, delta }) => [`${address} ${token}`.toLowerCase(), -BigInt(delta)]),
  )
