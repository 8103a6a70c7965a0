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
  }),
  performance: z.object({ run_duration_ms: Durations, step_duration_ms: Durations }),
})
export type Metrics = z.infer<typeof Metrics>
