import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { Run } from '../../engine/runs/schema.ts'
import { runJournalQuery } from '../api/queries.ts'
import { runStepsQuery, workflowRunQuery, workflowRunsQuery } from '../api/workflow-queries.ts'
import { RunStateMark } from '../runs/run-state.tsx'
import { StepsWaterfall } from '../runs/steps-waterfall.tsx'
import { itemOfEntry } from '../runs/timeline-item.ts'
import { text } from '../text.ts'
import { ErrorNote } from '../ui/error-note.tsx'
import { formatAbsolute } from '../ui/format-time.ts'
import { cutText, revealAsString } from '../ui/reveal-text.ts'
import { FilterSelect } from '../ui/select-field.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { NoRuns, ViewHead, type ViewProps } from './view-parts.tsx'

/** More would be no choice any more; the table has them all. */
const MAX_CHOICES = 50

/** The steps of one run of an app over time: the youngest, or the one of the address. */
export function TraceView({ app, view }: ViewProps) {
  const query = useInfiniteQuery(workflowRunsQuery({ app_id: app.id, app_action_id: view.action_id }))
  const { run: wanted } = useSearch({ from: '/frame/app' })
  const navigate = useNavigate()
  const known = (query.data?.pages.flatMap(({ data }) => data) ?? []).slice(0, MAX_CHOICES)
  const runId = wanted ?? known[0]?.id
  const labels = new Map(app.actions.map(({ action_id, label }) => [action_id, label]))
  const say = (run: Run) =>
    [
      formatAbsolute(run.created_at),
      revealAsString(cutText(labels.get(run.app_action_id ?? '') ?? run.app_action_id ?? '', 40)),
      text.runState[run.status],
    ].join(', ')
  const options = known.map((run) => ({ value: run.id, says: say(run) }))
  const isListed = known.some(({ id }) => id === runId)
  return (
    <div className="flex h-full flex-col">
      <div className="flex shrink-0 flex-wrap items-center gap-x-4 gap-y-2 px-4 pt-4 pb-3">
        <div className="min-w-0">
          <ViewHead view={view} />
        </div>
        {runId !== undefined && (
          <FilterSelect
            label={text.appTrace.run}
            value={runId}
            onChange={(event) =>
              void navigate({ to: '.', search: { run: event.target.value }, replace: true })
            }
            options={
              isListed ? options : [{ value: runId, says: revealAsString(cutText(runId, 40)) }, ...options]
            }
          />
        )}
      </div>
      {query.isError && (
        <div className="shrink-0 p-4">
          <ErrorNote error={query.error} onRetry={() => void query.refetch()}>
            {query.data && <p>{text.errors.stale}</p>}
          </ErrorNote>
        </div>
      )}
      {query.isPending && <SkeletonRows />}
      {query.data && runId === undefined && <NoRuns app={app} view={view} />}
      {runId !== undefined && <Trace key={runId} runId={runId} />}
    </div>
  )
}

function Trace({ runId }: { runId: string }) {
  const navigate = useNavigate()
  const run = useQuery(workflowRunQuery(runId))
  const steps = useQuery(runStepsQuery(runId))
  // Only to cut long rests short; without it they are drawn as long as they were.
  const entries = useQuery(runJournalQuery(runId)).data?.entries
  const items = useMemo(() => entries?.map(itemOfEntry) ?? [], [entries])
  const failed = [run, steps].find(({ isError }) => isError)
  if (failed) {
    return (
      <div className="p-4">
        <ErrorNote error={failed.error} onRetry={() => void failed.refetch()} />
      </div>
    )
  }
  if (!run.data || !steps.data) return <SkeletonRows />
  return (
    <>
      <p className="flex shrink-0 flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-4 pb-3">
        <RunStateMark status={run.data.status} />
        <Link to="/runs/$runId" params={{ runId }} className="text-accent underline underline-offset-2">
          {text.appTrace.openRun}
        </Link>
      </p>
      <div className="min-h-0 flex-1">
        <StepsWaterfall
          steps={steps.data}
          items={items}
          finishedAt={run.data.finished_at}
          selectedStep={undefined}
          onSelect={(step) => void navigate({ to: '/runs/$runId', params: { runId }, search: { step } })}
        />
      </div>
    </>
  )
}
