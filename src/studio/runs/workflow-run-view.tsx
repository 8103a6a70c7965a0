import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import type { Run, RunStep } from '../../engine/runs/schema.ts'
import { pendingApprovalsQuery, runEventsQuery } from '../api/queries.ts'
import { runStepsQuery, workflowRunEventsQuery, workflowRunQuery } from '../api/workflow-queries.ts'
import { readInputSchema } from '../graph/read-input-schema.ts'
import type { Outcome } from '../inbox/outcome.ts'
import { OutcomeMark } from '../inbox/outcome-mark.tsx'
import { text } from '../text.ts'
import { DataText } from '../ui/data-text.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { LINK_TAB, LinkTabs } from '../ui/link-tabs.tsx'
import { cutText, revealAsString } from '../ui/reveal-text.ts'
import { SkeletonCard } from '../ui/skeleton.tsx'
import { TWO_PANES, useMediaQuery } from '../ui/use-media-query.ts'
import { EventDetail } from './event-detail.tsx'
import { ForkDialog } from './fork-dialog.tsx'
import { RunApproval } from './run-approval.tsx'
import { RunGraph } from './run-graph.tsx'
import { RunSummary } from './run-summary.tsx'
import { RunTimeline } from './run-timeline.tsx'
import { StepDetail } from './step-detail.tsx'
import { StepsWaterfall } from './steps-waterfall.tsx'
import type { TimelineItem } from './timeline-item.ts'
import { useRunDefinition } from './use-run-definition.ts'
import { WorkflowRunHeader } from './workflow-run-header.tsx'

const VIEWS = ['steps', 'graph', 'journal', 'summary'] as const
type View = (typeof VIEWS)[number]

/** A run of a workflow: its steps over time, its graph and its journal, which share what is chosen. */
export function WorkflowRunView({ runId, items }: { runId: string; items: TimelineItem[] }) {
  const run = useQuery(workflowRunQuery(runId))
  const steps = useQuery(runStepsQuery(runId))
  if (!run.data || !steps.data) {
    const failed = [run, steps].find((query) => query.isError)
    return (
      <div className="max-w-200 space-y-4 p-4">
        <h1 className="text-16 font-semibold">
          <DataText value={runId} fold={80} />
        </h1>
        {failed ? <ErrorNote error={failed.error} onRetry={() => void failed.refetch()} /> : <SkeletonCard />}
      </div>
    )
  }
  return <RunViews run={run.data} steps={steps.data} items={items} />
}

