import { readSnapshot } from '../../../web3/snapshot.ts'
import { ask, type Step } from './step-call.ts'

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

/** PRECHECK: what can be said without asking any chain. */
export const precheck: Step = ({ registry, chainId, copilot }) => {
  if (registry) return { artifacts: {}, timeline: { title: 'Checked', summary: `On ${registry.name}.` } }
  const chains = copilot.chains.supported()
  return ask({
    missing: ['chain_id'],
    questions: [
      `Chain ${chainId} is not one that can be reached here. Make a new run on one of these: ${chains.join(', ') || 'none is set up'}.`,
    ],
    data: { chain_options: chains },
  })
}

/** WALLET_SNAPSHOT: what the wallet holds and what others may take of it, at one block. */
export const snapshot: Step = async ({ client, registry, wallet }) => {
  const { native, erc20, allowances, blockNumber, errors, chainId } = await readSnapshot(client, {
    registry: registry!,
    wallet,
  })
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
