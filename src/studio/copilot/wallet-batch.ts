import { type Address, type Chain, type Hash, type Hex, UnknownBundleIdError } from 'viem'
import { getCapabilities, sendCalls } from 'viem/actions'
import { askOnce, codeOf, type Wallet } from './wallet.ts'

/*
 * Several transactions in one request to the wallet (EIP-5792). What was mined is held against the plan transaction by
 * transaction, so that only a wallet that sends each by itself is asked for a batch: what is inside a bundle is not looked at.
 */

/** How a wallet would take a batch: each by itself, all bundled into one, or not at all. */
export type Batching = 'separate' | 'bundled' | 'none'

/** Every chain, in the list of what a wallet can. */
const EVERY_CHAIN = 0

export async function readBatching(wallet: Wallet, account: Address, chainId: number): Promise<Batching> {
  // Most wallets do not know the question.
  const known = await getCapabilities(askOnce(wallet), { account }).catch(() => null)
  const can = known?.[chainId] ?? known?.[EVERY_CHAIN]
  if (!can) return 'none'
  // Before the standard was final wallets said `atomicBatch`.
  const status = can.atomic?.status ?? (can.atomicBatch?.supported ? 'supported' : 'unsupported')
  // One that is `ready` may make the account a smart one on the way, and would bundle then.
  return status === 'unsupported' ? 'separate' : 'bundled'
}

export type BatchCall = { to: Address; data: Hex; value: bigint }

/** Hands a batch to the wallet under an id of ours, by which it takes it once. @returns the id that the wallet goes by. */
export async function sendBatch(
  wallet: Wallet,
  id: string,
  { from, chainId, calls }: { from: Address; chainId: number; calls: BatchCall[] },
): Promise<string> {
  const chain = { id: chainId } as Chain
  const answer = await sendCalls(askOnce(wallet), { account: from, chain, id, calls })
  const { id: given } = Object(answer) as { id?: unknown }
  return typeof given === 'string' ? given : id
}

/**
 * What became of a batch, as the wallet tells it: `refused` that it sent nothing of it and will not, `unknown` that it knows of
 * no such batch. `hashes` are of the transactions that it sent, in their order.
 */
export type BatchStatus = {
  state: 'pending' | 'ended' | 'refused' | 'unknown'
  isBundled: boolean
  hashes: Hash[]
}

const PENDING_BELOW = 200
/** Nothing of it went on chain, and the wallet will not try again (EIP-5792). */
const REFUSED = { from: 400, below: 500 }

export async function readBatch(wallet: Wallet, id: string): Promise<BatchStatus> {
  // Not by viem's action: where a wallet does not say that it bundled, that one says it did not.
  const asked = askOnce(wallet).request({ method: 'wallet_getCallsStatus', params: [id] })
  const told = await asked.catch((error) => {
    if (codeOf(error) === UnknownBundleIdError.code) return null
    throw error
  })
  if (!told) return { state: 'unknown', isBundled: false, hashes: [] }
  const hashes = (told.receipts ?? []).map(({ transactionHash }) => transactionHash)
  return {
    state: stateOf(told.status ?? 0, hashes),
    isBundled: told.atomic !== false || new Set(hashes).size < hashes.length,
    hashes,
  }
}

function stateOf(status: number, hashes: Hash[]): BatchStatus['state'] {
  if (status < PENDING_BELOW) return 'pending'
  return status >= REFUSED.from && status < REFUSED.below && hashes.length === 0 ? 'refused' : 'ended'
}
