import type { Address, Hash, PublicClient, TransactionReceipt } from 'viem'
import { z } from 'zod'
import { traceTransaction } from '../../../web3/trace-transaction.ts'
import { readUserOperationCost } from '../../../web3/transactions/entry-points.ts'
import { hasMade, matchesBatch } from '../../../web3/transactions/matches-batch.ts'
import { readWalletCalls } from '../../../web3/transactions/wallet-calls.ts'
import type { SubmittedTransaction } from '../runs/schema.ts'
import type { TxRequest } from '../schema.ts'
import { mismatchDetail } from './read-mined.ts'

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

/** That it could not be traced, why, and when that was tried, in milliseconds. */
const Untraced = z.object({
  untraced_at: z.number().optional().catch(undefined),
  reason: z.string().optional().catch(undefined),
})

/** A node that did not trace is left alone for so long: no other call costs it as much. */
const TRACE_AGAIN_MS = 60_000

type Proof =
  | { type: 'proved'; proved: Proved[] }
  | { type: 'different'; detail: Detail }
  | { type: 'untraced'; reason: string; at: number }

type Seen = { receipt: TransactionReceipt; before: Detail[]; now: number }

/** Proves it unless it was proved in the same block, or the node has just refused. */
export async function proveOnce(
  client: PublicClient,
  planned: PlannedBatch,
  { receipt, before, now }: Seen,
): Promise<Proof> {
  const proved = before.map((detail) => Proved.safeParse(detail).data)
  if (proved.every((one) => one?.proved_in === receipt.blockHash))
    return { type: 'proved', proved: proved as Proved[] }
  const { untraced_at: at, reason } = Untraced.parse(before[0] ?? {})
  if (at !== undefined && reason !== undefined && now - at < TRACE_AGAIN_MS) {
    return { type: 'untraced', reason, at }
  }
  return prove(client, planned, receipt, now)
}

/** More than this many times what the whole transaction cost is no price of gas: limits and fees are set with room. */
const DEAR = 20n

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
  const charged = ofOperation ?? 0n
  const most = DEAR * cost
  const mostAhead = charged > cost ? DEAR * charged : most
  const different = !match.matches
    ? match
    : charged > most
      ? dear(charged, most)
      : read.prefund > mostAhead
        ? dear(read.prefund, mostAhead)
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

const dear = (paid: bigint, most: bigint) => ({
  reason: 'the wallet paid far more for gas than all of the transaction cost',
  field: 'gas',
  expected: `${most} wei at most`,
  actual: `${paid} wei`,
})

function readCalls(trace: unknown, wallet: Address, isUndone: boolean) {
  try {
    return readWalletCalls(trace, wallet, isUndone)
  } catch {
    return null
  }
}
