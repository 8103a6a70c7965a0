import { amountText, nativeOf, percentText } from './amounts.ts'
import {
  callsOf,
  findRouter,
  findToken,
  type Review,
  type ReviewedRequest,
  sameAddress,
  swapInput,
} from './review.ts'

/** What the transactions do, in their order, by their bytes: one sentence each, without a full stop. */
export const describePlan = (review: Review): string[] =>
  review.requests.map((each) => describeRequest(review, each))

function describeRequest(review: Review, { request, call, value }: ReviewedRequest): string {
  const { registry } = review
  const units = (address: string, amount: bigint) => {
    const token = findToken(registry, address)
    return token ? amountText(amount, token) : `${amount} base units of ${address}`
  }
  const coins = (amount: bigint) =>
    amountText(amount, nativeOf(registry) ?? { symbol: 'coins', decimals: 18 })
  const who = (address: string) => nameOfRouter(review, address) ?? address
  switch (call.type) {
    case 'approve':
      return call.amount === 0n
        ? `Take back the allowance of ${who(call.spender)} over ${findToken(registry, call.to)?.symbol ?? call.to}`
        : `Approve ${who(call.spender)} to take exactly ${units(call.to, call.amount)}`
    case 'transfer':
      return `Send ${units(call.to, call.amount)} to ${call.recipient}`
    case 'empty':
      return `Send ${coins(value)} to ${request.to}`
    case 'deposit':
      return `Wrap ${coins(value)}`
    case 'withdraw':
      return `Unwrap ${units(call.to, call.amount)}`
    case 'swap': {
      const input = swapInput(call, value)
      const given = call.nativeIn ? coins(input) : units(call.path[0]!, input)
      const got = call.nativeOut ? coins(call.amountOut) : units(call.path.at(-1)!, call.amountOut)
      const to = sameAddress(call.recipient, review.wallet) ? '' : `, which goes to ${call.recipient}`
      return call.exact === 'in'
        ? `Swap ${given} for at least ${got} on ${who(call.to)}${to}`
        : `Swap at most ${given} for exactly ${got} on ${who(call.to)}${to}`
    }
    case 'transferFrom':
    case 'batch':
    case 'unknown':
      return `Call a function of ${request.to} that is not known here`
  }
}

/** `UNISWAP_V2_ROUTER` as people call it: `Uniswap V2`. */
export function nameOfRouter({ registry }: Review, address: string): string | null {
  const router = findRouter(registry, address)
  if (!router) return null
  const words = router.key.replace(/_ROUTER$/, '').split('_')
  return words.map((word) => (/\d/.test(word) ? word : word[0] + word.slice(1).toLowerCase())).join(' ')
}

/** What is quoted for the swap, in words; null where there is none. */
export function describeQuote(review: Review): { out: string; slippage: string } | null {
  const [swap] = callsOf(review, 'swap')
  const { quote } = review.artifacts
  if (!swap || !quote) return null
  const token = swap.call.nativeOut
    ? nativeOf(review.registry)
    : findToken(review.registry, swap.call.path.at(-1))
  if (!token) return null
  return {
    out: amountText(BigInt(quote.arrives ?? quote.amountsOut.at(-1) ?? 0), token),
    slippage: percentText(quote.slippageBps),
  }
}
