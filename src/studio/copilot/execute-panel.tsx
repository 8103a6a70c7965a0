import { useMutation, useQuery } from '@tanstack/react-query'
import { Layers, Play, ShieldX, TriangleAlert, UserX } from 'lucide-react'
import { useState } from 'react'
import type { Address } from 'viem'
import type { CopilotRun, SubmittedTransaction } from '../../apps/copilot/runs/schema.ts'
import type { Artifacts } from '../../apps/copilot/schema.ts'
import { ApiError, NoAnswerError } from '../api/api-error.ts'
import type { Chain } from '../api/copilot-client.ts'
import { batchProofQuery } from '../api/copilot-queries.ts'
import { copilotText } from '../text-copilot.ts'
import { Button } from '../ui/button.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { IdText } from '../ui/id-text.tsx'
import { Note } from '../ui/note.tsx'
import { executeRun, forgetBatch, mayForgetAfter, readKeptBatch, readSent } from './execute-run.ts'
import {
  BatchGoneError,
  BatchUnsettledError,
  OtherBatchWalletError,
  SignedElsewhereError,
} from './sign-batch.ts'
import { type SigningStep, VOID_STATES, WrongWalletError } from './sign-plan.ts'
import { isRejection, sayWalletError, switchChain, type Wallet } from './wallet.ts'
import { WalletBar } from './wallet-bar.tsx'
import { type Batching, readBatching } from './wallet-batch.ts'
import { useWallet } from './wallet-context.tsx'

const says = copilotText.copilotExecute

/** How all of a plan can be signed in one request. */
type Offered = Exclude<Batching, 'none'>

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
    mutationFn: (work: () => Promise<void>) => work(),
    onSettled: onMoved,
  })
  const count = artifacts.tx_requests?.length ?? 0
  const isOther = shown !== null && shown.account?.toLowerCase() !== run.wallet_address.toLowerCase()
  const isElsewhere = shown !== null && !isOther && shown.chainId !== run.chain_id
  const canSign = wallet !== null && !isOther && !isElsewhere && !execute.isPending
  const sign = (batching: Offered | null) =>
    wallet &&
    execute.mutate(() => executeRun({ run, artifacts, sent, wallet, batching, onSteps: setSteps, onMoved }))
  const isPartly = sent.some(({ state }) => !VOID_STATES.has(state))
  const batch = readKeptBatch(run.id)
  const hasBatch = batch !== null
  const hashes = batch?.made?.hashes ?? []
  const mayForget = hasBatch && execute.isError && mayForgetAfter(execute.error)
  const askBatch = hashes.length > 0 ? says.reportBatch : says.askBatch
  const forget = () => execute.mutate(() => forgetBatch(run.id).then(() => setSteps([])))
  const offersBatch = count > 1 && sent.length === 0 && !hasBatch && !isUnreported(run.id) && canSign
  const { data: batching } = useQuery({
    queryKey: ['wallet-batching', wallet?.id, run.wallet_address, run.chain_id],
    queryFn: () => readBatching(wallet!, run.wallet_address as Address, run.chain_id),
    enabled: offersBatch,
  })
  const { data: proof } = useQuery({ ...batchProofQuery(run.chain_id), enabled: batching === 'atomic' })
  const offered =
    batching === 'separate' || (batching === 'atomic' && proof?.proves_batches) ? batching : null
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
          <span className="wrap-anywhere">{says.noWallet(run.wallet_address)}</span>
        </Note>
      )}
      {isOther && (
        <Note tone="stop" icon={ShieldX}>
          <span className="wrap-anywhere">{says.otherAccount(run.wallet_address)}</span>
        </Note>
      )}
      {wallet && isElsewhere && <OtherChain wallet={wallet} chain={chain} chainId={run.chain_id} />}
      {steps.length > 0 && <Steps steps={steps} />}
      {hashes.length > 0 && <Made says={says.batchMade(batch!.wallet.name)} hashes={hashes} />}
      {execute.isError && <ExecuteFailed error={execute.error} run={run} />}
      <div className="flex flex-wrap gap-3">
        <Button tone="accent" icon={Play} disabled={!canSign} onClick={() => sign(null)}>
          {execute.isPending ? says.busy : hasBatch ? askBatch : isPartly ? says.again : says.execute}
        </Button>
        {offersBatch && offered && (
          <Button icon={Layers} disabled={!canSign} onClick={() => sign(offered)}>
            {says.batch(count)}
          </Button>
        )}
        {mayForget && <Button onClick={forget}>{says.forgetBatch}</Button>}
      </div>
      {offersBatch && offered && <p className="text-12 text-muted">{says.batching[offered]}</p>}
      {offersBatch && proof?.proves_batches === false && (
        <p className="text-12 text-muted">{says.batchUnproved}</p>
      )}
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

/** Hashes that the wallet told and the server may not know. */
function Made({ says: sentence, hashes }: { says: string; hashes: string[] }) {
  return (
    <div className="text-13">
      <p>{sentence}</p>
      <ul>
        {hashes.map((hash) => (
          <li key={hash}>
            <IdText id={hash} copy={says.transaction} />
          </li>
        ))}
      </ul>
    </div>
  )
}

const isUnreported = (runId: string) => Object.keys(readSent(runId)).length > 0

function ExecuteFailed({ error, run }: { error: unknown; run: CopilotRun }) {
  if (error instanceof ApiError || error instanceof NoAnswerError) {
    return (
      <ErrorNote error={error}>
        {isUnreported(run.id) && <p>{says.unreported}</p>}
        {readKeptBatch(run.id) && <p>{mayForgetAfter(error) ? says.batchRefused : says.batchUnreported}</p>}
      </ErrorNote>
    )
  }
  const isToWait = isRejection(error) || error instanceof SignedElsewhereError
  return (
    <div role="alert">
      <Note tone={isToWait ? 'wait' : 'stop'} icon={TriangleAlert}>
        <span className="wrap-anywhere">{sayFailure(error, run)}</span>
        {error instanceof BatchUnsettledError && error.hashes.length > 0 && (
          <Made says={says.batchTold} hashes={error.hashes} />
        )}
      </Note>
    </div>
  )
}

function sayFailure(error: unknown, run: CopilotRun): string {
  if (error instanceof WrongWalletError) {
    return error.what === 'account'
      ? says.otherAccount(run.wallet_address)
      : says.otherChain(copilotText.copilotWallet.onChain(run.chain_id))
  }
  if (error instanceof SignedElsewhereError) return says.signedElsewhere
  if (error instanceof BatchGoneError) return says.batchGone
  if (error instanceof OtherBatchWalletError) return says.otherBatchWallet(error.wallet)
  if (error instanceof BatchUnsettledError) {
    const { wallet, cause } = error
    return says.batchUnsettled(wallet, cause === undefined ? '' : ` (${sayWalletError(cause).slice(0, 200)})`)
  }
  return isRejection(error) ? says.rejected : says.walletFailed(sayWalletError(error).slice(0, 300))
}
