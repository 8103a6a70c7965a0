import type { Address, Hash, PublicClient, Transaction } from 'viem'
import { z } from 'zod'
import { matchesPlan } from '../../../web3/transactions/matches-plan.ts'
import { type SubmittedTransaction, TxHash } from '../runs/schema.ts'
import type { TxRequest } from '../schema.ts'
import { delegationOf } from './delegation-of.ts'
import { findByNonce } from './find-by-nonce.ts'
import { readBatch, replacedBy } from './read-batch.ts'
import {
  mismatchDetail,
  type Reading,
  type ReadOptions,
  receiptOf,
  transactionOf,
  unknownState,
  weigh,
} from './read-mined.ts'
import { whyReverted } from './why-reverted.ts'

type Planned = {
  request: TxRequest
  /** Every request of the plan. */
  plan: TxRequest[]
  wallet: Address
  chainId: number
  hash: Hash
  plannedAt: number
}

/** What earlier readings of the same hash left. */
const Known = z.object({
  /** Of a transaction that was seen and is the planned one. */
  nonce: z.number().optional().catch(undefined),
  replaced_by: TxHash.optional().catch(undefined),
  replaces: TxHash.optional().catch(undefined),
  /** Why the chain undid it, found out in this block. */
  reason: z.string().optional().catch(undefined),
  block_hash: TxHash.optional().catch(undefined),
  /** The block where the nonce was used was looked into, and nothing used it there. */
  searched: z.boolean().optional().catch(undefined),
  /** The newest blocks were looked through. */
  scanned: z.boolean().optional().catch(undefined),
  /** Who sent it, where the wallet did it by code of its own. */
  sent_by: z.string().optional().catch(undefined),
})
type Known = z.infer<typeof Known>

/**
 * Asks the chain about a hash. Only a mined transaction of the same chain, sender, target, value and bytes that succeeded,
 * deep enough and after the plan was made, is confirmed; whatever else has that hash is a mismatch and confirms nothing. Where
 * the wallet has had another transaction with the same nonce mined, that one is read in its place. An account that runs code may do
 * what was approved inside another transaction: that is looked into before it is called another one.
 */
export async function readTransaction(
  client: PublicClient,
  planned: Planned,
  before: SubmittedTransaction['detail'],
  options: ReadOptions,
): Promise<Reading> {
  const { hash, plannedAt } = planned
  const { confirmations } = options
  const known = Known.parse(before)
  const transaction = await transactionOf(client, hash)
  // Sent by somebody else for the wallet: the nonce is not the wallet's.
  const isRelayed = known.sent_by !== undefined && known.sent_by !== planned.wallet.toLowerCase()
  if (!transaction && isRelayed) return readInside(client, planned, before, options)
  const different = transaction && differenceOf(transaction, planned)
  if (different) return readDifferent(client, planned, { transaction, different, before, options })
  const receipt = transaction && (await receiptOf(client, hash))
  const nonce = transaction?.nonce ?? known.nonce
  const delegatedTo = transaction && (await delegationOf(client, transaction, planned.wallet))
  const kept = {
    ...(nonce !== undefined && { nonce }),
    ...(known.replaces && { replaces: known.replaces }),
    ...(delegatedTo && { delegated_to: delegatedTo }),
  }
  if (receipt) {
    const weighed = await weigh(client, receipt, plannedAt, confirmations)
    const { state, detail } = await withReason(client, transaction, weighed, known)
    return { state, detail: { ...detail, ...kept } }
  }
  const other = nonce === undefined ? null : await readOther(client, planned, nonce, known, options)
  if (other) return { ...other, detail: { ...kept, ...other.detail } }
  if (transaction) return { state: 'PENDING', detail: { ...kept, reason: 'not mined yet' } }
  return {
    state: unknownState(options),
    detail: { ...kept, reason: `no node knows this hash ${nonce === undefined ? 'yet' : 'any more'}` },
  }
}

type Different = {
  transaction: Transaction
  different: SubmittedTransaction['detail']
  before: SubmittedTransaction['detail']
  options: ReadOptions
}

/** What is not the planned transaction may do inside what was planned. While it is not mined that is not known. */
async function readDifferent(
  client: PublicClient,
  planned: Planned,
  { transaction, different, before, options }: Different,
): Promise<Reading> {
  const mismatch: Reading = { state: 'MISMATCH', detail: different }
  if (!(await mayActInside(client, transaction, planned.wallet))) return mismatch
  const inside = await readInside(client, planned, before, options)
  if (inside.state === 'PENDING') {
    return { ...inside, detail: { ...inside.detail, reason: `not mined yet; ${different.reason}` } }
  }
  return inside.state === 'MISMATCH' && inside.detail.did_planned !== true ? mismatch : inside
}

/** Whether the chain knows a hash as the planned transaction, on its way or mined after the plan was made. */
export async function standsFor(client: PublicClient, planned: Planned): Promise<boolean> {
  const { hash, plannedAt } = planned
  const transaction = await transactionOf(client, hash)
  if (!transaction || differenceOf(transaction, planned)) return false
  return transaction.blockNumber === null || transaction.blockNumber > BigInt(plannedAt)
}

