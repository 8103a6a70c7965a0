import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { RUN_STATES } from '../api/workflow-client.ts'
import { workflowRunsQuery, workflowsQuery } from '../api/workflow-queries.ts'
import { text } from '../text.ts'
import { buttonClass } from '../ui/button.tsx'
import { idOf, PagedList } from '../ui/paged-list.tsx'
import { revealAsString } from '../ui/reveal-text.ts'
import { FilterSelect } from '../ui/select-field.tsx'
import { useTitle } from '../ui/use-title.ts'
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
      <PagedList
        query={query}
        keyOf={idOf}
        head={<WorkflowRunColumns />}
        label={text.workflowRuns.list}
        renderItem={(run) => <WorkflowRunRow run={run} />}
        empty={isFiltered ? <NoneMatches /> : <EmptyWorkflowRuns />}
        more={text.runs.loadMore}
      />
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
