import {
  type Address,
  AtomicityNotSupportedError,
  AtomicReadyWalletRejectedUpgradeError,
  BundleTooLargeError,
  type Capabilities,
  type Chain,
  type Hash,
  type Hex,
  UnknownBundleIdError,
  UnsupportedChainIdError,
  UnsupportedNonOptionalCapabilityError,
  UserRejectedRequestError,
} from 'viem'
import { getCapabilities, sendCalls } from 'viem/actions'
import { askOnce, codeOf, type Wallet } from './wallet.ts'

/** How a wallet would take several transactions in one request (EIP-5792): each by itself, all in one, or not at all. */
export type Batching = 'separate' | 'atomic' | 'none'

/** Every chain, in the list of what a wallet can. */
const EVERY_CHAIN = 0

export async function readBatching(wallet: Wallet, account: Address, chainId: number): Promise<Batching> {
  // Most wallets do not know the question.
  const known = await getCapabilities(askOnce(wallet), { account }).catch(() => null)
  const told = [known?.[chainId], known?.[EVERY_CHAIN]].filter((can) => can !== undefined)
  if (told.length === 0) return 'none'
  // What is said of every chain holds where the chain's own entry does not say otherwise.
  const status = told.map(atomicOf).find((said) => said !== null) ?? 'unsupported'
  // One that is `ready` offers to make the account a smart one on the way.
  return status === 'unsupported' ? 'separate' : 'atomic'
}

/** Before the standard was final wallets said `atomicBatch`. */
function atomicOf({ atomic, atomicBatch }: Capabilities): string | null {
  if (atomic?.status) return atomic.status
  if (!atomicBatch) return null
  return atomicBatch.supported ? 'supported' : 'unsupported'
}

export type BatchCall = { to: Address; data: Hex; value: bigint }
export type Batch = { from: Address; chainId: number; calls: BatchCall[]; isAtomic: boolean }

/**
 * Hands a batch to the wallet under an id of ours, by which it takes it once; with `isAtomic` all of it happens or nothing.
 *
 * @returns the id that the wallet goes by.
 */
export async function sendBatch(
  wallet: Wallet,
  id: string,
  { from, chainId, calls, isAtomic }: Batch,
): Promise<string> {
  const chain = { id: chainId } as Chain
  const answer = await sendCalls(askOnce(wallet), { account: from, chain, id, calls, forceAtomic: isAtomic })
  const { id: given } = Object(answer) as { id?: unknown }
  return typeof given === 'string' ? given : id
}

/** With these a wallet says that it takes a batch as it is not, and sends nothing of it (EIP-5792). */
const NOT_TAKEN: ReadonlySet<number | null> = new Set([
  UserRejectedRequestError.code,
  UnsupportedNonOptionalCapabilityError.code,
  UnsupportedChainIdError.code,
  BundleTooLargeError.code,
  AtomicReadyWalletRejectedUpgradeError.code,
  AtomicityNotSupportedError.code,
])

export const isNotTaken = (error: unknown): boolean => NOT_TAKEN.has(codeOf(error))

/**
 * What became of a batch, as the wallet tells it: `refused` that it sent nothing of it and will not, `unknown` that it knows of
 * no such batch, `unclear` where nothing of that can be read from its answer. `hashes` are of the transactions that it sent, in their order; `isAtomic` that it made one of all, null where it
 * does not say.
 */
export type BatchStatus = {
  state: 'pending' | 'ended' | 'refused' | 'unknown' | 'unclear'
  isAtomic: boolean | null
  hashes: Hash[]
}

const PENDING = { from: 100, below: 200 }
/** Nothing of it went on chain, and the wallet will not try again (EIP-5792). */
const REFUSED = { from: 400, below: 500 }

export async function readBatch(wallet: Wallet, id: string): Promise<BatchStatus> {
  // Not by viem's action: where a wallet does not say that it made one of all, that one says it did not.
  const asked = askOnce(wallet).request({ method: 'wallet_getCallsStatus', params: [id] })
  const told = await asked.catch((error) => {
    if (codeOf(error) === UnknownBundleIdError.code) return null
    throw error
  })
  if (!told) return { state: 'unknown', isAtomic: null, hashes: [] }
  const hashes = (told.receipts ?? []).map(({ transactionHash }) => transactionHash)
  return {
    state: stateOf(told.status, hashes),
    isAtomic: told.atomic ?? null,
    hashes,
  }
}

function stateOf(status: unknown, hashes: Hash[]): BatchStatus['state'] {
  // In words, as wallets said it before the standard was final.
  if (status === 'PENDING') return 'pending'
  if (status === 'CONFIRMED') return 'ended'
  if (typeof status !== 'number' || !(status >= PENDING.from)) return 'unclear'
  if (status < PENDING.below) return 'pending'
  return status >= REFUSED.from && status < REFUSED.below && hashes.length === 0 ? 'refused' : 'ended'
}
