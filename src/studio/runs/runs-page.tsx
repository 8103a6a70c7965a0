import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { Run } from '../../engine/runs/schema.ts'
import { RUN_STATES } from '../api/workflow-client.ts'
import { workflowRunsQuery, workflowsQuery } from '../api/workflow-queries.ts'
import { text } from '../text.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { revealAsString } from '../ui/reveal-text.ts'
import { FilterSelect } from '../ui/select-field.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { useTitle } from '../ui/use-title.ts'
import { VirtualList } from '../ui/virtual-list.tsx'
import { EmptyWorkflowRuns } from './empty-workflow-runs.tsx'
import { RunsHead } from './runs-head.tsx'
import { WorkflowRunColumns, WorkflowRunRow } from './workflow-run-row.tsx'

type Filter = { status?: string; workflow?: string }

/** Runs of workflows: how each stands, and what it waits for. */
export function RunsPage() {
  useTitle(text.runs.title)
  const { status, workflow } = useSearch({ from: '/frame/runs' })
  const query = useInfiniteQuery({
    ...workflowRunsQuery({ status, workflow_id: workflow }),
    placeholderData: keepPreviousData,
  })
  const runs = useMemo(() => withoutTwins(query.data?.pages.flatMap(({ data }) => data) ?? []), [query.data])
  const isFiltered = status !== undefined || workflow !== undefined
  return (
    <div className="flex h-full flex-col">
      <RunsHead view="of-workflows">
        <RunsFilter status={status} workflow={workflow} />
        {query.data && (
          <span className="ml-auto text-13 text-muted max-rail:hidden">
            {text.workflowRuns.count(query.data.pages[0]?.total ?? 0)}
          </span>
        )}
      </RunsHead>
      {query.isError && (
        <div className="shrink-0 p-4">
          <ErrorNote error={query.error} onRetry={() => void query.refetch()}>
            {query.data && <p>{text.errors.stale}</p>}
          </ErrorNote>
        </div>
      )}
      {query.isPending && <SkeletonRows />}
      {query.data && runs.length === 0 && (isFiltered ? <NoneMatches /> : <EmptyWorkflowRuns />)}
      {runs.length > 0 && (
        <VirtualList
          items={runs}
          keyOf={(run) => run.id}
          head={<WorkflowRunColumns />}
          label={text.workflowRuns.list}
          className="min-h-0 flex-1"
          renderItem={(run) => <WorkflowRunRow run={run} />}
          after={
            query.hasNextPage && (
              <div className="p-4">
                <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  {query.isFetchingNextPage ? text.common.loading : text.runs.loadMore}
                </Button>
              </div>
            )
          }
        />
      )}
    </div>
  )
}

function RunsFilter({ status, workflow }: { status: string | undefined; workflow: string | undefined }) {
  const navigate = useNavigate()
  const known = useInfiniteQuery(workflowsQuery).data?.pages.flatMap(({ data }) => data) ?? []
  // A workflow that is gone, or on a later page, is still what the address asks for.
  const ids = [...new Set([...known.map(({ id }) => id), ...(workflow ? [workflow] : [])])].toSorted()
  const change = (next: { status?: string | undefined; workflow?: string | undefined }) => {
    const wanted = { status, workflow, ...next }
    const search: Filter = {
      ...(wanted.status && { status: wanted.status }),
      ...(wanted.workflow && { workflow: wanted.workflow }),
    }
    void navigate({ to: '/runs', search, replace: true })
  }
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-2">
      <FilterSelect
        label={text.workflowRuns.status}
        value={status ?? ''}
        onChange={(event) => change({ status: event.target.value || undefined })}
        options={[
          { value: '', says: text.workflowRuns.anyStatus },
          ...RUN_STATES.map((value) => ({ value, says: text.runState[value] })),
        ]}
      />
      <FilterSelect
        label={text.workflowRuns.workflow}
        value={workflow ?? ''}
        onChange={(event) => change({ workflow: event.target.value || undefined })}
        options={[
          { value: '', says: text.workflowRuns.anyWorkflow },
          ...ids.map((value) => ({ value, says: revealAsString(value.slice(0, 60)) })),
        ]}
      />
    </div>
  )
}

function NoneMatches() {
  return (
    <div className="p-4">
      <h2 className="text-16 font-semibold">{text.runs.noneTitle}</h2>
      <p className="mt-1 mb-4 text-muted">{text.workflowRuns.noneBody}</p>
      <Link to="/runs" className={buttonClass()}>
        {text.runs.clear}
      </Link>
    </div>
  )
}

/** A run that began while pages were read stands on two of them. */
function withoutTwins(runs: Run[]): Run[] {
  return [...new Map(runs.map((run) => [run.id, run])).values()]
}
