import { priceImpactBps } from '../../../../web3/quote/price-impact.ts'
import { decimalText, isDollar, percentText, shortfallBps } from '../amounts.ts'
import type { CheckDefinition } from '../check-definition.ts'
import { broken, fail, notApplicable, type Outcome, pass, unavailable, warn } from '../outcome.ts'
import { callsOf, findToken, type Review, sameAddress, swapInput } from '../review.ts'
import { slippageBps, slippageOf } from '../swap-slippage.ts'

const NO_SWAP = notApplicable('There is no swap in this plan.')

/** What a swap takes and gives by its quote, before any slippage. */
function quotedSwap(review: Review) {
  const [swap] = callsOf(review, 'swap')
  const { quote } = review.artifacts
  if (!swap || !quote) return null
  const { call, value } = swap
  const amountOut = call.exact === 'out' ? call.amountOut : BigInt(quote.amountsOut.at(-1) ?? 0)
  const amountIn = call.exact === 'in' ? swapInput(call, value) : BigInt(quote.amountIn)
  return {
    path: call.path,
    amountIn,
    amountOut,
    slippage: slippageOf(review, swap, quote),
  }
}

const hasNoSwap = (review: Review) => callsOf(review, 'swap').length === 0

/** Against what the pools would give for next to nothing, after their fee: the rest is what the size of the swap costs. */
const priceImpact = (review: Review): Outcome => {
  if (hasNoSwap(review)) return NO_SWAP
  const swap = quotedSwap(review)
  if (!swap) return broken('There is no quote to judge the price by.')
  const { limits, facts, artifacts } = review
  const { pairs } = facts
  if (pairs && !followsPath(pairs, swap.path))
    return broken('The pools that were read are not those of the swap.')
  const bps = pairs
    ? priceImpactBps(swap.amountIn, swap.amountOut, pairs)
    : pairs === undefined
      ? artifacts.quote?.priceImpactBps
      : null
  if (bps == null) return broken('The reserves of the pools could not be read.')
  const metadata = { impact_bps: bps, amount_in: swap.amountIn, amount_out: swap.amountOut }
  const reason = `The size of this swap moves the price by ${percentText(bps)}.`
  if (bps > limits.priceImpactBlockBps) return fail(reason, metadata)
  return bps > limits.priceImpactWarnBps ? warn(reason, metadata) : pass(reason, metadata)
}

const followsPath = (pairs: NonNullable<Review['facts']['pairs']>, path: readonly string[]): boolean =>
  pairs.length === path.length - 1 &&
  pairs.every((pair, at) => sameAddress(pair.tokenIn, path[at]!) && sameAddress(pair.tokenOut, path[at + 1]!))

const quoteVsReference = (review: Review): Outcome => {
  if (hasNoSwap(review)) return NO_SWAP
  const { reference } = review.facts
  if (reference === undefined)
    return unavailable('There is no second source of prices to compare the quote with.')
  const swap = quotedSwap(review)
  if (reference === null || !swap) return broken('The second source of prices could not be read.')
  const bps = shortfallBps(swap.amountOut, reference.amountOut)
  const metadata = {
    source: reference.source,
    quoted: swap.amountOut,
    reference: reference.amountOut,
    below_bps: bps,
  }
  const reason = `The quote is ${percentText(bps)} below the second source.`
  if (bps > review.limits.referenceBlockBps) return fail(reason, metadata)
  return bps > review.limits.referenceWarnBps ? warn(reason, metadata) : pass(reason, metadata)
}

/** What somebody gains at most who trades before and after this swap: the slippage that it takes. */
const mevExposure = (review: Review): Outcome => {
  if (hasNoSwap(review)) return NO_SWAP
  const swap = quotedSwap(review)
  if (!swap) return broken('There is no quote to judge the exposure by.')
  const [tokenIn, tokenOut] = [
    findToken(review.registry, swap.path[0]),
    findToken(review.registry, swap.path.at(-1)),
  ]
  const dollars = isDollar(tokenIn)
    ? ([swap.amountIn, tokenIn] as const)
    : isDollar(tokenOut)
      ? ([swap.amountOut, tokenOut] as const)
      : null
  if (!dollars)
    return unavailable('Without a token that stands for a dollar the size of the swap is not known.')
  const [amount, token] = dollars
  const { part, whole } = swap.slippage
  const usd = Number(decimalText((amount * part) / whole, token!.decimals))
  const metadata = { slippage_bps: slippageBps(swap.slippage), at_stake_usd: Number(usd.toFixed(2)) }
  if (usd <= review.limits.sandwichWarnUsd)
    return pass('Trading around this swap is worth next to nothing.', metadata)
  return warn(
    `Somebody who trades around this swap could gain up to ${usd.toFixed(2)} US dollars. A private RPC address of the wallet, or less slippage, prevents it.`,
    metadata,
  )
}

export const PRICE_CHECKS: readonly CheckDefinition[] = [
  { id: 'price_impact', title: 'Price: impact of the size', evaluate: priceImpact },
  { id: 'quote_vs_reference', title: 'Price: second source', evaluate: quoteVsReference },
  { id: 'mev_exposure', title: 'Price: worth trading around', evaluate: mevExposure },
]
