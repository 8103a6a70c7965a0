import type { Address, Hash, PublicClient, TransactionReceipt } from 'viem'
import { z } from 'zod'
import { traceTransaction } from '../../../web3/trace-transaction.ts'
import { matchesBatch } from '../../../web3/transactions/matches-batch.ts'
import { readWalletCalls } from '../../../web3/transactions/wallet-calls.ts'
import type { SubmittedTransaction } from '../runs/schema.ts'
import type { TxRequest } from '../schema.ts'
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
  wallet: Address
  chainId: number
  hash: Hash
  plannedAt: number
}

type Detail = SubmittedTransaction['detail']

/** What the trace proved of a request. */
const Proved = z.object({
  /** The hash of the block: in another one it is proved again. */
  proved_in: z.string(),
  outcome: z.enum(['done', 'failed']),
  /** Who sent the transaction, and what the wallet paid an entry point for it. */
  sent_by: z.string(),
  prefund_wei: z.string(),
})
type Proved = z.infer<typeof Proved>

/**
 * Asks the chain about a transaction that a wallet batched requests into. Whoever sent it, the calls that the wallet made in it
 * must be the requests, all of them, in their order and nothing else: that is read from the trace of the transaction. What cannot
 * be traced is not confirmed.
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
  const { requests, chainId, hash, plannedAt } = planned
  const all = (reading: Reading): Reading[] => requests.map(() => reading)
  const transaction = await transactionOf(client, hash)
  if (!transaction) {
    return all({ state: unknownState(options), detail: { reason: 'no node knows this hash' } })
  }
  if (transaction.chainId !== chainId) {
    const actual = String(transaction.chainId ?? 'none')
    const different = { field: 'chainId', expected: String(chainId), actual }
    return all({
      state: 'MISMATCH',
      detail: mismatchDetail('its chainId is not the approved one', different),
    })
  }
  const receipt = await receiptOf(client, hash)
  if (!receipt) return all({ state: 'PENDING', detail: { reason: 'not mined yet' } })
  const weighed = await weigh(client, receipt, plannedAt, options.confirmations)
  if (weighed.state === 'MISMATCH') return all(weighed)
  const known = before.map((detail) => Proved.safeParse(detail).data)
  const isKnown = known.every((one) => one?.proved_in === receipt.blockHash)
  const proof = isKnown
    ? { type: 'proved' as const, proved: known as Proved[] }
    : await prove(client, planned, receipt)
  switch (proof.type) {
    case 'untraced':
      return all({ state: 'MINED', detail: { ...weighed.detail, reason: proof.reason } })
    case 'different':
      return all({ state: 'MISMATCH', detail: proof.detail })
    case 'proved':
      return proof.proved.map((proved) => {
        const end = proved.outcome === 'done' ? 'CONFIRMED' : 'REVERTED'
        const state = weighed.state === 'MINED' ? 'MINED' : end
        return { state, detail: { ...weighed.detail, ...proved } }
      })
  }
}

/** Whether the chain has the transaction, and it is a batch of these requests made after the plan. */
export async function standsForBatch(client: PublicClient, planned: PlannedBatch): Promise<boolean> {
  const options = { confirmations: 1, submittedAt: 0, now: 0 }
  const [first] = await readBatch(
    client,
    planned,
    planned.requests.map(() => ({})),
    options,
  )
  return first!.state === 'CONFIRMED' || first!.state === 'REVERTED'
}

type Proof =
  | { type: 'proved'; proved: Proved[] }
  | { type: 'different'; detail: Detail }
  | { type: 'untraced'; reason: string }

async function prove(
  client: PublicClient,
  { requests, wallet, hash }: PlannedBatch,
  { from, blockHash }: TransactionReceipt,
): Promise<Proof> {
  const traced = await traceTransaction(client, hash)
  const read = traced.answered ? readCalls(traced.answer, wallet) : null
  if (!read) {
    const why = traced.answered ? 'it gave something else than a trace' : traced.message.slice(0, 200)
    const reason = `mined, but what the wallet did in it is not proved: the RPC of the chain does not trace transactions (${why})`
    return { type: 'untraced', reason }
  }
  const match = matchesBatch(read.calls, requests)
  if (match.matches) {
    const common = { proved_in: blockHash, sent_by: from, prefund_wei: read.prefund.toString() }
    return { type: 'proved', proved: match.outcomes.map((outcome) => ({ ...common, outcome })) }
  }
  const detail = mismatchDetail(match.reason, match)
  return { type: 'different', detail: { ...detail, ...(match.didPlanned && { did_planned: true }) } }
}

function readCalls(trace: unknown, wallet: Address) {
  try {
    return readWalletCalls(trace, wallet)
  } catch {
    return null
  }
}
