import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import type { App, AppView } from '../../apps/schema.ts'
import { appQuery, appsQuery } from '../api/app-queries.ts'
import { text } from '../text.ts'
import { CommandBlock } from '../ui/command-block.tsx'
import { DataLine } from '../ui/data-text.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { LINK_TAB, LinkTabs } from '../ui/link-tabs.tsx'
import { cutText, revealAsString } from '../ui/reveal-text.ts'
import { FilterSelect } from '../ui/select-field.tsx'
import { SkeletonCard } from '../ui/skeleton.tsx'
import { useTitle } from '../ui/use-title.ts'
import { ChatView } from './chat-view.tsx'
import { DashboardView } from './dashboard-view.tsx'
import { FormView } from './form-view.tsx'
import { TableView } from './table-view.tsx'
import { TraceView } from './trace-view.tsx'

/** One app: what its manifest declares, each page with an address of its own. */
export function AppPage() {
  const { appId = '', viewId } = useParams({ strict: false })
  const query = useQuery(appQuery(appId))
  const app = query.data
  useTitle(app ? revealAsString(cutText(app.name, 60)) : text.apps.title)
  return (
    <div className="flex h-full flex-col">
      <header className="shrink-0 border-b border-line px-4">
        <div className="flex min-h-12 flex-wrap items-center gap-x-4 gap-y-1 py-1.5">
          <Link to="/apps" className="text-13 text-accent underline underline-offset-2">
            {text.app.back}
          </Link>
          <h1 className="min-w-0 truncate text-16 font-semibold">
            {app ? <DataLine value={app.name} /> : text.apps.title}
          </h1>
          <span className="ml-auto">
            <AppSwitch appId={appId} name={app?.name ?? appId} />
          </span>
        </div>
        {app && app.views.length > 0 && <ViewLinks app={app} current={viewOf(app, viewId)?.id} />}
      </header>
      <div className="min-h-0 flex-1">
        {query.isError && (
          <div className="p-4">
            <ErrorNote error={query.error} onRetry={() => void query.refetch()}>
              {app && <p>{text.errors.stale}</p>}
            </ErrorNote>
          </div>
        )}
        {query.isPending && <SkeletonCard />}
        {app && <CurrentView app={app} view={viewOf(app, viewId)} />}
      </div>
    </div>
  )
}

/** The page of the address, else the one that opens first; undefined where there is none. */
const viewOf = ({ views, default_view_id }: App, viewId: string | undefined): AppView | undefined =>
  views.find(({ id }) => id === (viewId ?? default_view_id))

function CurrentView({ app, view }: { app: App; view: AppView | undefined }) {
  if (app.views.length === 0) return <NoViews app={app} />
  if (!view) return <p className="p-4 text-muted">{text.app.noSuchView}</p>
  // Another page starts anew: nothing typed for one action is sent to another.
  const key = `${app.id} ${view.id}`
  switch (view.type) {
    case 'form':
      return <FormView key={key} app={app} view={view} />
    case 'chat':
      return <ChatView key={key} app={app} view={view} />
    case 'table':
      return <TableView key={key} app={app} view={view} />
    case 'trace':
      return <TraceView key={key} app={app} view={view} />
    case 'dashboard':
      return <DashboardView key={key} app={app} view={view} />
  }
}

function AppSwitch({ appId, name }: { appId: string; name: string }) {
  const navigate = useNavigate()
  const known = useInfiniteQuery(appsQuery).data?.pages.flatMap(({ data }) => data) ?? []
  if (known.length < 2) return null
  // An app on a later page of the list is still the one that is open.
  const apps = known.some(({ id }) => id === appId) ? known : [{ id: appId, name }, ...known]
  return (
    <FilterSelect
      label={text.app.switch}
      value={appId}
      onChange={(event) => void navigate({ to: '/apps/$appId', params: { appId: event.target.value } })}
      options={apps.map(({ id, name: says }) => ({ value: id, says: revealAsString(cutText(says, 60)) }))}
    />
  )
}

function ViewLinks({ app, current }: { app: App; current: string | undefined }) {
  return (
    <LinkTabs label={text.app.views}>
      {app.views.map(({ id, title }) => (
        <Link
          key={id}
          to="/apps/$appId/$viewId"
          params={{ appId: app.id, viewId: id }}
          aria-current={id === current ? 'page' : undefined}
          className={`${LINK_TAB} shrink-0 whitespace-nowrap`}
        >
          <DataLine value={title} />
        </Link>
      ))}
    </LinkTabs>
  )
}

function NoViews({ app }: { app: App }) {
  const [action] = app.actions
  const line = action
    ? { id: 'start', type: 'form', title: action.label, action_id: action.action_id }
    : { id: 'runs', type: 'table', title: 'Runs' }
  return (
    <div className="h-full max-w-[80ch] overflow-y-auto p-4">
      <h2 className="text-16 font-semibold">{text.app.noViewsTitle}</h2>
      <p className="mt-1 mb-3 text-muted">{text.app.noViewsBody}</p>
      <CommandBlock command={`"views": [${JSON.stringify(line)}]`} what={text.app.noViewsWhat} />
    </div>
  )
}
