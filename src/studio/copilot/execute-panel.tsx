import { useMutation } from '@tanstack/react-query'
import { Play, ShieldX, TriangleAlert, UserX } from 'lucide-react'
import { useState } from 'react'
import type { Hash } from 'viem'
import type { CopilotRun, SubmittedTransaction } from '../../apps/copilot/runs/schema.ts'
import type { Artifacts } from '../../apps/copilot/schema.ts'
import { ApiError, NoAnswerError } from '../api/api-error.ts'
import { type Chain, executeCopilotRun, reportTransaction } from '../api/copilot-client.ts'
import { copilotText } from '../text-copilot.ts'
import { Button } from '../ui/button.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { IdText } from '../ui/id-text.tsx'
import { Note } from '../ui/note.tsx'
import { readStored, writeStored } from '../ui/use-stored.ts'
import { type SigningStep, signPlan, WrongWalletError } from './sign-plan.ts'
import {
  isRejection,
  readWallet,
  sayWalletError,
  sendTransaction,
  switchChain,
  type Wallet,
  waitForReceipt,
} from './wallet.ts'
import { WalletBar } from './wallet-bar.tsx'
import { useWallet } from './wallet-context.tsx'

const says = copilotText.copilotExecute

type PanelProps = {
  run: CopilotRun
  artifacts: Artifacts
  sent: SubmittedTransaction[]
  chain: Chain | undefined
  onMoved: () => Promise<unknown>
}

/** Has the wallet sign what was approved, one transaction after another, and tells the server each hash. */
export function ExecutePanel({ run, artifacts, sent, chain, onMoved }: PanelProps) {
  const { wallet, shown } = useWallet()
  const [steps, setSteps] = useState<SigningStep[]>([])
  const execute = useMutation({
    mutationFn: async (signing: Wallet) => {
      const { tx_requests: requests } = await executeCopilotRun(run.id)
      return signPlan(
        {
          readWallet: () => readWallet(signing, false),
          send: (call) => sendTransaction(signing, call),
          waitForReceipt: (hash) => waitForReceipt(signing, hash),
          report: async (txRequestId, txHash) => {
            await reportTransaction(run.id, { txHash, txRequestId, submittedBy: kindOf(signing) })
            await onMoved()
          },
          keep: (hashes) => keepSent(run.id, hashes),
        },
        {
          requests,
          known: sent,
          kept: readSent(run.id),
          wallet: run.walletAddress,
          chainId: run.chainId,
          gasOf: (id) => gasLimitOf(artifacts, id),
          onSteps: setSteps,
        },
      )
    },
    onSettled: onMoved,
  })
  const count = artifacts.tx_requests?.length ?? 0
  const isOther = shown !== null && shown.account?.toLowerCase() !== run.walletAddress.toLowerCase()
  const isElsewhere = shown !== null && !isOther && shown.chainId !== run.chainId
  return (
    <section
      aria-labelledby="execute-title"
      className="space-y-3 rounded-md border border-accent/50 bg-panel px-4 py-3 shadow-panel"
    >
      <h2 id="execute-title" className="text-16 font-semibold">
        {says.title}
      </h2>
      <p className="text-13 text-muted">{says.says(count)}</p>
      <WalletBar />
      {!wallet && (
        <Note tone="wait" icon={UserX}>
          <span className="wrap-anywhere">{says.noWallet(run.walletAddress)}</span>
        </Note>
      )}
      {isOther && (
        <Note tone="stop" icon={ShieldX}>
          <span className="wrap-anywhere">{says.otherAccount(run.walletAddress)}</span>
        </Note>
      )}
      {wallet && isElsewhere && <OtherChain wallet={wallet} chain={chain} chainId={run.chainId} />}
      {steps.length > 0 && <Steps steps={steps} />}
      {execute.isError && <ExecuteFailed error={execute.error} run={run} />}
      <Button
        tone="accent"
        icon={Play}
        disabled={!wallet || isOther || isElsewhere || execute.isPending}
        onClick={() => wallet && execute.mutate(wallet)}
      >
        {execute.isPending ? says.busy : sent.length > 0 ? says.again : says.execute}
      </Button>
    </section>
  )
}

function OtherChain({
  wallet,
  chain,
  chainId,
}: {
  wallet: Wallet
  chain: Chain | undefined
  chainId: number
}) {
  const { refresh } = useWallet()
  const name = chain?.name ?? copilotText.copilotWallet.onChain(chainId)
  const change = useMutation({
    mutationFn: (to: Chain) => switchChain(wallet, to),
    onSettled: refresh,
  })
  return (
    <Note tone="wait" icon={TriangleAlert}>
      <p>{says.otherChain(name)}</p>
      {chain && (
        <Button className="mt-2" disabled={change.isPending} onClick={() => change.mutate(chain)}>
          {says.switchTo(name)}
        </Button>
      )}
      {change.isError && (
        <p role="alert" className="mt-2">
          {says.switchFailed(sayWalletError(change.error).slice(0, 200))}
        </p>
      )}
    </Note>
  )
}

function Steps({ steps }: { steps: SigningStep[] }) {
  return (
    <ol aria-live="polite" className="divide-y divide-line">
      {steps.map(({ txRequestId, state, hash }) => (
        <li key={txRequestId} className="flex min-h-9 flex-wrap items-center gap-x-3 text-13">
          <span className="data">{txRequestId}</span>
          <span className="text-muted">{says.state[state]}</span>
          {hash && <IdText id={hash} />}
        </li>
      ))}
    </ol>
  )
}

function ExecuteFailed({ error, run }: { error: unknown; run: CopilotRun }) {
  const isUnreported = Object.keys(readSent(run.id)).length > 0
  if (error instanceof ApiError || error instanceof NoAnswerError)
    return <ErrorNote error={error}>{isUnreported && <p>{says.unreported}</p>}</ErrorNote>
  return (
    <div role="alert">
      <Note tone={isRejection(error) ? 'wait' : 'stop'} icon={TriangleAlert}>
        <span className="wrap-anywhere">{sayFailure(error, run)}</span>
      </Note>
    </div>
  )
}

function sayFailure(error: unknown, run: CopilotRun): string {
  if (error instanceof WrongWalletError) {
    return error.what === 'account'
      ? says.otherAccount(run.walletAddress)
      : says.otherChain(copilotText.copilotWallet.onChain(run.chainId))
  }
  return isRejection(error) ? says.rejected : says.walletFailed(sayWalletError(error).slice(0, 300))
}

function gasLimitOf({ simulation }: Artifacts, id: string): bigint | null {
  const limit = simulation?.results.find(({ txRequestId }) => txRequestId === id)?.gasLimit
  return limit ? BigInt(limit) : null
}

const kindOf = ({ id, isDev }: Wallet) =>
  isDev ? 'dev_wallet' : id.startsWith('io.metamask') ? 'metamask' : 'manual'

const sentKey = (runId: string) => `countersign.sent.${runId}`

function readSent(runId: string): Record<string, Hash> {
  return JSON.parse(readStored(sentKey(runId)) ?? '{}') as Record<string, Hash>
}

function keepSent(runId: string, hashes: Record<string, Hash>): void {
  writeStored(sentKey(runId), Object.keys(hashes).length > 0 ? JSON.stringify(hashes) : null)
}
