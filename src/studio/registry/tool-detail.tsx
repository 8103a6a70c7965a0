import { useQuery } from '@tanstack/react-query'
import type { Tool } from '../../engine/tools/schema.ts'
import { installationQuery } from '../api/queries.ts'
import { text } from '../text.ts'
import { CopyAction, CopyButton } from '../ui/copy-button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { Fact, Facts, Section } from '../ui/facts.tsx'
import { formatLength } from '../ui/format-time.ts'
import { JsonText } from '../ui/json-text.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { RelativeTime } from '../ui/relative-time.tsx'
import { RiskMark } from '../ui/risk-mark.tsx'
import { SchemaTable } from '../ui/schema-table.tsx'

/** One tool: what it takes, how far it reaches, and what is done about a call that a crash cut off. */
export function ToolDetail({ tool }: { tool: Tool }) {
  const needsKey = useQuery(installationQuery).data?.mode === 'authenticated'
  const { facts, recovery, handlers } = text.tools
  return (
    <article aria-labelledby="tool-title">
      <h2 id="tool-title" className="text-20 font-semibold wrap-anywhere">
        <DataText value={tool.name} plain />
      </h2>
      {tool.description !== null && (
        <p className="mt-1 mb-3 max-w-[80ch] text-muted">
          <DataText value={tool.description} plain fold={600} />
        </p>
      )}
      <Facts>
        <Fact term={facts.id}>
          <DataText value={tool.id} fold={80} />
          <CopyButton value={tool.id} what={facts.id} />
        </Fact>
        <Fact term={facts.risk}>
          <RiskMark level={tool.risk_level} />
        </Fact>
        <Fact term={facts.sideEffects}>
          <DataText value={tool.side_effects.join(', ') || facts.noSideEffects} plain />
        </Fact>
        <Fact term={facts.recovery}>{recovery[tool.recovery]}</Fact>
        <Fact term={facts.handler}>{handlers[tool.handler_type]}</Fact>
        <Fact term={facts.timeout}>{formatLength(tool.timeout_ms)}</Fact>
        <Fact term={facts.changed}>
          <RelativeTime iso={tool.updated_at} />
        </Fact>
      </Facts>
      <div className="my-4">
        <CopyAction value={makeCurl({ path: `/api/v1/tools/${encodeURIComponent(tool.id)}`, needsKey })}>
          {text.run.copyCurl}
        </CopyAction>
      </div>
      <Section title={text.tools.input}>
        <SchemaTable schema={tool.input_schema} />
      </Section>
      <Section title={text.tools.output}>
        {tool.output_schema === null ? (
          <p className="text-muted">{text.tools.noOutput}</p>
        ) : (
          <SchemaTable schema={tool.output_schema} />
        )}
      </Section>
      {Object.keys(tool.handler_config).length > 0 && (
        <Section title={text.tools.config}>
          <JsonText value={tool.handler_config} />
        </Section>
      )}
    </article>
  )
}
