import type { MetricsAmount, MetricsSeries } from '../../ops/metrics/schema.ts'
import { formatCents } from '../runs/run-cost.ts'
import { text } from '../text.ts'
import { formatAmount } from '../ui/format-money.ts'
import { formatLength } from '../ui/format-time.ts'
import type { ChartSeries } from './paint-chart.ts'

/** What a chart shows, in words and as values by point. */
export type Described = {
  title: string
  says: string
  /** Nothing of it happened: there is nothing to paint. */
  isEmpty: boolean
  /** Where there was most of it; null where that says nothing. */
  most: { value: string; at: string } | null
  kind: 'bars' | 'lines'
  series: ChartSeries[]
  sayValue: (value: number) => string
  /** The top of the scale, where it is known. */
  top?: number
}

type Point = MetricsSeries['points'][number]
type Read = (amount: MetricsAmount) => number

const words = text.metrics
const percent = (share: number) => `${Math.round(share * 1000) / 10} %`
const whole = (number: number) => formatAmount(String(Math.round(number))).replace(/\.0+$/, '')
/** Hundredths of a cent only where they are most of it. */
const cents = (value: number) => formatCents(value >= 10 ? Math.round(value * 100) / 100 : value)
const line = (
  points: Point[],
  label: string,
  tone: ChartSeries['tone'],
  of: (point: Point) => number | null,
) => ({
  label,
  tone,
  values: points.map(of),
})

function mostOf(points: Point[], of: Read, say: (value: number) => string): Described['most'] {
  const highest = points.reduce((top, point) => (of(point) > of(top) ? point : top))
  return of(highest) === 0 ? null : { value: say(of(highest)), at: highest.at }
}

const STATUSES = ['completed', 'failed', 'cancelled'] as const
const STATUS_TONES = { completed: 'ok', failed: 'stop', cancelled: 'muted' } as const
const statusOf =
  (name: (typeof STATUSES)[number]): Read =>
  ({ runs_by_status }) =>
    runs_by_status[name] ?? 0
const ended: Read = ({ runs_by_status }) => Object.values(runs_by_status).reduce((all, each) => all + each, 0)

export function describeRuns({ totals, points }: MetricsSeries): Described {
  const { runs } = words
  // Few are cancelled: where none is, nobody needs to tell it apart.
  const statuses = STATUSES.filter((status) => status !== 'cancelled' || statusOf(status)(totals) > 0)
  const by = statuses.map((status) => `${statusOf(status)(totals)} ${runs[status].toLowerCase()}`).join(', ')
  const count = ended(totals)
  return {
    title: runs.title,
    isEmpty: count === 0,
    says:
      count === 0 && totals.runs_started === 0
        ? runs.none
        : runs.says(totals.runs_started, count, count === 0 ? '' : `: ${by}`),
    most: mostOf(points, ended, whole),
    kind: 'bars',
    sayValue: whole,
    series: statuses.map((status) => line(points, runs[status], STATUS_TONES[status], statusOf(status))),
  }
}

export function describeSuccess({ totals, points }: MetricsSeries): Described {
  const { success } = words
  const [completed, failed] = [statusOf('completed'), statusOf('failed')]
  const settled: Read = (amount) => completed(amount) + failed(amount)
  const all = settled(totals)
  return {
    title: success.title,
    isEmpty: all === 0,
    says: all === 0 ? success.none : success.says(percent(completed(totals) / all), completed(totals), all),
    most: null,
    kind: 'lines',
    sayValue: percent,
    top: 1,
    series: [
      line(points, success.rate, 'ok', (point) =>
        settled(point) === 0 ? null : completed(point) / settled(point),
      ),
    ],
  }
}

export function describeCost({ totals, points }: MetricsSeries): Described {
  const { cost } = words
  const read: Read = ({ cost_cents }) => cost_cents
  return {
    title: cost.title,
    isEmpty: totals.cost_cents === 0,
    says: totals.llm_calls === 0 ? cost.none : cost.says(cents(totals.cost_cents), totals.llm_calls),
    most: mostOf(points, read, (value) => `${cents(value)} ¢`),
    kind: 'bars',
    sayValue: cents,
    series: [line(points, cost.cost, 'accent', read)],
  }
}

/** How long runs took, or models. */
export function describeLength(
  { totals, points }: MetricsSeries,
  member: 'run_duration_ms' | 'llm_latency_ms',
): Described {
  const { duration, latency } = words
  const { title, says, none } = member === 'run_duration_ms' ? duration : latency
  const { count, p50, p95 } = totals[member]
  return {
    title,
    isEmpty: count === 0,
    says: count === 0 ? none : says(formatLength(p50 ?? 0), formatLength(p95 ?? 0), count),
    most: null,
    kind: 'lines',
    sayValue: formatLength,
    series: [
      line(points, duration.p50, 'accent', (point) => point[member].p50),
      { ...line(points, duration.p95, 'doubt', (point) => point[member].p95), isDashed: true },
    ],
  }
}

export function describeDenials({ totals, points }: MetricsSeries): Described {
  const { denials } = words
  const { policy_denials: denied, policy_evaluations: all } = totals
  const read: Read = ({ policy_denials }) => policy_denials
  return {
    title: denials.title,
    isEmpty: denied === 0,
    says: all === 0 ? denials.none : denials.says(denied, all, percent(denied / all)),
    most: mostOf(points, read, whole),
    kind: 'bars',
    sayValue: whole,
    series: [line(points, denials.denied, 'stop', read)],
  }
}

export function describeTokens({ totals, points }: MetricsSeries): Described {
  const { tokens } = words
  const { tokens_prompt: prompt, tokens_completion: completion } = totals
  return {
    title: tokens.title,
    isEmpty: prompt + completion === 0,
    says: prompt + completion === 0 ? tokens.none : tokens.says(whole(prompt), whole(completion)),
    most: mostOf(points, ({ tokens_prompt, tokens_completion }) => tokens_prompt + tokens_completion, whole),
    kind: 'bars',
    sayValue: whole,
    series: [
      line(points, tokens.prompt, 'accent', ({ tokens_prompt }) => tokens_prompt),
      line(points, tokens.completion, 'doubt', ({ tokens_completion }) => tokens_completion),
    ],
  }
}
