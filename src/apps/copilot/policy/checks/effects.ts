import type { AllowanceChange, SimulationResult } from '../../schema.ts'
import { amountText, nativeOf, percentText } from '../amounts.ts'
import type { CheckDefinition } from '../check-definition.ts'
import type { Outcome } from '../outcome.ts'
import { broken, fail, notApplicable, notShown, pass, unavailable, warn, worst } from '../outcome.ts'
import {
  boughtToken,
  callsOf,
  findToken,
  type Review,
  type ReviewedCall,
  resultOf,
  sameAddress,
  swapInput,
} from '../review.ts'
import { changesOf, gasCostOf, NATIVE, receivedBy } from '../simulated-changes.ts'
import { exceeds, slippageBps, slippageOf } from '../swap-slippage.ts'

const NOT_SIMULATED = notShown('The simulation does not tell who has more or less of what afterwards.')
const NO_SWAP = notApplicable('There is no swap in this plan.')

const simulationEffects = (review: Review): Outcome => {
  const changes = changesOf(review, review.wallet)
  const results = review.artifacts.simulation?.results ?? []
  if (!changes || results.length === 0) return NOT_SIMULATED
  const allowed = expectedToLeave(review)
  const extra = [...changes].filter(([token, delta]) => -delta > (allowed.get(token) ?? 0n))
  if (extra.length > 0) {
    const text = extra.map(([token, delta]) => leaving(review, token, -delta)).join(', ')
    return fail(`More leaves the wallet than was asked for: ${text}.`, {
      leaving: extra.map(([token, delta]) => ({ token, amount: -delta, expected: allowed.get(token) ?? 0n })),
    })
  }
  const approvals = results.flatMap(({ logs = [], allowanceChanges = [] }) => [
    ...logs.flatMap((log) => unexpectedApproval(review, log)),
    ...allowanceChanges.flatMap((change) => unexpectedAllowance(review, change)),
  ])
  if (approvals.length > 0) {
    // What is logged is most often also read.
    const once = new Map(approvals.map((each) => [`${each.token}:${each.spender}`.toLowerCase(), each]))
    const spenders = [...once.values()].map(
      ({ spender, token }) => `${spender} over ${findToken(review.registry, token)?.symbol ?? token}`,
    )
    return fail(`An allowance is given that nobody asked for: ${spenders.join(', ')}.`, { approvals })
  }
  return worst(results.map(allowancesSeen), seenAsAsked(results, changes))
}

/** Allowances show in what the calls log, or where the tokens are asked before and after. */
function allowancesSeen({ logs, allowanceChanges }: SimulationResult): Outcome {
  const unread = allowanceChanges?.filter(({ after }) => after === null) ?? []
  if (unread.length > 0)
    return broken('What may be taken of the wallet afterwards could not be read.', { unread })
  return logs || allowanceChanges
    ? pass('Its allowances are seen.')
    : warn('Which allowances are given on the way cannot be seen with this engine.')
}

function seenAsAsked(results: readonly SimulationResult[], changes: ReadonlyMap<string, bigint>): Outcome {
  const metadata = { changes: Object.fromEntries(changes) }
  const only = 'In the simulation only what was asked for leaves the wallet'
  if (results.every(({ logs }) => logs)) return pass(`${only}.`, metadata)
  return pass(`${only}, and whom the plan names gets no other allowance; of others this engine tells none.`, {
    ...metadata,
    allowances_seen: 'spenders_of_the_plan',
  })
}

function leaving({ registry }: Review, token: string, amount: bigint): string {
  const known = token === NATIVE ? nativeOf(registry) : findToken(registry, token)
  return known ? amountText(amount, known) : `${amount} base units of ${token}`
}

/** By the bytes: what may go at most, and the gas. */
function expectedToLeave(review: Review): Map<string, bigint> {
  const most = new Map<string, bigint>()
  const add = (token: string, amount: bigint) => most.set(token, (most.get(token) ?? 0n) + amount)
  for (const { request, call, value } of review.requests) {
    add(NATIVE, value + gasCostOf(review, request.txRequestId))
    if (call.type === 'swap' && !call.nativeIn) add(call.path[0]!.toLowerCase(), swapInput(call, value))
    if (call.type === 'transfer' || call.type === 'withdraw') add(call.to.toLowerCase(), call.amount)
  }
  return most
}

/** `Approval(owner, spender, value)` and `ApprovalForAll(owner, operator, approved)`. */
const APPROVAL = '0x8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925'
const APPROVAL_FOR_ALL = '0x17307eab39ab6107e8899845ad3d59bd9653f200f220920489ca2b5937696c31'

type Log = { address: string; topics: string[]; data: string }

const addressIn = (topic: string | undefined) => `0x${(topic ?? '').slice(-40)}`
const amountIn = (data: string) => BigInt(data.length >= 66 ? data.slice(0, 66) : '0x0')

function unexpectedApproval(review: Review, log: Log): Given[] {
  const [topic, owner, spenderTopic] = log.topics
  if ((topic !== APPROVAL && topic !== APPROVAL_FOR_ALL) || !sameAddress(addressIn(owner), review.wallet))
    return []
  // The fourth topic is the number of a single item, which is none of the tokens that are known here.
  const amount = log.topics.length > 3 ? 1n : amountIn(log.data)
  const spender = addressIn(spenderTopic)
  const found = { token: log.address, spender, amount }
  if (amount === 0n) return []
  return topic !== APPROVAL_FOR_ALL && isKnownAllowance(review, found) ? [] : [found]
}

function unexpectedAllowance(review: Review, { token, spender, before, after }: AllowanceChange): Given[] {
  const given = { token, spender, amount: BigInt(after ?? 0) }
  return given.amount <= BigInt(before ?? 0) || isKnownAllowance(review, given) ? [] : [given]
}

