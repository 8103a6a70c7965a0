import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Run } from '../../../engine/runs/schema.ts'
import { copilotStatusQuery } from '../../api/copilot-queries.ts'
import { workflowRunsQuery } from '../../api/workflow-queries.ts'
import { COPILOT_WORKFLOW } from '../../inbox/open-in-copilot.tsx'
import { copilotText } from '../../text-copilot.ts'
import { chatText } from '../../text-copilot-chat.ts'
import { DataLine } from '../../ui/data-text.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { Section } from '../../ui/facts.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { useStored } from '../../ui/use-stored.ts'
import { CopilotStatusMark } from '../status-mark.tsx'
import { type Kept, listKey, parseKept } from './conversation.ts'
import { usePerson } from './use-conversation.ts'

const ROW = 'flex min-h-9 flex-wrap items-center gap-x-3 py-1.5 hover:bg-panel'
const SHOWN_RUNS = 10

/** The ways back: conversations that this browser keeps, and runs, which are the server's. */
export function AskedBefore() {
  return (
    <div>
      <Conversations />
      <Section title={copilotText.copilot.recent} level={2}>
        <Runs />
      </Section>
    </div>
  )
}

function Conversations() {
  const [stored] = useStored(listKey(usePerson()))
  const kept = parseKept<Kept>(stored)
  if (kept.length === 0) return null
  return (
    <Section title={chatText.kept} level={2}>
      <ul className="divide-y divide-line">
        {kept.map(({ id, title, at }) => (
          <li key={id}>
            <Link to="/copilot" search={{ conversation: id }} className={ROW}>
              <span className="min-w-0 flex-1 truncate">
                <DataLine value={title} />
              </span>
              <span className="text-13 text-muted">
                <RelativeTime iso={at} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  )
}

function Runs() {
  const query = useInfiniteQuery(workflowRunsQuery({ workflow_id: COPILOT_WORKFLOW }))
  if (query.isPending) return <SkeletonRows rows={3} />
  if (query.isError) return <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
  const runs = query.data.pages.flatMap(({ data }) => data).slice(0, SHOWN_RUNS)
  if (runs.length === 0) return <p className="text-muted">{copilotText.copilot.noRecent}</p>
  return (
    <ul className="divide-y divide-line">
      {runs.map((run) => (
        <li key={run.id}>
          <Link to="/copilot/$runId" params={{ runId: run.id }} className={ROW}>
            <span className="min-w-0 flex-1 truncate">
              <DataLine value={intentOf(run)} />
            </span>
            <span className="text-13">
              <Status runId={run.id} />
            </span>
            <span className="text-13 text-muted">
              <RelativeTime iso={run.created_at} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  )
}

/** That a run of the engine has ended says nothing here: a plan that was blocked has ended too. */
function Status({ runId }: { runId: string }) {
  const { data: status } = useQuery(copilotStatusQuery(runId))
  return status && <CopilotStatusMark status={status} />
}

function intentOf({ id, input }: Run): string {
  const { intent } = Object(input) as { intent?: unknown }
  return typeof intent === 'string' ? intent : id
}
