import type { PublicClient } from 'viem'
import { matchesPlan } from '../../../web3/transactions/matches-plan.ts'
import { isSpent } from '../policy/spent-totals.ts'
import { wasMadeOtherwise } from '../runs/approved-plan.ts'
import type { CopilotState } from '../runs/read-copilot-run.ts'
import type { SubmittedTransaction } from '../runs/schema.ts'
import type { TxRequest } from '../schema.ts'
import { findByNonce } from './find-by-nonce.ts'

/** A wallet that has sent more since the plan was made is not looked through: nothing is concluded. */
const MAX_SENT = 16

/** Of a plan, what it is about: what moves something, or what it allows where that is all. */
export function mainOf(requests: TxRequest[]): TxRequest[] {
  const moving = requests.filter(({ meta }) => isSpent(meta))
  return moving.length > 0 ? moving : requests
}

type HandedOut = { requests: TxRequest[]; state: CopilotState; confirmations: number }

/**
 * Whether what was handed out was never sent and can no longer be: no hash of it is reported, its time was over at a block that
 * the chain does not take back, and whatever the wallet sent until then is something else. Of an account with code nothing is
 * concluded, because others may act for it.
 */
export async function isOverUnsent(
  client: PublicClient,
  { requests, state: { row, transactions, artifacts }, confirmations }: HandedOut,
): Promise<boolean> {
  const spending = requests.filter(({ meta }) => isSpent(meta))
  const isReported = transactions.some(
    (sent) => !isNotIt(sent) && (sent.state !== 'CONFIRMED' || isAbout(spending, sent)),
  )
  const plannedAt = artifacts.simulation?.blockNumber
  if (isReported || plannedAt === undefined) return false
  const after = BigInt(plannedAt)
  const last = await overSince(client, spending, confirmations)
  if (last === null || last <= after) return false
  return hasSentNoneOf(client, { requests: spending, row, after, last })
}

/** The newest block that the chain does not take back, where the time of all of these is over at it. What has no deadline has no end. */
async function overSince(
  client: PublicClient,
  requests: TxRequest[],
  confirmations: number,
): Promise<bigint | null> {
  const deadlines = requests.flatMap(({ meta: { deadline } }) => deadline ?? [])
  if (deadlines.length < requests.length) return null
  const last = (await client.getBlockNumber({ cacheTime: 0 })) - BigInt(confirmations) + 1n
  const { timestamp } = await client.getBlock({ blockNumber: last })
  return deadlines.every((deadline) => timestamp > deadline) ? last : null
}

/** Whether nothing of a plan can be mined any more, under whatever nonce. */
export const isTimeOver = async (client: PublicClient, requests: TxRequest[], confirmations: number) =>
  (await overSince(client, mainOf(requests), confirmations)) !== null

/** What the chain knows as something else than was approved, and what it can never mine. */
const isNotIt = (sent: SubmittedTransaction): boolean =>
  sent.state === 'CANCELLED' || (sent.state === 'MISMATCH' && !wasMadeOtherwise(sent))

const isAbout = (requests: TxRequest[], sent: SubmittedTransaction): boolean =>
  requests.some(({ txRequestId }) => txRequestId === sent.txRequestId)

/**
 * Whether the wallet had every transaction that the plan is about cancelled for good, and has sent none of them under another
 * nonce. The other ones may be mined or not: they pay nobody.
 */
export async function isCancelled(
  client: PublicClient,
  { requests, state: { row, transactions, artifacts } }: Omit<HandedOut, 'confirmations'>,
): Promise<boolean> {
  const main = mainOf(requests)
  const stateOf = ({ txRequestId }: TxRequest) =>
    transactions.find((sent) => sent.txRequestId === txRequestId)?.state
  const plannedAt = artifacts.simulation?.blockNumber
  if (plannedAt === undefined || !main.every((request) => stateOf(request) === 'CANCELLED')) return false
  if (transactions.some(({ state }) => ON_ITS_WAY.has(state))) return false
  const last = await client.getBlockNumber({ cacheTime: 0 })
  return hasSentNoneOf(client, { requests: main, row, after: BigInt(plannedAt), last })
}

const ON_ITS_WAY: ReadonlySet<string> = new Set(['PENDING', 'MINED', 'REPLACED'])

type Looked = { requests: TxRequest[]; row: CopilotState['row']; after: bigint; last: bigint }

/** Looks at each transaction that the wallet had mined since. What cannot be looked at may be one of them. */
async function hasSentNoneOf(
  client: PublicClient,
  { requests, row: { wallet_address: address, chain_id: chainId }, after, last }: Looked,
): Promise<boolean> {
  const [code, first, next] = await Promise.all([
    client.getCode({ address, blockNumber: last }),
    client.getTransactionCount({ address, blockNumber: after }),
    client.getTransactionCount({ address, blockNumber: last }),
  ])
  if (code !== undefined || next - first > MAX_SENT) return false
  for (let nonce = first; nonce < next; nonce++) {
    const wanted = { wallet: address, nonce, after, head: last, scanned: false }
    const found = await findByNonce(client, wanted)
    if (found.type !== 'found') return false
    const { transaction } = found
    // While the account ran code, others may have acted for it.
    if (transaction.authorizationList?.length) return false
    const isPlanned = (request: TxRequest) =>
      matchesPlan(transaction, { ...request, data: request.data as `0x${string}` }, address, chainId).matches
    if (requests.some(isPlanned)) return false
  }
  return true
}
