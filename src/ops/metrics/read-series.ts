import type { Kernel } from '../../kernel/context.ts'
import { validationError } from '../../lib/validation.ts'
import type { Session } from '../../store/database.ts'
import { type Measured, readDurations } from './durations.ts'
import type { MetricRow } from './metric-rows.ts'
import { METRICS_KEPT_MS, stepOfAge } from './prune-metrics.ts'
import type { MetricsAmount, MetricsSeries } from './schema.ts'

const MINUTE_MS = 60_000
/** More than that no page can draw apart. */
const MOST_POINTS = 500

type Asked = { from: Date; until?: Date | undefined; step?: number | undefined }

/** What happened to a tenant between two moments, piece by piece. Where nothing happened stands a piece with zeros. */
export async function readSeries(
  { database, clock }: Pick<Kernel, 'database' | 'clock'>,
  tenantId: string,
  asked: Asked,
): Promise<MetricsSeries> {
  const { from, until, stepMs } = boundsOf(asked, clock.now())
  const rows = await database.transaction(tenantId, (session) =>
    readPieces(session, tenantId, from, until, stepMs),
  )
  const byPiece = Map.groupBy(rows, ({ piece }) => piece)
  const points = Array.from({ length: Math.ceil((until - from) / stepMs) }, (_, position) => {
    const at = from + position * stepMs
    return { at: new Date(at).toISOString(), ...present(byPiece.get(at) ?? []) }
  })
  return {
    from: new Date(from).toISOString(),
    until: new Date(until).toISOString(),
    step_seconds: stepMs / 1000,
    totals: present(rows),
    points,
  }
}

/** Pieces begin at multiples of their length since 1970, and are never shorter than those that are kept. */
function boundsOf({ from: asked, until: end, step }: Asked, now: number) {
  const until = Math.min(end?.getTime() ?? now, now)
  const length = until - asked.getTime()
  if (length <= 0) throw outOfBounds('expected a moment before `until`, and not in the future')
  if (now - asked.getTime() > METRICS_KEPT_MS + MINUTE_MS) {
    throw outOfBounds(
      `expected a moment within the last ${METRICS_KEPT_MS / 86_400_000} days: counts by time are kept that long`,
    )
  }
  const kept = stepOfAge(now - asked.getTime())
  // Rounding down adds at most one point.
  const shortest = Math.ceil(length / (MOST_POINTS - 1))
  const wanted = Math.max((step ?? 0) * 1000, kept, shortest)
  const stepMs = Math.ceil(wanted / kept) * kept
  return { from: Math.floor(asked.getTime() / stepMs) * stepMs, until, stepMs }
}

const outOfBounds = (message: string) =>
  validationError([{ path: 'from', message, type: 'value_error' }], {
    code: 'REQUEST_VALIDATION_ERROR',
    message: 'Request failed validation',
    detailCode: () => 'REQUEST_VALIDATION_ERROR',
  })

type PieceRow = MetricRow & { piece: number }

/** What a point is made of; names that have one row for each tool are left to the totals. */
const WANTED = [
  'runs_started_total',
  'runs_total',
  'llm_calls_total',
  'llm_tokens_prompt_total',
  'llm_tokens_completion_total',
  'policy_evaluations_total',
  'policy_denials_total',
  'run_duration_ms',
  'llm_latency_ms',
]

/**
 * One row for each name and label, with its pieces as JSON. Embedded, a month of 1300 rows took 23 ms and so takes 17
 * (median 29 and 20), at a busy machine.
 */
async function readPieces(
  session: Session,
  tenantId: string,
  from: number,
  until: number,
  stepMs: number,
): Promise<PieceRow[]> {
  const rows = await session.query<{
    name: string
    label: string
    pieces: [at: number, count: number, sum: number][]
  }>(
    `SELECT name, label, json_agg(json_build_array(extract(epoch FROM piece)::bigint, count, sum)) AS pieces FROM (
       SELECT date_bin(make_interval(secs => $4), minute, $2) AS piece, name, label, sum(count)::bigint AS count, sum(sum) AS sum
       FROM metric_minutes WHERE tenant_id = $1 AND minute >= $2 AND minute < $3 AND name = ANY ($5)
       GROUP BY piece, name, label) summed GROUP BY name, label`,
    [tenantId, new Date(from), new Date(until), stepMs / 1000, WANTED],
    'read_metric_pieces',
  )
  return rows.flatMap(({ name, label, pieces }) =>
    pieces.map(([at, count, sum]) => ({ name, label, piece: at * 1000, count, sum })),
  )
}

function present(rows: MetricRow[]): MetricsAmount {
  const rowsOf = (name: string) => rows.filter((row) => row.name === name)
  const countOf = (name: string) => rowsOf(name).reduce((all, { count }) => all + count, 0)
  const durations = (name: Measured) => readDurations(sumByLabel(rowsOf(name)))
  const calls = rowsOf('llm_calls_total')
  return {
    runs_started: countOf('runs_started_total'),
    runs_by_status: Object.fromEntries(
      sumByLabel(rowsOf('runs_total')).map(({ label, count }) => [label, count]),
    ),
    cost_cents: Math.round(calls.reduce((all, { sum }) => all + sum, 0) * 10_000) / 10_000,
    llm_calls: countOf('llm_calls_total'),
    tokens_prompt: countOf('llm_tokens_prompt_total'),
    tokens_completion: countOf('llm_tokens_completion_total'),
    policy_evaluations: countOf('policy_evaluations_total'),
    policy_denials: countOf('policy_denials_total'),
    run_duration_ms: durations('run_duration_ms'),
    llm_latency_ms: durations('llm_latency_ms'),
  }
}

function sumByLabel(rows: MetricRow[]): MetricRow[] {
  const sums = new Map<string, MetricRow>()
  for (const row of rows) {
    const known = sums.get(row.label)
    sums.set(row.label, {
      ...row,
      count: row.count + (known?.count ?? 0),
      sum: row.sum + (known?.sum ?? 0),
    })
  }
  return [...sums.values()]
}
