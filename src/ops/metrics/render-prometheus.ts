import { TOKEN_REUSE } from './count-event.ts'
import type { Durations, Metrics } from './schema.ts'

type Labels = Record<string, string>
type Sample = [labels: Labels, value: number | null]

/** The text that Prometheus reads, version 0.0.4. A value that does not exist yet is left out. */
export function renderPrometheus(metrics: Metrics): string {
  const { runs, llm, tools, policies, memory, errors, performance } = metrics
  const lines: string[] = []
  const tell = (name: string, type: string, help: string, samples: Sample[]) => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
    for (const [labels, value] of samples) if (value !== null) lines.push(`${name}${say(labels)} ${value}`)
  }
  const counter = (name: string, help: string, value: number) => tell(name, 'counter', help, [[{}, value]])
  const gauge = (name: string, help: string, value: number | null) => tell(name, 'gauge', help, [[{}, value]])
  const labelled = (name: string, help: string, label: string, values: Record<string, number>) =>
    tell(
      name,
      'counter',
      help,
      Object.entries(values).map(([value, count]) => [{ [label]: value }, count]),
    )
  const summary = (name: string, help: string, { count, avg, p50, p95, p99 }: Durations) => {
    tell(name, 'summary', help, [
      [{ quantile: '0.5' }, p50],
      [{ quantile: '0.95' }, p95],
      [{ quantile: '0.99' }, p99],
    ])
    lines.push(`${name}_sum ${(avg ?? 0) * count}`, `${name}_count ${count}`)
  }

  counter('runs_started_total', 'Runs that were started.', runs.total)
  labelled('runs_total', 'Runs that ended, by how.', 'status', runs.by_status)
  gauge('runs_throughput_per_hour', 'Runs that ended in the last hour.', runs.throughput_per_hour)
  gauge('runs_success_rate', 'Completed of completed and failed runs.', runs.success_rate)
  gauge('avg_cost_per_run_cents', 'Cost of models by started run.', runs.avg_cost_cents)
  summary('run_duration_ms', 'From start to end of a run.', performance.run_duration_ms)
  summary('step_duration_ms', 'From start to end of a step.', performance.step_duration_ms)
  labelled('llm_calls_total', 'Requests to models.', 'provider', llm.calls_by_provider)
  counter('llm_tokens_total', 'Tokens in and out.', llm.tokens_total)
  counter('llm_tokens_prompt_total', 'Tokens in.', llm.tokens_prompt_total)
  counter('llm_tokens_completion_total', 'Tokens out.', llm.tokens_completion_total)
  counter('llm_cost_cents_total', 'Estimated cost, where the price is known.', llm.cost_cents_total)
  summary('llm_latency_ms', 'Time until a model had answered.', llm.latency_ms)
  gauge('llm_error_rate', 'Requests to models that gave no answer.', llm.error_rate)
  labelled('tool_calls_total', 'Calls of tools.', 'tool', tools.calls_by_tool)
  gauge('tool_avg_duration_ms', 'Mean time of a call.', tools.avg_duration_ms)
  gauge('tool_error_rate', 'Calls of tools that failed.', tools.error_rate)
  counter('policy_evaluations_total', 'Decisions of the gate.', policies.evaluations_total)
  counter('policy_denials_total', 'Decisions that denied.', policies.denials_total)
  gauge('policy_denial_rate', 'Denials of all decisions.', policies.denial_rate)
  labelled('approvals_total', 'Approvals, by what became of them.', 'status', metrics.approvals)
  labelled('executions_total', 'Executions, by what became of them.', 'status', metrics.executions)
  counter('budget_exceeded_total', 'Times that a budget was used up.', errors.budget_exceeded_total)
  counter('rate_limited_total', 'Requests that were answered 429.', errors.rate_limited_total)
  counter(
    TOKEN_REUSE,
    'Refresh tokens that came back after they were spent.',
    errors.refresh_token_reuse_total,
  )
  counter('errors_total', 'Errors in runs.', errors.total)
  gauge('error_rate', 'Failed of completed and failed runs.', errors.error_rate)
  gauge('memory_items_total', 'What agents remember.', memory.items_total)
  return `${lines.join('\n')}\n`
}

function say(labels: Labels): string {
  const entries = Object.entries(labels)
  if (entries.length === 0) return ''
  return `{${entries.map(([name, value]) => `${name}="${quote(value)}"`).join(',')}}`
}

const quote = (value: string) => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
