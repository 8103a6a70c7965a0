import { type Address, type Client, parseAbi } from 'viem'
import { AppError } from '../../lib/errors.ts'
import type { Router, Token } from '../registry.ts'
import { findPools, type PoolMemory } from './find-pools.ts'
import { isFirst, poolKey, type Step, stepsOf } from './pools.ts'
import { type Hop, priceImpactBps } from './price-impact.ts'
import { readMany } from './read-many.ts'

const ABI = parseAbi([
  'function getAmountsOut(uint256 amountIn, address[] path) view returns (uint256[] amounts)',
  'function getAmountsIn(uint256 amountOut, address[] path) view returns (uint256[] amounts)',
  'function getReserves() view returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast)',
])

/** What a router says a swap gives, as of one block. */
export type Quote = {
  exact: 'in' | 'out'
  amountIn: bigint
  amountOut: bigint
  path: Address[]
  /** Along the path, from what goes in to what comes out. */
  amounts: bigint[]
  router: Router
  blockNumber: bigint
  /** How much worse than the price of the pools, the fee not counted; null where their reserves could not be read. */
  priceImpactBps: number | null
}

export type QuoteArgs = {
  chainId: number
  router: Router
  tokenIn: Token
  tokenOut: Token
  /** The wrapped coin, which a path may go by where there is no pool of the two, or a worse one. */
  wrappedNative: Address
  exact: 'in' | 'out'
  /** Of the exact side. */
  amount: bigint
  blockNumber: bigint
  memory: PoolMemory
}

/** The best path at one block. All paths and reserves are asked for in one request, once their pools are known. */
export async function quoteSwap(client: Client, args: QuoteArgs): Promise<Quote> {
  const { router, exact, amount, blockNumber } = args
  const wanted = pathsOf(args)
  const pools = await findPools(client, args, wanted.flatMap(stepsOf), args.memory)
  const paths = wanted.filter((path) => stepsOf(path).every((step) => pools.has(poolKey(step))))
  if (paths.length === 0) throw noQuote(args, 'there is no pool for it')
  const functionName = exact === 'in' ? 'getAmountsOut' : 'getAmountsIn'
  const pooled = [...new Set(paths.flatMap(stepsOf).map(poolKey))]
  const answers = await readMany(
    client,
    [
      ...paths.map((path) => ({ abi: ABI, address: router.address, functionName, args: [amount, path] })),
      ...pooled.map((key) => ({ abi: ABI, address: pools.get(key)!, functionName: 'getReserves' })),
    ],
    blockNumber,
  )
  const offers = paths.map((path, at) => ({ path, amounts: [...((answers[at] ?? []) as readonly bigint[])] }))
  const best = chooseOffer(offers, exact)
  if (!best) throw noQuote(args, 'no pool has enough of it')
  const reserves = new Map(pooled.map((key, at) => [key, answers[paths.length + at]]))
  const hops = stepsOf(best.path).map((step) => toHop(step, reserves.get(poolKey(step))))
  const [amountIn, amountOut] = [best.amounts[0]!, best.amounts.at(-1)!]
  const impact = hops.every((hop) => hop !== null) ? priceImpactBps(amountIn, amountOut, hops) : null
  return { exact, amountIn, amountOut, ...best, router, blockNumber, priceImpactBps: impact }
}

type Offer = { path: Address[]; amounts: bigint[] }

/** The one that gives most, or takes least. Among equals the first, which is the shortest. */
function chooseOffer(offers: Offer[], exact: 'in' | 'out'): Offer | undefined {
  const worth = ({ amounts }: Offer) => (exact === 'in' ? amounts.at(-1)! : -amounts[0]!)
  return offers
    .filter(({ path, amounts }) => amounts.length === path.length && amounts.every((amount) => amount > 0n))
    .reduce<Offer | undefined>(
      (best, offer) => (best && worth(best) >= worth(offer) ? best : offer),
      undefined,
    )
}

function pathsOf({ tokenIn, tokenOut, wrappedNative }: QuoteArgs): Address[][] {
  const [from, to] = [tokenIn.address, tokenOut.address]
  if (from === to) return []
  return from === wrappedNative || to === wrappedNative
    ? [[from, to]]
    : [
        [from, to],
        [from, wrappedNative, to],
      ]
}

function toHop(step: Step, answer: unknown): Hop | null {
  if (!Array.isArray(answer)) return null
  const [reserve0, reserve1] = answer as [bigint, bigint]
  return isFirst(step)
    ? { reserveIn: reserve0, reserveOut: reserve1 }
    : { reserveIn: reserve1, reserveOut: reserve0 }
}

const noQuote = ({ tokenIn, tokenOut, router }: QuoteArgs, why: string) =>
  new AppError({
    code: 'NO_QUOTE',
    status: 422,
    message: `${router.key} cannot swap ${tokenIn.symbol} for ${tokenOut.symbol}: ${why}`,
  })
