import type { Address, Hash, PublicClient, Transaction, TransactionReceipt } from 'viem'
import { z } from 'zod'
import { traceTransaction } from '../../../web3/trace-transaction.ts'
import { readUserOperationCost } from '../../../web3/transactions/entry-points.ts'
import { hasMade, matchesBatch } from '../../../web3/transactions/matches-batch.ts'
import { readWalletCalls } from '../../../web3/transactions/wallet-calls.ts'
import type { SubmittedTransaction } from '../runs/schema.ts'
import type { TxRequest } from '../schema.ts'
import { delegationOf } from './delegation-of.ts'
import { findByNonce } from './find-by-nonce.ts'
import {
  mismatchDetail,
  type Reading,
  type ReadOptions,
  receiptOf,
  transactionOf,
  unknownState,
  weigh,
} from './read-mined.ts'

/** One transaction in which a wallet is said to have made these requests, in this order. */
export type PlannedBatch = {
  requests: TxRequest[]
  /** Every request of the plan: what of them was made all the same is not made again. */
  plan: TxRequest[]
  wallet: Address
  hash: Hash
  plannedAt: number
}

type Detail = SubmittedTransaction['detail']

/** What the trace proved of a request. */
const Proved = z.object({
  /** The hash of the block: in another one it is proved again. */
  proved_in: z.string(),
  outcome: z.enum(['done', 'undone']),
  /** What the wallet paid for gas, and how many more coins it has beside that. */
  gas_paid_wei: z.string(),
  native_delta_wei: z.string(),
})
type Proved = z.infer<typeof Proved>

/** What earlier readings left that is needed again. */
const Known = z.object({
  /** Who sent it, with which nonce, once a node showed it. */
  sent_by: z.string().optional().catch(undefined),
  nonce: z.number().optional().catch(undefined),
  /** When it was last tried to trace it, in milliseconds. */
  untraced_at: z.number().optional().catch(undefined),
  reason: z.string().optional().catch(undefined),
})
type Known = z.infer<typeof Known>

/** A node that did not trace is left alone for so long: no other call costs it as much. */
const TRACE_AGAIN_MS = 60_000

/**
 * Asks the chain about a transaction that a wallet made requests in. Whoever sent it, what the wallet did in it must be the
 * requests, all of them, in their order and nothing else: that is read from the trace of the transaction. What cannot be traced is
 * not confirmed; what is not known to be undone is not given up, because it may be paid.
 *
 * @param before what is known of each request.
 * @returns how each request stands.
 */
export async function readBatch(
  client: PublicClient,
  planned: PlannedBatch,
  before: Detail[],
  options: ReadOptions,
): Promise<Reading[]> {
  const known = Known.parse(before[0] ?? {})
  const transaction = await transactionOf(client, planned.hash)
  if (transaction) return readKnown(client, transaction, planned, before, options)
  return followSender(client, planned, known, options)
}

/** Whether the chain has the transaction, and it is one in which these requests were made after the plan, done or undone. */
export async function standsForBatch(client: PublicClient, planned: PlannedBatch): Promise<boolean> {
  const options = { confirmations: 1, submittedAt: 0, now: 0 }
  const details = planned.requests.map(() => ({}))
  const [first] = await readBatch(client, planned, details, options)
  return first!.detail.proved_in !== undefined
}

const all = ({ requests }: PlannedBatch, reading: Reading): Reading[] => requests.map(() => reading)

async function readKnown(
  client: PublicClient,
  transaction: Transaction,
  planned: PlannedBatch,
  before: Detail[],
  options: ReadOptions,
): Promise<Reading[]> {
  const { wallet, hash, plannedAt } = planned
  const delegatedTo = await delegationOf(transaction, wallet)
  const seen = {
    sent_by: transaction.from.toLowerCase(),
    nonce: transaction.nonce,
    ...(delegatedTo && { delegated_to: delegatedTo }),
  }
  const receipt = await receiptOf(client, hash)
  if (!receipt) return all(planned, { state: 'PENDING', detail: { ...seen, reason: 'not mined yet' } })
  const weighed = await weigh(client, receipt, plannedAt, options.confirmations)
  if (weighed.state === 'MISMATCH') return all(planned, weighed)
  const proof = await proveOnce(client, planned, { receipt, before, now: options.now })
  switch (proof.type) {
    case 'untraced': {
      const { reason, at } = proof
      const detail = { ...weighed.detail, ...seen, reason, untraced_at: at }
      return all(planned, { state: 'MINED', detail })
    }
    case 'different':
      return all(planned, { state: 'MISMATCH', detail: proof.detail })
    case 'proved':
      return proof.proved.map((proved) => {
        const end = proved.outcome === 'done' ? 'CONFIRMED' : 'REVERTED'
        const state = weighed.state === 'MINED' ? 'MINED' : end
        return { state, detail: { ...weighed.detail, ...seen, ...proved } }
      })
  }
}

const GIVEN_UP = 'no node knows it any more, and whether the wallet did it otherwise is not known'

/**
 * What became of a transaction that no node knows. Where it was seen once, its sender may have had another one mined with the same
 * nonce that does the same. Anybody may send what a wallet signed for others to send, so that it is not handed out again.
 */
