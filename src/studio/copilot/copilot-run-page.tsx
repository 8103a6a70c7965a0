import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { MessageSquarePlus } from 'lucide-react'
import { ApiError } from '../api/api-error.ts'
import { chainsQuery, copilotRunQuery } from '../api/copilot-queries.ts'
import { text } from '../text.ts'
import { copilotText } from '../text-copilot.ts'
import { buttonClass } from '../ui/button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { IdText } from '../ui/id-text.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { cutText } from '../ui/reveal-text.ts'
import { SkeletonCard } from '../ui/skeleton.tsx'
import { TWO_PANES, useMediaQuery } from '../ui/use-media-query.ts'
import { useTitle } from '../ui/use-title.ts'
import { CopilotTimeline } from './copilot-timeline.tsx'
import { RunState } from './run-state-view.tsx'
import { CopilotStatusMark } from './status-mark.tsx'

/** One run of the copilot: what was said, what came of it, and what is to be done now. */
export function CopilotRunPage() {
  const { runId } = useParams({ from: '/frame/copilot/$runId' })
  const run = useQuery(copilotRunQuery(runId))
  useTitle(run.data ? cutText(run.data.intent, 60) : copilotText.copilot.title)
  if (!run.data) {
    const isMissing = run.error instanceof ApiError && run.error.status === 404
    return (
      <div className="mx-auto max-w-[80ch] space-y-4 p-4">
        {run.isPending && <SkeletonCard />}
        {run.isError && (
          <ErrorNote error={run.error} {...(!isMissing && { onRetry: () => void run.refetch() })} />
        )}
        <AskAnother />
      </div>
    )
  }
  return <RunView key={runId} runId={runId} />
}

const AskAnother = () => (
  <Link to="/copilot" className={buttonClass()}>
    <MessageSquarePlus size={16} aria-hidden="true" className="shrink-0" />
    {copilotText.copilot.another}
  </Link>
)

function RunView({ runId }: { runId: string }) {
  const client = useQueryClient()
  const query = useQuery(copilotRunQuery(runId))
  const chains = useQuery(chainsQuery).data?.chains
  const isWide = useMediaQuery(TWO_PANES)
  const run = query.data!
  const artifacts = run.artifacts ?? {}
  const chain = chains?.find(({ chain_id }) => chain_id === run.chainId)
  const reread = () =>
    Promise.all(
      [['run', runId], ['runs'], ['approvals']].map((queryKey) => client.invalidateQueries({ queryKey })),
    )
  const main = (
    <div className="mx-auto max-w-[80ch] space-y-4 px-4 pt-4 pb-8">
      <header>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <p className="text-13">
            <CopilotStatusMark status={run.status} />
          </p>
          <span className="text-13 text-muted">
            <RelativeTime iso={run.createdAt} />
          </span>
          <Link
            to="/runs/$runId"
            params={{ runId }}
            className="text-13 text-accent underline underline-offset-2"
          >
            {copilotText.copilot.openRun}
          </Link>
          <span className="ml-auto">
            <AskAnother />
          </span>
        </div>
        <h1 className="mt-2 text-20 font-semibold wrap-anywhere">
          <DataText value={run.intent} plain fold={600} />
        </h1>
        <p className="mt-1 flex flex-wrap items-center gap-x-2 text-13 text-muted">
          {copilotText.copilot.forWallet}
          <IdText id={run.walletAddress} copy={copilotText.copilotWallet.label} />
          {copilotText.copilot.on} {chain?.name ?? copilotText.copilotWallet.onChain(run.chainId)}
        </p>
      </header>
      {query.isError && (
        <ErrorNote error={query.error} onRetry={() => void query.refetch()}>
          <p>{text.errors.stale}</p>
        </ErrorNote>
      )}
      <RunState run={run} artifacts={artifacts} chain={chain} onMoved={reread} />
      {!isWide && <CopilotTimeline entries={artifacts.timeline ?? []} />}
    </div>
  )
  return (
    <div className={isWide ? 'grid h-full grid-cols-[minmax(0,3fr)_minmax(18rem,1fr)]' : 'h-full'}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div tabIndex={0} className="h-full min-h-0 overflow-y-auto">
        {main}
      </div>
      {isWide && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <div tabIndex={0} className="h-full min-h-0 overflow-y-auto border-l border-line bg-panel p-4">
          <CopilotTimeline entries={artifacts.timeline ?? []} />
        </div>
      )}
    </div>
  )
}