function RunViews({ run, steps, items }: { run: Run; steps: RunStep[]; items: TimelineItem[] }) {
  const { id: runId } = run
  const { event: eventId, step: stepId, view: wanted } = useSearch({ from: '/frame/runs/$runId' })
  const navigate = useNavigate()
  const isWide = useMediaQuery(TWO_PANES)
  const [forking, setForking] = useState<RunStep>()
  const [answered, setAnswered] = useState<{ eventId: string; outcome: Outcome }>()
  const definition = useRunDefinition(run)
  const inputSchema = useMemo(() => readInputSchema(definition.data?.definition), [definition.data])
  const pending = useQuery(pendingApprovalsQuery).data?.approvals
  const approval = pending?.find(({ run_id }) => run_id === runId)

  // What became of an answer is told until something else is asked: beside that it would mislead.
  const isNextAsked = approval !== undefined && approval.event_id !== answered?.eventId
  const outcome = isNextAsked ? undefined : answered?.outcome

  // All that the events carry: for what is chosen, and for how much of the cost is not known.
  const events = useQuery({
    ...workflowRunEventsQuery(runId),
    enabled: eventId !== undefined || stepId !== undefined || run.cost_cents === null,
  })
  const logged = useQuery({ ...runEventsQuery(runId), enabled: eventId !== undefined })

  const chosenItem = items.find((item) => item.eventId === eventId)
  const told = events.data?.find(({ id }) => id === eventId)
  const chosenStep = steps.find(({ id }) => id === (stepId ?? told?.step_id))

  const select = (search: { event?: string; step?: string }) =>
    void navigate({
      to: '/runs/$runId',
      params: { runId },
      search: { ...search, ...(wanted !== undefined && { view: wanted }) },
      replace: eventId !== undefined || stepId !== undefined,
    })
  const back = {
    label: isWide ? text.workflowRun.closeDetail : text.workflowRun.run,
    onBack: () => select({}),
  }
  const detail = chosenItem ? (
    <EventDetail
      item={chosenItem}
      event={logged.data?.events.find(({ id }) => id === eventId)}
      told={told}
      back={back}
    />
  ) : stepId !== undefined && chosenStep ? (
    <StepDetail
      step={chosenStep}
      events={events.data}
      items={items}
      onSelectEvent={(event) => select({ event })}
      onFork={() => setForking(chosenStep)}
      back={back}
    />
  ) : null

  // Beside the list stands what has to be answered, else the run as a whole; then that needs no view of its own.
  const answersHere = isWide && approval !== undefined
  const views = VIEWS.filter((view) => view !== 'summary' || !isWide || answersHere)
  const view = views.find((each) => each === wanted) ?? 'steps'
  const main = {
    steps: () => (
      <StepsWaterfall
        steps={steps}
        items={items}
        finishedAt={run.finished_at}
        selectedStep={chosenStep?.id}
        onSelect={(step) => select({ step })}
      />
    ),
    graph: () => (
      <RunGraph
        definition={definition}
        steps={steps}
        selectedNode={chosenStep?.node_id}
        onSelect={(step) => select({ step })}
      />
    ),
    journal: () => (
      <RunTimeline items={items} selected={chosenItem} onSelect={(event) => select({ event })} />
    ),
    summary: () => <RunSummary run={run} steps={steps} />,
  }[view]

  return (
    <div className="flex h-full flex-col max-panes:overflow-y-auto">
      {isWide || !detail ? (
        <WorkflowRunHeader
          run={run}
          items={items}
          events={events.data}
          approval={approval}
          onAnswer={answersHere && detail ? () => select({}) : undefined}
        />
      ) : (
        <h1 className="sr-only">{revealAsString(cutText(run.workflow_id, 80))}</h1>
      )}
      <div className="grid min-h-[70dvh] flex-1 panes:min-h-0 panes:grid-cols-[minmax(0,3fr)_minmax(24rem,2fr)]">
        {(isWide || !detail) && (
          <div className="flex min-h-0 min-w-0 flex-col border-line panes:border-r">
            <ViewTabs runId={runId} views={views} view={view} chosen={{ eventId, stepId }} />
            <div className="min-h-0 flex-1 overflow-y-auto">{main()}</div>
          </div>
        )}
        {(isWide || detail) && (
          <div className="flex min-h-0 min-w-0 flex-col bg-panel">
            {isWide && outcome && (
              <p role="status" className="border-b border-line px-6 py-2 text-13">
                <OutcomeMark outcome={outcome} />
              </p>
            )}
            <div className="min-h-0 flex-1">
              {detail ??
                (answersHere ? (
                  <RunApproval
                    key={approval.event_id}
                    approval={approval}
                    onOutcome={(told) => setAnswered({ eventId: approval.event_id, outcome: told })}
                  />
                ) : (
                  <RunSummary run={run} steps={steps} />
                ))}
            </div>
          </div>
        )}
      </div>
      <ForkDialog run={run} step={forking} inputSchema={inputSchema} onClose={() => setForking(undefined)} />
    </div>
  )
}

type ViewTabsProps = {
  runId: string
  views: readonly View[]
  view: View
  chosen: { eventId: string | undefined; stepId: string | undefined }
}

/** What is chosen stays chosen in another view. */
function ViewTabs({ runId, views, view, chosen: { eventId, stepId } }: ViewTabsProps) {
  return (
    <div className="shrink-0 border-b border-line px-4 pt-1">
      <LinkTabs label={text.workflowRun.views}>
        {views.map((each) => (
          <Link
            key={each}
            to="/runs/$runId"
            params={{ runId }}
            search={{
              ...(eventId !== undefined && { event: eventId }),
              ...(stepId !== undefined && { step: stepId }),
              ...(each !== 'steps' && { view: each }),
            }}
            activeOptions={{ exact: true, includeSearch: true }}
            aria-current={each === view ? 'page' : undefined}
            className={LINK_TAB}
          >
            {text.workflowRun.view[each]}
          </Link>
        ))}
      </LinkTabs>
    </div>
  )
}
