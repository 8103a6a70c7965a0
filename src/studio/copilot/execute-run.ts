import type { Hash } from 'viem'
import type { CopilotRun, SubmittedTransaction } from '../../apps/copilot/runs/schema.ts'
import type { Artifacts } from '../../apps/copilot/schema.ts'
import { ApiError } from '../api/api-error.ts'
import { executeCopilotRun, reportTransaction } from '../api/copilot-client.ts'
import { readStored, writeStored } from '../ui/use-stored.ts'
import { newKey } from './chat/conversation.ts'
import {
  BatchUnsettledError,
  followBatch,
  type KeptBatch,
  OtherBatchWalletError,
  type SentOfBatch,
  SignedElsewhereError,
  signBatch,
} from './sign-batch.ts'
import { type SigningStep, signPlan } from './sign-plan.ts'
import { readWallet, sendTransaction, type Wallet, waitForReceipt } from './wallet.ts'
import { type Batch, type Batching, readBatch, sendBatch } from './wallet-batch.ts'

const ASK_AGAIN_MS = 500

type Execution = {
  run: CopilotRun
  artifacts: Artifacts
  sent: SubmittedTransaction[]
  wallet: Wallet
  /** How the wallet takes all of it in one request; null where each transaction is signed by itself. */
  batching: Exclude<Batching, 'none'> | null
  onSteps(steps: SigningStep[]): void
  onMoved(): Promise<unknown>
}

/**
 * Has the wallet sign what was approved and tells the server each hash. What was sent before comes first: it is only reported.
 *
 * @throws SignedElsewhereError where another page of this browser is at it, and what `signPlan`, `signBatch` and `followBatch` throw.
 */
export function executeRun(execution: Execution): Promise<void> {
  return alone(execution.run.id, () => execute(execution))
}

async function execute(execution: Execution): Promise<void> {
  const { run, artifacts, sent, wallet, batching, onSteps, onMoved } = execution
  const report = async (sent: Omit<Parameters<typeof reportTransaction>[1], 'submittedBy'>) => {
    await reportTransaction(run.id, { ...sent, submittedBy: kindOf(wallet) })
    await onMoved()
  }
  let left = readKept(run.id)
  const keep = (write: () => void) => {
    write()
    left = readKept(run.id)
  }
  const requireAlone = () => {
    if (readKept(run.id) !== left) throw new SignedElsewhereError()
  }
  const reads = { readWallet: () => readWallet(wallet) }
  const batches = {
    ...reads,
    wallet: { id: wallet.id, name: wallet.name },
    report: ({ hash, callsId, txRequestIds, isAtomic }: SentOfBatch) =>
      report({
        txHash: hash,
        callsId,
        ...(isAtomic ? { txRequestIds } : { txRequestId: txRequestIds[0]! }),
      }),
    sendBatch: (id: string, batch: Batch) => sendBatch(wallet, id, batch),
    readBatch: (id: string) => readBatch(wallet, id),
    requireAlone,
    keepBatch: (batch: KeptBatch | null) => keep(() => keepBatch(run.id, batch)),
    pause: () => new Promise<void>((resolve) => setTimeout(resolve, ASK_AGAIN_MS)),
  }
  const open = readKeptBatch(run.id)
  if (open) return followBatch(batches, open, onSteps)

  const kept = readSent(run.id)
  const { tx_requests: requests } = await executeCopilotRun(run.id)
  const { wallet_address: walletAddress, chain_id: chainId } = run
  if (batching && Object.keys(kept).length === 0) {
    const batchId = `0x${newKey()}${newKey()}`
    const isAtomic = batching === 'atomic'
    return signBatch(batches, batchId, { requests, wallet: walletAddress, chainId, isAtomic, onSteps })
  }
  await signPlan(
    {
      ...reads,
      report: (txRequestId, txHash) => report({ txRequestId, txHash }),
      send: async (call) => {
        requireAlone()
        return sendTransaction(wallet, call)
      },
      waitForReceipt: (hash) => waitForReceipt(wallet, hash),
      keep: (hashes) => keep(() => keepSent(run.id, hashes)),
    },
    {
      requests,
      known: sent,
      kept,
      wallet: walletAddress,
      chainId,
      gasOf: (id) => gasLimitOf(artifacts, id),
      onSteps,
    },
  )
}

/**
 * One page of this browser at a time. A browser has no locks for pages that came over plain http from another machine: there
 * only what is kept shows one page what another has done.
 */
async function alone(runId: string, work: () => Promise<void>): Promise<void> {
  if (!navigator.locks) return work()
  await navigator.locks.request(`countersign.signing.${runId}`, { ifAvailable: true }, async (lock) => {
    if (!lock) throw new SignedElsewhereError()
    await work()
  })
}

function gasLimitOf({ simulation }: Artifacts, id: string): bigint | null {
  const limit = simulation?.results.find(({ txRequestId }) => txRequestId === id)?.gasLimit
  return limit ? BigInt(limit) : null
}

const kindOf = ({ id, isDev }: Wallet) =>
  isDev ? 'dev_wallet' : id.startsWith('io.metamask') ? 'metamask' : 'manual'

const sentKey = (runId: string) => `countersign.sent.${runId}`
const batchKey = (runId: string) => `countersign.batch.${runId}`

/** What was sent from this browser and could not be reported. */
export function readSent(runId: string): Record<string, Hash> {
  return JSON.parse(readStored(sentKey(runId)) ?? '{}') as Record<string, Hash>
}

function keepSent(runId: string, hashes: Record<string, Hash>): void {
  writeStored(sentKey(runId), Object.keys(hashes).length > 0 ? JSON.stringify(hashes) : null)
}

/** A batch that a wallet of this browser may have sent, and of which not all was reported. */
export function readKeptBatch(runId: string): KeptBatch | null {
  return JSON.parse(readStored(batchKey(runId)) ?? 'null') as KeptBatch | null
}

function keepBatch(runId: string, batch: KeptBatch | null): void {
  writeStored(batchKey(runId), batch && JSON.stringify(batch))
}

/** All that this browser keeps of a run. */
const readKept = (runId: string): string =>
  [batchKey, sentKey].map((keyOf) => readStored(keyOf(runId)) ?? '').join('\n')

/**
 * Whether a person may say that nothing more of a batch was sent: where the wallet that is asked cannot tell, or the server will
 * not have what it told. Where the server only did not answer, it is told again.
 */
export const mayForgetAfter = (error: unknown): boolean =>
  error instanceof BatchUnsettledError ||
  error instanceof OtherBatchWalletError ||
  (error instanceof ApiError && REFUSALS.has(error.status))
const REFUSALS = new Set([409, 422])

/**
 * For who has seen in the wallet that nothing more of the batch was sent: it may be signed again.
 *
 * @throws SignedElsewhereError where another page is at it.
 */
export function forgetBatch(runId: string): Promise<void> {
  return alone(runId, async () => keepBatch(runId, null))
}
