import type { Json } from '../../../lib/canonical-json.ts'
import { stateConflict } from '../../../lib/errors.ts'
import { readHead } from '../../../web3/simulate/read-head.ts'
import { simulateRequests } from '../../../web3/simulate/simulate-requests.ts'
import type { TxRequest as Web3Request } from '../../../web3/transactions/transaction-request.ts'
import type { CopilotContext } from '../copilot.ts'
import { nextBlockTime } from '../next-block-time.ts'
import type { Artifacts, Simulation } from '../schema.ts'
import { SETTLED_EVENT } from '../workflow.ts'
import { approvedPlan, type Proposal } from './approved-plan.ts'
import { requireStatus, tellRun } from './move-copilot-run.ts'
import type { CopilotState } from './read-copilot-run.ts'

/**
 * The transactions that were approved, byte for byte and in their order, for a wallet to sign. They are simulated once more
 * first, on the chain as it is now; what would no longer do the same is void. Once a hash was reported they are only told.
 *
 * @throws AppError 404; 409 RUN_NOT_APPROVED, PLAN_VOID, and PLAN_NOT_SIMULATED where the chain cannot be asked: try again.
 */
export async function executePlan(
  context: CopilotContext,
  runId: string,
): Promise<{ state: CopilotState; plan: Proposal }> {
  const state = await requireStatus(
    context,
    runId,
    ['APPROVED_READY', 'SUBMITTED'],
    'RUN_NOT_APPROVED',
    'a run whose plan was approved',
  )
  const plan = approvedPlan(state)!
  if (state.status === 'SUBMITTED') return { state, plan }
  const reason = await whyVoid(context, state, plan)
  if (!reason) return { state, plan }
  await tellRun(context, runId, SETTLED_EVENT, { status: 'VOID', reason } as Json)
  throw stateConflict('PLAN_VOID', 'What was approved would no longer do the same', {
    path: 'run_id',
    message: `${reason} Nothing was handed out; ask again, and approve what it would do now.`,
  })
}

/** Null while the approved transactions still do what was simulated. */
async function whyVoid(
  { copilot, engine }: CopilotContext,
  { row, artifacts }: CopilotState,
  { tx_requests: requests }: Proposal,
): Promise<string | null> {
  const { chains, simulations } = copilot
  const registry = chains.registryOf(row.chain_id)
  const client = chains.clientOf(row.chain_id)
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
    return differenceOf(artifacts, again)
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
function differenceOf({ simulation: before, quote }: Artifacts, again: Effects): string | null {
  const failed = again.results.find(({ success }) => !success)
  if (failed) return `${failed.txRequestId} would fail now: ${failed.error ?? 'the chain does not say why'}.`
  if (!before?.assetChanges || !again.assetChanges) return null
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

const leaving = (changes: NonNullable<Simulation['assetChanges']>): Map<string, bigint> =>
  new Map(
    changes
      .filter(({ delta }) => delta.startsWith('-'))
      .map(({ address, token, delta }) => [`${address} ${token}`.toLowerCase(), -BigInt(delta)]),
  )
