import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { BellRing, CircleCheck } from 'lucide-react'
import type { AlertHistory } from '../../ops/alerts/schema.ts'
import { alertHistoryQuery } from '../api/ops-queries.ts'
import { BackLine } from '../registry/registry-frame.tsx'
import { text } from '../text.ts'
import { DataLine } from '../ui/data-text.tsx'
import { Mark } from '../ui/note.tsx'
import { idOf, PagedList } from '../ui/paged-list.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { ROW_LOOK } from '../ui/row-look.ts'
import { FilterSelect } from '../ui/select-field.tsx'
import { SkeletonCard } from '../ui/skeleton.tsx'
import { TwoPanes } from '../ui/two-panes.tsx'
import { AlertsHead } from './alerts-page.tsx'
import { RaisedDetail } from './raised-detail.tsx'

const words = text.raised

/** What was raised and who was told; the one that is open beside the list. */
export function HistoryView() {
  const { raised: openId, ...search } = useSearch({ from: '/frame/alerts' })
  const { state, of } = search
  const open = state === 'open' ? 'true' : state === 'resolved' ? 'false' : undefined
  const query = useInfiniteQuery({
    ...alertHistoryQuery({ open, alert_config_id: of }),
    placeholderData: keepPreviousData,
  })
  const navigate = useNavigate()
  const chosen = query.data?.pages.flatMap(({ data }) => data).find(({ id }) => id === openId)
  const list = (
    <>
      <AlertsHead count={query.data && words.count(query.data.pages[0]?.total ?? 0)} />
      <div className="flex shrink-0 flex-wrap items-center gap-3 border-b border-line px-4 py-1.5">
        <FilterSelect
          label={words.filter}
          value={state ?? ''}
          onChange={(event) => {
            const { state: _former, ...others } = search
            const next = event.target.value
            void navigate({
              to: '/alerts',
              search: next ? { ...others, state: next } : others,
              replace: true,
            })
          }}
          options={[
            { value: '', says: words.all },
            { value: 'open', says: words.open },
            { value: 'resolved', says: words.resolved },
          ]}
        />
        {(of !== undefined || state !== undefined) && (
          <Link
            to="/alerts"
            search={{ view: 'history' }}
            className="text-13 text-accent underline underline-offset-2"
          >
            {text.audit.clear}
          </Link>
        )}
      </div>
      <PagedList
        query={query}
        keyOf={idOf}
        head={<RaisedColumns />}
        label={words.list}
        more={words.older}
        renderItem={(raised: AlertHistory) => (
          <RaisedRow raised={raised} search={search} isCurrent={raised.id === openId} />
        )}
        empty={
          <div className="p-4">
            <h2 className="text-16 font-semibold">{words.noneTitle}</h2>
            <p className="mt-1 text-muted">{words.noneBody}</p>
          </div>
        }
      />
    </>
  )
  const detail = openId !== undefined && (
    <>
      <BackLine title={text.alerts.title}>
        <Link to="/alerts" search={search}>
          {words.back}
        </Link>
      </BackLine>
      {query.isPending && <SkeletonCard />}
      {query.data && (chosen ? <RaisedDetail key={chosen.id} raised={chosen} /> : <p>{words.gone}</p>)}
    </>
  )
  return <TwoPanes list={list} detail={detail || null} choose={words.choose} />
}

const GRID =
  'grid items-center content-center gap-x-3 px-4 grid-cols-[6.5rem_minmax(0,1fr)_5rem_5rem] @max-lg:grid-cols-[minmax(0,1fr)_auto]'

type RowProps = {
  raised: AlertHistory
  search: { view?: string; state?: string; of?: string }
  isCurrent: boolean
}

function RaisedRow({ raised, search, isCurrent }: RowProps) {
  const { id, message, triggered_at, deliveries } = raised
  const delivered = deliveries.filter(({ status }) => status === 'delivered').length
  return (
    <Link
      to="/alerts"
      search={{ ...search, raised: id }}
      data-current={isCurrent}
      aria-current={isCurrent ? 'true' : undefined}
      activeOptions={{ exact: true, includeSearch: true }}
      className={`${GRID} ${ROW_LOOK}`}
    >
      <span className="text-13">
        <RaisedState raised={raised} />
      </span>
      <span className="truncate @max-lg:order-3 @max-lg:col-span-2 @max-lg:text-13">
        <DataLine value={message} />
      </span>
      <span
        className={`text-13 @max-lg:hidden ${delivered < deliveries.length ? 'text-doubt' : 'text-muted'}`}
      >
        {deliveries.length > 0 && words.told(delivered, deliveries.length)}
      </span>
      <span className="text-right text-13 text-muted">
        <RelativeTime iso={triggered_at} form="age" />
      </span>
    </Link>
  )
}

export function RaisedState({ raised: { resolved_at } }: { raised: AlertHistory }) {
  return resolved_at === null ? (
    <Mark tone="stop" icon={BellRing}>
      {words.open}
    </Mark>
  ) : (
    <Mark tone="ok" icon={CircleCheck}>
      {words.resolved}
    </Mark>
  )
}

function RaisedColumns() {
  const { columns } = words
  return (
    <div className={GRID}>
      <span>{columns.state}</span>
      <span>{columns.what}</span>
      <span>{columns.told}</span>
      <span className="text-right">{columns.when}</span>
    </div>
  )
}
