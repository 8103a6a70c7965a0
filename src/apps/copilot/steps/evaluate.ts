import { findTokensToReset } from '../../../web3/transactions/reset-first.ts'
import type { TxRequest as Web3Request } from '../../../web3/transactions/transaction-request.ts'
import { nextBlockTime } from '../next-block-time.ts'
import { judgeResult, securityResult } from '../policy/agent-results.ts'
import type { ChainFacts } from '../policy/chain-facts.ts'
import { describePlan } from '../policy/describe-plan.ts'
import { evaluatePlan } from '../policy/evaluate-plan.ts'
import { finalizeRun } from '../policy/finalize.ts'
import { judgePlan, wantsMeasuring } from '../policy/judge.ts'
import { planHash } from '../policy/plan-hash.ts'
import { routeRepair } from '../policy/repair.ts'
import { payeesOf } from '../policy/review.ts'
import { spentBySymbol } from '../policy/spent-totals.ts'
import { transactionFacts } from '../policy/transaction-facts.ts'
import type { TxPlan } from '../schema.ts'
import { COPILOT_DEFINITION_SHA256 } from '../workflow-hash.ts'
import { gatherFacts } from './gather-facts.ts'
import { reviewOf, type Step, type StepCall, standingAllowances } from './step-call.ts'
import { trySelling } from './try-selling.ts'

/** POLICY_EVAL: the rules and the checks, on what the chain says at the simulated block, and what follows from them. */
export const policy: Step = async (call) => {
  const review = reviewOf(call)
  const { copilot, tenantId, wallet, runId, chainId } = call
  const recipient = payeesOf(review).at(-1)?.payee ?? null
  const [onChain, sellBack, history] = await Promise.all([
    gatherFacts(call.client, review, copilot.pools),
    trySelling(call.client, review, copilot.simulations),
    copilot.walletHistory({ tenantId, wallet, runId, recipient }),
  ])
  const blockTime = nextBlockTime(onChain.blockTime ?? 0, Date.parse(call.now()))
  const { spentToday, ...known } = history
  const spent = spentBySymbol(spentToday, { chainId, registry: call.registry!, recipient })
  const tokens = withFoundResets(call, onChain.tokens)
  const facts = { ...onChain, ...known, tokens, sellBack, spent, blockTime }
  const { policy, security, decision } = evaluatePlan(reviewOf(call, facts))
  return {
    artifacts: { policy_result: policy, security_checks: security, decision },
    timeline: { title: 'Checked by the rules', summary: decision.summary },
  }
}

/** Besides the tokens that are known to want a reset first: those that refused an approval for want of it. */
function withFoundResets({ artifacts }: StepCall, tokens: ChainFacts['tokens']): ChainFacts['tokens'] {
  const standing = standingAllowances(artifacts)
  const results = artifacts.simulation?.results ?? []
  const found = findTokensToReset(artifacts.tx_requests as Web3Request[], results, standing)
  const wants = new Set(found.map((token) => token.toLowerCase()))
  return Object.fromEntries(
    Object.entries(tokens).map(([token, each]) => [
      token,
      wants.has(token) ? { ...each, needsReset: true } : each,
    ]),
  )
}

/** SECURITY_EVAL: the checks as the word of one who looks after safety. */
export const security: Step = (call) => {
  const result = securityResult(checksOf(call).security, call.artifacts.decision!, call.now())
  return {
    artifacts: { security_result: result, security_checks: null },
    timeline: { title: 'Checked for safety', summary: result.explanation.summary },
  }
}

/** JUDGE_AGENT: a review of all of it, without a model. */
export const judge: Step = (call) => {
  const result = judgeResult(judgePlan(reviewOf(call), checksOf(call).all), call.now())
  return {
    artifacts: { judge_result: result },
    timeline: { title: 'Reviewed', summary: `${result.output.verdict}: ${result.output.reasoning_summary}` },
  }
}

function checksOf({ artifacts }: StepCall) {
  const security = artifacts.security_checks ?? artifacts.security_result?.output.checks ?? []
  return { security, all: [...(artifacts.policy_result?.checks ?? []), ...security] }
}

/** REPAIR_ROUTER: whether the plan is made once more. */
export const repairRouter: Step = (call) => {
  const { artifacts } = call
  const route = routeRepair({
    judge: artifacts.judge_result!.output,
    attempt: artifacts.attempt!,
    maxAttempts: artifacts.max_attempts!,
    // What it can put right is read anew: quote, deadline, allowance.
    plannerAble: true,
    previousPlan: describePlan(reviewOf(call)).join(' '),
    simulation: JSON.stringify(artifacts.simulation?.summary ?? {}),
  })
  return {
    ...(route.repair_next_step === 'REPAIR_PLAN_TX' && { outcome: 'repair' }),
    artifacts: route,
    timeline: { title: 'Repair', summary: route.repair_summary },
  }
}

/** REPAIR_PLAN_TX: the same plan, to be built on what the chain says now, and for tokens as they turned out to be. */
export const repairPlan: Step = (call) => ({
  artifacts: {
    attempt: call.artifacts.repair_context!.attempt,
    ...(wantsMeasuring(reviewOf(call), checksOf(call).all) && { tx_plan: measured(call.artifacts.tx_plan!) }),
    tx_requests: null,
    quote: null,
    simulation: null,
    policy_result: null,
    decision: null,
    security_result: null,
    judge_result: null,
  },
  timeline: { title: 'Planned anew', summary: `Attempt ${call.artifacts.repair_context!.attempt}.` },
})

const measured = (plan: TxPlan): TxPlan => ({
  ...plan,
  actions: plan.actions.map((action) =>
    action.kind === 'SWAP' ? { ...action, feeOnTransfer: true } : action,
  ),
})

/** CLARIFY: the questions are there already, one for each thing that is missing. */
export const clarify: Step = ({ artifacts }) => ({
  artifacts: {},
  timeline: { title: 'Asks', summary: artifacts.needs_input!.questions[0] ?? '' },
})

/** FINALIZE: how it comes out, in words for the person, and what a human is to approve. */
export const finalize: Step = (call) => {
  const { artifacts, chainId, wallet } = call
  const review = reviewOf(call)
  const final = finalizeRun(artifacts, review)
  const status = final.final_status_suggested
  const entry = { title: final.finalize_summary, summary: final.assistant_message }
  if (status === 'NEEDS_INPUT') return { outcome: 'needs_input', artifacts: final, timeline: entry }
  if (status !== 'READY') return { artifacts: final, timeline: entry }
  const requests = artifacts.tx_requests!
  const plan_hash = planHash({
    txRequests: requests,
    chainId,
    wallet,
    definitionSha256: COPILOT_DEFINITION_SHA256,
  })
  const decision = artifacts.decision!
  return {
    outcome: 'ready',
    artifacts: { ...final, plan_hash },
    proposal: {
      plan_hash,
      chain_id: chainId,
      wallet_address: wallet,
      summary: describePlan(review),
      tx_requests: requests,
      decision,
      simulation: {
        blockNumber: artifacts.simulation!.blockNumber ?? 0,
        assetChanges: artifacts.simulation!.assetChanges ?? [],
      },
      context: transactionFacts(review, decision, checksOf(call).all),
    },
    timeline: entry,
  }
}
