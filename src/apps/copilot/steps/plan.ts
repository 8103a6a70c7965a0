import { formatUnits } from 'viem'
import type { ChainRegistry, Token } from '../../../web3/registry.ts'
import type { StepAnswer } from '../artifacts-of.ts'
import type { Amount, KnownIntent, PlannedIntent } from '../planner/schema.ts'
import { plannerResult } from '../policy/agent-results.ts'
import type { PlannedAction, TxPlan, WalletSnapshot } from '../schema.ts'
import { proposePlan } from './propose-plan.ts'
import { ask, type Step, type StepCall } from './step-call.ts'

/** What has to stay of the chain's own coin when all of it is to go, so that its gas can be paid. In wei. */
const GAS_RESERVE = 10n ** 16n

/** PLAN_TX: what the person wants, with every value settled. */
export const plan: Step = async (call) => {
  const { planned, planner } = await proposePlan(call)
  const { decided_by, model, not_taken } = planner
  const answer = planned.status === 'NEEDS_INPUT' ? askForMissing(planned) : planIntent(call, planned.intent)
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

function planIntent(call: StepCall, intent: KnownIntent): StepAnswer {
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
  const action = toAction(call, intent)
  const short = shortage(call, action)
  if (short) return short
  const tx_plan: TxPlan = { type: 'plan', actions: [action], candidates: [] }
  const summary = `${action.kind.toLowerCase()}, from your own words`
  return {
    artifacts: {
      tx_plan,
      planner_result: plannerResult(tx_plan, { summary, createdAt: call.now() }),
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

function toAction(call: StepCall, intent: Exclude<KnownIntent, { type: 'query' }>): PlannedAction {
  const registry = call.registry!
  const snapshot = call.artifacts.wallet_snapshot!
  const units = (amount: Amount, symbol: string) => unitsOf(amount, registry.tokens[symbol]!, snapshot)
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

/** A share is of what the wallet holds of the token that goes out; of the coin that pays gas something stays. */
function unitsOf(amount: Amount, token: Token, snapshot: WalletSnapshot): string {
  if (amount.kind === 'exact') return amount.base_units
  const held = balanceOf(token, snapshot)
  const spendable = amount.keeps_gas && held > GAS_RESERVE ? held - GAS_RESERVE : amount.keeps_gas ? 0n : held
  return ((spendable * BigInt(amount.basis_points)) / 10_000n).toString()
}

export function balanceOf(token: Token, { native, erc20 }: WalletSnapshot): bigint {
  if (token.isNative) return BigInt(native.balanceWei)
  return BigInt(erc20.find((held) => held.token === token.address)?.balance ?? 0)
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
function shortage(call: StepCall, action: PlannedAction) {
  const moved = outgoing(call.registry!, action)
  return moved && askForLess(call, moved.token, moved.amount)
}

/** @returns a question with what the wallet has and what it would need, or null where it has enough. */
export function askForLess({ artifacts }: StepCall, token: Token, amount: bigint) {
  const have = balanceOf(token, artifacts.wallet_snapshot!)
  // All of the coin can never go: its gas is paid with it.
  const enough = token.isNative ? have > amount : have >= amount
  if (enough && amount > 0n) return null
  const text = (units: bigint) => `${formatUnits(units, token.decimals)} ${token.symbol}`
  const gas = token.isNative ? ', and gas is paid with it too' : ''
  return ask({
    missing: ['amount_in'],
    questions: [
      amount > 0n
        ? `The wallet has ${text(have)}, and this needs ${text(amount)}${gas}. How much shall it be?`
        : `The wallet has ${text(have)}, of which nothing is left to use${gas}. How much shall it be?`,
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
