import type { Artifacts, Check, ConsensusSummary, FinalStatus } from '../schema.ts'
import { amountText, nativeOf } from './amounts.ts'
import { describePlan, describeQuote } from './describe-plan.ts'
import { isBroken, isNotShown, quotedReason } from './outcome.ts'
import { callsOf, type Review } from './review.ts'
import { gasCostOf } from './simulated-changes.ts'

type FinalName = 'assistant_message' | 'final_status_suggested' | 'consensus_summary' | 'finalize_summary'
export type Finalized = { [Name in FinalName]: NonNullable<Artifacts[Name]> }

/** How the run ends, and what the person is told. */
export function finalizeRun(artifacts: Artifacts, review: Review): Finalized {
  const status = finalStatus(artifacts)
  return {
    assistant_message: messageOf(status, artifacts, review),
    final_status_suggested: status,
    consensus_summary: consensusOf(status, artifacts),
    finalize_summary: TITLES[status],
  }
}

/** The first that holds. */
function finalStatus(artifacts: Artifacts): FinalStatus {
  const { fatal_error, needs_input, decision, security_result, judge_result, tx_plan, simulation } = artifacts
  if (fatal_error) return 'FAILED'
  if (needs_input) return 'NEEDS_INPUT'
  const blocked = [security_result?.status === 'BLOCK', judge_result?.output.verdict === 'BLOCK']
  if (decision?.action === 'BLOCK' || blocked.includes(true)) return 'BLOCKED'
  if (tx_plan?.type === 'noop') return 'NOOP'
  if (!tx_plan || simulation?.status !== 'completed') return 'FAILED'
  return 'READY'
}

const TITLES: Record<FinalStatus, string> = {
  READY: 'Ready for your approval',
  NEEDS_INPUT: 'A question first',
  BLOCKED: 'Stopped for your safety',
  FAILED: 'This could not be prepared',
  NOOP: 'Nothing to do',
}

const EXAMPLE = 'for example “Swap 50 USDC to ETH on Uniswap with 0.5% slippage”'
/** The last line of a plan that asks to be approved. Once it was answered another stands there. */
export const NOT_BEFORE_APPROVAL = 'Nothing is sent before you approve it here and sign it in your wallet.'
const NOTHING_SENT = 'Nothing was sent.'

function messageOf(status: FinalStatus, artifacts: Artifacts, review: Review): string {
  switch (status) {
    case 'READY':
      return readyMessage(artifacts, review)
    case 'NEEDS_INPUT':
      return artifacts.needs_input!.questions.join('\n') || 'I need to know more before I can prepare this.'
    case 'BLOCKED':
      return `I stopped this, because it does not look safe. ${concerns(artifacts, 'FAIL').join(' ')} ${NOTHING_SENT}`
    case 'NOOP':
      return `There is nothing to do for this.${noopReason(artifacts)} Tell me what you want, ${EXAMPLE}. ${NOTHING_SENT}`
    case 'FAILED': {
      const { fatal_error: error } = artifacts
      const reason = error ? ` The reason: ${quotedReason(error.message)}.` : ''
      return `I could not prepare this.${reason} ${NOTHING_SENT} Please try again, or say it differently.`
    }
  }
}

const noopReason = ({ tx_plan }: Artifacts): string => (tx_plan?.reason ? ` ${tx_plan.reason}` : '')

