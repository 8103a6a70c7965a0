import type { Hash, PublicClient, Transaction, TransactionReceipt } from 'viem'
import { TransactionNotFoundError, TransactionReceiptNotFoundError } from 'viem'
import type { SubmittedTransaction, TxState } from '../runs/schema.ts'

/** What the chain says of a reported hash, held against the transaction it is said to be. */
export type Reading = {
  state: TxState
  detail: SubmittedTransaction['detail']
  /** The hash that has taken the place of the reported one for good. */
  hash?: Hash
}

/** When a hash was reported and what time it is, in milliseconds, and how deep in blocks a transaction must lie to count. */
export type ReadOptions = { confirmations: number; submittedAt: number; now: number }

/** A hash that no node knows may still be on its way; after so long it is given up. Milliseconds. */
const DROPPED_AFTER_MS = 30 * 60_000

/** How a hash stands that no node knows. */
export const unknownState = ({ submittedAt, now }: ReadOptions): 'DROPPED' | 'PENDING' =>
  now - submittedAt > DROPPED_AFTER_MS ? 'DROPPED' : 'PENDING'

export const transactionOf = (client: PublicClient, hash: Hash): Promise<Transaction | null> =>
  orNull(client.getTransaction({ hash }), TransactionNotFoundError)

export const receiptOf = (client: PublicClient, hash: Hash): Promise<TransactionReceipt | null> =>
  orNull(client.getTransactionReceipt({ hash }), TransactionReceiptNotFoundError)

/** How a mined transaction of the plan stands. */
export async function weigh(
  client: PublicClient,
  receipt: TransactionReceipt,
  plannedAt: number,
  confirmations: number,
): Promise<Reading> {
  if (receipt.blockNumber <= BigInt(plannedAt)) {
    const reason = `it was mined in block ${receipt.blockNumber}, before the plan was made on block ${plannedAt}`
    return { state: 'MISMATCH', detail: { reason } }
  }
  const depth = Number((await client.getBlockNumber({ cacheTime: 0 })) - receipt.blockNumber) + 1
  const mined = {
    block_number: Number(receipt.blockNumber),
    block_hash: receipt.blockHash,
    gas_used: receipt.gasUsed.toString(),
    confirmations: depth,
  }
  if (depth < confirmations) return { state: 'MINED', detail: mined }
  return { state: receipt.status === 'success' ? 'CONFIRMED' : 'REVERTED', detail: mined }
}

/** What is different about a transaction, to be shown beside what was approved. */
export const mismatchDetail = (
  reason: string,
  { field, expected, actual }: { field: string; expected: string; actual: string },
) => ({ reason, field, expected: shorten(expected), actual: shorten(actual) })

const shorten = (text: string) => (text.length <= 200 ? text : `${text.slice(0, 200)}…`)

async function orNull<T>(reading: Promise<T>, missing: new (...args: never[]) => Error): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof missing) return null
    throw error
  }
}
