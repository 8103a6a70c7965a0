import { limitsOf } from '../transactions/build-swap.ts'
import type { Quote } from './quote-swap.ts'

/** The artifact of a quote, with the limits that follow from it. */
export function presentQuote(quote: Quote, slippageBps: number) {
  const { maxIn, minOut } = limitsOf(quote, slippageBps)
  return {
    router: quote.router.address,
    routerKey: quote.router.key,
    exact: quote.exact,
    path: quote.path,
    amountIn: quote.amountIn.toString(),
    amountsOut: quote.amounts.map(String),
    minOut: minOut.toString(),
    ...(quote.exact === 'out' && { maxIn: maxIn.toString() }),
    slippageBps,
    blockNumber: Number(quote.blockNumber),
    priceImpactBps: quote.priceImpactBps,
  }
}
