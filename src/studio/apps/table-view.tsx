import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { AppView } from '../../apps/schema.ts'
import type { Run } from '../../engine/runs/schema.ts'
import { workflowRunsQuery } from '../api/workflow-queries.ts'
import { formatCents } from '../runs/run-cost.ts'
import { RunDuration } from '../runs/run-duration.tsx'
import { ModeMark, RunStateMark } from '../runs/run-state.tsx'
import { text } from '../text.ts'
import { DataLine } from '../ui/data-text.tsx'
import { idOf, PagedList } from '../ui/paged-list.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { ROW_LOOK } from '../ui/row-look.ts'
import { NoRuns, ViewHead, type ViewProps } from './view-parts.tsx'

type Column = NonNullable<AppView['columns']>[number]

const USUAL: Column[] = ['created_at', 'app_action_id', 'status', 'duration', 'cost_cents']
/** What a column takes of the width. */
const WIDTHS: Record<Column, string> = {
  id: 'minmax(0,1fr)',
  app_action_id: 'minmax(0,2fr)',
  status: '7rem',
  mode: '5rem',
  created_at: '7rem',
  duration: '5rem',
  llm_calls: '6rem',
  cost_cents: '7rem',
  user_id: 'minmax(0,1fr)',
}
const NUMBERS: readonly Column[] = ['duration', 'llm_calls', 'cost_cents']

/** The runs of an app, in the columns that its manifest names. */
export function TableView({ app, view }: ViewProps) {
  const query = useInfiniteQuery(workflowRunsQuery({ app_id: app.id, app_action_id: view.action_id }))
  const columns = view.columns ?? USUAL
  const labels = new Map(app.actions.map(({ action_id, label }) => [action_id, label]))
  return (
    <div className="flex h-full flex-col">
      <div className="shrink-0 px-4 pt-4 pb-3">
        <ViewHead view={view} />
      </div>
      <PagedList
        query={query}
        keyOf={idOf}
        label={text.appTable.list}
        className="border-t border-line"
        head={
          <div className={GRID} style={templateOf(columns)}>
            {columns.map((column) => (
              <span key={column} className={NUMBERS.includes(column) ? 'text-right' : ''}>
                {text.appTable.columns[column]}
              </span>
            ))}
          </div>
        }
        renderItem={(run) => (
          <Link
            to="/runs/$runId"
            params={{ runId: run.id }}
            className={`${GRID} ${ROW_LOOK}`}
            style={templateOf(columns)}
          >
            {columns.map((column) => (
              <span
                key={column}
                className={`truncate text-13 ${NUMBERS.includes(column) ? '@lg:text-right' : ''}`}
              >
                <Cell column={column} run={run} labels={labels} />
              </span>
            ))}
          </Link>
        )}
        empty={<NoRuns app={app} view={view} />}
        more={text.runs.loadMore}
      />
    </div>
  )
}

/** Side by side where there is room, else one after the other on two lines. */
const GRID =
  'grid content-center items-center gap-x-3 px-4 @max-lg:flex @max-lg:flex-wrap @max-lg:gap-y-0.5 @max-lg:overflow-hidden'

const templateOf = (columns: Column[]) => ({
  gridTemplateColumns: columns.map((column) => WIDTHS[column]).join(' '),
})

function Cell({ column, run, labels }: { column: Column; run: Run; labels: Map<string, string> }) {
  switch (column) {
    case 'id':
    case 'user_id':
      return <DataLine value={run[column]} plain={false} />
    case 'app_action_id':
      return <DataLine value={labels.get(run.app_action_id ?? '') ?? run.app_action_id ?? ''} />
    case 'status':
      return <RunStateMark status={run.status} />
    case 'mode':
      return <ModeMark mode={run.mode} />
    case 'created_at':
      return <RelativeTime iso={run.created_at} />
    case 'duration':
      return <RunDuration run={run} />
    case 'llm_calls':
      return run.llm_calls
    case 'cost_cents':
      return formatCents(run.cost_cents)
  }
}
