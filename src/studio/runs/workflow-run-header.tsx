import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ArrowLeft, CircleSlash, RotateCw } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { Run, RunEvent } from '../../engine/runs/schema.ts'
import type { PendingApproval } from '../../http/schema.ts'
import { installationQuery } from '../api/queries.ts'
import { retryRun } from '../api/workflow-client.ts'
import { keyOf } from '../inbox/approval-key.ts'
import { COPILOT_WORKFLOW, OpenInCopilot } from '../inbox/open-in-copilot.tsx'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { CommandBlock } from '../ui/command-block.tsx'
import { CopyAction, CopyButton } from '../ui/copy-button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { Fold } from '../ui/facts.tsx'
import { IdText } from '../ui/id-text.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { TONE_TEXT } from '../ui/note.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { ActionFailed } from './action-failed.tsx'
import { CancelDialog } from './cancel-dialog.tsx'
import { ChainBadge } from './chain-badge.tsx'
import { ExportButton } from './export-button.tsx'
import { sayCost } from './run-cost.ts'
import { RunDuration } from './run-duration.tsx'
import { DOUBT_LOOK, ModeMark, RUN_STATE_LOOK } from './run-state.tsx'
import type { TimelineItem } from './timeline-item.ts'
import { useRunAction } from './use-run-action.ts'
import { IN_DOUBT, WaitingSentence } from './waiting-sentence.tsx'
import { WhoAnswers } from './who-answers.tsx'

type WorkflowRunHeaderProps = {
  run: Run
  items: TimelineItem[]
  events: RunEvent[] | undefined
  approval: PendingApproval | undefined
  /** Shows the approval on this page; undefined where there is no room for it, or it is shown already. */
  onAnswer: (() => void) | undefined
}

/** Which run this is, how it stands and what can be done about it. */
export function WorkflowRunHeader({ run, items, events, approval, onAnswer }: WorkflowRunHeaderProps) {
  const isInDoubt = run.status === 'paused' && approval?.action === IN_DOUBT
  const { icon: Icon, tone } = isInDoubt ? DOUBT_LOOK : RUN_STATE_LOOK[run.status]
  const cancelReason = items.findLast(({ kind }) => kind === 'run_cancelled')?.details ?? null
  return (
    <header className="shrink-0 border-b panes:max-h-[60dvh] border-line panes:overflow-y-auto px-4 py-3">
      <Link to="/runs" className="mb-1 inline-flex items-center gap-1 text-13 text-accent">
        <ArrowLeft size={14} aria-hidden="true" />
        {text.run.back}
      </Link>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 className="flex flex-wrap items-center gap-x-3 text-16 font-semibold">
            <DataText value={run.workflow_id} plain fold={80} />
            <span className="inline-flex items-center text-13 font-normal text-muted">
              <IdText id={run.id} />
              <CopyButton value={run.id} what={text.workflowRun.run} />
            </span>
          </h1>
          <p className={`mt-1 flex items-start gap-1.5 text-14 ${TONE_TEXT[tone]}`}>
            <Icon size={16} aria-hidden="true" className="mt-0.5 shrink-0" />
            <span className="min-w-0">
              <WaitingSentence
                run={run}
                approval={approval}
                newestAt={items.at(-1)?.time ?? null}
                cancelReason={cancelReason}
              />
            </span>
          </p>
          {approval && (
            <p className="mt-1 text-13 text-muted">
              <WhoAnswers approval={approval} />{' '}
              {onAnswer && (
                <>
                  <button
                    type="button"
                    onClick={onAnswer}
                    className="text-accent underline underline-offset-2"
                  >
                    {text.workflowRun.answerHere}
                  </button>
                  {' · '}
                </>
              )}
              <Link
                to="/inbox/$key"
                params={{ key: keyOf(approval) }}
                className="text-accent underline underline-offset-2"
              >
                {text.run.answer}
              </Link>
            </p>
          )}
          {run.workflow_id !== COPILOT_WORKFLOW && <FromShell run={run} isInDoubt={isInDoubt} />}
          <RunFacts run={run} events={events} />
        </div>
        <Actions run={run} eventCount={items.length} />
      </div>
    </header>
  )
}