/**
 * What became of a transaction that is not mined while its nonce is used. The same bytes count as what was approved. Anything
 * else cancels it, once it lies so deep that the chain does not take it back: until then the reported one may still be mined.
 *
 * @returns null while the nonce is not used.
 */
async function readOther(
  client: PublicClient,
  planned: Planned,
  nonce: number,
  known: Known,
  options: ReadOptions,
): Promise<Reading | null> {
  const { wallet, hash, plannedAt } = planned
  const { confirmations } = options
  const head = await client.getBlockNumber({ cacheTime: 0 })
  if ((await client.getTransactionCount({ address: wallet, blockNumber: head })) <= nonce) return null
  const notFound = `its nonce ${nonce} is used, and no transaction that used it was found`
  const gone: Reading = {
    state: 'DROPPED',
    detail: { reason: `${notFound}; report its hash if there is one`, searched: true },
  }
  if (known.searched) return gone
  const replacement = await minedAs(client, known.replaced_by)
  const found = replacement
    ? { type: 'found' as const, transaction: replacement }
    : await findByNonce(client, {
        wallet,
        nonce,
        after: BigInt(plannedAt),
        head,
        scanned: known.scanned ?? false,
      })
  if (found.type === 'none') return gone
  if (found.type === 'unknown') {
    // What used it may be what was approved: until that is known nothing is given up.
    const reason = `${notFound} yet; it is looked for again, and its hash may be reported`
    return { state: 'PENDING', detail: { reason, ...(found.scanned && { scanned: true }) } }
  }
  const other = found.transaction
  const receipt = await receiptOf(client, other.hash)
  if (!receipt) return null
  const different = differenceOf(other, planned)
  const weighed = await weigh(client, receipt, plannedAt, confirmations)
  // Mined between the two looks at it.
  if (other.hash === hash) return different ? { state: 'MISMATCH', detail: different } : weighed
  if (different && (await mayActInside(client, other, wallet))) {
    const inside = await readInside(client, { ...planned, hash: other.hash }, {}, options)
    if (inside.state !== 'MISMATCH' || inside.detail.did_planned === true) {
      return replacedBy(other.hash, hash, inside)
    }
  }
  if (different) {
    const isFinal = weighed.state !== 'MINED'
    const reason = `the wallet had ${other.hash} mined in its place: ${different.reason}`
    return {
      state: isFinal ? 'CANCELLED' : 'PENDING',
      detail: { ...different, ...weighed.detail, reason, ...(isFinal && { cancelled_by: other.hash }) },
    }
  }
  if (weighed.state !== 'MINED') {
    const told = await withReason(client, other, weighed, known)
    return { ...told, hash: other.hash, detail: { ...told.detail, replaces: hash } }
  }
  const reason = `the wallet had ${other.hash} mined in its place, which does the same`
  return { state: 'REPLACED', detail: { ...weighed.detail, reason, replaced_by: other.hash } }
}

/**
 * Whether a wallet may have done, or may yet do, something in a transaction of another form: its account runs code, is handed to
 * some by the transaction itself (EIP-7702), or could be made by it (ERC-4337) as long as somebody else's is not mined.
 */
async function mayActInside(
  client: PublicClient,
  transaction: Transaction,
  address: Address,
): Promise<boolean> {
  const { blockNumber, from } = transaction
  if (blockNumber === null && from.toLowerCase() !== address.toLowerCase()) return true
  if ((await delegationOf(client, transaction, address)) !== null) return true
  if ((await client.getCode({ address })) !== undefined) return true
  if (blockNumber === null) return false
  // Most nodes forget soon how accounts stood at a block.
  return (await client.getCode({ address, blockNumber }).catch(() => undefined)) !== undefined
}

/** The request as the only thing that the wallet did in the transaction. */
async function readInside(
  client: PublicClient,
  planned: Planned,
  before: SubmittedTransaction['detail'],
  options: ReadOptions,
): Promise<Reading> {
  const [reading] = await readBatch(client, { ...planned, requests: [planned.request] }, [before], options)
  return reading!
}

/** Adds why the chain undid a transaction. It is asked once for each block that did. */
async function withReason(
  client: PublicClient,
  transaction: Transaction,
  reading: Reading,
  known: Known,
): Promise<Reading> {
  if (reading.state !== 'REVERTED') return reading
  const isKnown = known.reason !== undefined && known.block_hash === reading.detail.block_hash
  const reason = isKnown ? known.reason! : await whyReverted(client, transaction)
  return reason === null ? reading : { ...reading, detail: { ...reading.detail, reason } }
}

async function minedAs(client: PublicClient, hash: string | undefined): Promise<Transaction | null> {
  if (hash === undefined) return null
  const found = await transactionOf(client, hash as Hash)
  return found?.blockNumber ? found : null
}

function differenceOf(transaction: Transaction, { request, wallet, chainId }: Planned) {
  const match = matchesPlan(transaction, { ...request, data: request.data as `0x${string}` }, wallet, chainId)
  if (match.matches) return null
  return mismatchDetail(`its ${match.field} is not the approved one`, match)
}
