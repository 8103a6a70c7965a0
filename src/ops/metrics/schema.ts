import { z } from 'zod'

const rate = z.number().nullable().describe('between 0 and 1; null while there is nothing to divide by')
const byName = z.record(z.string(), z.number())

/** How long something took, in milliseconds: estimated from buckets; null while nothing was measured. */
export const Durations = z.object({
  count: z.number(),
  avg: z.number().nullable(),
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
})
export type Durations = z.infer<typeof Durations>

/** What happened, in numbers, since the log began. */
export const Metrics = z.object({
  scope: z.enum(['tenant', 'installation']),
  at: z.string().describe('ISO 8601 in UTC'),
  runs: z.object({
    total: z.number().describe('runs that were started'),
    by_status: byName.describe('runs that ended, by how; one that was retried ends again'),
    throughput_per_hour: z.number().describe('runs that ended in the last hour'),
    success_rate: rate.describe('completed of completed and failed'),
    avg_cost_cents: z.number().nullable(),
  }),
  llm: z.object({
    calls_total: z.number(),
    calls_by_provider: byName,
    tokens_total: z.number(),
    tokens_prompt_total: z.number(),
    tokens_completion_total: z.number(),
    cost_cents_total: z.number().describe('calls whose price is not known are left out'),
    unpriced_calls_total: z.number(),
    error_rate: rate,
    latency_ms: Durations,
  }),
  tools: z.object({
    calls_total: z.number(),
    calls_by_tool: byName,
    avg_duration_ms: z.number().nullable(),
    error_rate: rate,
  }),
  policies: z.object({ evaluations_total: z.number(), denials_total: z.number(), denial_rate: rate }),
  approvals: byName.describe('requested, approved, rejected, expired'),
  executions: byName.describe('intended, completed, failed, in_doubt'),
  memory: z.object({ items_total: z.number() }),
  errors: z.object({
    total: z.number(),
    error_rate: rate.describe('failed of completed and failed runs'),
    budget_exceeded_total: z.number(),
    rate_limited_total: z.number().describe('requests that were answered 429'),
    refresh_token_reuse_total: z.number().describe('refresh tokens that came back after they were spent'),
  }),
  performance: z.object({ run_duration_ms: Durations, step_duration_ms: Durations }),
})
export type Metrics = z.infer<typeof Metrics>

const moment = z.iso
  .datetime({ offset: true, error: 'Input should be a date-time with a zone, e.g. 2026-11-01T12:00:00Z' })
  .transform((value) => new Date(value))

export const MetricsSeriesQuery = z.strictObject({
  from: moment.describe('at most 31 days ago'),
  until: moment.optional().describe('without it now'),
  step: z.coerce
    .number()
    .int()
    .min(60)
    .max(31 * 86_400)
    .optional()
    .describe('seconds from one point to the next'),
})

const amount = {
  runs_started: z.number(),
  runs_by_status: byName.describe('runs that ended, by how'),
  cost_cents: z.number().describe('calls whose price is not known are left out'),
  llm_calls: z.number(),
  tokens_prompt: z.number(),
  tokens_completion: z.number(),
  policy_evaluations: z.number(),
  policy_denials: z.number(),
  run_duration_ms: Durations,
  llm_latency_ms: Durations,
}
/** What happened in a piece of time. */
const MetricsAmount = z.object(amount)
export type MetricsAmount = z.infer<typeof MetricsAmount>

/** What happened between two moments, piece by piece. */
export const MetricsSeries = z.object({
  from: z.string().describe('where the first point begins: at a multiple of the step since 1970'),
  until: z.string(),
  step_seconds: z
    .number()
    .describe(
      'longer than asked for where counts are kept in longer pieces, or where it would be more than 500 points',
    ),
  totals: MetricsAmount,
  points: z.array(z.object({ at: z.string().describe('where it begins'), ...amount })),
})
export type MetricsSeries = z.infer<typeof MetricsSeries>
