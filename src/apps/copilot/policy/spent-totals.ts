import { parseUnits } from 'viem'
import type { Json } from '../../../lib/canonical-json.ts'
import type { ChainRegistry } from '../../../web3/registry.ts'
import { atLeast } from './amounts.ts'
import type { ChainFacts } from './chain-facts.ts'

/** What one plan of a wallet spends, as it was decided about: amounts as a person writes them. */
export type Spending = {
  kind: string
  chain_id: number
  token: string
  amount_text: string
  recipient_lowercase: string
  /** Absent where nobody knows it. */
  usd?: number
}

/** An allowance is not spent, and taking one back is not either. */
export const isSpent = ({ kind }: Pick<Spending, 'kind'>): boolean => kind !== 'APPROVE' && kind !== 'REVOKE'

/** As many digits as the exact sums are kept with: more than any token has. */
const DIGITS = 80
const exactly = (text: string): bigint => parseUnits(text, DIGITS)
const sum = (list: Spending[]) => list.reduce((total, { amount_text }) => total + exactly(amount_text), 0n)

/**
 * What policies see of earlier plans beside this one, by the wallet's plans of the last 24 hours with those that still wait. The
 * dollars are absent where those of any plan are unknown, so that a rule about them asks a human.
 */
export function spentTotals(earlier: Spending[], plan: Spending): Record<string, Json> {
  const others = earlier.filter(isSpent)
  const own = isSpent(plan) ? [plan] : []
  const alike = others.filter(({ token, chain_id }) => token === plan.token && chain_id === plan.chain_id)
  const toRecipient = alike.filter((each) => each.recipient_lowercase === plan.recipient_lowercase)
  const usd = dollars([...others, ...own])
  return {
    spent_today: atLeast(sum(alike), DIGITS),
    spent_today_with_this: atLeast(sum([...alike, ...own]), DIGITS),
    spent_today_to_recipient_with_this: atLeast(sum([...toRecipient, ...own]), DIGITS),
    ...(usd !== null && { spent_today_usd_with_this: usd }),
  }
}

function dollars(list: Spending[]): number | null {
  const known = list.flatMap(({ usd }) =>
    usd === undefined || usd >= 1e21 ? [] : [exactly(usd.toFixed(18))],
  )
  if (known.length < list.length) return null
  return atLeast(
    known.reduce((total, each) => total + each, 0n),
    DIGITS,
  )
}

/** The same for the checks: by symbol, in base units. */
export function spentBySymbol(
  earlier: Spending[],
  { chainId, registry, recipient }: { chainId: number; registry: ChainRegistry; recipient: string | null },
): NonNullable<ChainFacts['spent']> {
  const here = earlier.filter((each) => isSpent(each) && each.chain_id === chainId)
  return Object.fromEntries(
    Object.values(registry.tokens).map(({ symbol, decimals }) => {
      const alike = here.filter(({ token }) => token === symbol)
      const total = (list: Spending[]) =>
        list.reduce((units, { amount_text }) => units + parseUnits(amount_text, decimals), 0n)
      const paid = alike.filter(({ recipient_lowercase }) => recipient_lowercase === recipient?.toLowerCase())
      return [symbol, { today: total(alike), toRecipientToday: total(paid) }]
    }),
  )
}
