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
      const through = call.path.slice(1, -1).map((token) => findToken(registry, token)?.symbol ?? token)
      const by = through.length > 0 ? ` by way of ${through.join(' and ')}` : ''
      const to = sameAddress(call.recipient, review.wallet) ? '' : `, which goes to ${call.recipient}`
      return call.exact === 'in'
        ? `Swap ${given} for at least ${got} on ${who(call.to)}${by}${to}`
        : `Swap at most ${given} for exactly ${got} on ${who(call.to)}${by}${to}`
    }
    case 'transferFrom':
    case 'batch':
    case 'unknown':
      return `Call a function of ${request.to} that is not known here`
  }
}

/** `UNISWAP_V2_ROUTER` as people call it: `Uniswap V2`. */
export function nameOfRouter({ registry }: Pick<Review, 'registry'>, address: string): string | null {
  const router = findRouter(registry, address)
  if (!router) return null
  const words = router.key.replace(/_ROUTER$/, '').split('_')
  return words.map((word) => (/\d/.test(word) ? word : word[0] + word.slice(1).toLowerCase())).join(' ')
}

/** What the quote adds to what was asked for, in words: what comes, or with an exact output what goes; null without a swap. */
export function describeQuote(review: Review): { amount: string; slippage: string } | null {
  const { registry, artifacts } = review
  const [swap] = callsOf(review, 'swap')
  const { quote } = artifacts
  if (!swap || !quote) return null
  const { exact, nativeIn, nativeOut, path } = swap.call
  const [isNative, address, amount] =
    exact === 'in'
      ? [nativeOut, path.at(-1), quote.arrives ?? quote.amountsOut.at(-1) ?? 0]
      : [nativeIn, path[0], quote.amountIn]
  const token = isNative ? nativeOf(registry) : findToken(registry, address)
  if (!token) return null
  return { amount: amountText(BigInt(amount), token), slippage: percentText(quote.slippageBps) }
}
