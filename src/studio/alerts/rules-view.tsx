import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { Bell, BellOff, TriangleAlert } from 'lucide-react'
import type { AlertConfig } from '../../ops/alerts/schema.ts'
import { alertsQuery } from '../api/ops-queries.ts'
import { installationQuery } from '../api/queries.ts'
import { BackLine } from '../registry/registry-frame.tsx'
import { text } from '../text.ts'
import { CommandBlock } from '../ui/command-block.tsx'
import { DataLine } from '../ui/data-text.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { Mark } from '../ui/note.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { ROW_LOOK } from '../ui/row-look.ts'
import { SkeletonCard, SkeletonRows } from '../ui/skeleton.tsx'
import { TwoPanes } from '../ui/two-panes.tsx'
import { VirtualList } from '../ui/virtual-list.tsx'
import { draftOf, looksBack, NEW_ALERT, sayThreshold, sayWindow } from './alert-draft.ts'
import { AlertEditor } from './alert-editor.tsx'
import { AlertsHead, useMayChange } from './alerts-page.tsx'

const words = text.alerts

/** What is watched; the one that is open beside the list. */
export function RulesView() {
  const { rule: openId } = useSearch({ from: '/frame/alerts' })
  const query = useQuery(alertsQuery)
  const rules = query.data ?? []
  const open = rules.find(({ id }) => id === openId)
  const list = (
    <>
      <AlertsHead count={query.data && words.count(rules.length)} />
      {query.isError && (
        <div className="shrink-0 p-4">
          <ErrorNote error={query.error} onRetry={() => void query.refetch()}>
            {query.data && <p>{text.errors.stale}</p>}
          </ErrorNote>
        </div>
      )}
      {query.isPending && <SkeletonRows />}
      {query.data && rules.length === 0 && <EmptyRules />}
      {rules.length > 0 && (
        <VirtualList
          items={rules}
          keyOf={({ id }) => id}
          head={<RuleColumns />}
          label={words.list}
          currentIndex={rules.findIndex(({ id }) => id === openId)}
          className="min-h-0 flex-1"
          renderItem={(rule) => <RuleRow rule={rule} isCurrent={rule.id === openId} />}
        />
      )}
    </>
  )
  const detail = openId !== undefined && (
    <>
      <BackLine title={words.title}>
        <Link to="/alerts">{words.back}</Link>
      </BackLine>
      {openId === 'new' && <AlertEditor key="new" alert={null} initial={NEW_ALERT} />}
      {openId !== 'new' && query.isPending && <SkeletonCard />}
      {openId !== 'new' &&
        query.data &&
        (open ? <AlertEditor key={open.id} alert={open} initial={draftOf(open)} /> : <p>{words.gone}</p>)}
    </>
  )
  return <TwoPanes list={list} detail={detail || null} choose={words.choose} />
}

const GRID =
  'grid items-center content-center gap-x-3 px-4 grid-cols-[minmax(0,1fr)_minmax(0,1.8fr)_9rem_4rem] @max-lg:grid-cols-[minmax(0,1fr)_auto]'

function RuleRow({ rule, isCurrent }: { rule: AlertConfig; isCurrent: boolean }) {
  return (
    <Link
      to="/alerts"
      search={{ rule: rule.id }}
      data-current={isCurrent}
      aria-current={isCurrent ? 'true' : undefined}
      activeOptions={{ exact: true, includeSearch: true }}
      className={`${GRID} ${ROW_LOOK}`}
    >
      <span className="truncate">
        <DataLine value={rule.name} />
      </span>
      <span className="truncate text-13 text-muted @max-lg:order-3 @max-lg:col-span-2">
        {sayCondition(rule)}
      </span>
      <span className="text-13">
        <RuleState rule={rule} />
      </span>
      <span className="text-right text-13 text-muted @max-lg:hidden">
        {rule.last_checked_at === null ? words.never : <RelativeTime iso={rule.last_checked_at} form="age" />}
      </span>
    </Link>
  )
}

function sayCondition({ rule_type, comparison_operator, threshold, window_seconds }: AlertConfig): string {
  const condition = `${words.rule[rule_type]} ${words.operator[comparison_operator]} ${sayThreshold(rule_type, threshold)}`
  return looksBack(rule_type) ? words.within(condition, sayWindow(window_seconds)) : condition
}

function RuleState({ rule }: { rule: AlertConfig }) {
  if (!rule.enabled) {
    return (
      <Mark tone="muted" icon={BellOff}>
        {words.off}
      </Mark>
    )
  }
  // A rule that tells nobody looks at work, and is not.
  const isDeaf = rule.warnings.length > 0 && rule.warnings.length === rule.notification_channels.length
  return (
    <Mark tone={isDeaf ? 'doubt' : 'ok'} icon={isDeaf ? TriangleAlert : Bell}>
      {isDeaf ? `${words.on}, ${words.undelivered}` : words.on}
    </Mark>
  )
}

function RuleColumns() {
  const { columns } = words
  return (
    <div className={GRID}>
      <span>{columns.name}</span>
      <span>{columns.condition}</span>
      <span>{columns.state}</span>
      <span className="text-right">{columns.checked}</span>
    </div>
  )
}

function EmptyRules() {
  const needsKey = useQuery(installationQuery).data?.mode === 'authenticated'
  const body = {
    name: 'Failures',
    rule_type: 'error_rate',
    threshold: 0.05,
    notification_channels: ['email'],
  }
  return (
    <div className="max-w-[80ch] overflow-y-auto p-4">
      <h2 className="text-16 font-semibold">{words.emptyTitle}</h2>
      <p className="mt-1 mb-3 text-muted">{useMayChange() ? words.emptyBody : words.mayNot}</p>
      <CommandBlock
        command={makeCurl({ path: '/api/v1/alerts/configs', needsKey, body })}
        what={words.command}
      />
    </div>
  )
}
