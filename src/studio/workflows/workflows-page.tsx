import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Workflow } from '../../engine/workflows/schema.ts'
import { installationQuery } from '../api/queries.ts'
import { workflowsQuery } from '../api/workflow-queries.ts'
import { readDefinition } from '../graph/read-definition.ts'
import { text } from '../text.ts'
import { CommandBlock } from '../ui/command-block.tsx'
import { DataLine } from '../ui/data-text.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { idOf, PagedList } from '../ui/paged-list.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { ROW_LOOK } from '../ui/row-look.ts'
import { useTitle } from '../ui/use-title.ts'

export function WorkflowsPage() {
  useTitle(text.workflows.title)
  const query = useInfiniteQuery(workflowsQuery)
  return (
    <div className="flex h-full flex-col">
      <header className="flex h-12 shrink-0 items-center gap-4 border-b border-line px-4">
        <h1 className="text-16 font-semibold">{text.workflows.title}</h1>
        {query.data && (
          <span className="text-13 text-muted">{text.workflows.count(query.data.pages[0]?.total ?? 0)}</span>
        )}
      </header>
      <PagedList
        query={query}
        keyOf={idOf}
        head={<WorkflowColumns />}
        label={text.workflows.list}
        renderItem={(workflow) => <WorkflowRow workflow={workflow} />}
        empty={<EmptyWorkflows />}
        more={text.workflows.more}
      />
    </div>
  )
}

const GRID =
  'grid items-center content-center gap-x-3 px-4 grid-cols-[minmax(0,1fr)_7rem_5rem_4rem_7rem] @max-lg:grid-cols-[minmax(0,1fr)_auto]'

function WorkflowRow({ workflow }: { workflow: Workflow }) {
  const nodes = readDefinition(workflow.definition)?.nodes.length ?? 0
  return (
    <Link to="/workflows/$workflowId" params={{ workflowId: workflow.id }} className={`${GRID} ${ROW_LOOK}`}>
      <span className="truncate">
        <DataLine value={workflow.name} />
      </span>
      <span className="text-13 text-muted @max-lg:order-3">{text.workflows.type[workflow.type]}</span>
      <span className="truncate text-right text-13 text-muted @max-lg:hidden">
        <DataLine value={workflow.version} plain={false} />
      </span>
      <span className="text-right text-13 text-muted @max-lg:hidden">{nodes}</span>
      <span className="text-right text-13 text-muted @max-lg:order-2">
        <RelativeTime iso={workflow.updated_at} />
      </span>
    </Link>
  )
}

function WorkflowColumns() {
  const { columns } = text.workflows
  return (
    <div className={GRID}>
      <span>{columns.name}</span>
      <span>{columns.type}</span>
      <span className="text-right">{columns.version}</span>
      <span className="text-right">{columns.nodes}</span>
      <span className="text-right">{columns.changed}</span>
    </div>
  )
}

function EmptyWorkflows() {
  const needsKey = useQuery(installationQuery).data?.mode === 'authenticated'
  const command = makeCurl({
    path: '/api/v1/workflows',
    needsKey,
    body: {
      name: 'hello',
      definition: {
        entry: 'greet',
        nodes: [{ id: 'greet', type: 'static', config: { output: 'Hello {{ $input.name }}' } }],
        input_schema: { type: 'object', properties: { name: { type: 'string' } } },
      },
    },
  })
  return (
    <div className="max-w-[80ch] overflow-y-auto p-4">
      <h2 className="text-16 font-semibold">{text.workflows.emptyTitle}</h2>
      <p className="mt-1 mb-3 text-muted">{text.workflows.emptyBody}</p>
      <CommandBlock command={command} what={text.inbox.emptyWhat} />
    </div>
  )
}
