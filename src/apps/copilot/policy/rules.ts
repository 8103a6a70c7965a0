import type { Check } from '../schema.ts'
import { type CheckDefinition, runChecks } from './check-definition.ts'
import { fail, type Outcome, pass, quoted, quotedReason, warn } from './outcome.ts'
import { callsOf, findRouter, findToken, includesAddress, type Review } from './review.ts'

/** From here on an allowance is practically without limit: 2¹⁶⁰−1 is what Permit2 means by it. */
export const UNLIMITED = 2n ** 160n - 1n

const requiredArtifacts = ({ artifacts }: Review): Outcome => {
  const needed = ['wallet_snapshot', 'tx_plan', 'simulation'] as const
  const missing = needed.filter((name) => artifacts[name] === undefined)
  if (missing.length === 0) return pass('Everything that the evaluation needs is there.')
  return fail(`Required artifacts are missing: ${missing.join(', ')}.`, { missing })
}

const noBroadcast = ({ artifacts }: Review): Outcome =>
  artifacts.tx_plan?.broadcast === true
    ? fail('The plan asks for a broadcast. Only the wallet of the person signs and sends.')
    : pass('Nothing is signed or broadcast here.')

/** Contracts are held to the list. Whom coins are sent to without a call is for the checks of recipients. */
const allowlistTargets = ({ registry, requests }: Review): Outcome => {
  if (!registry) return fail('Nothing is known of this chain, so that no target is allowed.')
  const { tokens, routers, allowlistTo } = registry
  const allowed = [
    ...allowlistTo,
    ...Object.values(tokens).map(({ address }) => address),
    ...Object.values(routers).map(({ address }) => address),
  ]
  const calls = requests.filter(({ call }) => call.type !== 'empty').map(({ request }) => request.to)
  const foreign = calls.filter((to) => !includesAddress(allowed, to))
  if (foreign.length > 0) {
    return fail('Transaction targets include non-allowlisted addresses.', { targets: foreign })
  }
  return pass('All contracts that are called are on the allowlist.', { targets: calls })
}

/** By what the bytes say, and by the names that the builder gave. */
const defiAllowlists = (review: Review): Outcome => {
  const { registry, requests } = review
  const unknown = requests.flatMap(({ request: { meta }, call }) => {
    if (
      !['APPROVE', 'REVOKE', 'SWAP'].includes(meta.kind) &&
      call.type !== 'swap' &&
      call.type !== 'approve'
    ) {
      return []
    }
    const addresses =
      call.type === 'approve' ? [call.to] : call.type === 'swap' ? [call.path[0], call.path.at(-1)] : []
    const tokens = [meta.token, meta.tokenIn, meta.tokenOut, ...addresses].filter(
      (name) => name !== undefined,
    )
    const routers = [meta.routerKey, ...(call.type === 'swap' ? [call.to] : [])].filter(
      (name) => name !== undefined,
    )
    return [
      ...tokens.filter((name) => !findToken(registry, name)).map((name) => ({ token: name })),
      ...routers.filter((name) => !findRouter(registry, name)).map((name) => ({ router: name })),
    ]
  })
  if (unknown.length === 0) return pass('Tokens and routers are all in the registry.')
  const names = unknown.map((each) => quoted('token' in each ? each.token : each.router))
  return fail(`Not in the registry: ${[...new Set(names)].join(', ')}.`, { unknown })
}

const approveAmountSane = (review: Review): Outcome => {
  const approvals = callsOf(review, 'approve')
  const wrong = approvals.filter(
    ({ request: { meta }, call }) =>
      call.amount >= UNLIMITED || (call.amount === 0n && meta.kind === 'APPROVE'),
  )
  if (wrong.length === 0) return pass('Every approval names an amount and none is unlimited.')
  return fail(
    wrong
      .map(({ request, call }) =>
        call.amount === 0n
          ? `${request.txRequestId} approves nothing.`
          : `${request.txRequestId} approves an unlimited amount.`,
      )
      .join(' '),
    {
      approvals: wrong.map(({ request, call }) => ({
        txRequestId: request.txRequestId,
        amount: call.amount,
      })),
    },
  )
}

