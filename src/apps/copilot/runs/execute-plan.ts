import type { Json } from '../../../lib/canonical-json.ts'
import { stateConflict } from '../../../lib/errors.ts'
import { simulateRequests } from '../../../web3/simulate/simulate-requests.ts'
import type { TxRequest as Web3Request } from '../../../web3/transactions/transaction-request.ts'
import type { CopilotContext } from '../copilot.ts'
import type { Simulation } from '../schema.ts'
import { SETTLED_EVENT } from '../workflow.ts'
import { approvedPlan, type Proposal } from './approved-plan.ts'
import { requireStatus, tellRun } from './move-copilot-run.ts'
import type { CopilotState } from './read-copilot-run.ts'

/**
 * The transactions that were approved, byte for byte and in their order, for a wallet to sign. Where the chain has moved on
 * since they were simulated they are simulated again first; what would no longer do the same is void.
 *
 * @throws AppError 404; 409 RUN_NOT_APPROVED, PLAN_VOID
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
  const { chains, limits, simulations } = copilot
  const registry = chains.registryOf(row.chain_id)
  const client = chains.clientOf(row.chain_id)
  const before = artifacts.simulation
  try {
    const block = await client.getBlock()
    const deadline = Math.min(...requests.map(({ meta }) => meta.deadline ?? Number.POSITIVE_INFINITY))
    if (Number(block.timestamp) >= deadline) return 'The time for which the swap holds is over.'
    const age = Number(block.number) - (before?.blockNumber ?? 0)
    // A chain that was begun anew has fewer blocks than before, and knows nothing of what was simulated.
    if (age >= 0 && age <= limits.maxSimulationAgeBlocks) return null
    const again = await simulateRequests(client, {
      requests: requests as Web3Request[],
      wallet: row.wallet_address,
      registry,
      memory: simulations,
    })
    return differenceOf(before, again)
  } catch (error) {
    engine.kernel.log.warn(
      { run_id: row.run_id, error: (error as Error).message },
      'a plan could not be simulated again',
    )
    throw chains.explain(row.chain_id, error)
  }
}

/** What leaves the wallet must be the same; what comes is held by the least that each swap takes. */
function differenceOf(before: Simulation | undefined, again: Pick<Simulation, 'results' | 'assetChanges'>) {
  const failed = again.results.find(({ success }) => !success)
  if (failed) return `${failed.txRequestId} would fail now: ${failed.error ?? 'the chain does not say why'}.`
  const leaves = (changes: Simulation['assetChanges']) =>
    (changes ?? [])
      .filter(({ delta }) => delta.startsWith('-'))
      .map(({ address, token, delta }) => `${address} ${token} ${delta}`.toLowerCase())
      .sort()
      .join('\n')
  if (!before?.assetChanges || !again.assetChanges) return null
  return leaves(before.assetChanges) === leaves(again.assetChanges)
    ? null
    : 'Something else would leave the wallet now than when it was approved.'
}
