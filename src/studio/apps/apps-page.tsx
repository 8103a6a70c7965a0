import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { AppSummary } from '../../apps/schema.ts'
import { appsQuery } from '../api/app-queries.ts'
import { installationQuery } from '../api/queries.ts'
import { text } from '../text.ts'
import { CommandBlock } from '../ui/command-block.tsx'
import { DataLine } from '../ui/data-text.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { idOf, PagedList } from '../ui/paged-list.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { ROW_LOOK } from '../ui/row-look.ts'
import { useTitle } from '../ui/use-title.ts'

export function AppsPage() {
  useTitle(text.apps.title)
  const query = useInfiniteQuery(appsQuery)
  return (
    <div className="flex h-full flex-col">
      <header className="flex h-12 shrink-0 items-center gap-4 border-b border-line px-4">
        <h1 className="text-16 font-semibold">{text.apps.title}</h1>
        {query.data && (
          <span className="text-13 text-muted">{text.apps.count(query.data.pages[0]?.total ?? 0)}</span>
        )}
      </header>
      <PagedList
        query={query}
        keyOf={idOf}
        head={<AppColumns />}
        label={text.apps.list}
        renderItem={(app) => <AppRow app={app} />}
        empty={<EmptyApps />}
        more={text.apps.more}
      />
    </div>
  )
}

const GRID =
  'grid items-center content-center gap-x-3 px-4 grid-cols-[minmax(0,2fr)_minmax(0,3fr)_9rem_minmax(0,1fr)_7rem] @max-lg:grid-cols-[minmax(0,1fr)_auto]'

function AppRow({ app }: { app: AppSummary }) {
  return (
    <Link to="/apps/$appId" params={{ appId: app.id }} className={`${GRID} ${ROW_LOOK}`}>
      <span className="truncate">
        <DataLine value={app.name} />
      </span>
      <span className="truncate text-13 text-muted @max-lg:order-3">
        <DataLine value={app.description ?? ''} />
      </span>
      <span className="text-13 text-muted @max-lg:order-4">{text.apps.visibility[app.visibility]}</span>
      <span className="truncate text-13 text-muted @max-lg:hidden">
        <DataLine value={app.owner ?? ''} plain={false} />
      </span>
      <span className="text-right text-13 text-muted @max-lg:order-2">
        <RelativeTime iso={app.updated_at} />
      </span>
    </Link>
  )
}

function AppColumns() {
  const { columns } = text.apps
  return (
    <div className={GRID}>
      <span>{columns.name}</span>
      <span>{columns.about}</span>
      <span>{columns.visibility}</span>
      <span>{columns.owner}</span>
      <span className="text-right">{columns.changed}</span>
    </div>
  )
}

function EmptyApps() {
  const needsKey = useQuery(installationQuery).data?.mode === 'authenticated'
  const command = makeCurl({
    path: '/api/v1/apps/import',
    needsKey,
    body: {
      version: '1.0.0',
      app: {
        id: 'tickets',
        name: 'Tickets',
        visibility: 'org',
        scopes: { tools: ['ticketing.list_open'] },
        workflows: [{ id: 'flow', workflow_ref: 'demo_ticket_triage_v1', label: 'Triage' }],
        actions: [
          {
            id: 'triage',
            label: 'Triage tickets',
            workflow_id: 'flow',
            input_mapping: { hotel_id: '$event.hotel_id' },
          },
        ],
        views: [{ id: 'start', type: 'form', title: 'Triage', action_id: 'triage' }],
      },
    },
  })
  return (
    <div className="max-w-[80ch] overflow-y-auto p-4">
      <h2 className="text-16 font-semibold">{text.apps.emptyTitle}</h2>
      <p className="mt-1 mb-3 text-muted">{text.apps.emptyBody}</p>
      <CommandBlock command={command} what={text.inbox.emptyWhat} />
    </div>
  )
}