async function followSender(
  client: PublicClient,
  planned: PlannedBatch,
  { sent_by: sender, nonce }: Known,
  options: ReadOptions,
): Promise<Reading[]> {
  const seen = { ...(sender && { sent_by: sender }), ...(nonce !== undefined && { nonce }) }
  const state = unknownState(options)
  const reason = state === 'PENDING' ? 'no node knows this hash' : GIVEN_UP
  const unknown: Reading = {
    state,
    detail: { ...seen, reason, ...(state === 'DROPPED' && { searched: true }) },
  }
  if (!sender || nonce === undefined) return all(planned, unknown)
  const head = await client.getBlockNumber({ cacheTime: 0 })
  const address = sender as Address
  if ((await client.getTransactionCount({ address, blockNumber: head })) <= nonce)
    return all(planned, unknown)
  const after = BigInt(planned.plannedAt)
  const found = await findByNonce(client, { wallet: address, nonce, after, head, scanned: false })
  if (found.type !== 'found') return all(planned, unknown)
  const other = found.transaction
  const details = planned.requests.map(() => ({}))
  const readings = await readKnown(client, other, { ...planned, hash: other.hash }, details, options)
  if (other.hash === planned.hash) return readings
  return readings.map((reading) => replacedBy(other.hash, planned.hash, reading))
}

/** The reading of another transaction with the same nonce, told of the reported one. */
export function replacedBy(hash: Hash, reported: Hash, { state, detail }: Reading): Reading {
  if (state === 'CONFIRMED' || state === 'REVERTED') {
    return { state, hash, detail: { ...detail, replaces: reported } }
  }
  const reason = `its sender had ${hash} mined in its place`
  if (state === 'MISMATCH' && detail.did_planned !== true) {
    // Another sender may still take what the wallet signed.
    return { state: 'DROPPED', detail: { ...detail, reason, searched: true } }
  }
  return state === 'MISMATCH'
    ? { state, detail }
    : { state: 'REPLACED', detail: { ...detail, reason, replaced_by: hash } }
}

type Proof =
  | { type: 'proved'; proved: Proved[] }
  | { type: 'different'; detail: Detail }
  | { type: 'untraced'; reason: string; at: number }

type Seen = { receipt: TransactionReceipt; before: Detail[]; now: number }

/** Proves it unless it was proved in the same block, or the node has just refused. */
async function proveOnce(
  client: PublicClient,
  planned: PlannedBatch,
  { receipt, before, now }: Seen,
): Promise<Proof> {
  const proved = before.map((detail) => Proved.safeParse(detail).data)
  if (proved.every((one) => one?.proved_in === receipt.blockHash))
    return { type: 'proved', proved: proved as Proved[] }
  const { untraced_at: at, reason } = Known.parse(before[0] ?? {})
  if (at !== undefined && reason !== undefined && now - at < TRACE_AGAIN_MS) {
    return { type: 'untraced', reason, at }
  }
  return prove(client, planned, receipt, now)
}

/** More than this many times what the whole transaction cost is no price of gas. */
const DEAR = 10n

async function prove(
  client: PublicClient,
  { requests, plan, wallet, hash }: PlannedBatch,
  receipt: TransactionReceipt,
  now: number,
): Promise<Proof> {
  const isUndone = receipt.status !== 'success'
  const traced = await traceTransaction(client, hash)
  const read = traced.answered ? readCalls(traced.answer, wallet, isUndone) : null
  if (!read) {
    if (isUndone)
      return { type: 'different', detail: { reason: 'the chain undid it, and it was not traced' } }
    const why = traced.answered ? 'it gave something else than a trace' : traced.message.slice(0, 200)
    const reason = `mined, but what the wallet did in it is not proved: the RPC of the chain did not trace it (${why})`
    return { type: 'untraced', reason, at: now }
  }
  const cost = receipt.gasUsed * receipt.effectiveGasPrice
  const ofOperation = readUserOperationCost(receipt, wallet)
  const match = matchesBatch(read.calls, requests)
  const different = !match.matches
    ? match
    : ofOperation !== null && ofOperation > cost * DEAR
      ? dear(cost, ofOperation)
      : null
  if (different || !match.matches) {
    const didPlanned = hasMade(read.calls, plan)
    const detail = mismatchDetail(different!.reason, different!)
    return { type: 'different', detail: { ...detail, ...(didPlanned && { did_planned: true }) } }
  }
  const isSender = receipt.from.toLowerCase() === wallet.toLowerCase()
  const common = {
    proved_in: receipt.blockHash,
    gas_paid_wei: String(ofOperation ?? (isSender ? cost : 0n)),
    native_delta_wei: read.nativeDelta.toString(),
  }
  return { type: 'proved', proved: match.outcomes.map((outcome) => ({ ...common, outcome })) }
}

const dear = (cost: bigint, paid: bigint) => ({
  reason: 'the wallet paid far more for gas than all of the transaction cost',
  field: 'gas',
  expected: `${cost} wei at most ${DEAR} times`,
  actual: `${paid} wei`,
})

function readCalls(trace: unknown, wallet: Address, isUndone: boolean) {
  try {
    return readWalletCalls(trace, wallet, isUndone)
  } catch {
    return null
  }
}
