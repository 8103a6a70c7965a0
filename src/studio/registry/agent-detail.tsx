import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Agent } from '../../engine/agents/schema.ts'
import { installationQuery } from '../api/queries.ts'
import { formatCents } from '../runs/run-cost.ts'
import { text } from '../text.ts'
import { CopyAction, CopyButton } from '../ui/copy-button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { Fact, Facts, Section } from '../ui/facts.tsx'
import { LinesText } from '../ui/lines-text.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { RelativeTime } from '../ui/relative-time.tsx'
import { SchemaTable } from '../ui/schema-table.tsx'

/** The model an agent asks for; what it leaves open, the installation chooses. */
export function sayModel({ model_profile: { provider, model } }: Agent): string {
  const { anyModel, noModel } = text.agents
  return provider === undefined && model === undefined
    ? noModel
    : `${provider ?? anyModel}/${model ?? anyModel}`
}

/** One agent: what it is told, what it may call, and how it has done. */
export function AgentDetail({ agent }: { agent: Agent }) {
  const needsKey = useQuery(installationQuery).data?.mode === 'authenticated'
  const { facts } = text.agents
  const { temperature, max_tokens } = agent.model_profile
  return (
    <article aria-labelledby="agent-title">
      <h2 id="agent-title" className="text-20 font-semibold wrap-anywhere">
        <DataText value={agent.name} plain />
      </h2>
      {agent.description !== null && (
        <p className="mt-1 mb-3 max-w-[80ch] text-muted">
          <DataText value={agent.description} plain fold={600} />
        </p>
      )}
      <Facts>
        <Fact term={facts.id}>
          <DataText value={agent.id} fold={80} />
          <CopyButton value={agent.id} what={facts.id} />
        </Fact>
        <Fact term={facts.model}>
          <DataText value={sayModel(agent)} plain />
        </Fact>
        {temperature !== undefined && <Fact term={facts.temperature}>{temperature}</Fact>}
        {max_tokens !== undefined && <Fact term={facts.maxTokens}>{facts.tokens(max_tokens)}</Fact>}
        <Fact term={facts.tools}>
          <AllowedTools ids={agent.allowed_tools} />
        </Fact>
        {agent.default_policies.length > 0 && (
          <Fact term={facts.policies}>
            <DataText value={agent.default_policies.join(', ')} />
          </Fact>
        )}
        <Fact term={facts.runs}>
          {facts.runsOf(agent.total_runs, agent.successful_runs, agent.failed_runs)}
        </Fact>
        <Fact term={facts.cost}>
          {agent.avg_cost_per_run_cents === null
            ? text.cost.unknown
            : text.cost.counted(formatCents(agent.avg_cost_per_run_cents))}
        </Fact>
        <Fact term={facts.changed}>
          <RelativeTime iso={agent.updated_at} />
        </Fact>
      </Facts>
      <div className="my-4">
        <CopyAction value={makeCurl({ path: `/api/v1/agents/${encodeURIComponent(agent.id)}`, needsKey })}>
          {text.run.copyCurl}
        </CopyAction>
      </div>
      <Section title={text.agents.instructions}>
        <LinesText value={agent.instructions} what={text.agents.instructions} />
      </Section>
      <Section title={text.agents.output}>
        {agent.output_schema === null ? (
          <p className="text-muted">{text.agents.noOutput}</p>
        ) : (
          <SchemaTable schema={agent.output_schema} />
        )}
      </Section>
    </article>
  )
}

function AllowedTools({ ids }: { ids: string[] }) {
  if (ids.length === 0) return <span className="text-muted">{text.agents.facts.noTools}</span>
  return (
    <ul className="flex flex-wrap gap-x-3">
      {ids.map((id) => (
        <li key={id}>
          <Link
            to="/tools/$toolId"
            params={{ toolId: id }}
            className="text-accent underline underline-offset-2"
          >
            <DataText value={id} fold={80} />
          </Link>
        </li>
      ))}
    </ul>
  )
}
