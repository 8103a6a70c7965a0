import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CircleCheck, CircleHelp, CircleX, Hourglass } from 'lucide-react'
import type { ApprovalDecision } from '../../http/schema.ts'
import { approvalDecisionQuery } from '../api/queries.ts'
import { text } from '../text.ts'
import { buttonClass } from '../ui/button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { Fact, Facts, Fold, Section } from '../ui/facts.tsx'
import { JsonText } from '../ui/json-text.tsx'
import { Mark } from '../ui/note.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { SkeletonCard } from '../ui/skeleton.tsx'
import { readKey } from './approval-key.ts'
import { BackToInbox } from './back-to-inbox.tsx'
import { OpenInCopilot } from './open-in-copilot.tsx'
import type { Outcome } from './outcome.ts'
import { OutcomeMark, StatusMark } from './outcome-mark.tsx'
import { PayloadView } from './payload-view.tsx'
import { PlanOfApproval } from './plan-of-approval.tsx'
import { readProposedPlan } from './proposed-plan.ts'
import { SaidPayload } from './said-payload.tsx'
import { useDescribed } from './use-told-plan.ts'

/** An approval that no longer waits: what became of it, and by whom. */
export default function SettledCard({
  approvalKey,
  mine,
}: {
  approvalKey: string
  mine: Outcome | undefined
}) {
  const named = readKey(approvalKey)
  return (
    <div className="h-full overflow-y-auto">
      <div className="max-w-200 px-4 pt-4 pb-8 panes:px-6">
        <BackToInbox />
        {(mine?.type === 'vote' || mine?.type === 'duplicate') && (
          <p className="mb-2 text-14">
            <OutcomeMark outcome={mine} />
          </p>
        )}
        {'decisionId' in named ? (
          <SettledDecision decisionId={named.decisionId} />
        ) : (
          <Gone runId={named.runId} />
        )}
      </div>
    </div>
  )
}

function Gone({ runId }: { runId: string }) {
  return (
    <>
      <h2 className="mb-1 text-20 font-semibold" tabIndex={-1} data-detail-title>
        {text.outcome.gone}
      </h2>
      <p className="mb-4 text-muted">{text.outcome.goneBody}</p>
      <ToRun runId={runId} />
    </>
  )
}

function ToRun({ runId }: { runId: string }) {
  return (
    <Link to="/runs/$runId" params={{ runId }} className={buttonClass()}>
      {text.outcome.toRun}
    </Link>
  )
}

function SettledDecision({ decisionId }: { decisionId: string }) {
  const decision = useQuery(approvalDecisionQuery(decisionId))
  if (decision.isPending) return <SkeletonCard />
  if (decision.isError) return <ErrorNote error={decision.error} onRetry={() => void decision.refetch()} />
  return <Settled settled={decision.data} />
}

function Settled({ settled }: { settled: ApprovalDecision }) {
  const isGate = settled.action === 'human_gate'
  const said = useDescribed({ ...settled, title: isGate ? '' : settled.decision_id })
  const plan = readProposedPlan(settled.action, settled.payload)
  return (
    <>
      <p className="text-13">
        <StatusMark status={settled.status} />
      </p>
      <h2 className="mt-1 mb-3 text-20 font-semibold wrap-anywhere" tabIndex={-1} data-detail-title>
        <SaidPayload said={said} />
      </h2>
      <Facts>
        {settled.resolved_by !== null && (
          <Fact term={text.outcome.by}>
            <DataText value={settled.resolved_by} plain />{' '}
            {settled.authenticated_as !== null && (
              <span className="text-13 text-muted">
                {text.outcome.as} <DataText value={settled.authenticated_as} fold={60} />
              </span>
            )}
          </Fact>
        )}
        {settled.resolved_at !== null && (
          <Fact term={text.outcome.at}>
            <RelativeTime iso={settled.resolved_at} />
          </Fact>
        )}
        {settled.reason && (
          <Fact term={text.outcome.reason}>
            <DataText value={settled.reason} plain />
          </Fact>
        )}
        <Fact term={text.outcome.execution}>
          <Execution execution={settled.execution} />
        </Fact>
      </Facts>
      <div className="my-4 flex flex-wrap gap-2">
        {plan && <OpenInCopilot runId={settled.run_id} />}
        <ToRun runId={settled.run_id} />
      </div>
      {plan && <PlanOfApproval runId={settled.run_id} plan={plan} />}
      <Section title={isGate ? text.card.whatGoesOn : text.card.whatRuns}>
        {plan ? (
          <Fold summary={text.card.allValues}>
            <PayloadView action={settled.action} payload={settled.payload} />
          </Fold>
        ) : (
          <PayloadView action={settled.action} payload={settled.payload} />
        )}
      </Section>
    </>
  )
}

const EXECUTION_LOOK = {
  intended: { tone: 'wait', icon: Hourglass },
  completed: { tone: 'ok', icon: CircleCheck },
  failed: { tone: 'stop', icon: CircleX },
  in_doubt: { tone: 'doubt', icon: CircleHelp },
} as const

function Execution({ execution }: { execution: ApprovalDecision['execution'] }) {
  if (execution === null) return <span className="text-muted">{text.outcome.noExecution}</span>
  return (
    <>
      <span className="inline-block whitespace-normal">
        <Mark {...EXECUTION_LOOK[execution.status]}>
          <span className="whitespace-normal">{text.outcome.executionStatus[execution.status]}</span>
        </Mark>
      </span>
      {execution.result !== null && (
        <Fold summary={text.outcome.result}>
          <JsonText value={execution.result} />
        </Fold>
      )}
    </>
  )
}
