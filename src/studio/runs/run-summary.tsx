import { Link } from '@tanstack/react-router'
import type { Run, RunStep } from '../../engine/runs/schema.ts'
import { text } from '../text.ts'
import { DataText } from '../ui/data-text.tsx'
import { Fact, Facts, Section } from '../ui/facts.tsx'
import { formatAbsolute, formatLength } from '../ui/format-time.ts'
import { IdText } from '../ui/id-text.tsx'
import { ValueView } from '../ui/value-view.tsx'
import { formatCents } from './run-cost.ts'
import { RunLinks } from './step-detail.tsx'

/** The run as a whole: what came of it, what it was given, and what it was held to. */
export function RunSummary({ run, steps }: { run: Run; steps: RunStep[] }) {
  const { summary } = text.workflowRun
  const children = steps.flatMap(({ child_run_ids }) => child_run_ids)
  return (
    <section aria-label={summary.title} className="h-full overflow-y-auto">
      <div className="max-w-200 px-4 pt-4 pb-8 panes:px-6">
        <h2 className="mb-3 text-16 font-semibold">{summary.title}</h2>
        {run.error ? (
          <Section title={summary.error}>
            <p className="mb-2 max-w-[80ch] text-stop">
              <DataText value={run.error.error} plain />
            </p>
            <Facts>
              <Fact term={summary.errorType}>
                <DataText value={run.error.error_type} fold={80} />
              </Fact>
              {run.error.node_id !== null && (
                <Fact term={summary.node}>
                  <DataText value={run.error.node_id} fold={80} />
                </Fact>
              )}
            </Facts>
          </Section>
        ) : (
          <Section title={summary.result}>
            {run.status === 'completed' ? (
              <>
                <ValueView value={run.result} what={summary.result} />
                {run.mode === 'draft' && (
                  <p className="mt-2 max-w-[80ch] text-13 text-muted">{summary.draftResult}</p>
                )}
              </>
            ) : (
              <p className="text-muted">{summary.noResult}</p>
            )}
          </Section>
        )}
        <Section title={summary.input}>
          <ValueView value={run.input} what={summary.input} />
        </Section>
        <Section title={summary.limits}>
          <RunLimits run={run} />
        </Section>
        <Section title={summary.workflow}>
          <Facts>
            <Fact term={summary.workflow}>
              <Link
                to="/workflows/$workflowId"
                params={{ workflowId: run.workflow_id }}
                className="text-accent underline underline-offset-2"
              >
                <DataText value={run.workflow_id} fold={80} />
              </Link>
            </Fact>
            <Fact term={summary.version}>
              <DataText value={run.workflow_version} fold={64} />
            </Fact>
            <Fact term={summary.definition}>
              <IdText id={run.definition_sha256} copy={summary.definition} />
            </Fact>
            <Fact term={summary.startedBy}>
              <DataText value={run.user_id} fold={80} />
            </Fact>
            <Fact term={text.workflowRun.started}>{formatAbsolute(run.created_at)}</Fact>
            {run.finished_at !== null && (
              <Fact term={summary.finished}>{formatAbsolute(run.finished_at)}</Fact>
            )}
            {children.length > 0 && (
              <Fact term={summary.children}>
                <RunLinks ids={children} />
              </Fact>
            )}
          </Facts>
        </Section>
      </div>
    </section>
  )
}

function RunLimits({ run }: { run: Run }) {
  const { summary } = text.workflowRun
  const { cost_limit_cents, llm_calls_limit, latency_slo_ms } = run
  if (cost_limit_cents === null && llm_calls_limit === null && latency_slo_ms === null) {
    return <p className="text-muted">{summary.noLimits}</p>
  }
  return (
    <Facts>
      {cost_limit_cents !== null && (
        <Fact term={summary.costLimit}>{text.cost.counted(formatCents(cost_limit_cents))}</Fact>
      )}
      {llm_calls_limit !== null && <Fact term={summary.callsLimit}>{llm_calls_limit}</Fact>}
      {latency_slo_ms !== null && <Fact term={summary.timeLimit}>{formatLength(latency_slo_ms)}</Fact>}
    </Facts>
  )
}
