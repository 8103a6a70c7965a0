import type { Address, Hash, Hex } from 'viem'
import type { TxRequest } from '../../apps/copilot/schema.ts'
import { requireWallet, type Signer, type SigningStep } from './sign-plan.ts'
import type { Wallet } from './wallet.ts'
import { type Batch, type BatchStatus, isNotTaken } from './wallet-batch.ts'

type WalletName = Pick<Wallet, 'id' | 'name'>

/**
 * A batch that a wallet may have sent: its id, which wallet, and the transactions in it by their ids, in their order. `made` is
 * what the wallet said that it made of it, until all of that is reported.
 */
export type KeptBatch = { id: string; txRequestIds: string[]; wallet: WalletName; made?: MadeOfBatch }

/** The transactions that a wallet made of a batch, in their order: with `isOne` one of all its requests. */
type MadeOfBatch = { hashes: Hash[]; isOne: boolean }

/** A transaction that the wallet made of a batch: of one of its requests, or with `isAtomic` of all of them. */
export type SentOfBatch = { hash: Hash; callsId: string; txRequestIds: string[]; isAtomic: boolean }

/** What a batch needs of the wallet and of the server. */
export type BatchSigner = Pick<Signer, 'readWallet'> & {
  wallet: WalletName
  report(sent: SentOfBatch): Promise<void>
  sendBatch(id: string, batch: Batch): Promise<string>
  readBatch(id: string): Promise<BatchStatus>
  /** @throws SignedElsewhereError where another page has had the wallet asked since. */
  requireAlone(): void
  /** Remembers a batch; with null that there is none any more. */
  keepBatch(batch: KeptBatch | null): void
  /** Until the wallet is asked again. */
  pause(): Promise<void>
}

/** Another page of this browser has the wallet sign this plan. */
export class SignedElsewhereError extends Error {}

/** The wallet says that it sent nothing of the batch, and will not. */
export class BatchGoneError extends Error {}

/** What became of the batch, or of a part of it, is not known: it may be on chain, and must not be signed a second time. */
export class BatchUnsettledError extends Error {
  readonly wallet: string
  /** What the wallet told of it, where that does not fit the plan. */
  readonly hashes: Hash[]
  constructor({ wallet }: KeptBatch, cause?: unknown, hashes: Hash[] = []) {
    super(`${wallet.name} does not say what became of the batch`, { cause })
    this.wallet = wallet.name
    this.hashes = hashes
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
  /** All in one transaction; else each by itself. */
  isAtomic: boolean
  onSteps(steps: SigningStep[]): void
}

/**
 * Hands all transactions of a plan to the wallet in one request, under an id that is remembered before, so that it is never
 * handed over twice; then follows it. Only a no forgets it: whatever else comes instead of an answer, the wallet may have it.
 * Where each transaction is asked about by itself a no may come after some were sent, and the wallet must also say that it
 * knows nothing of the batch.
 *
 * @throws WrongWalletError, SignedElsewhereError, a rejection of the wallet, or what `followBatch` throws.
 */
export async function signBatch(
  signer: BatchSigner,
  id: string,
  { requests, wallet, chainId, isAtomic, onSteps }: BatchOptions,
): Promise<void> {
  const txRequestIds = requests.map(({ txRequestId }) => txRequestId)
  const tell = (state: SigningStep['state']) =>
    onSteps(txRequestIds.map((txRequestId) => ({ txRequestId, state, hash: null })))
  await requireWallet(signer, wallet, chainId)
  signer.requireAlone()
  tell('asked')
  const batch = { id, txRequestIds, wallet: signer.wallet }
  signer.keepBatch(batch)
  const calls = requests.map(({ to, data, valueWei }) => ({ to, data: data as Hex, value: BigInt(valueWei) }))
  const given = await signer
    .sendBatch(id, { from: wallet as Address, chainId, calls, isAtomic })
    .catch(async (error) => {
      const isNothing = isNotTaken(error) && (isAtomic || (await sentNothing(signer, id)))
      if (!isNothing) throw new BatchUnsettledError(batch, error)
      signer.keepBatch(null)
      tell('waits')
      throw error
    })
  const taken = { ...batch, id: given }
  signer.keepBatch(taken)
  tell('sent')
  await followBatch(signer, taken, onSteps)
}

/** Whether the wallet itself says so: a question that fails is no answer. */
const sentNothing = (signer: BatchSigner, id: string): Promise<boolean> =>
  signer.readBatch(id).then(
    ({ state }) => state === 'unknown' || state === 'refused',
    () => false,
  )

type Follower = Pick<BatchSigner, 'wallet' | 'readBatch' | 'report' | 'keepBatch' | 'pause'>

/**
 * Waits until the wallet has sent a batch, and reports what it sent: the hash of each of its transactions, or the one of all of
 * them. What it told is kept until all of it is reported, so that a report that failed is made again without the wallet. The batch
 * is forgotten when all are reported, or when the wallet says that it sent none.
 *
 * @throws OtherBatchWalletError, BatchUnsettledError, BatchGoneError, or whatever the server refuses with.
 */
export async function followBatch(
  signer: Follower,
  { made: told, ...batch }: KeptBatch,
  onSteps: BatchOptions['onSteps'],
): Promise<void> {
  const { id, txRequestIds } = batch
  const made = told ?? (await awaitBatch(signer, batch, onSteps))
  const { hashes, isOne } = made
  const tell = (stateOfSent: SigningStep['state']) =>
    onSteps(
      txRequestIds.map((txRequestId, index) => {
        const hash = (isOne ? hashes[0] : hashes[index]) ?? null
        return { txRequestId, state: hash ? stateOfSent : 'asked', hash }
      }),
    )
  signer.keepBatch({ ...batch, made })
  tell('sent')
  for (const [index, hash] of hashes.entries()) {
    const ids = isOne ? txRequestIds : [txRequestIds[index]!]
    await signer.report({ hash, callsId: id, txRequestIds: ids, isAtomic: isOne })
  }
  tell('mined')
  const isAll = isOne || hashes.length === txRequestIds.length
  signer.keepBatch(isAll ? null : batch)
  if (!isAll) throw new BatchUnsettledError(batch)
}

/** Asks the wallet until it says what it made of a batch. */
async function awaitBatch(
  signer: Follower,
  batch: KeptBatch,
  onSteps: BatchOptions['onSteps'],
): Promise<MadeOfBatch> {
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
  const { state, isAtomic, hashes } = status
  if (state === 'refused') {
    signer.keepBatch(null)
    throw new BatchGoneError()
  }
  const distinct = [...new Set(hashes)]
  // Where the wallet does not say, fewer transactions than requests are one of all: a part by itself could be paid again.
  const isOne = distinct.length < hashes.length || (isAtomic ?? distinct.length < txRequestIds.length)
  if (state !== 'ended' || distinct.length === 0 || distinct.length > (isOne ? 1 : txRequestIds.length))
    throw new BatchUnsettledError(batch, undefined, distinct)
  return { hashes: distinct, isOne }
}
