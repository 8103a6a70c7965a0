import type { PublicClient } from 'viem'
import { matchesPlan } from '../../../web3/transactions/matches-plan.ts'
import type { CopilotState } from '../runs/read-copilot-run.ts'
import type { TxRequest } from '../schema.ts'
import { findByNonce } from './find-by-nonce.ts'

/** A wallet that has sent more since the plan was made is not looked through: nothing is concluded. */
const MAX_SENT = 16

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
  const { wallet_address: address, chain_id: chainId } = row
  const spending = requests.filter(({ meta: { kind } }) => kind !== 'APPROVE' && kind !== 'REVOKE')
  const isReported = transactions.some(
    (sent) => sent.state !== 'CONFIRMED' || spending.some((one) => one.txRequestId === sent.txRequestId),
  )
  const deadlines = spending.flatMap(({ meta: { deadline } }) => deadline ?? [])
  const plannedAt = artifacts.simulation?.blockNumber
  if (isReported || plannedAt === undefined || deadlines.length < spending.length) return false
  const last = (await client.getBlockNumber({ cacheTime: 0 })) - BigInt(confirmations) + 1n
  const after = BigInt(plannedAt)
  if (last <= after) return false
  const [{ timestamp }, code, first, next] = await Promise.all([
    client.getBlock({ blockNumber: last }),
    client.getCode({ address, blockNumber: last }),
    client.getTransactionCount({ address, blockNumber: after }),
    client.getTransactionCount({ address, blockNumber: last }),
  ])
  if (deadlines.some((deadline) => timestamp <= deadline)) return false
  if (code !== undefined || next - first > MAX_SENT) return false
  for (let nonce = first; nonce < next; nonce++) {
    const wanted = { wallet: address, nonce, after, head: last, scanned: false }
    const found = await findByNonce(client, wanted)
    if (found.type !== 'found') return false
    const { transaction } = found
    const isPlanned = (request: TxRequest) =>
      matchesPlan(transaction, { ...request, data: request.data as `0x${string}` }, address, chainId).matches
    if (spending.some(isPlanned)) return false
  }
  return true
}
