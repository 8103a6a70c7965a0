import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { MessageSquarePlus, MessagesSquare } from 'lucide-react'
import { type RefObject, useEffect, useRef } from 'react'
import type { CopilotRun, CopilotStatus } from '../../apps/copilot/runs/schema.ts'
import { ApiError } from '../api/api-error.ts'
import { chainsQuery, copilotRunQuery } from '../api/copilot-queries.ts'
import { text } from '../text.ts'
import { copilotText } from '../text-copilot.ts'
import { chatText } from '../text-copilot-chat.ts'
import { buttonClass } from '../ui/button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { IdText } from '../ui/id-text.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { SkeletonCard } from '../ui/skeleton.tsx'
import { useStored } from '../ui/use-stored.ts'
import { type Kept, listKey, parseKept } from './chat/conversation.ts'
import { usePerson } from './chat/use-conversation.ts'
import { CopilotTimeline } from './copilot-timeline.tsx'
import { RunState } from './run-state-view.tsx'
import { CopilotStatusMark } from './status-mark.tsx'

type DetailProps = {
  runId: string
  /** Of its title: alone on a page, or beside the conversation. */
  level: 1 | 2
  /** The timeline stands elsewhere. */
  isWithoutTimeline?: boolean
  /** What the copilot says of it stands in the conversation beside. */
  isTold?: boolean
}

/** A run of the copilot: what was said, what came of it, and what is to be done now. */
export function RunDetail({ runId, level, isWithoutTimeline = false, isTold = false }: DetailProps) {
  const client = useQueryClient()
  const query = useQuery(copilotRunQuery(runId))
  const chains = useQuery(chainsQuery).data?.chains
  const run = query.data
  const head = useEnded(run?.status)
  if (!run) {
    const isMissing = query.error instanceof ApiError && query.error.status === 404
    return (
      <div className="mx-auto max-w-[80ch] space-y-4 p-4">
        {level === 1 && <h1 className="sr-only">{copilotText.copilot.title}</h1>}
        {query.isPending && <SkeletonCard />}
        {query.isError && (
          <ErrorNote error={query.error} {...(!isMissing && { onRetry: () => void query.refetch() })} />
        )}
        {level === 1 && <AskAnother />}
      </div>
    )
  }
  const artifacts = run.artifacts ?? {}
  const chain = chains?.find(({ chain_id }) => chain_id === run.chain_id)
  const reread = () =>
    Promise.all(
      [['run', runId], ['runs'], ['approvals']].map((queryKey) => client.invalidateQueries({ queryKey })),
    )
  const Title = `h${level}` as const
  // What it says at the end comes after what was said beside.
  const isSaid = isTold && !ENDED.has(run.status)
  return (
    <div className="mx-auto max-w-[80ch] space-y-4 px-4 pt-4 pb-8">
      <header ref={head}>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <p className="text-13">
            <CopilotStatusMark status={run.status} />
          </p>
          <span className="text-13 text-muted">
            <RelativeTime iso={run.created_at} />
          </span>
          <Link
            to="/runs/$runId"
            params={{ runId }}
            className="text-13 text-accent underline underline-offset-2"
          >
            {copilotText.copilot.openRun}
          </Link>
          {level === 1 && (
            <span className="ml-auto flex flex-wrap gap-2">
              <ToConversation run={run} />
              <AskAnother />
            </span>
          )}
        </div>
        <Title className={`mt-2 font-semibold wrap-anywhere ${level === 1 ? 'text-20' : 'text-16'}`}>
          <DataText value={run.intent} plain fold={600} />
        </Title>
        <p className="mt-1 flex flex-wrap items-center gap-x-2 text-13 text-muted">
          {copilotText.copilot.forWallet}
          <IdText id={run.wallet_address} copy={copilotText.copilotWallet.label} />
          {copilotText.copilot.on} {chain?.name ?? copilotText.copilotWallet.onChain(run.chain_id)}
        </p>
      </header>
      {query.isError && (
        <ErrorNote error={query.error} onRetry={() => void query.refetch()}>
          <p>{text.errors.stale}</p>
        </ErrorNote>
      )}
      <RunState run={run} artifacts={artifacts} chain={chain} isTold={isSaid} onMoved={reread} />
      {!isWithoutTimeline && <CopilotTimeline entries={artifacts.timeline ?? []} />}
    </div>
  )
}

const ENDED: ReadonlySet<CopilotStatus | undefined> = new Set(['CONFIRMED', 'REVERTED', 'FAILED', 'REJECTED'])

/** Brings the head into sight when the run ends while somebody looks: how it ended stands there. */
function useEnded(status: CopilotStatus | undefined): RefObject<HTMLElement | null> {
  const head = useRef<HTMLElement>(null)
  const before = useRef(status)
  useEffect(() => {
    if (before.current !== undefined && before.current !== status && ENDED.has(status)) {
      head.current?.scrollIntoView()
    }
    before.current = status
  }, [status])
  return head
}

const AskAnother = () => (
  <Link to="/copilot" className={buttonClass()}>
    <MessageSquarePlus size={16} aria-hidden="true" className="shrink-0" />
    {copilotText.copilot.another}
  </Link>
)

/** Where it was said, as long as this browser keeps that. */
function ToConversation({ run: { id, conversation_id: conversationId } }: { run: CopilotRun }) {
  const [stored] = useStored(listKey(usePerson()))
  if (!conversationId || !parseKept<Kept>(stored).some((kept) => kept.id === conversationId)) return null
  return (
    <Link to="/copilot" search={{ conversation: conversationId, run: id }} className={buttonClass()}>
      <MessagesSquare size={16} aria-hidden="true" className="shrink-0" />
      {chatText.toConversation}
    </Link>
  )
}
