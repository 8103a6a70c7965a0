import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { BellRing, CircleCheck, Plus } from 'lucide-react'
import { checkAlerts } from '../api/ops-client.ts'
import { installationQuery } from '../api/queries.ts'
import { ActionFailed } from '../runs/action-failed.tsx'
import { text } from '../text.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { LINK_TAB, LinkTabs } from '../ui/link-tabs.tsx'
import { Note } from '../ui/note.tsx'
import { useTitle } from '../ui/use-title.ts'
import { HistoryView } from './history-view.tsx'
import { RulesView } from './rules-view.tsx'

const words = text.alerts

/** What is watched, and what it raised. */
export function AlertsPage() {
  useTitle(words.title)
  const { view } = useSearch({ from: '/frame/alerts' })
  return view === 'history' ? <HistoryView /> : <RulesView />
}

/** Keys and users look; who builds or administers also changes. */
export function useMayChange(): boolean {
  const principal = useQuery(installationQuery).data?.principal
  return principal !== undefined && principal !== null && ['admin', 'developer'].includes(principal.role)
}

/** The head of both lists. */
export function AlertsHead({ count }: { count: string | undefined }) {
  const { view } = useSearch({ from: '/frame/alerts' })
  const mayChange = useMayChange()
  const client = useQueryClient()
  const check = useMutation({
    mutationFn: checkAlerts,
    onSettled: () => client.invalidateQueries({ queryKey: ['alerts'] }),
  })
  const tabs = [
    { view: undefined, says: words.rules },
    { view: 'history', says: words.history },
  ]
  return (
    <>
      <header className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-5 gap-y-2 border-b border-line px-4 py-1.5">
        <h1 className="text-16 font-semibold">{words.title}</h1>
        <LinkTabs label={words.views}>
          {tabs.map(({ view: each, says }) => (
            <Link
              key={says}
              to="/alerts"
              search={each ? { view: each } : {}}
              aria-current={view === each ? 'page' : undefined}
              activeOptions={{ exact: true, includeSearch: true }}
              className={LINK_TAB}
            >
              {says}
            </Link>
          ))}
        </LinkTabs>
        {count !== undefined && <span className="text-13 text-muted max-rail:hidden">{count}</span>}
        {mayChange && (
          <span className="ml-auto flex gap-2 max-rail:ml-0">
            <Button icon={BellRing} disabled={check.isPending} onClick={() => check.mutate()}>
              {check.isPending ? words.checking : words.check}
            </Button>
            <Link to="/alerts" search={{ rule: 'new' }} className={buttonClass()}>
              <Plus size={16} aria-hidden="true" />
              {words.add}
            </Link>
          </span>
        )}
      </header>
      <div aria-live="polite" className="shrink-0 px-4 not-empty:py-2">
        {check.data && (
          <Note
            tone={check.data.triggered.length > 0 ? 'wait' : 'ok'}
            icon={check.data.triggered.length > 0 ? BellRing : CircleCheck}
          >
            <p>
              {words.checked(check.data.triggered.length)}{' '}
              {check.data.triggered.length > 0 && (
                <Link
                  to="/alerts"
                  search={{ view: 'history' }}
                  className="text-accent underline underline-offset-2"
                >
                  {words.toHistory}
                </Link>
              )}
            </p>
          </Note>
        )}
        {check.error && <ActionFailed error={check.error} refused={words.unchanged} />}
      </div>
    </>
  )
}