type Given = { token: string; spender: string; amount: bigint }

/** Some tokens tell of the allowance that is left after each transfer: that is never more than was there before. */
function isKnownAllowance(review: Review, { token: given, spender, amount }: Given): boolean {
  const isPair = (token: string, who: string) => sameAddress(token, given) && sameAddress(who, spender)
  const planned = callsOf(review, 'approve')
    .filter(({ call }) => isPair(call.to, call.spender))
    .map(({ call }) => call.amount)
  const before = (review.artifacts.wallet_snapshot?.allowances ?? [])
    .filter((each) => isPair(each.token, each.spender))
    .map(({ allowance }) => BigInt(allowance))
  return [...planned, ...before].some((known) => amount <= known)
}

const minReceived = (review: Review): Outcome => {
  const swaps = callsOf(review, 'swap')
  if (swaps.length === 0) return NO_SWAP
  const { quote } = review.artifacts
  if (!quote) return broken('There is no quote to compare the swap with.')
  return worst(
    swaps.flatMap((swap) => [
      ...boundAgainstQuote(review, swap, quote),
      ...receivedAgainstBound(review, swap),
    ]),
    pass('The simulated swap gives at least what it must, and the bound is close to the quote.'),
  )
}

function boundAgainstQuote(
  review: Review,
  swap: ReviewedCall<'swap'>,
  quote: NonNullable<Review['artifacts']['quote']>,
): Outcome[] {
  const { limits } = review
  const { call, value } = swap
  const quotedOut = BigInt(quote.amountsOut.at(-1) ?? 0)
  const quotedIn = BigInt(quote.amountIn)
  const input = swapInput(call, value)
  const sameSwap =
    quote.path.join().toLowerCase() === call.path.join().toLowerCase() &&
    (call.exact === 'in' ? quotedIn === input : quotedOut === call.amountOut)
  if (!sameSwap)
    return [fail('The quote is for another swap than the one in the transaction.', { path: quote.path })]
  const metadata = {
    quoted_out: quotedOut,
    quoted_in: quotedIn,
    bound: call.exact === 'in' ? call.amountOut : input,
  }
  if (!exceeds(review, swap, quote, limits.maxSlippageBps)) return []
  const worse = slippageBps(slippageOf(review, swap, quote))
  return [
    fail(
      `The swap may end ${percentText(worse)} worse than quoted; ${percentText(limits.maxSlippageBps)} is the most.`,
      metadata,
    ),
  ]
}

function receivedAgainstBound(review: Review, swap: ReviewedCall<'swap'>): Outcome[] {
  const received = receivedBy(review, swap)
  if (received === null || !resultOf(review, swap.request.txRequestId)?.success) return [NOT_SIMULATED]
  const { amountOut } = swap.call
  if (received >= amountOut) return []
  const metadata = { received, least: amountOut }
  return [fail('In the simulation less comes out than the least that must.', metadata)]
}

/** Buying proves nothing about selling. Who listed a token looked at it; that it can be sold now is tried all the same. */
const honeypotSell = (review: Review): Outcome => {
  const bought = callsOf(review, 'swap').flatMap(({ call }) => boughtToken(review, call) ?? [])
  return worst(
    bought.flatMap((token): Outcome[] => {
      const sale = review.facts.sellBack?.[token.toLowerCase()]
      const listed = findToken(review.registry, token)
      const name = listed?.symbol ?? token
      if (!sale) {
        const untried = `Whether ${name} can be sold again could not be tried.`
        return [listed ? notShown(untried, { token }) : broken(untried, { token })]
      }
      const metadata = { token, loss_bps: sale.lossBps }
      if (!sale.success) return [fail(`${name} can be bought and not sold again.`, metadata)]
      if (sale.lossBps !== null && sale.lossBps > review.limits.sellBackBlockBps) {
        return [fail(`Selling ${name} again right away loses ${percentText(sale.lossBps)}.`, metadata)]
      }
      return []
    }),
    bought.length === 0 ? nothingToSell(review) : pass('What is bought can be sold again.'),
  )
}

const nothingToSell = (review: Review): Outcome =>
  callsOf(review, 'swap').length === 0
    ? NO_SWAP
    : notApplicable('What is bought is the coin of the chain, which needs no market.')

const simulationEngine = ({ artifacts: { simulation } }: Review): Outcome => {
  const support = simulation?.override_support
  const metadata = { engine: simulation?.engine, override_support: support }
  const assumed = simulation?.results.some((result) => result.assumed_success)
  if (simulation?.status !== 'completed' || support === undefined || assumed) {
    // That nothing was proved is told, and scored, by the rule about the simulation.
    return unavailable('No engine of this node could run all transactions one after the other.', metadata)
  }
  if (support === 'slot_override') {
    return warn('Each transaction was simulated by itself, with an allowance put in place for it.', metadata)
  }
  if (support === 'unsupported') {
    return warn('Each transaction was simulated by itself, and what it changes was not told.', metadata)
  }
  return pass('All transactions were simulated one after the other.', metadata)
}

export const EFFECT_CHECKS: readonly CheckDefinition[] = [
  { id: 'simulation_effects', title: 'Simulation: nothing else leaves', evaluate: simulationEffects },
  { id: 'min_received_vs_sim', title: 'Simulation: at least what was promised', evaluate: minReceived },
  { id: 'honeypot_sell', title: 'Simulation: what is bought can be sold', evaluate: honeypotSell },
  { id: 'simulation_engine', title: 'Simulation: how it was made', evaluate: simulationEngine },
]
