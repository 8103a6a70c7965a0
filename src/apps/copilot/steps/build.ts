import { AppError } from '../../../lib/errors.ts'
import { presentQuote } from '../../../web3/quote/present-quote.ts'
import { quoteSwap } from '../../../web3/quote/quote-swap.ts'
import { readHead } from '../../../web3/simulate/read-head.ts'
import { simulateRequests } from '../../../web3/simulate/simulate-requests.ts'
import { buildApproval, buildRevoke } from '../../../web3/transactions/build-approval.ts'
import { buildSwap, limitsOf } from '../../../web3/transactions/build-swap.ts'
import { buildTransfer } from '../../../web3/transactions/build-transfer.ts'
import { buildUnwrap, buildWrap } from '../../../web3/transactions/build-wrap.ts'
import { findTokensToReset } from '../../../web3/transactions/reset-first.ts'
import { nameRequests, type TxDraft } from '../../../web3/transactions/transaction-request.ts'
import { nextBlockTime } from '../next-block-time.ts'
import type { PlannedAction, Quote } from '../schema.ts'
import { askForLess } from './plan.ts'
import { ask, type Step, type StepCall, standingAllowances } from './step-call.ts'

/** BUILD_TXS: the bytes of the plan. */
export const build: Step = async (call) => {
  const [action] = call.artifacts.tx_plan!.actions
  if (action!.kind === 'SWAP') return buildPlannedSwap(call, action as Swap)
  const drafts = await withResets(call, (resetFirst) =>
    draftsOf(call, action as Exclude<PlannedAction, Swap>, resetFirst),
  )
  if (drafts.length === 0) {
    return {
      outcome: 'stop',
      artifacts: {
        tx_plan: { ...call.artifacts.tx_plan!, type: 'noop', reason: 'The allowance is enough already.' },
      },
      timeline: { title: 'Nothing to do', summary: 'The allowance is enough already.' },
    }
  }
  return built(call, drafts)
}

type Swap = Extract<PlannedAction, { kind: 'SWAP' }>

async function buildPlannedSwap(call: StepCall, action: Swap) {
  const { client, registry, chainId, wallet, copilot } = call
  const { tokens, routers } = registry!
  const [tokenIn, tokenOut, router] = [
    tokens[action.tokenIn]!,
    tokens[action.tokenOut]!,
    routers[action.routerKey]!,
  ]
  const native = Object.values(tokens).find(({ isNative }) => isNative)!
  const head = await readHead(client)
  const asked = quoteSwap(client, {
    chainId,
    router,
    tokenIn,
    tokenOut,
    wrappedNative: native.address,
    exact: action.exact,
    amount: BigInt(action.amountBaseUnits),
    blockNumber: head.number,
    memory: copilot.pools,
  })
  const quote = await asked.catch((error) => {
    if (error instanceof AppError && error.status < 500) return error
    throw error
  })
  if (quote instanceof AppError) {
    return ask({
      missing: ['token_out'],
      questions: [
        `${quote.details[0]?.message ?? quote.message}. Which token do you want instead, or how much?`,
      ],
      data: { token_options: Object.keys(tokens) },
      resume_from: 'PLAN_TX',
    })
  }
  const slippageBps = action.slippageBps!
  const short = askForLess(call, tokenIn, limitsOf(quote, slippageBps).maxIn)
  if (short) return short
  const drafts = await withResets(call, (resetFirst) =>
    buildSwap({
      chainId,
      tokenIn,
      tokenOut,
      router,
      quote,
      recipient: action.recipient ?? wallet,
      slippageBps,
      deadlineSeconds: action.deadlineSeconds!,
      blockTime: nextBlockTime(head.timestamp, Date.parse(call.now())),
      allowance: allowanceOf(call, tokenIn.address, router.address),
      resetFirst,
    }),
  )
  return built(call, drafts, presentQuote(quote, slippageBps))
}

function draftsOf(call: StepCall, action: Exclude<PlannedAction, Swap>, resetFirst: boolean): TxDraft[] {
  const { chainId, registry } = call
  const { tokens } = registry!
  const native = Object.values(tokens).find(({ isNative }) => isNative)!
  const wrapped = Object.values(tokens).find(
    ({ isNative, address }) => !isNative && address === native.address,
  )!
  switch (action.kind) {
    case 'TRANSFER':
      return [
        buildTransfer({
          chainId,
          token: tokens[action.token]!,
          recipient: action.recipient,
          amount: BigInt(action.amountBaseUnits),
        }),
      ]
    case 'APPROVE': {
      const token = tokens[action.token]!
      const { spender } = action
      const allowance = allowanceOf(call, token.address, spender)
      const amount = BigInt(action.amountBaseUnits)
      return buildApproval({ chainId, token, spender, amount, allowance, resetFirst })
    }
    case 'REVOKE':
      return [buildRevoke({ chainId, token: tokens[action.token]!, spender: action.spender })]
    case 'WRAP':
      return [
        buildWrap({ chainId, tokenIn: native, tokenOut: wrapped, amount: BigInt(action.amountBaseUnits) }),
      ]
    case 'UNWRAP':
      return [
        buildUnwrap({ chainId, tokenIn: wrapped, tokenOut: native, amount: BigInt(action.amountBaseUnits) }),
      ]
  }
}

/**
 * No list knows every token that takes a new allowance only after one of zero. Where another allowance stands the approval is
 * tried by itself, and where the token refuses it, all is built once more with a reset first.
 */
async function withResets(
  { client, wallet, registry, copilot, artifacts }: StepCall,
  build: (resetFirst: boolean) => TxDraft[],
): Promise<TxDraft[]> {
  const drafts = build(false)
  const requests = nameRequests(drafts)
  const standing = standingAllowances(artifacts)
  const refused = requests.map(({ txRequestId }) => ({ txRequestId, success: false }))
  const [doubtful] = findTokensToReset(requests, refused, standing)
  if (!doubtful) return drafts
  const approval = requests.filter(({ to, meta }) => to === doubtful && meta.kind === 'APPROVE')
  const tried = { requests: approval, wallet, registry: registry!, memory: copilot.simulations }
  const { results } = await simulateRequests(client, tried)
  return findTokensToReset(approval, results, standing).length > 0 ? build(true) : drafts
}

function allowanceOf({ artifacts }: StepCall, token: string, spender: string): bigint {
  const found = artifacts.wallet_snapshot!.allowances.find(
    (one) => one.token === token && one.spender.toLowerCase() === spender.toLowerCase(),
  )
  return BigInt(found?.allowance ?? 0)
}

function built({ artifacts }: StepCall, drafts: TxDraft[], quote: Quote | null = null) {
  const tx_requests = nameRequests(drafts)
  return {
    artifacts: {
      tx_requests,
      tx_plan: { ...artifacts.tx_plan!, candidates: tx_requests },
      quote,
    },
    timeline: { title: 'Built', summary: tx_requests.map(({ txRequestId }) => txRequestId).join(', ') },
  }
}
