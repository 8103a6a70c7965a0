import { parseUnits } from 'viem'
import { z } from 'zod'
import type { AskedFrom, BuiltInTool, JsonObject } from '../../engine/tools/tool-handler.ts'
import type { Forbidden } from '../../kernel/authorize.ts'
import type { Json } from '../../lib/canonical-json.ts'
import type { Copilot } from './copilot.ts'
import { exceededCaps, tooMuch } from './policy/spend-caps.ts'
import { isSpent, type Spending, spentBySymbol, spentTotals } from './policy/spent-totals.ts'
import { Proposal } from './runs/approved-plan.ts'
import { readSpentToday } from './runs/spent-today.ts'
import { COPILOT_WORKFLOW_ID, WEB3_TRANSACTION } from './workflow.ts'

const contextOf = (input: Json): JsonObject => {
  const { context } = Object(input) as { context?: unknown }
  return typeof context === 'object' && context !== null ? (context as JsonObject) : {}
}
const walletOf = (input: Json): string => String(Object(input).wallet_address)

type Caps = Pick<Copilot, 'chains' | 'limits' | 'limitsOfChain' | 'spendings'>

/** What caps of the operator say of a plan, by what the decisions about earlier ones spend. */
function forbiddenBy(
  { chains, limits, limitsOfChain }: Caps,
  wallet: string,
  earlier: Spending[],
  plan: Spending,
): Forbidden | null {
  const { chain_id: chainId, token: symbol, recipient_lowercase: payee } = plan
  const { spendCaps } = { ...limits, ...limitsOfChain.get(chainId) }
  const cap = Object.hasOwn(spendCaps, symbol) ? spendCaps[symbol]! : null
  if (!cap || !isSpent(plan)) return null
  const registry = chains.registryOf(chainId)
  const token = registry.tokens[symbol]!
  // What comes back to the wallet is paid to nobody.
  const recipient = payee === wallet.toLowerCase() ? null : payee
  const spent = spentBySymbol(earlier, { chainId, registry, recipient })[symbol]!
  const exceeded = exceededCaps(
    cap,
    { amount: parseUnits(plan.amount_text, token.decimals), ...spent },
    token,
  )
  return exceeded.length > 0 ? { reasonCode: 'SPEND_CAPS', reason: tooMuch(exceeded) } : null
}

/**
 * Lets a wallet have the transactions of a plan. It signs and sends nothing: with its decision and approval it is the gate that
 * every transaction passes, and its record is what `execute` hands out, byte for byte.
 */
export const makeWeb3Transaction = (copilot: Caps): BuiltInTool => ({
  tool: {
    id: WEB3_TRANSACTION,
    name: 'Transactions of a wallet',
    description: 'Lets a wallet have transactions that a human has approved. It signs and sends nothing.',
    input_schema: {
      type: 'object',
      required: ['plan_hash', 'chain_id', 'wallet_address', 'tx_requests'],
      properties: {
        plan_hash: { type: 'string' },
        chain_id: { type: 'integer', minimum: 1 },
        wallet_address: { type: 'string', pattern: '^0x[0-9a-fA-F]{40}$' },
        summary: { type: 'array', items: { type: 'string' } },
        tx_requests: { type: 'array', minItems: 1, items: { type: 'object' } },
        context: { type: 'object' },
      },
    },
    output_schema: {
      type: 'object',
      required: ['released', 'plan_hash'],
      properties: { released: { type: 'boolean' }, plan_hash: { type: 'string' } },
    },
    handler_config: {},
    risk_level: 'high',
    side_effects: ['financial_transaction'],
    recovery: 'retry_with_key',
    timeout_ms: 10_000,
  },
  handler: async ({ input }) => ({ released: true, plan_hash: Proposal.parse(input).plan_hash }),
  decidedAs: {
    action: 'web3.transaction',
    contextOf,
    totals: {
      keyOf: ({ input }) => `spent ${walletOf(input)}`,
      read: async (session, { input, ...call }) => {
        const wallet = walletOf(input)
        const earlier = await readSpentToday(session, { ...call, wallet }, copilot.spendings)
        const plan = contextOf(input) as unknown as Spending
        return { context: spentTotals(earlier, plan), forbidden: forbiddenBy(copilot, wallet, earlier, plan) }
      },
    },
  },
  describe: describeProposal,
})

const RISK = { LOW: 'low', MED: 'medium', HIGH: 'high' } as const
const Severity = z.enum(['LOW', 'MED', 'HIGH']).catch('HIGH')

const TITLE = 'Transactions of a wallet'

/**
 * What a human is asked about a plan. Anybody may call a tool with anything: only what the copilot's own workflow asks was looked at
 * by it, so that no other input has a say in the words and the risk.
 */
function describeProposal(input: Json, { workflowId, nodeId }: AskedFrom) {
  const isOwn = workflowId === COPILOT_WORKFLOW_ID && nodeId === 'approval'
  const { data: plan } = Proposal.safeParse(input)
  if (!isOwn || !plan)
    return { title: TITLE, details: 'This is no plan of the copilot: nothing has checked it.' }
  const { severity, risk_score: score, warnings } = contextOf(input)
  const steps = Array.isArray(plan.summary) ? plan.summary.map(String) : []
  const deadline = Math.min(...plan.tx_requests.map(({ meta }) => meta.deadline ?? Number.POSITIVE_INFINITY))
  const warned = Array.isArray(warnings) && warnings.length > 0 ? `, warned by ${warnings.join(', ')}` : ''
  return {
    title: steps.at(-1)?.slice(0, 300) ?? TITLE,
    details: [
      ...steps.map((step, at) => `${at + 1}. ${step}.`),
      `Risk ${score ?? 'not known'} of 100${warned}.`,
      ...(deadline < LAST_SECOND
        ? [`Holds until ${new Date(deadline * 1000).toISOString()} by the clock of the chain.`]
        : []),
      `Wallet ${plan.wallet_address} on chain ${plan.chain_id}. Plan ${plan.plan_hash}.`,
    ].join(' '),
    riskLevel: RISK[Severity.parse(severity)],
  }
}

/** The last that a date can name. */
const LAST_SECOND = 8.64e12
