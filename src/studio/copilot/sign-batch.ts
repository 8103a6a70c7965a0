import type { Address, Hash, Hex } from 'viem'
import type { TxRequest } from '../../apps/copilot/schema.ts'
import { requireWallet, type Signer, type SigningStep } from './sign-plan.ts'
import { isRejection, type Wallet } from './wallet.ts'
import type { BatchCall, BatchStatus } from './wallet-batch.ts'

type WalletName = Pick<Wallet, 'id' | 'name'>

/** A batch that a wallet may have sent: its id, which wallet, and the transactions in it by their ids, in their order. */
export type KeptBatch = { id: string; txRequestIds: string[]; wallet: WalletName }

/** What a batch needs of the wallet and of the server. */
export type BatchSigner = Pick<Signer, 'readWallet' | 'report'> & {
  wallet: WalletName
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

/** The wallet says that it sent nothing of the batch, and will not. */
export class BatchGoneError extends Error {}

/** What became of the batch, or of a part of it, is not known: it may be on chain, and must not be signed a second time. */
export class BatchUnsettledError extends Error {
  readonly wallet: string
  constructor({ wallet }: KeptBatch, cause?: unknown) {
    super(`${wallet.name} does not say what became of the batch`, { cause })
    this.wallet = wallet.name
  }
}

/** The batch was handed to another wallet, and this one cannot say anything of it. */
export class OtherBatchWalletError extends Error {
  readonly wallet: string
  constructor({ wallet }: KeptBatch) {
    super(`the batch was handed to ${wallet.name}`)
    this.wallet = wallet.name
  }
}

type BatchOptions = {
  requests: TxRequest[]
  wallet: string
  chainId: number
  onSteps(steps: SigningStep[]): void
}

/**
 * Hands all transactions of a plan to the wallet in one request, under an id that is remembered before, so that it is never
 * handed over twice; then follows it. Only a no forgets it: whatever else comes instead of an answer, the wallet may have it.
 *
 * @throws WrongWalletError, a rejection of the wallet, or what `followBatch` throws.
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
  const batch = { id, txRequestIds, wallet: signer.wallet }
  signer.keepBatch(batch)
  const calls = requests.map(({ to, data, valueWei }) => ({ to, data: data as Hex, value: BigInt(valueWei) }))
  const given = await signer
    .sendBatch(id, { from: wallet as Address, chainId, calls })
    .catch(async (error) => {
      if (!isRejection(error) || (await isKnown(signer, id))) throw new BatchUnsettledError(batch, error)
      signer.keepBatch(null)
      tell('waits')
      throw error
    })
  const taken = { ...batch, id: given }
  signer.keepBatch(taken)
  tell('sent')
  await followBatch(signer, taken, onSteps)
}

/** Where each transaction is asked about by itself, a no may come after some were sent: the wallet knows the batch then. */
const isKnown = (signer: BatchSigner, id: string): Promise<boolean> =>
  signer.readBatch(id).then(
    ({ state }) => state === 'pending' || state === 'ended',
    () => false,
  )

/**
 * Waits until the wallet has sent a batch, and reports the hash of each of its transactions. It is forgotten when all of them
 * are reported, or when the wallet says that it sent none. A bundle is not reported, and stays remembered: it is on chain.
 *
 * @throws OtherBatchWalletError, BatchUnsettledError, BatchGoneError, BundledError, or whatever the server refuses with.
 */
export async function followBatch(
  signer: Pick<BatchSigner, 'wallet' | 'readBatch' | 'report' | 'keepBatch' | 'pause'>,
  batch: KeptBatch,
  onSteps: BatchOptions['onSteps'],
): Promise<void> {
  const { id, txRequestIds } = batch
  if (batch.wallet.id !== signer.wallet.id) throw new OtherBatchWalletError(batch)
  const read = () =>
    signer.readBatch(id).catch((error) => {
      throw new BatchUnsettledError(batch, error)
    })
  let status = await read()
  while (status.state === 'pending') {
    onSteps(txRequestIds.map((txRequestId) => ({ txRequestId, state: 'sent', hash: null })))
    await signer.pause()
    status = await read()
  }
  const { state, isBundled, hashes } = status
  if (state === 'refused') {
    signer.keepBatch(null)
    throw new BatchGoneError()
  }
  if (hashes.length === 0) throw new BatchUnsettledError(batch)
  if (isBundled || hashes.length > txRequestIds.length) throw new BundledError(hashes[0]!)
  for (const [index, hash] of hashes.entries()) await signer.report(txRequestIds[index]!, hash)
  onSteps(
    txRequestIds.map((txRequestId, index) => {
      const hash = hashes[index] ?? null
      return { txRequestId, state: hash ? 'mined' : 'asked', hash }
    }),
  )
  if (hashes.length < txRequestIds.length) throw new BatchUnsettledError(batch)
  signer.keepBatch(null)
}
