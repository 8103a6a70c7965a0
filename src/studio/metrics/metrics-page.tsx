import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { MetricsSeries } from '../../ops/metrics/schema.ts'
import { metricsQuery, metricsSeriesQuery } from '../api/ops-queries.ts'
import { installationQuery } from '../api/queries.ts'
import { formatCents } from '../runs/run-cost.ts'
import { text } from '../text.ts'
import { CopyAction } from '../ui/copy-button.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { formatDay, formatDuration } from '../ui/format-time.ts'
import { LINK_TAB, LinkTabs } from '../ui/link-tabs.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { SkeletonCard } from '../ui/skeleton.tsx'
import { useTitle } from '../ui/use-title.ts'
import { Chart, type Times } from './chart.tsx'
import {
  describeCost,
  describeDenials,
  describeLength,
  describeRuns,
  describeSuccess,
  describeTokens,
} from './describe-series.ts'

const words = text.metrics

/** How long, and in pieces of how many seconds. */
const WINDOWS = {
  '1h': { length: 3_600, step: 60 },
  '24h': { length: 86_400, step: 1_800 },
  '7d': { length: 604_800, step: 10_800 },
  '30d': { length: 2_592_000, step: 43_200 },
} as const
const DAY = 86_400
type Window = keyof typeof WINDOWS
const NAMES = Object.keys(WINDOWS) as Window[]

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const sayClock = (seconds: number) => clock.format(seconds * 1000)
const sayDay = (seconds: number) => formatDay(new Date(seconds * 1000).toISOString())

/** A point in time by its clock, over more than a day by its day too. */
const timesOf = ({ points }: MetricsSeries, isLong: boolean): Times => ({
  times: points.map(({ at }) => Date.parse(at) / 1000),
  sayTime: isLong ? (seconds) => `${sayDay(seconds)} ${sayClock(seconds)}` : sayClock,
  sayTick: isLong ? (seconds) => sayDay(seconds).slice('2026-'.length) : sayClock,
})

/** What happened in the tenant, over a chosen time. */
export function MetricsPage() {
  useTitle(words.title)
  const { window: asked } = useSearch({ from: '/frame/metrics' })
  const window = NAMES.find((name) => name === asked) ?? '24h'
  const { length, step } = WINDOWS[window]
  const query = useQuery({ ...metricsSeriesQuery(length, step), placeholderData: keepPreviousData })
  const needsKey = useQuery(installationQuery).data?.mode === 'authenticated'
  const series = query.data
  const shown = useMemo(() => series && describeAll(series, length > DAY), [series, length])
  const isQuiet = shown?.charts.every(({ isEmpty }) => isEmpty)
  return (
    <div className="flex h-full flex-col">
      <header className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-6 gap-y-1 border-b border-line px-4 py-1.5">
        <h1 className="text-16 font-semibold">{words.title}</h1>
        <LinkTabs label={words.window}>
          {NAMES.map((name) => (
            <Link
              key={name}
              to="/metrics"
              search={name === '24h' ? {} : { window: name }}
              aria-current={name === window ? 'page' : undefined}
              activeOptions={{ exact: true, includeSearch: true }}
              className={LINK_TAB}
            >
              {words.windows[name]}
            </Link>
          ))}
        </LinkTabs>
        {series && (
          <span className="text-13 text-muted max-rail:hidden">
            {words.step(formatDuration(series.step_seconds * 1000))}
          </span>
        )}
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section aria-label={words.tenant} tabIndex={0} className="min-h-0 flex-1 overflow-y-auto px-4 pb-8">
        {query.isError && (
          <div className="py-4">
            <ErrorNote error={query.error} onRetry={() => void query.refetch()}>
              {series && <p>{text.errors.stale}</p>}
            </ErrorNote>
          </div>
        )}
        {query.isPending && <SkeletonCard />}
        {series && shown && (
          <>
            <div className="max-w-[80ch] py-4">
              <p className="text-16">
                {isQuiet
                  ? words.none
                  : words.said(words.inWords[window], shown.heads.map(({ says }) => says).join(' '))}
              </p>
              <Totals />
            </div>
            {!isQuiet && (
              <div className="grid gap-x-8 panes:grid-cols-2">
                {shown.charts.map((chart) => (
                  <Chart key={chart.title} chart={chart} when={shown.when} />
                ))}
              </div>
            )}
            <CopyAction
              value={makeCurl({ path: `/api/v1/metrics/series?from=${series.from}&step=${step}`, needsKey })}
            >
              {text.run.copyCurl}
            </CopyAction>
          </>
        )}
      </section>
    </div>
  )
}

function describeAll(series: MetricsSeries, isLong: boolean) {
  const [runs, success, cost] = [describeRuns(series), describeSuccess(series), describeCost(series)]
  const denials = describeDenials(series)
  const [duration, latency] = [
    describeLength(series, 'run_duration_ms'),
    describeLength(series, 'llm_latency_ms'),
  ]
  return {
    when: timesOf(series, isLong),
    charts: [runs, success, duration, latency, cost, describeTokens(series), denials],
    /** What stands above all of them. */
    heads: [runs, cost, denials],
  }
}

/** The whole log in one sentence. */
function Totals() {
  const { data } = useQuery(metricsQuery)
  if (!data) return null
  return (
    <p className="mt-1 text-muted">
      {words.since(data.runs.total, formatCents(data.llm.cost_cents_total), data.policies.denials_total)}
    </p>
  )
}
