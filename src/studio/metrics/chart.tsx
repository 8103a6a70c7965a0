import { useLayoutEffect, useMemo, useRef } from 'react'
import { text } from '../text.ts'
import { Fold } from '../ui/facts.tsx'
import { formatAbsolute } from '../ui/format-time.ts'
import { useTheme } from '../ui/use-theme.ts'
import type { Described } from './describe-series.ts'
import { type ChartSeries, paintChart } from './paint-chart.ts'

/** The points in time that all charts of the page share. */
export type Times = {
  /** Seconds since 1970. */
  times: number[]
  sayTime: (seconds: number) => string
  sayTick: (seconds: number) => string
}
type ChartProps = { chart: Described; when: Times }

/** A chart with its words above and its numbers below. Nothing in it moves by itself. */
export function Chart({ chart, when }: ChartProps) {
  const { title, most, isEmpty, series, kind } = chart
  const says = most
    ? chart.says + text.metrics.most(most.value, when.sayTime(Date.parse(most.at) / 1000))
    : chart.says
  return (
    <section aria-label={title} className="min-w-0 border-t border-line py-4">
      <h2 className="text-14 font-semibold">{title}</h2>
      <p className="mt-1 mb-2 text-13 text-muted">{says}</p>
      {!isEmpty && (
        <>
          {series.length > 1 && <Legend series={series} kind={kind} />}
          <Canvas says={`${title}: ${says}`} chart={chart} when={when} />
          <Fold summary={text.metrics.table}>
            <Numbers chart={chart} when={when} />
          </Fold>
        </>
      )}
    </section>
  )
}

function Canvas({ says, chart, when }: ChartProps & { says: string }) {
  const target = useRef<HTMLDivElement>(null)
  const readout = useRef<HTMLParagraphElement>(null)
  const theme = useTheme()
  // biome-ignore lint/correctness/useExhaustiveDependencies: painted anew where the colours are others
  useLayoutEffect(() => {
    const element = target.current!
    const { series, kind, sayValue, top } = chart
    const { times, sayTick } = when
    const painted = paintChart(element, { times, series, kind, sayValue, sayTick, top }, (index) => {
      readout.current!.textContent = index === null ? '' : sayPoint(chart, when, index)
    })
    const observer = new ResizeObserver(() => {
      if (element.clientWidth !== painted.width && element.clientWidth > 0)
        painted.setSize({ width: element.clientWidth, height: painted.height })
    })
    observer.observe(element)
    return () => {
      observer.disconnect()
      painted.destroy()
    }
  }, [chart, when, theme])
  return (
    <>
      <div ref={target} role="img" aria-label={says} className="min-w-0 overflow-hidden" />
      {/* The table says the same to whoever does not point at it. */}
      <p ref={readout} aria-hidden="true" className="h-5 truncate text-12 text-muted" />
    </>
  )
}

const sayPoint = ({ series, sayValue }: Described, { times, sayTime }: Times, index: number) =>
  `${sayTime(times[index]!)}: ${series
    .map(({ label, values }) => `${label} ${sayNumber(values[index], sayValue)}`)
    .join(', ')}`

const sayNumber = (value: number | null | undefined, sayValue: Described['sayValue']) =>
  value === null || value === undefined ? text.metrics.noValue : sayValue(value)

function Legend({ series, kind }: { series: ChartSeries[]; kind: Described['kind'] }) {
  return (
    <ul className="mb-1 flex flex-wrap gap-x-4 text-12">
      {series.map(({ label, tone, isDashed }) => (
        <li key={label} className="flex items-center gap-1.5">
          <svg aria-hidden="true" width="16" height="10" style={{ color: `var(--${tone})` }}>
            {kind === 'bars' ? (
              <rect width="10" height="10" x="3" fill="currentColor" />
            ) : (
              <line
                x2="16"
                y1="5"
                y2="5"
                stroke="currentColor"
                strokeWidth="2"
                strokeDasharray={isDashed ? '4 4' : undefined}
              />
            )}
          </svg>
          {label}
        </li>
      ))}
    </ul>
  )
}

function Numbers({ chart: { title, series, sayValue }, when: { times } }: ChartProps) {
  const rows = useMemo(() => times.map((time, index) => ({ time, index })).toReversed(), [times])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div tabIndex={0} className="max-h-80 overflow-auto">
      <table aria-label={title} className="w-full text-13">
        <thead>
          <tr className="text-12 text-muted">
            <th scope="col" className="text-left font-normal">
              {text.metrics.time}
            </th>
            {series.map(({ label }) => (
              <th key={label} scope="col" className="text-right font-normal">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ time, index }) => (
            <tr key={time} className="border-t border-line">
              <th scope="row" className="text-left font-normal whitespace-nowrap">
                {formatAbsolute(new Date(time * 1000).toISOString())}
              </th>
              {series.map(({ label, values }) => (
                <td key={label} className="text-right">
                  {sayNumber(values[index], sayValue)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
