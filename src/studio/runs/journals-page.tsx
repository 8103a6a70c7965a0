import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { runsQuery } from '../api/queries.ts'
import { text } from '../text.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { DataLine } from '../ui/data-text.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { useSettled } from '../ui/use-settled.ts'
import { useTitle } from '../ui/use-title.ts'
import { VirtualList } from '../ui/virtual-list.tsx'
import { EmptyJournals } from './empty-journals.tsx'
import { JournalColumns, JournalRow } from './journal-row.tsx'
import { JournalsFilter } from './journals-filter.tsx'
import { RunsHead } from './runs-head.tsx'

/** The server searches when the typing pauses. */
const TYPING_MS = 250

/** Every run there is a record of, whoever made it: workflows, agents outside, purchases. */
export function JournalsPage() {
  useTitle(text.runs.title)
  const { status, q } = useSearch({ from: '/frame/journals' })
  const navigate = useNavigate()
  const search = useSettled(q, TYPING_MS)
  const query = useInfiniteQuery({ ...runsQuery({ status, search }), placeholderData: keepPreviousData })
  const runs = query.data?.pages.flatMap((page) => page.runs) ?? []
  const isFiltered = status !== undefined || q !== undefined
  const more = query.hasNextPage && (
    <div className="p-4">
      <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
        {query.isFetchingNextPage ? text.common.loading : text.runs.loadMore}
      </Button>
    </div>
  )
  return (
    <div className="flex h-full flex-col">
      <RunsHead view="journals">
        <JournalsFilter
          status={status}
          find={q}
          onChange={(filter) => void navigate({ to: '/journals', search: filter, replace: true })}
        />
      </RunsHead>
      {query.isError && (
        <div className="shrink-0 p-4">
          <ErrorNote error={query.error} onRetry={() => void query.refetch()}>
            {query.data && <p>{text.errors.stale}</p>}
          </ErrorNote>
        </div>
      )}
      {query.isPending && <SkeletonRows />}
      {query.data &&
        runs.length === 0 &&
        (isFiltered ? <NoneMatches find={q}>{more}</NoneMatches> : <EmptyJournals />)}
      {runs.length > 0 && (
        <VirtualList
          items={runs}
          keyOf={(run) => run.run_id}
          head={<JournalColumns />}
          label={text.runs.list}
          className="min-h-0 flex-1"
          renderItem={(run) => <JournalRow run={run} />}
          after={more}
        />
      )}
    </div>
  )
}

function NoneMatches({ find, children }: { find: string | undefined; children: ReactNode }) {
  return (
    <div className="p-4">
      <h2 className="text-16 font-semibold">{text.runs.noneTitle}</h2>
      <p className="mt-1 mb-4 text-muted">{text.runs.noneBody}</p>
      <div className="flex flex-wrap gap-3">
        <Link to="/journals" className={buttonClass()}>
          {text.runs.clear}
        </Link>
        {find !== undefined && (
          <Link to="/runs/$runId" params={{ runId: find }} className={`${buttonClass()} max-w-full`}>
            <span className="truncate">
              {text.runs.openById.replace('{run}', '')}
              <DataLine value={find} plain={false} />
            </span>
          </Link>
        )}
      </div>
      {children}
    </div>
  )
}
