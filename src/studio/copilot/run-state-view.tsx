import { useMutation } from '@tanstack/react-query'
import { Ban, Bot, Info, LoaderCircle, Play, ShieldX } from 'lucide-react'
import type { ReactNode } from 'react'
import type { CopilotRun, SubmittedTransaction } from '../../apps/copilot/runs/schema.ts'
import type { Artifacts } from '../../apps/copilot/schema.ts'
import { type Chain, startCopilotRun } from '../api/copilot-client.ts'
import { ActionFailed } from '../runs/action-failed.tsx'
import { copilotText } from '../text-copilot.ts'
import { Button } from '../ui/button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { Note } from '../ui/note.tsx'
import { AnswerPlan } from './answer-plan.tsx'
import { AskFailed } from './ask-failed.tsx'
import { ChecksSection } from './checks-section.tsx'
import { ExecutePanel } from './execute-panel.tsx'
import { NotSent } from './not-sent.tsx'
import { QuestionsForm } from './questions-form.tsx'
import { deadlineOf, readRequests } from './read-plan.ts'
import { SentTransactions } from './sent-transactions.tsx'
import { TransactionCard } from './transaction-card.tsx'
import { useAsk } from './use-ask.ts'
import { WordsText } from './words-text.tsx'

const says = copilotText.copilotRun

type StateProps = {
  run: CopilotRun
  artifacts: Artifacts
  chain: Chain | undefined
  /** What the copilot says of it stands elsewhere on the page. */
  isTold: boolean
  onMoved: () => Promise<unknown>
}

/** What stands to be seen and done, by how far the run is. */
export function RunState(props: StateProps) {
  const { run, artifacts, chain, onMoved } = props
  const hasPlan = (artifacts.tx_requests?.length ?? 0) > 0
  const sent = readSent(artifacts)
  const isWithWallet = run.status === 'APPROVED_READY' || run.status === 'SUBMITTED'
  const plan = hasPlan && (
    <>
      <TransactionCard run={run} artifacts={artifacts} chain={chain} />
      <ChecksSection artifacts={artifacts} />
    </>
  )
  const transactions = sent.length > 0 && (
    <SentTransactions run={run} artifacts={artifacts} sent={sent} chain={chain} />
  )
  return (
    <>
      <Standing {...props} />
      {!isWithWallet && transactions}
      {run.status === 'NEEDS_INPUT' && artifacts.needs_input && (
        <QuestionsForm
          key={artifacts.needs_input.questions.join()}
          runId={run.id}
          questionId={run.question_id}
          needs={artifacts.needs_input}
          onAnswered={onMoved}
        />
      )}
      {plan}
      {run.status === 'AWAITING_APPROVAL' && artifacts.plan_hash && (
        <AnswerPlan
          key={artifacts.plan_hash}
          run={run}
          planHash={artifacts.plan_hash}
          deadline={deadlineOf(readRequests(artifacts.tx_requests ?? []))}
          onAnswered={onMoved}
        />
      )}
      {isWithWallet && (
        <ExecutePanel run={run} artifacts={artifacts} sent={sent} chain={chain} onMoved={onMoved} />
      )}
      {isWithWallet && transactions}
      {isWithWallet && <NotSent runId={run.id} artifacts={artifacts} sent={sent} onMoved={onMoved} />}
    </>
  )
}