function readyMessage(artifacts: Artifacts, review: Review): string {
  const steps = describePlan(review)
  const quote = describeQuote(review)
  const [swap] = callsOf(review, 'swap')
  const first = review.requests[0]?.call.type === 'approve' && steps.length > 1
  const notShown = checksOf(artifacts)
    .filter(isNotShown)
    .map(({ title }) => title)
  const notes = [...concerns(artifacts, 'WARN'), ...concerns(artifacts, 'UNKNOWN')]
  return [
    steps.length === 1 ? `${steps[0]}.` : steps.map((step, at) => `${at + 1}. ${step}.`).join('\n'),
    ...(swap && quote
      ? [`At the price of now that is about ${quote.amount}, with a slippage of ${quote.slippage} at most.`]
      : []),
    ...(artifacts.planner_result?.explanation.assumptions ?? []),
    ...describeFee(review),
    ...(first ? ['The approval comes first, and what follows needs it.'] : []),
    ...(notes.length > 0 ? [`Please note: ${notes.join(' ')}`] : []),
    ...(notShown.length > 0
      ? [`Not checked, because this node does not show it: ${notShown.join('; ')}.`]
      : []),
    NOT_BEFORE_APPROVAL,
  ].join('\n')
}

/** What is not known of one transaction is not left out of a sum. */
function describeFee(review: Review): string[] {
  const native = nativeOf(review.registry)
  if (!native) return []
  const costs = review.requests.map(({ request }) => gasCostOf(review, request.txRequestId))
  const told = costs.flatMap((cost, at) => (cost > 0n ? [{ cost, step: at + 1 }] : []))
  const sum = told.reduce((total, { cost }) => total + cost, 0n)
  // Nothing holds a wallet to it: gas may be dearer by the time that it signs.
  const upTo = `up to ${amountText(sum, native)} at the gas price of now`
  if (told.length === costs.length) return [`The network fee is ${upTo}.`]
  if (told.length === 0) return ['How much the network fee is could not be found out.']
  const steps = told.map(({ step }) => step).join(' and ')
  const rest = costs.flatMap((cost, at) => (cost > 0n ? [] : [at + 1])).join(' and ')
  return [`The network fee of ${steps} is ${upTo}; that of ${rest} could not be found out and comes on top.`]
}

/** Each reason once. Of what is not known only what should have been. */
function concerns(artifacts: Artifacts, status: Check['status']): string[] {
  const found = checksOf(artifacts).filter(
    (check) => check.status === status && (status !== 'UNKNOWN' || isBroken(check)),
  )
  return [...new Set(found.map(({ reason }) => reason))]
}

const checksOf = ({ policy_result, security_result }: Artifacts): Check[] => [
  ...(policy_result?.checks ?? []),
  ...(security_result?.output.checks ?? []),
]

type Signal = ConsensusSummary['signals']['Planner']

function consensusOf(status: FinalStatus, artifacts: Artifacts): ConsensusSummary {
  const { planner_result, policy_result, security_result, judge_result } = artifacts
  const next = {
    READY: 'approve',
    NEEDS_INPUT: 'clarify',
    NOOP: 'clarify',
    BLOCKED: 'explain',
    FAILED: 'explain',
  } as const
  return {
    title: TITLES[status],
    verdict: judge_result?.output.verdict ?? status,
    signals: {
      Planner: signalOf(planner_result),
      Policy: policySignal(policy_result?.checks),
      Security: signalOf(security_result),
      Judge: signalOf(judge_result),
    },
    recommended_next_ui: next[status],
  }
}

const SIGNALS = { OK: 'OK', WARN: 'WARN', BLOCK: 'FAIL', ERROR: 'FAIL' } as const
const SKIPPED: Signal = { status: 'SKIPPED', summary: 'Was not asked.' }

const signalOf = (
  result: { status: keyof typeof SIGNALS; explanation: { summary: string } } | undefined,
): Signal => (result ? { status: SIGNALS[result.status], summary: result.explanation.summary } : SKIPPED)

function policySignal(checks: readonly Check[] | undefined): Signal {
  if (!checks) return SKIPPED
  const failed = checks.filter((check) => check.status === 'FAIL')
  const doubtful = checks.filter((check) => check.status === 'WARN' || isBroken(check))
  const found = failed.length > 0 ? failed : doubtful
  if (found.length === 0) return { status: 'OK', summary: `All ${checks.length} rules hold.` }
  return { status: failed.length > 0 ? 'FAIL' : 'WARN', summary: found.map(({ reason }) => reason).join(' ') }
}