/** What nobody can be asked with a yes or no: an event that is waited for, the answer that a tool gave. */
function FromShell({ run, isInDoubt }: { run: Run; isInDoubt: boolean }) {
  const needsKey = useQuery(installationQuery).data?.mode === 'authenticated'
  const name = run.status === 'paused' ? run.waiting?.event_name : null
  const path = `/api/v1/runs/${encodeURIComponent(run.id)}`
  const shell = isInDoubt
    ? {
        says: text.whoAnswers.settle,
        command: makeCurl({
          method: 'PATCH',
          path: `${path}/resume`,
          needsKey,
          body: { approval_input: { approved: true, output: {} } },
        }),
      }
    : name != null && {
        says: text.whoAnswers.tellEvent,
        command: makeCurl({ path: `${path}/events`, needsKey, body: { name, payload: {} } }),
      }
  return (
    shell && (
      <Fold summary={shell.says}>
        <CommandBlock command={shell.command} what={text.inbox.emptyWhat} />
      </Fold>
    )
  )
}

function RunFacts({ run, events }: { run: Run; events: RunEvent[] | undefined }) {
  const { workflowRun } = text
  return (
    <dl className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-13">
      <Item term={workflowRun.mode}>
        <ModeMark mode={run.mode} />
      </Item>
      <Item term={workflowRun.started}>
        <RelativeTime iso={run.created_at} />
      </Item>
      <Item term={workflowRun.duration}>
        <RunDuration run={run} /> {run.finished_at === null && workflowRun.atWork}
      </Item>
      <Item term={workflowRun.cost}>{sayCost(run, events)}</Item>
      {run.forked_from !== null && (
        <Item term={workflowRun.forkedFrom}>
          <RunLink id={run.forked_from} />
        </Item>
      )}
      {run.parent_run_id !== null && (
        <Item term={workflowRun.parent}>
          <RunLink id={run.parent_run_id} />
        </Item>
      )}
    </dl>
  )
}

function Item({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="flex gap-1.5">
      <dt className="text-muted">{term}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function RunLink({ id }: { id: string }) {
  return (
    <Link to="/runs/$runId" params={{ runId: id }} className="text-accent underline underline-offset-2">
      <IdText id={id} />
    </Link>
  )
}

function Actions({ run, eventCount }: { run: Run; eventCount: number }) {
  const needsKey = useQuery(installationQuery).data?.mode === 'authenticated'
  const [isCancelling, setCancelling] = useState(false)
  const retry = useRunAction(run.id, () => retryRun(run.id))
  const isUnderWay = run.status === 'running' || run.status === 'paused'
  return (
    <div className="flex max-w-full flex-wrap gap-2">
      {run.workflow_id === COPILOT_WORKFLOW && <OpenInCopilot runId={run.id} />}
      <ChainBadge runId={run.id} eventCount={eventCount} />
      {run.status === 'failed' && (
        <Button icon={RotateCw} disabled={retry.isPending} onClick={() => retry.mutate(undefined)}>
          {retry.isPending ? text.workflowRun.retrying : text.workflowRun.retry}
        </Button>
      )}
      {isUnderWay && (
        <Button icon={CircleSlash} onClick={() => setCancelling(true)}>
          {text.workflowRun.cancel}
        </Button>
      )}
      <CopyAction value={makeCurl({ path: `/api/v1/runs/${encodeURIComponent(run.id)}`, needsKey })}>
        {text.run.copyCurl}
      </CopyAction>
      <ExportButton runId={run.id} />
      {retry.isError && (
        <div className="basis-full">
          <ActionFailed error={retry.error} />
        </div>
      )}
      <CancelDialog runId={run.id} isOpen={isCancelling} onClose={() => setCancelling(false)} />
    </div>
  )
}
