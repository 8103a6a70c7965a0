import type { Token } from '../../../web3/registry.ts'
import { amountText } from './amounts.ts'
import type { SpendCap } from './limits.ts'

/** In base units of the token: what the plan spends, and what the wallet's other plans do. */
type Spent = { amount: bigint; today: bigint; toRecipientToday: bigint }

/** Which caps of the operator a plan goes over, in words. Asked by the check, and at the gate once more under its lock. */
export function exceededCaps(
  cap: SpendCap,
  { amount, today, toRecipientToday }: Spent,
  token: Pick<Token, 'symbol' | 'decimals'>,
): string[] {
  const over = (total: bigint, most: bigint | undefined, what: string) =>
    most !== undefined && total > most
      ? [`${amountText(total, token)} ${what}, and ${amountText(most, token)} is the cap`]
      : []
  return [
    ...over(amount, cap.perTransaction, 'in one transaction'),
    ...over(today + amount, cap.perDay, 'within a day'),
    ...over(toRecipientToday + amount, cap.perRecipientAndDay, 'to one recipient within a day'),
  ]
}

export const tooMuch = (exceeded: string[]): string => `Too much is spent: ${exceeded.join('; ')}.`
