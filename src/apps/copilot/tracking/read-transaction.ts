import type { Hash, PublicClient, Transaction } from 'viem'
import { TransactionNotFoundError, TransactionReceiptNotFoundError } from 'viem'
import { matchesPlan } from '../../../web3/transactions/matches-plan.ts'
import type { SubmittedTransaction, TxState } from '../runs/schema.ts'
import type { TxRequest } from '../schema.ts'

/** What the chain says of a reported hash, held against the transaction it is said to be. */
export type Reading = {
  state: TxState
  detail: SubmittedTransaction['detail']
}

/** A hash that no node knows may still be on its way; after so long it is given up. Milliseconds. */
const DROPPED_AFTER_MS = 30 * 60_000

/**
 * Asks the chain about a hash. Only a mined transaction of the same chain, sender, target, value and bytes that succeeded,
 * deep enough and after the plan was made, is confirmed; whatever else has that hash is a mismatch and confirms nothing.
 */
export async function readTransaction(
  client: PublicClient,
  planned: { request: TxRequest; wallet: string; chainId: number; hash: Hash; plannedAt: number },
  { confirmations, submittedAt, now }: { confirmations: number; submittedAt: number; now: number },
): Promise<Reading> {
  const { hash } = planned
  const transaction = await orNull(client.getTransaction({ hash }), TransactionNotFoundError)
  if (!transaction) {
    const state = now - submittedAt > DROPPED_AFTER_MS ? 'DROPPED' : 'PENDING'
    return { state, detail: { reason: 'no node knows this hash yet' } }
  }
  const different = differenceOf(transaction, planned)
  if (different) return { state: 'MISMATCH', detail: different }
  const receipt = await orNull(client.getTransactionReceipt({ hash }), TransactionReceiptNotFoundError)
  if (!receipt) return { state: 'PENDING', detail: { reason: 'not mined yet' } }
  if (receipt.blockNumber <= BigInt(planned.plannedAt)) {
    const reason = `it was mined in block ${receipt.blockNumber}, before the plan was made on block ${planned.plannedAt}`
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

function differenceOf(
  transaction: Transaction,
  { request, wallet, chainId }: { request: TxRequest; wallet: string; chainId: number },
) {
  const match = matchesPlan(transaction, { ...request, data: request.data as `0x${string}` }, wallet, chainId)
  if (match.matches) return null
  const { field, expected, actual } = match
  return {
    reason: `its ${field} is not the approved one`,
    field,
    expected: shorten(expected),
    actual: shorten(actual),
  }
}

const shorten = (text: string) => (text.length <= 200 ? text : `${text.slice(0, 200)}…`)

async function orNull<T>(reading: Promise<T>, missing: new (...args: never[]) => Error): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof missing) return null
    throw error
  }
}
