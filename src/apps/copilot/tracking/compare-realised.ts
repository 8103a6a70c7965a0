import type { ChainRegistry } from '../../../web3/registry.ts'
import { realisedChanges, type SeenReceipt } from '../../../web3/transactions/realised-changes.ts'
import { nativeOf } from '../policy/amounts.ts'
import { findToken, sameAddress } from '../policy/review.ts'
import { isSpent } from '../policy/spent-totals.ts'
import type { SubmittedTransaction } from '../runs/schema.ts'
import type { AssetChange, Quote, Simulation, TxRequest } from '../schema.ts'
import type { Realised } from './schema.ts'

type Mined = {
  request: TxRequest
  receipt: SeenReceipt
  /** What the trace proved, where the wallet did it inside another transaction: in wei. */
  proved?: { gasPaid: bigint; nativeDelta: bigint }
}

/**
 * A mined transaction and the request that it is about: of several that one which moves something, its plan has one of these.
 *
 * @param together what the transaction carries, and `requests` the same in the same order.
 */
export function minedOf(
  together: SubmittedTransaction[],
  requests: TxRequest[],
  receipt: SeenReceipt,
): Mined {
  const moving = requests.findLastIndex(({ meta }) => isSpent(meta))
  const at = moving === -1 ? requests.length - 1 : moving
  const [request, { state, detail }] = [requests[at]!, together[at]!]
  if (detail.proved_in === undefined) return { request, receipt }
  return {
    request,
    receipt: { ...receipt, status: state === 'CONFIRMED' ? 'success' : 'reverted' },
    proved: {
      gasPaid: BigInt(String(detail.gas_paid_wei)),
      nativeDelta: BigInt(String(detail.native_delta_wei)),
    },
  }
}

type Planned = {
  wallet: `0x${string}`
  registry: ChainRegistry
  simulation: Simulation | undefined
  quote: Quote | undefined
}

/** What the mined transactions of a plan really did, held against its simulation and its quote. */
export function compareRealised(mined: Mined[], planned: Planned): Realised {
  const wrappedNative = nativeOf(planned.registry)?.address
  const each = mined.map(({ request, receipt, proved }) => {
    const value = BigInt(request.valueWei)
    const native = proved?.nativeDelta
    const { changes, gasPaidWei } = realisedChanges(receipt, planned.wallet, { wrappedNative, value, native })
    return { request, changes, gasPaidWei: proved?.gasPaid ?? gasPaidWei }
  })
  const changes = each.flatMap(({ request, changes }) =>
    changes.map(({ delta, ...change }) => ({
      ...change,
      delta: delta.toString(),
      tx_request_id: request.txRequestId,
    })),
  )
  const gas = each.reduce((sum, { gasPaidWei }) => sum + gasPaidWei, 0n)
  return {
    changes,
    gas_paid_wei: gas.toString(),
    compared: compareTotals(changes, planned),
    slippage: slippageOf(mined, changes, planned),
  }
}

function compareTotals(changes: AssetChange[], { wallet, simulation }: Planned): Realised['compared'] {
  const simulated = simulation?.assetChanges?.filter(({ address }) => sameAddress(address, wallet))
  const tokens = new Map([...(simulated ?? []), ...changes].map(({ token }) => [token.toLowerCase(), token]))
  return [...tokens.values()].map((token) => {
    const really = sumOf(changes, token)
    const expected = simulated ? sumOf(simulated, token) : null
    return {
      token,
      simulated: expected?.toString() ?? null,
      realised: really.toString(),
      difference: expected === null ? null : (really - expected).toString(),
    }
  })
}

/** Only what comes to the wallet itself can be read from what it has more of. */
function slippageOf(
  mined: Mined[],
  changes: Realised['changes'],
  { wallet, registry, quote }: Planned,
): Realised['slippage'] {
  const swap = mined.find(({ request }) => request.meta.kind === 'SWAP')?.request
  if (!swap || !quote) return null
  const { tokenIn, tokenOut, recipient = wallet } = swap.meta
  if (!sameAddress(recipient, wallet)) return null
  const exact = quote.exact ?? 'in'
  const named = findToken(registry, exact === 'in' ? tokenOut : tokenIn)
  if (!named) return null
  const token = named.isNative ? ('native' as const) : named.address
  const own = changes.filter(({ tx_request_id: id }) => id === swap.txRequestId)
  const moved = sumOf(own, token)
  const realised = exact === 'in' ? moved : -moved
  const quoted = BigInt(exact === 'in' ? (quote.arrives ?? quote.amountsOut.at(-1)!) : quote.amountIn)
  if (realised <= 0n || quoted === 0n) return null
  const worse = exact === 'in' ? quoted - realised : realised - quoted
  return {
    tx_request_id: swap.txRequestId,
    exact,
    token,
    quoted: quoted.toString(),
    realised: realised.toString(),
    paid_bps: Number((worse * 1_000_000n) / quoted) / 100,
    allowed_bps: quote.slippageBps,
  }
}

const sumOf = (changes: AssetChange[], token: string): bigint =>
  changes
    .filter((change) => change.token.toLowerCase() === token.toLowerCase())
    .reduce((sum, { delta }) => sum + BigInt(delta), 0n)
