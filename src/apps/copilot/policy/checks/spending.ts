import type { PlannedAction } from '../../schema.ts'
import { nativeOf } from '../amounts.ts'
import type { CheckDefinition } from '../check-definition.ts'
import { broken, fail, notApplicable, type Outcome, pass, quoted, unavailable, warn } from '../outcome.ts'
import { findToken, type Review, swapInput } from '../review.ts'
import { exceededCaps, tooMuch } from '../spend-caps.ts'

/** Caps that the operator set here. The gate holds them once more: of plans that are made at the same moment none has seen the others. */
const spendCaps = (review: Review): Outcome => {
  const { action, limits, facts, registry } = review
  if (!action || action.kind === 'APPROVE' || action.kind === 'REVOKE')
    return notApplicable('Nothing is spent by this plan.')
  const symbol = spentSymbol(review, action)
  const cap = Object.hasOwn(limits.spendCaps, symbol) ? limits.spendCaps[symbol]! : null
  if (!cap) return notApplicable(`No cap is set for ${quoted(symbol)}.`)
  const token = findToken(registry, symbol)
  const amount = outgoing(review)
  if (!token || amount === null) return broken('How much is spent could not be read.')
  const spent = facts.spent?.[symbol]
  const found = exceededCaps(
    cap,
    { amount, today: spent?.today ?? 0n, toRecipientToday: spent?.toRecipientToday ?? 0n },
    token,
  )
  const metadata = { symbol, amount, spent_today: spent?.today ?? 0n }
  if (found.length > 0) return fail(tooMuch(found), metadata)
  if ((cap.perDay !== undefined || cap.perRecipientAndDay !== undefined) && !facts.spent) {
    return broken('What was spent before could not be read.')
  }
  return pass('What is spent is within the caps.', metadata)
}

/** Unwrapping spends the wrapped token, wrapping the coin. */
function spentSymbol({ registry }: Review, action: PlannedAction): string {
  if (action.kind === 'SWAP') return action.tokenIn
  if (action.kind === 'TRANSFER') return action.token
  const native = nativeOf(registry)
  const token = action.kind === 'UNWRAP' ? findToken(registry, native?.address) : native
  return token?.symbol ?? ''
}

/** What goes at most, by the bytes. */
function outgoing({ requests }: Review): bigint | null {
  const amounts = requests.flatMap(({ call, value }) => {
    if (call.type === 'swap') return [swapInput(call, value)]
    if (call.type === 'transfer' || call.type === 'withdraw') return [call.amount]
    return call.type === 'empty' || call.type === 'deposit' ? [value] : []
  })
  return amounts.length > 0 ? amounts.reduce((sum, each) => sum + each, 0n) : null
}

const velocity = ({ facts: { recentRuns }, limits }: Review): Outcome => {
  if (recentRuns === undefined) return unavailable('Earlier runs of this wallet are not counted here.')
  if (recentRuns === null) return broken('How many runs this wallet had lately could not be read.')
  const { all, toRecipient } = recentRuns
  const metadata = { runs_in_last_hour: all, to_this_recipient: toRecipient }
  if (all >= limits.maxRunsPerHour)
    return warn(`This wallet had ${all} plans within the last hour.`, metadata)
  if (toRecipient >= limits.maxRunsPerRecipientPerHour) {
    return warn(`This wallet had ${toRecipient} plans with this recipient within the last hour.`, metadata)
  }
  return pass('This wallet has not had unusually many plans lately.', metadata)
}

export const SPENDING_CHECKS: readonly CheckDefinition[] = [
  { id: 'spend_caps', title: 'Spending: within the caps', evaluate: spendCaps },
  { id: 'velocity', title: 'Spending: how often', evaluate: velocity },
]
