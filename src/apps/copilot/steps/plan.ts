import { formatUnits } from 'viem'
import type { ChainRegistry, Token } from '../../../web3/registry.ts'
import type { StepAnswer } from '../artifacts-of.ts'
import type { Amount, KnownIntent, PlannedIntent } from '../planner/schema.ts'
import { plannerResult } from '../policy/agent-results.ts'
import type { PlannedAction, TxPlan } from '../schema.ts'
import { proposePlan } from './propose-plan.ts'
import { balanceOf, describeKept, type Kept, readGasPrice, readKept, unitsOf } from './share-of-balance.ts'
import { ask, type Step, type StepCall } from './step-call.ts'

/** PLAN_TX: what the person wants, with every value settled. */
export const plan: Step = async (call) => {
  const { planned, planner } = await proposePlan(call)
  const { decided_by, model, not_taken } = planner
  const answer =
    planned.status === 'NEEDS_INPUT' ? askForMissing(planned) : await planIntent(call, planned.intent)
  const told = {
    planner,
    planner_fallback: not_taken !== null,
    planner_warnings: not_taken === null ? [] : [`The plan of ${model} was not taken: ${not_taken}.`],
  }
  const { planner_result: result } = answer.artifacts
  if (result && decided_by === 'model') result.sources.push(model!)
  return { ...answer, artifacts: { ...answer.artifacts, ...told } }
}

function askForMissing({ needs_input }: Extract<PlannedIntent, { status: 'NEEDS_INPUT' }>): StepAnswer {
  const { missing, questions, data } = needs_input
  return ask({ missing, questions, data: JSON.parse(JSON.stringify(data)), resume_from: 'PLAN_TX' })
}

async function planIntent(call: StepCall, intent: KnownIntent): Promise<StepAnswer> {
  if (intent.type === 'query') return noop(call, 'This asks something and moves nothing.')
  if (intent.chain_id && intent.chain_id.value !== call.chainId) {
    return ask({
      missing: ['intent'],
      questions: [
        `You named chain ${intent.chain_id.value}, and this run is on chain ${call.chainId}. Say it without the chain, or make a new run there.`,
      ],
      data: {},
    })
  }
  const kept = await readKept(call, intent)
  const action = toAction(call, intent, kept)
  const keptBack = describeKept(call, intent, kept)
  const short = await shortage(call, action, keptBack)
  if (short) return short
  const assumptions = keptBack ? [`In the wallet stay ${keptBack}.`] : []
  const tx_plan: TxPlan = { type: 'plan', actions: [action], candidates: [] }
  const summary = `${action.kind.toLowerCase()}, from your own words`
  return {
    artifacts: {
      tx_plan,
      planner_result: plannerResult(tx_plan, { summary, assumptions, createdAt: call.now() }),
    },
    timeline: { title: 'Planned', summary },
  }
}

function noop(call: StepCall, reason: string) {
  const tx_plan: TxPlan = { type: 'noop', reason, actions: [], candidates: [] }
  return {
    outcome: 'stop',
    artifacts: {
      tx_plan,
      planner_result: plannerResult(tx_plan, { summary: reason, createdAt: call.now() }),
    },
    timeline: { title: 'Nothing to do', summary: reason },
  }
}

type Source = NonNullable<PlannedAction['sources'][keyof PlannedAction['sources']]>
const said = (slot: { words: { in: string; text: string } } | undefined): Source =>
  slot
    ? { from: slot.words.in === 'intent' ? 'message' : 'answer', text: slot.words.text }
    : { from: 'default', text: '' }

