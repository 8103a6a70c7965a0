import { AppError } from '../../../lib/errors.ts'
import { presentQuote } from '../../../web3/quote/present-quote.ts'
import { quoteSwap } from '../../../web3/quote/quote-swap.ts'
import { type Head, readHead } from '../../../web3/simulate/read-head.ts'
import { simulateRequests } from '../../../web3/simulate/simulate-requests.ts'
import { readSnapshot } from '../../../web3/snapshot.ts'
import { buildApproval, buildRevoke } from '../../../web3/transactions/build-approval.ts'
import { buildSwap, limitsOf, type SwapArgs } from '../../../web3/transactions/build-swap.ts'
import { buildTransfer } from '../../../web3/transactions/build-transfer.ts'
import { buildUnwrap, buildWrap } from '../../../web3/transactions/build-wrap.ts'
import { findTokensToReset } from '../../../web3/transactions/reset-first.ts'
import { nameRequests, type TxDraft, type TxRequest } from '../../../web3/transactions/transaction-request.ts'
import { nextBlockTime } from '../next-block-time.ts'
import { amountText } from '../policy/amounts.ts'
import { sameAddress } from '../policy/review.ts'
import { UNLIMITED } from '../policy/rules.ts'
import type { PlannedAction, Quote } from '../schema.ts'
import { askForLess } from './plan.ts'
import { ask, type Step, type StepCall, standingAllowances } from './step-call.ts'

/** BUILD_TXS: the bytes of the plan. */
export const build: Step = async (call) => {
  const [action] = call.artifacts.tx_plan!.actions
  if (action!.kind === 'SWAP') return buildPlannedSwap(call, action as Swap)
  if (action?.kind === 'REVOKE' && (await readAllowance(call, action)) === 0n) {
    return nothing(call, 'There is no allowance to take back.')
  }
  const drafts = await withResets(call, (resetFirst) =>
    draftsOf(call, action as Exclude<PlannedAction, Swap>, resetFirst),
  )
  return drafts.length > 0
    ? withAssumption(call, built(call, drafts), changeOfAllowance(call, action!))
    : nothing(call, 'The allowance is exactly that already.')
}

/** What an allowance that stands becomes; null where none stands, or the plan is about something else. */
function changeOfAllowance(call: StepCall, action: PlannedAction): string | null {
  if (action.kind !== 'APPROVE') return null
  const token = call.registry!.tokens[action.token]!
  const before = allowanceOf(call, token.address, action.spender)
  if (before === 0n) return null
  const text = before >= UNLIMITED ? `any amount of ${token.symbol}` : amountText(before, token)
  return `So far it may take ${text}, and afterwards ${amountText(BigInt(action.amountBaseUnits), token)}.`
}

/** Tells it with the plan. */
function withAssumption({ artifacts }: StepCall, answer: ReturnType<typeof built>, told: string | null) {
  const { planner_result: result } = artifacts
  if (told === null || !result) return answer
  const explanation = { ...result.explanation, assumptions: [...result.explanation.assumptions, told] }
  return { ...answer, artifacts: { ...answer.artifacts, planner_result: { ...result, explanation } } }
}

const nothing = ({ artifacts }: StepCall, reason: string) => ({
  outcome: 'stop',
  artifacts: { tx_plan: { ...artifacts.tx_plan!, type: 'noop' as const, reason } },
  timeline: { title: 'Nothing to do', summary: reason },
})

/** Of whom the snapshot does not speak the token is asked. Null where it does not say. */
async function readAllowance(
  { client, wallet, registry, artifacts }: StepCall,
  { token, spender }: Extract<PlannedAction, { kind: 'REVOKE' }>,
): Promise<bigint | null> {
  const asked = registry!.tokens[token]!
  const known = artifacts.wallet_snapshot!.allowances.find(
    (each) => each.token === asked.address && sameAddress(each.spender, spender),
  )
  if (known) return BigInt(known.allowance)
  const { allowances } = await readSnapshot(client, {
    registry: registry!,
    wallet,
    tokens: [asked],
    spenders: [spender],
  })
  return allowances[0]?.allowance ?? null
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
  const short = await askForLess(call, tokenIn, limitsOf(quote, slippageBps).maxIn)
  if (short) return short
  const swap = {
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
    ...(action.feeOnTransfer && { feeOnTransfer: true }),
  }
  const buildFor = (amountOut: bigint) =>
    withResets(call, (resetFirst) => buildSwap({ ...swap, quote: { ...quote, amountOut }, resetFirst }))
  if (!action.feeOnTransfer)
    return built(call, await buildFor(quote.amountOut), presentQuote(quote, slippageBps))
  // What a token keeps shows when the swap is tried with next to no bound; the bound follows from what arrived.
  const amountOut = await measureArrival(call, swap, nameRequests(await buildFor(1n)), head)
  return built(call, await buildFor(amountOut), {
    ...presentQuote({ ...quote, amountOut }, slippageBps),
    arrives: amountOut.toString(),
  })
}

/** What comes to the recipient of a swap when it is tried; as quoted, where nobody can tell. */
async function measureArrival(
  { client, wallet, registry, copilot }: StepCall,
  { tokenOut, recipient, quote }: Pick<SwapArgs, 'tokenOut' | 'recipient' | 'quote'>,
  requests: TxRequest[],
  head: Head,
): Promise<bigint> {
  const memory = copilot.simulations
  const { assetChanges = [] } = await simulateRequests(client, {
    requests,
    wallet,
    registry: registry!,
    memory,
    head,
  })
  const token = tokenOut.isNative ? 'native' : tokenOut.address
  const arrived = assetChanges
    .filter((change) => sameAddress(change.address, recipient) && sameAddress(change.token, token))
    .reduce((sum, { delta }) => sum + BigInt(delta), 0n)
  return arrived > 0n && arrived < quote.amountOut ? arrived : quote.amountOut
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
      return buildApproval({ chainId, token, spender, amount, allowance, resetFirst, lowers: true })
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
    (one) => one.token === token && sameAddress(one.spender, spender),
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
