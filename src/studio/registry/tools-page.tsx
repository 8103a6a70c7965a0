import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { Tool } from '../../engine/tools/schema.ts'
import { toolsQuery } from '../api/workflow-queries.ts'
import { text } from '../text.ts'
import { DataLine } from '../ui/data-text.tsx'
import { RiskMark } from '../ui/risk-mark.tsx'
import { ROW_LOOK } from '../ui/row-look.ts'
import { useTitle } from '../ui/use-title.ts'
import { Chosen, matches, RegistryFrame } from './registry-frame.tsx'
import { ToolDetail } from './tool-detail.tsx'

/** What agents and workflows can call, and what each call may do. */
export function ToolsPage() {
  useTitle(text.tools.title)
  const { toolId } = useParams({ strict: false })
  const { q } = useSearch({ from: '/frame/tools' })
  const navigate = useNavigate()
  const query = useQuery(toolsQuery)
  const found = (query.data ?? []).filter(({ id, name, description }) => matches(q, [id, name, description]))
  const chosen = query.data?.find(({ id }) => id === toolId)
  return (
    <RegistryFrame
      words={text.tools}
      count={text.tools.count(query.data?.length ?? 0)}
      items={found}
      keyOf={({ id }) => id}
      currentKey={toolId}
      find={q}
      onFind={(next) => void navigate({ to: '.', search: next ? { q: next } : {}, replace: true })}
      query={query}
      head={<ToolColumns />}
      renderRow={(tool, isCurrent) => <ToolRow tool={tool} find={q} isCurrent={isCurrent} />}
      detail={
        <Chosen
          words={text.tools}
          query={query}
          chosen={chosen}
          back={
            <Link to="/tools" search={q ? { q } : {}}>
              {text.tools.back}
            </Link>
          }
        >
          {(tool) => <ToolDetail tool={tool} />}
        </Chosen>
      }
    />
  )
}

const GRID =
  'grid items-center content-center gap-x-3 px-4 grid-cols-[minmax(0,3fr)_5rem_minmax(0,2fr)] @max-lg:grid-cols-[minmax(0,1fr)_auto]'

function ToolRow({ tool, find, isCurrent }: { tool: Tool; find: string | undefined; isCurrent: boolean }) {
  return (
    <Link
      to="/tools/$toolId"
      params={{ toolId: tool.id }}
      search={find ? { q: find } : {}}
      data-current={isCurrent}
      className={`${GRID} ${ROW_LOOK}`}
    >
      <span className="truncate">
        <DataLine value={tool.id} plain={false} />
      </span>
      <span className="text-13">
        <RiskMark level={tool.risk_level} short />
      </span>
      <span className="truncate text-13 text-muted @max-lg:col-span-2">
        <DataLine value={tool.side_effects.join(', ') || text.common.nothing} />
      </span>
    </Link>
  )
}

function ToolColumns() {
  return (
    <div className={GRID}>
      <span>{text.tools.columns.name}</span>
      <span>{text.tools.columns.risk}</span>
      <span>{text.tools.columns.effects}</span>
    </div>
  )
}
