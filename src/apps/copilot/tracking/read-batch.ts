import type { Address, Hash, PublicClient, Transaction } from 'viem'
import { z } from 'zod'
import type { SubmittedTransaction } from '../runs/schema.ts'
import { delegationOf } from './delegation-of.ts'
import { findByNonce } from './find-by-nonce.ts'
import { type PlannedBatch, proveOnce } from './prove-batch.ts'
import {
  type Reading,
  type ReadOptions,
  receiptOf,
  transactionOf,
  unknownState,
  weigh,
} from './read-mined.ts'

type Detail = SubmittedTransaction['detail']

/** What earlier readings left that is needed again. */
const Known = z.object({
  /** Who sent it, with which nonce, once a node showed it. */
  sent_by: z.string().optional().catch(undefined),
  nonce: z.number().optional().catch(undefined),
  /** What used the nonce was looked for and not found; in the newest blocks, or anywhere. */
  scanned: z.boolean().optional().catch(undefined),
  searched: z.boolean().optional().catch(undefined),
})
type Known = z.infer<typeof Known>

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
  const delegatedTo = await delegationOf(client, transaction, wallet)
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
  { sent_by: sender, nonce, scanned = false, searched = false }: Known,
  options: ReadOptions,
): Promise<Reading[]> {
  const seen = { ...(sender && { sent_by: sender }), ...(nonce !== undefined && { nonce }) }
  const gone: Reading = { state: 'DROPPED', detail: { ...seen, reason: GIVEN_UP, searched: true } }
  const unknown = (more: Detail = {}): Reading =>
    unknownState(options) === 'DROPPED'
      ? gone
      : { state: 'PENDING', detail: { ...seen, ...more, reason: 'no node knows this hash' } }
  if (searched) return all(planned, gone)
  if (!sender || nonce === undefined) return all(planned, unknown())
  const head = await client.getBlockNumber({ cacheTime: 0 })
  const address = sender as Address
  if ((await client.getTransactionCount({ address, blockNumber: head })) <= nonce)
    return all(planned, unknown())
  const after = BigInt(planned.plannedAt)
  const found = await findByNonce(client, { wallet: address, nonce, after, head, scanned })
  if (found.type === 'none') return all(planned, gone)
  if (found.type === 'unknown') return all(planned, unknown(found.scanned ? { scanned: true } : {}))
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