function toAction(
  call: StepCall,
  intent: Exclude<KnownIntent, { type: 'query' }>,
  kept: Kept,
): PlannedAction {
  const registry = call.registry!
  const snapshot = call.artifacts.wallet_snapshot!
  const units = (amount: Amount, symbol: string) =>
    unitsOf(amount, registry.tokens[symbol]!, snapshot, kept).toString()
  switch (intent.type) {
    case 'swap': {
      const { amount, token_in, token_out, exact, router_key, slippage_bps, deadline_seconds, recipient } =
        intent
      const { settings } = call.copilot.chains
      return {
        kind: 'SWAP',
        tokenIn: token_in.value,
        tokenOut: token_out.value,
        exact,
        amountBaseUnits: units(amount.value, exact === 'in' ? token_in.value : token_out.value),
        slippageBps: slippage_bps?.value ?? settings.defaultSlippageBps,
        deadlineSeconds: deadline_seconds?.value ?? settings.defaultDeadlineSeconds,
        routerKey: router_key?.value ?? Object.keys(registry.routers)[0]!,
        ...(recipient && { recipient: recipient.value }),
        sources: {
          [exact === 'in' ? 'amount_in' : 'amount_out']: said(amount),
          token_in: said(token_in),
          token_out: said(token_out),
          slippage_bps: said(slippage_bps),
          deadline_seconds: said(deadline_seconds),
          router_key: said(router_key),
          ...(recipient && { recipient: said(recipient) }),
        },
      }
    }
    case 'transfer':
      return {
        kind: 'TRANSFER',
        token: intent.asset.value,
        amountBaseUnits: units(intent.amount.value, intent.asset.value),
        recipient: intent.recipient.value,
        sources: {
          amount: said(intent.amount),
          asset: said(intent.asset),
          recipient: said(intent.recipient),
        },
      }
    case 'approve':
      return {
        kind: 'APPROVE',
        token: intent.token.value,
        spender: intent.spender.value.address,
        amountBaseUnits: units(intent.amount.value, intent.token.value),
        sources: { amount: said(intent.amount), token: said(intent.token), spender: said(intent.spender) },
      }
    case 'revoke':
      return {
        kind: 'REVOKE',
        token: intent.token.value,
        spender: intent.spender.value.address,
        sources: { token: said(intent.token), spender: said(intent.spender) },
      }
    case 'wrap':
    case 'unwrap':
      return {
        kind: intent.type === 'wrap' ? 'WRAP' : 'UNWRAP',
        amountBaseUnits: units(intent.amount.value, intent.token_in.value),
        sources: { amount: said(intent.amount), token_in: said(intent.token_in) },
      }
  }
}

/** What leaves the wallet, as far as it is known before there is a quote. */
function outgoing({ tokens }: ChainRegistry, action: PlannedAction): { token: Token; amount: bigint } | null {
  const native = Object.values(tokens).find(({ isNative }) => isNative)
  const wrapped = Object.values(tokens).find(
    ({ isNative, address }) => !isNative && address === native?.address,
  )
  switch (action.kind) {
    case 'SWAP':
      return action.exact === 'in'
        ? { token: tokens[action.tokenIn]!, amount: BigInt(action.amountBaseUnits) }
        : null
    case 'TRANSFER':
      return { token: tokens[action.token]!, amount: BigInt(action.amountBaseUnits) }
    case 'WRAP':
      return native ? { token: native, amount: BigInt(action.amountBaseUnits) } : null
    case 'UNWRAP':
      return wrapped ? { token: wrapped, amount: BigInt(action.amountBaseUnits) } : null
    case 'APPROVE':
    case 'REVOKE':
      return null
  }
}

/** A question, where the wallet has too little for the plan. */
async function shortage(call: StepCall, action: PlannedAction, keptBack: string | null) {
  const moved = outgoing(call.registry!, action)
  return moved && askForLess(call, moved.token, moved.amount, keptBack)
}

/**
 * @param keptBack of what would go, in words.
 * @returns a question with what the wallet has and what it would need, or null where it has enough.
 */
export async function askForLess(
  call: StepCall,
  token: Token,
  amount: bigint,
  keptBack: string | null = null,
) {
  const have = balanceOf(token, call.artifacts.wallet_snapshot!)
  // All of the coin cannot go where its gas is paid with it.
  const isAllOfCoin = token.isNative && have === amount
  const enough = have >= amount && amount > 0n && (!isAllOfCoin || (await readGasPrice(call)) === 0n)
  if (enough) return null
  const text = (units: bigint) => `${formatUnits(units, token.decimals)} ${token.symbol}`
  const gas = token.isNative ? ', and gas is paid with it too' : ''
  const left = keptBack ? `of which nothing is left beside ${keptBack}` : 'of which nothing is left to use'
  return ask({
    missing: ['amount_in'],
    questions: [
      amount > 0n
        ? `The wallet has ${text(have)}, and this needs ${text(amount)}${gas}. How much shall it be?`
        : `The wallet has ${text(have)}, ${left}. How much shall it be?`,
    ],
    data: {
      insufficient_balance: {
        token: token.symbol,
        have: have.toString(),
        need: amount.toString(),
        decimals: token.decimals,
      },
    },
    resume_from: 'PLAN_TX',
  })
}
