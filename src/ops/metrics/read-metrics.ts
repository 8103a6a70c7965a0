import type { Kernel } from '../../kernel/context.ts'
import type { Session } from '../../store/database.ts'
import { TOKEN_REUSE } from './count-event.ts'
import { type Measured, readDurations } from './durations.ts'
import { type MetricRow, readInstallation, readSince, readTotals } from './metric-rows.ts'
import type { Metrics } from './schema.ts'

const HOUR_MS = 3_600_000

/** The numbers of one tenant, or of all tenants together. */
export async function readMetrics(
  kernel: Pick<Kernel, 'database' | 'clock'>,
  tenantId: string,
  scope: Metrics['scope'],
): Promise<Metrics> {
  const { database, clock } = kernel
  const since = clock.now() - HOUR_MS
  const own = await database.transaction(tenantId, async (session) => ({
    totals: scope === 'tenant' ? await readTotals(session, tenantId) : [],
    recent: scope === 'tenant' ? await readSince(session, tenantId, since) : [],
    memoryItems: await countMemoryItems(session, tenantId),
  }))
  const rows = scope === 'tenant' ? own : await readInstallation(kernel, since)
  return present(rows, {
    scope,
    at: new Date(clock.now()).toISOString(),
    memory: { items_total: own.memoryItems },
  })
}

/** What agents remember, in a schema that has a place for it. */
export async function countMemoryItems(session: Session, tenantId: string): Promise<number> {
  const [table] = await session.query<{ found: string | null }>(
    "SELECT to_regclass('public.memory_items')::text AS found",
  )
  if (!table?.found) return 0
  const [row] = await session.query<{ items: number }>(
    'SELECT count(*)::int AS items FROM memory_items WHERE tenant_id = $1',
    [tenantId],
  )
  return row!.items
}

function present(
  { totals, recent }: { totals: MetricRow[]; recent: MetricRow[] },
  more: Pick<Metrics, 'scope' | 'at' | 'memory'>,
): Metrics {
  const rowsOf = (name: string) => totals.filter((row) => row.name === name)
  const countOf = (name: string) => sum(rowsOf(name), 'count')
  const byLabel = (name: string) => Object.fromEntries(rowsOf(name).map(({ label, count }) => [label, count]))
  const durations = (name: Measured) => readDurations(rowsOf(name))
  const statuses = byLabel('runs_total')
  const { completed = 0, failed = 0 } = statuses
  const calls = countOf('llm_calls_total')
  const toolCalls = countOf('tool_calls_total')
  const started = countOf('runs_started_total')
  const evaluations = countOf('policy_evaluations_total')
  const [prompt, completion] = [countOf('llm_tokens_prompt_total'), countOf('llm_tokens_completion_total')]
  const cost = rounded(sum(rowsOf('llm_calls_total'), 'sum'))
  return {
    ...more,
    runs: {
      total: started,
      by_status: statuses,
      throughput_per_hour: sum(
        recent.filter(({ name }) => name === 'runs_total'),
        'count',
      ),
      success_rate: share(completed, completed + failed),
      avg_cost_cents: share(cost, started),
    },
    llm: {
      calls_total: calls,
      calls_by_provider: byLabel('llm_calls_total'),
      tokens_total: prompt + completion,
      tokens_prompt_total: prompt,
      tokens_completion_total: completion,
      cost_cents_total: cost,
      unpriced_calls_total: countOf('llm_unpriced_calls_total'),
      error_rate: share(countOf('llm_errors_total'), calls),
      latency_ms: durations('llm_latency_ms'),
    },
    tools: {
      calls_total: toolCalls,
      calls_by_tool: byLabel('tool_calls_total'),
      avg_duration_ms: share(sum(rowsOf('tool_calls_total'), 'sum'), toolCalls),
      error_rate: share(countOf('tool_errors_total'), toolCalls),
    },
    policies: {
      evaluations_total: evaluations,
      denials_total: countOf('policy_denials_total'),
      denial_rate: share(countOf('policy_denials_total'), evaluations),
    },
    approvals: byLabel('approvals_total'),
    executions: byLabel('executions_total'),
    errors: {
      total: countOf('errors_total'),
      error_rate: share(failed, completed + failed),
      budget_exceeded_total: countOf('budget_exceeded_total'),
      rate_limited_total: countOf('rate_limited_total'),
      refresh_token_reuse_total: countOf(TOKEN_REUSE),
    },
    performance: {
      run_duration_ms: durations('run_duration_ms'),
      step_duration_ms: durations('step_duration_ms'),
    },
  }
}

const sum = (rows: MetricRow[], member: 'count' | 'sum') => rows.reduce((all, row) => all + row[member], 0)
const share = (part: number, whole: number) => (whole === 0 ? null : rounded(part / whole))
const rounded = (value: number) => Math.round(value * 10_000) / 10_000