/** In words: what the copilot says, and what the state means where that does not say it. */
function Standing({ run, artifacts, isTold, onMoved }: StateProps) {
  const said = artifacts.assistant_message
  switch (run.status) {
    case 'CREATED':
      return <NotStarted runId={run.id} onMoved={onMoved} />
    case 'RUNNING':
      return (
        <div role="status">
          <Note tone="muted" icon={LoaderCircle}>
            {says.working}
          </Note>
        </div>
      )
    case 'NEEDS_INPUT':
      return null
    case 'BLOCKED':
      return (
        <Said tone="stop" words={said}>
          <Reasons artifacts={artifacts} />
          <Again run={run} />
        </Said>
      )
    case 'REJECTED':
      return (
        <Note tone="stop" icon={Ban}>
          {/* What somebody cancelled, or the wallet, was not refused. */}
          {run.error_code === 'APPROVAL_REJECTED' && <p>{says.rejected}</p>}
          {said !== undefined && <WordsText value={said} />}
          <Again run={run} />
        </Note>
      )
    case 'FAILED':
      return <Failed run={run} artifacts={artifacts} />
    case 'NOOP':
      return (
        <Said words={said}>
          <p className="mt-2 text-13 text-muted">{says.noop}</p>
        </Said>
      )
    case 'PAUSED':
      return (
        <Note tone="wait" icon={Info}>
          {says.paused}
        </Note>
      )
    case 'AWAITING_APPROVAL':
    case 'APPROVED_READY':
    case 'SUBMITTED':
    case 'CONFIRMED':
    case 'REVERTED':
      return isTold ? null : <Said words={said} />
  }
}

type SaidProps = { words: string | undefined; tone?: 'muted' | 'stop'; children?: ReactNode }

function Said({ words, tone = 'muted', children }: SaidProps) {
  return (
    <Note tone={tone} icon={tone === 'stop' ? ShieldX : Bot}>
      <WordsText value={words ?? ''} />
      {children}
    </Note>
  )
}

function Reasons({ artifacts }: { artifacts: Artifacts }) {
  const reasons = artifacts.decision?.reasons ?? []
  if (reasons.length === 0) return null
  return (
    <>
      <h2 className="mt-3 font-semibold">{says.blockedTitle}</h2>
      <ul className="list-disc pl-4">
        {reasons.map((reason) => (
          <li key={reason}>
            <DataText value={reason} plain />
          </li>
        ))}
      </ul>
    </>
  )
}

function Failed({ run, artifacts }: { run: CopilotRun; artifacts: Artifacts }) {
  const { assistant_message: words, final_status_suggested: suggested } = artifacts
  // What ends after the plan was ready ends for a reason of its own, and the message is the one from before.
  const wasPrepared = run.error_code !== null && suggested === 'READY'
  return (
    <Note tone="stop" icon={ShieldX}>
      {wasPrepared ? (
        <>
          {run.error_code === 'PLAN_VOID' && <p className="font-medium">{says.voidTitle}</p>}
          {run.error_message && (
            <p>
              <DataText value={run.error_message} plain />
            </p>
          )}
        </>
      ) : (
        <WordsText value={words ?? run.error_message ?? says.failed} />
      )}
      <Again run={run} />
    </Note>
  )
}

function NotStarted({ runId, onMoved }: { runId: string; onMoved: () => Promise<unknown> }) {
  const start = useMutation({ mutationFn: () => startCopilotRun(runId), onSettled: onMoved })
  return (
    <Note tone="muted" icon={Info}>
      <p>{says.created}</p>
      <Button className="mt-2" icon={Play} disabled={start.isPending} onClick={() => start.mutate()}>
        {start.isPending ? copilotText.copilot.asking : says.start}
      </Button>
      {start.isError && <ActionFailed error={start.error} />}
    </Note>
  )
}

/** The same sentence as a new run, for the same wallet. */
function Again({ run }: { run: CopilotRun }) {
  const again = useAsk()
  return (
    <div className="mt-3">
      <Button disabled={again.isPending} onClick={() => again.mutate(run)}>
        {again.isPending ? copilotText.copilot.asking : says.again}
      </Button>
      {again.isError && <AskFailed error={again.error} />}
    </div>
  )
}

/** The hashes that were reported; the artifacts hold them beside what the steps left. */
function readSent(artifacts: Artifacts): SubmittedTransaction[] {
  return (artifacts as { txs?: SubmittedTransaction[] }).txs ?? []
}
