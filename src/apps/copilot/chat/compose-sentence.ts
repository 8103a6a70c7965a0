import type { Amount, KnownIntent } from '../planner/schema.ts'

export type ActionIntent = Exclude<KnownIntent, { type: 'query' }>

/**
 * The sentence that says this and nothing else, for what was said over several messages. The chain is not in it, because it
 * is what the run is made for; nor are terms of wrapping, which needs none.
 */
export function composeSentence(intent: ActionIntent): string {
  switch (intent.type) {
    case 'swap': {
      const { exact, amount, token_in, token_out, router_key, slippage_bps, deadline_seconds, recipient } =
        intent
      const sides =
        exact === 'in'
          ? `swap ${amountOf(amount.value)} ${token_in.value} to ${token_out.value}`
          : `buy ${amountOf(amount.value)} ${token_out.value} with ${token_in.value}`
      return [
        sides,
        ...(router_key ? [`on ${router_key.value}`] : []),
        ...(slippage_bps ? [`with ${slippage_bps.value} bps slippage`] : []),
        ...(deadline_seconds ? [`within ${deadline_seconds.value} seconds`] : []),
        ...(recipient ? [`to ${recipient.value}`] : []),
      ].join(' ')
    }
    case 'wrap':
    case 'unwrap':
      return `${intent.type} ${amountOf(intent.amount.value)} ${intent.token_in.value}`
    case 'transfer':
      return `send ${amountOf(intent.amount.value)} ${intent.asset.value} to ${intent.recipient.value}`
    case 'approve':
      return `approve ${amountOf(intent.amount.value)} ${intent.token.value} for ${spenderOf(intent)}`
    case 'revoke':
      return `revoke ${intent.token.value} from ${spenderOf(intent)}`
  }
}

const amountOf = (amount: Amount): string =>
  amount.kind === 'exact' ? amount.decimal : `${amount.basis_points / 100}%`

const spenderOf = ({ spender }: Extract<ActionIntent, { type: 'approve' | 'revoke' }>): string =>
  spender.value.router_key ?? spender.value.address
