import { decodeAbiParameters, parseAbiParameters } from 'viem'
import { isFirst } from '../../../../web3/quote/pools.ts'
import { percentText, shortfallBps } from '../amounts.ts'
import type { CheckDefinition } from '../check-definition.ts'
import { fail, notApplicable, notShown, type Outcome, pass, warn, worst } from '../outcome.ts'
import {
  callsOf,
  findToken,
  type Review,
  type ReviewedCall,
  resultOf,
  sameAddress,
  swapInput,
} from '../review.ts'
import { changesByRequest, NATIVE } from '../simulated-changes.ts'

/** What was sent of a token, and how much of it arrived. */
type Loss = { token: string; sent: bigint; received: bigint }

const NOT_SIMULATED = notShown('The simulation does not tell what arrives of what is sent.')

/** Some tokens keep a part of each transfer. A little is a matter of taste; much of it is how a token takes its price. */
const feeOnTransfer = (review: Review): Outcome => {
  const swaps = callsOf(review, 'swap')
  const transfers = callsOf(review, 'transfer')
  if (swaps.length + transfers.length === 0) return notApplicable('No token is moved by this plan.')
  return worst(
    [
      ...transfers.flatMap((transfer) => told(review, lossOfTransfer(review, transfer), null)),
      ...swaps.flatMap((swap) => told(review, lossesOfSwap(review, swap), swap)),
    ],
    pass('What is sent arrives in full.'),
  )
}

function told(review: Review, losses: Loss[] | null, swap: ReviewedCall<'swap'> | null): Outcome[] {
  if (!losses) return [NOT_SIMULATED]
  return losses.flatMap(({ token, sent, received }): Outcome[] => {
    const bps = shortfallBps(received, sent)
    if (bps === 0) return []
    const metadata = { token, sent, received, loss_bps: bps }
    const name = findToken(review.registry, token)?.symbol ?? token
    const reason = `Of what is sent of ${name}, ${percentText(bps)} does not arrive.`
    if (bps > review.limits.feeOnTransferBlockBps) return [fail(reason, metadata)]
    if (!swap || swap.call.feeOnTransfer) return [warn(reason, metadata)]
    if (swap.call.exact === 'out')
      return [fail(`${reason} No exact amount can be promised of such a swap.`, metadata)]
    return [fail(`${reason} The swap is not made for that.`, { ...metadata, measure: true })]
  })
}

const succeeds = (review: Review, { request }: ReviewedCall<'swap' | 'transfer'>) => {
  const result = resultOf(review, request.txRequestId)
  return result?.success === true && !result.assumed_success
}

function lossOfTransfer(review: Review, transfer: ReviewedCall<'transfer'>): Loss[] | null {
  const { recipient, amount, to } = transfer.call
  if (sameAddress(recipient, review.wallet)) return []
  const changes = succeeds(review, transfer) ? changesByRequest(review, transfer, recipient) : null
  return changes && [{ token: to, sent: amount, received: changes.get(to.toLowerCase()) ?? 0n }]
}

/**
 * By what the first pool was paid and the last one gave, which pools tell themselves and tokens cannot lie about. Without logs by
 * the quote, where both are of one state: then it is not known which of two tokens keeps a part.
 */
function lossesOfSwap(review: Review, swap: ReviewedCall<'swap'>): Loss[] | null {
  if (!succeeds(review, swap)) return null
  const { call, value } = swap
  const [tokenIn, tokenOut] = [call.path[0]!, call.path.at(-1)!]
  const changes = changesByRequest(review, swap, call.recipient)
  if (!changes) return null
  const received = changes.get(call.nativeOut ? NATIVE : tokenOut.toLowerCase()) ?? 0n
  const traded = tradedBy(review, swap)
  if (traded) {
    return [
      // With an exact output less may go than the bytes say, and a token that keeps a part fails.
      ...(call.nativeIn || call.exact === 'out'
        ? []
        : [{ token: tokenIn, sent: swapInput(call, value), received: traded.paid }]),
      ...(call.nativeOut ? [] : [{ token: tokenOut, sent: traded.given, received }]),
    ]
  }
  const { quote, simulation } = review.artifacts
  if (!quote || simulation?.blockNumber !== quote.blockNumber) return null
  const sent = BigInt(quote.amountsOut.at(-1) ?? 0)
  return [{ token: call.nativeOut ? tokenIn : tokenOut, sent, received }]
}

/** `Swap(sender, amount0In, amount1In, amount0Out, amount1Out, recipient)` of a pool. */
const SWAP = '0xd78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822'
const AMOUNTS = parseAbiParameters('uint256, uint256, uint256, uint256')

function tradedBy(review: Review, { call, request }: ReviewedCall<'swap'>) {
  const logs = resultOf(review, request.txRequestId)?.logs
  const { pairs: pools } = review.facts
  if (!logs || !pools || pools.length !== call.path.length - 1) return null
  const amountsOf = (pool: (typeof pools)[number]) => {
    const log = logs.find(({ address, topics }) => topics[0] === SWAP && sameAddress(address, pool.pair))
    if (log?.data.length !== 2 + 4 * 64) return null
    const [in0, in1, out0, out1] = decodeAbiParameters(AMOUNTS, log.data as `0x${string}`)
    return isFirst([pool.tokenIn, pool.tokenOut]) ? { paid: in0, given: out1 } : { paid: in1, given: out0 }
  }
  const [first, last] = [amountsOf(pools[0]!), amountsOf(pools.at(-1)!)]
  return first && last && { paid: first.paid, given: last.given }
}

export const TRANSFER_FEE_CHECKS: readonly CheckDefinition[] = [
  { id: 'fee_on_transfer', title: 'Simulation: what is sent arrives', evaluate: feeOnTransfer },
]
