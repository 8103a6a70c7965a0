import { readSnapshot } from '../../../web3/snapshot.ts'
import type { StepAnswer } from '../artifacts-of.ts'
import { quote } from '../planner/questions.ts'
import { declinesChain } from '../planner/resolve-names.ts'
import { plannerResult } from '../policy/agent-results.ts'
import type { TxPlan } from '../schema.ts'
import { foreseeKept } from './share-of-balance.ts'
import { ask, type Step, stop } from './step-call.ts'

/** How often a plan is made at most. */
const MAX_ATTEMPTS = 2

/** INPUT_NORMALIZE: the sentence as it will be read. What an earlier go left is taken away. */
export const normalize: Step = ({ intent, answers }) => ({
  artifacts: {
    normalized_intent: intent.trim().replace(/\s+/g, ' '),
    user_inputs: { ...answers },
    attempt: 1,
    max_attempts: MAX_ATTEMPTS,
    wallet_snapshot: null,
    tx_plan: null,
    planner_result: null,
    planner: null,
    planner_fallback: null,
    planner_warnings: null,
    tx_requests: null,
    quote: null,
    simulation: null,
    policy_result: null,
    decision: null,
    security_result: null,
    judge_result: null,
    needs_input: null,
    fatal_error: null,
    plan_hash: null,
  },
  timeline: { title: 'Read', summary: 'The request was taken in.' },
})

/**
 * PRECHECK: what can be said without asking any chain. A run stays with the wallet and on the chain that it was made for: who does
 * not want it there, or answers while it cannot be reached, ends it.
 */
export const precheck: Step = ({ registry, chainId, copilot, answers, wallet, otherWallet, now }) => {
  const { chain_id: answer } = answers
  if (registry) {
    if (answer !== undefined && declinesChain(answer)) return endUnwanted(registry.name, now())
    const kept =
      otherWallet === undefined ? '' : ` ${quote(otherWallet)} is not taken: the run stays with ${wallet}.`
    return { artifacts: {}, timeline: { title: 'Checked', summary: `On ${registry.name}.${kept}` } }
  }
  const chains = copilot.chains.supported()
  const known = chains.map((id) => `${copilot.chains.registryOf(id).name} (${id})`).join(', ')
  const message = `Chain ${chainId} cannot be reached here, and a run stays on the chain that it was made for. ${
    known ? `Make a new run on ${known}.` : 'Whoever runs this server sets RPC_URLS or the devnet.'
  }`
  if (answer !== undefined) return stop('UNSUPPORTED_CHAIN', message)
  return ask({
    missing: ['chain_id'],
    questions: [
      `${message} Any answer has this one look again, and ends it where chain ${chainId} still cannot be reached.`,
    ],
    data: { chain_options: chains },
  })
}

function endUnwanted(name: string, createdAt: string): StepAnswer {
  const reason = `A run stays on the chain that it was made for, and you do not want this one on ${name}.`
  const tx_plan: TxPlan = { type: 'noop', reason, actions: [], candidates: [] }
  return {
    outcome: 'stop',
    artifacts: { tx_plan, planner_result: plannerResult(tx_plan, { summary: reason, createdAt }) },
    timeline: { title: 'Nothing to do', summary: reason },
  }
}

/** WALLET_SNAPSHOT: what the wallet holds and what others may take of it, at one block. */
export const snapshot: Step = async (call) => {
  const { client, registry, wallet } = call
  const [read] = await Promise.all([readSnapshot(client, { registry: registry!, wallet }), foreseeKept(call)])
  const { native, erc20, allowances, blockNumber, errors, chainId } = read
  return {
    artifacts: {
      wallet_snapshot: {
        chainId,
        walletAddress: wallet,
        native: { balanceWei: native.balanceWei.toString() },
        erc20: erc20.map(({ balance, ...token }) => ({ ...token, balance: balance.toString() })),
        allowances: allowances.map(({ allowance, ...given }) => ({
          ...given,
          allowance: allowance.toString(),
        })),
        blockNumber: Number(blockNumber),
        ...(errors.length > 0 && { errors }),
      },
    },
    timeline: { title: 'Looked at the wallet', summary: `${erc20.length} tokens at block ${blockNumber}.` },
  }
}
