import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { RefreshCw } from 'lucide-react'
import type { AuditLog } from '../../ops/audit/schema.ts'
import { AUDIT_COUNTED, auditQuery } from '../api/ops-queries.ts'
import { installationQuery } from '../api/queries.ts'
import { BackLine } from '../registry/registry-frame.tsx'
import { text } from '../text.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { CommandBlock } from '../ui/command-block.tsx'
import { CopyAction } from '../ui/copy-button.tsx'
import { LINK_TAB, LinkTabs } from '../ui/link-tabs.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { idOf, PagedList } from '../ui/paged-list.tsx'
import { SkeletonCard } from '../ui/skeleton.tsx'
import { TwoPanes } from '../ui/two-panes.tsx'
import { useSettled } from '../ui/use-settled.ts'
import { useTitle } from '../ui/use-title.ts'
import { AuditDetail } from './audit-detail.tsx'
import { AuditExport } from './audit-export.tsx'
import { AuditFilter } from './audit-filter.tsx'
import { AuditColumns, AuditRow } from './audit-row.tsx'
import { AUDIT_FILTERS, filtersOf, queryOf } from './audit-search.ts'
import { HoldsView } from './holds-view.tsx'
import { usePeople } from './use-people.ts'

/** The server searches when the typing pauses. */
const TYPING_MS = 300
const words = text.audit

/** Who did what: searched, exported, and kept from being pruned. */
export function AuditPage() {
  useTitle(words.title)
  const { view } = useSearch({ from: '/frame/audit' })
  if (view !== 'holds') return <AuditEntries />
  return (
    <div className="flex h-full flex-col">
      <header className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-6 gap-y-1 border-b border-line px-4 py-1.5">
        <AuditTabs />
      </header>
      <HoldsView />
    </div>
  )
}

function AuditTabs() {
  const { view } = useSearch({ from: '/frame/audit' })
  const tabs = [
    { view: undefined, says: words.entries },
    { view: 'holds', says: words.holds },
  ]
  return (
    <>
      <h1 className="text-16 font-semibold">{words.title}</h1>
      <LinkTabs label={words.views}>
        {tabs.map(({ view: each, says }) => (
          <Link
            key={says}
            to="/audit"
            search={each ? { view: each } : {}}
            aria-current={view === each ? 'page' : undefined}
            activeOptions={{ exact: true, includeSearch: true }}
            className={LINK_TAB}
          >
            {says}
          </Link>
        ))}
      </LinkTabs>
    </>
  )
}

function AuditEntries() {
  const search = useSearch({ from: '/frame/audit' })
  const { entry, ...filters } = search
  const key = useSettled(JSON.stringify(filtersOf(filters)), TYPING_MS)
  const query = useInfiniteQuery({ ...auditQuery(JSON.parse(key)), placeholderData: keepPreviousData })
  const people = usePeople()
  const needsKey = useQuery(installationQuery).data?.mode === 'authenticated'
  const isFiltered = AUDIT_FILTERS.some((name) => search[name] !== undefined)
  const chosen = query.data?.pages.flatMap(({ data }) => data).find(({ id }) => id === entry)
  const total = query.data?.pages[0]?.total ?? 0
  const list = (
    <>
      <header className="shrink-0 border-b border-line px-4 py-1.5">
        <div className="flex min-h-9 flex-wrap items-center gap-x-6 gap-y-1 max-rail:gap-x-4">
          <AuditTabs />
          {query.data && (
            <span className="text-13 text-muted max-rail:hidden">{words.count(total, AUDIT_COUNTED)}</span>
          )}
          <Button
            tone="quiet"
            icon={RefreshCw}
            disabled={query.isFetching}
            onClick={() => void query.refetch()}
            className="-mr-3 ml-auto"
          >
            {words.again}
          </Button>
        </div>
        <AuditFilter people={people} />
      </header>
      <PagedList
        query={query}
        keyOf={idOf}
        head={<AuditColumns />}
        label={words.list}
        more={words.older}
        renderItem={(log: AuditLog) => (
          <AuditRow log={log} people={people} search={search} isCurrent={log.id === entry} />
        )}
        empty={isFiltered ? <NoneMatches /> : <EmptyAudit needsKey={needsKey} />}
      />
      <footer className="flex shrink-0 flex-wrap items-center gap-3 border-t border-line px-4 py-2">
        <AuditExport search={filters} />
        <CopyAction value={makeCurl({ path: `/api/v1/audit/logs${queryOf(filters)}`, needsKey })}>
          {text.run.copyCurl}
        </CopyAction>
        <span className="text-12 text-muted">
          {total >= AUDIT_COUNTED ? words.lastCounted : words.recorded}
        </span>
      </footer>
    </>
  )
  const detail = entry !== undefined && (
    <>
      <BackLine title={words.title}>
        <Link to="/audit" search={filters}>
          {words.back}
        </Link>
      </BackLine>
      {query.isPending && <SkeletonCard />}
      {query.data && (chosen ? <AuditDetail log={chosen} people={people} /> : <GoneEntry />)}
    </>
  )
  return <TwoPanes list={list} detail={detail || null} choose={words.choose} />
}

function GoneEntry() {
  return (
    <>
      <h2 className="text-16 font-semibold">{words.goneTitle}</h2>
      <p className="mt-1 text-muted">{words.goneBody}</p>
    </>
  )
}

function NoneMatches() {
  return (
    <div className="p-4">
      <h2 className="text-16 font-semibold">{words.noneTitle}</h2>
      <p className="mt-1 mb-4 text-muted">{words.noneBody}</p>
      <Link to="/audit" className={buttonClass()}>
        {words.clear}
      </Link>
    </div>
  )
}

function EmptyAudit({ needsKey }: { needsKey: boolean }) {
  return (
    <div className="max-w-[80ch] overflow-y-auto p-4">
      <h2 className="text-16 font-semibold">{words.emptyTitle}</h2>
      <p className="mt-1 mb-3 text-muted">{words.emptyBody}</p>
      <CommandBlock command={makeCurl({ path: '/api/v1/audit/logs', needsKey })} what={words.command} />
    </div>
  )
}
