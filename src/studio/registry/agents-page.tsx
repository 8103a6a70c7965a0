import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { Agent } from '../../engine/agents/schema.ts'
import { agentsQuery } from '../api/workflow-queries.ts'
import { text } from '../text.ts'
import { DataLine } from '../ui/data-text.tsx'
import { ROW_LOOK } from '../ui/row-look.ts'
import { useTitle } from '../ui/use-title.ts'
import { AgentDetail, sayModel } from './agent-detail.tsx'
import { Chosen, matches, RegistryFrame } from './registry-frame.tsx'

/** Who is put to work by workflows: what each is told and may call. */
export function AgentsPage() {
  useTitle(text.agents.title)
  const { agentId } = useParams({ strict: false })
  const { q } = useSearch({ from: '/frame/agents' })
  const navigate = useNavigate()
  const query = useQuery(agentsQuery)
  const found = (query.data ?? []).filter(({ id, name, description }) => matches(q, [id, name, description]))
  const chosen = query.data?.find(({ id }) => id === agentId)
  return (
    <RegistryFrame
      words={text.agents}
      count={text.agents.count(query.data?.length ?? 0)}
      items={found}
      keyOf={({ id }) => id}
      currentKey={agentId}
      find={q}
      onFind={(next) => void navigate({ to: '.', search: next ? { q: next } : {}, replace: true })}
      query={query}
      head={<AgentColumns />}
      renderRow={(agent, isCurrent) => <AgentRow agent={agent} find={q} isCurrent={isCurrent} />}
      detail={
        <Chosen
          words={text.agents}
          query={query}
          chosen={chosen}
          back={
            <Link to="/agents" search={q ? { q } : {}}>
              {text.agents.back}
            </Link>
          }
        >
          {(agent) => <AgentDetail agent={agent} />}
        </Chosen>
      }
    />
  )
}

const GRID =
  'grid items-center content-center gap-x-3 px-4 grid-cols-[minmax(0,3fr)_minmax(0,2fr)_3rem_4rem] @max-lg:grid-cols-[minmax(0,1fr)_auto]'

function AgentRow({
  agent,
  find,
  isCurrent,
}: {
  agent: Agent
  find: string | undefined
  isCurrent: boolean
}) {
  return (
    <Link
      to="/agents/$agentId"
      params={{ agentId: agent.id }}
      search={find ? { q: find } : {}}
      data-current={isCurrent}
      className={`${GRID} ${ROW_LOOK}`}
    >
      <span className="truncate">
        <DataLine value={agent.name} />
      </span>
      <span className="truncate text-13 text-muted @max-lg:order-3">
        <DataLine value={sayModel(agent)} />
      </span>
      <span className="text-right text-13 text-muted @max-lg:hidden">{agent.allowed_tools.length}</span>
      <span className="text-right text-13 text-muted">
        {agent.total_runs} <span className="@lg:sr-only">{text.agents.columns.runs.toLowerCase()}</span>
      </span>
    </Link>
  )
}

function AgentColumns() {
  const { columns } = text.agents
  return (
    <div className={GRID}>
      <span>{columns.name}</span>
      <span>{columns.model}</span>
      <span className="text-right">{columns.tools}</span>
      <span className="text-right">{columns.runs}</span>
    </div>
  )
}