const swapSlippageBounds = (review: Review): Outcome => {
  const { minSlippageBps: least, maxSlippageBps: most } = review.limits
  const swaps = swapsOf(review)
  for (const { request } of swaps) {
    const { slippageBps } = request.meta
    if (slippageBps === undefined)
      return fail('The swap does not say how much slippage it takes.', { least, most })
    if (slippageBps < least || slippageBps > most) {
      const metadata = { slippage_bps: slippageBps, min_bps: least, max_bps: most }
      return fail(
        `A slippage of ${slippageBps} basis points is outside of what is allowed, ${least} to ${most}.`,
        metadata,
      )
    }
  }
  return pass(swaps.length > 0 ? 'The slippage is within its bounds.' : 'There is no swap in this plan.')
}

const swapMinOut = (review: Review): Outcome => {
  const swaps = swapsOf(review)
  for (const { request, call } of swaps) {
    const least = call.type === 'swap' ? call.amountOut : 0n
    if (!(least > 0n) || (request.meta.minOut !== undefined && BigInt(request.meta.minOut) === 0n)) {
      return fail('The swap does not say how much must come out at least.', {
        txRequestId: request.txRequestId,
      })
    }
  }
  return pass(
    swaps.length > 0 ? 'The swap names the least that must come out.' : 'There is no swap in this plan.',
  )
}

/** A request counts as a swap when either its bytes or its meta say so. */
const swapsOf = ({ requests }: Review) =>
  requests.filter(({ request, call }) => request.meta.kind === 'SWAP' || call.type === 'swap')

const simulationSuccess = ({ artifacts, requests }: Review): Outcome => {
  const { simulation, tx_plan: plan } = artifacts
  if (plan?.type === 'noop') return pass('The plan does nothing, so that there is nothing to simulate.')
  if (simulation?.status === 'skipped') return warn('Simulation was skipped for a non-noop plan.')
  if (simulation?.status !== 'completed') return warn('How the simulation ended is unknown.')
  const failed = simulation.results.filter(({ success }) => !success)
  if (failed.length > 0) {
    return fail(
      failed
        .map(({ txRequestId, error }) => `${txRequestId} fails: ${quotedReason(error ?? 'no reason')}.`)
        .join(' '),
      { failed: failed.map(({ txRequestId, error }) => ({ txRequestId, error: error?.slice(0, 300) })) },
    )
  }
  if (simulation.results.length === 0) return warn('The simulation has no results.')
  const told = new Set(simulation.results.map(({ txRequestId }) => txRequestId))
  const untold = requests.filter(({ request }) => !told.has(request.txRequestId))
  if (untold.length > 0) {
    const ids = untold.map(({ request }) => request.txRequestId)
    return fail(`Not simulated: ${ids.join(', ')}.`, { missing: ids })
  }
  const assumed = simulation.results.filter((result) => result.assumed_success)
  if (assumed.length > 0) {
    const ids = assumed.map(({ txRequestId }) => txRequestId)
    return warn(`Success of ${ids.join(', ')} is assumed and was not simulated.`, {
      assumed: assumed.map((result) => ({
        txRequestId: result.txRequestId,
        reason: result.assumption_reason,
      })),
    })
  }
  return pass('All transactions succeed in the simulation.', { block: simulation.blockNumber })
}

/** The rules of the policy engine, in the order in which they are shown. */
export const POLICY_RULES: readonly CheckDefinition[] = [
  { id: 'required_artifacts', title: 'Required artifacts', evaluate: requiredArtifacts },
  { id: 'no_broadcast', title: 'No signing or broadcasting', evaluate: noBroadcast },
  { id: 'allowlist_targets', title: 'Allowlist: transaction targets', evaluate: allowlistTargets },
  { id: 'defi_allowlists', title: 'Allowlist: tokens and routers', evaluate: defiAllowlists },
  { id: 'approve_amount_sane', title: 'Approval: sane amount', evaluate: approveAmountSane },
  { id: 'swap_slippage_bounds', title: 'Swap: slippage within bounds', evaluate: swapSlippageBounds },
  { id: 'swap_min_out', title: 'Swap: least amount out', evaluate: swapMinOut },
  { id: 'simulation_success', title: 'Simulation: must succeed', evaluate: simulationSuccess },
]

export const evaluatePolicyRules = (review: Review): Check[] => runChecks(POLICY_RULES, review)
