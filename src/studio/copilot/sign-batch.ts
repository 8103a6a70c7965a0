import type { Address, Hash, Hex } from 'viem'
import type { TxRequest } from '../../apps/copilot/schema.ts'
import { requireWallet, type Signer, type SigningStep } from './sign-plan.ts'
import type { BatchCall, BatchStatus } from './wallet-batch.ts'

/** A batch that a wallet may have sent: its id, and the transactions in it by their ids, in their order. */
export type KeptBatch = { id: string; txRequestIds: string[] }

/** What a batch needs of the wallet and of the server. */
export type BatchSigner = Pick<Signer, 'readWallet' | 'report'> & {
  sendBatch(id: string, batch: { from: Address; chainId: number; calls: BatchCall[] }): Promise<string>
  readBatch(id: string): Promise<BatchStatus>
  /** Remembers a batch; with null that there is none any more. */
  keepBatch(batch: KeptBatch | null): void
  /** Until the wallet is asked again. */
  pause(): Promise<void>
}

/** All went out as one transaction, which proves nothing about the calls in it. */
export class BundledError extends Error {
  readonly hash: Hash
  constructor(hash: Hash) {
    super('the wallet sent the batch as one transaction')
    this.hash = hash
  }
}

/** The wallet gave the batch up, or knows nothing of it: none of it is on chain. */
export class BatchGoneError extends Error {}

type BatchOptions = {
  requests: TxRequest[]
  wallet: string
  chainId: number
  onSteps(steps: SigningStep[]): void
}

/**
 * Hands all transactions of a plan to the wallet in one request, under an id that is remembered before, so that it is never
 * handed over twice; then follows it.
 *
 * @throws WrongWalletError, BundledError, BatchGoneError, or whatever the wallet or the server refuses with.
 */
export async function signBatch(
  signer: BatchSigner,
  id: string,
  { requests, wallet, chainId, onSteps }: BatchOptions,
): Promise<void> {
  const txRequestIds = requests.map(({ txRequestId }) => txRequestId)
  const tell = (state: SigningStep['state']) =>
    onSteps(txRequestIds.map((txRequestId) => ({ txRequestId, state, hash: null })))
  await requireWallet(signer, wallet, chainId)
  tell('asked')
  signer.keepBatch({ id, txRequestIds })
  const calls = requests.map(({ to, data, valueWei }) => ({ to, data: data as Hex, value: BigInt(valueWei) }))
  const given = await signer
    .sendBatch(id, { from: wallet as Address, chainId, calls })
    .catch(async (error) => {
      // An answer may get lost on its way; a wallet that has the batch knows it by our id.
      const isThere = await signer.readBatch(id).then(
        ({ state }) => state !== 'unknown',
        () => false,
      )
      if (!isThere) signer.keepBatch(null)
      tell(isThere ? 'sent' : 'waits')
      throw error
    })
  const batch = { id: given, txRequestIds }
  signer.keepBatch(batch)
  await followBatch(signer, batch, onSteps)
}

/**
 * Waits until the wallet has sent a batch, and reports the hash of each of its transactions. A bundle is not reported, and
 * stays remembered: it is on chain, and must not be signed a second time.
 */
export async function followBatch(
  signer: Pick<BatchSigner, 'readBatch' | 'report' | 'keepBatch' | 'pause'>,
  { id, txRequestIds }: KeptBatch,
  onSteps: BatchOptions['onSteps'],
): Promise<void> {
  onSteps(txRequestIds.map((txRequestId) => ({ txRequestId, state: 'sent', hash: null })))
  let status = await signer.readBatch(id)
  while (status.state === 'pending') {
    await signer.pause()
    status = await signer.readBatch(id)
  }
  const { isBundled, hashes } = status
  if (hashes.length === 0) {
    signer.keepBatch(null)
    throw new BatchGoneError()
  }
  if (isBundled || hashes.length > txRequestIds.length) throw new BundledError(hashes[0]!)
  for (const [index, hash] of hashes.entries()) await signer.report(txRequestIds[index]!, hash)
  signer.keepBatch(null)
  onSteps(
    txRequestIds.map((txRequestId, index) => {
      const hash = hashes[index] ?? null
      return { txRequestId, state: hash ? 'mined' : 'waits', hash }
    }),
  )
}
