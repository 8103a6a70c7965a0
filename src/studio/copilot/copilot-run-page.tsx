import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { copilotRunQuery } from '../api/copilot-queries.ts'
import { copilotText } from '../text-copilot.ts'
import { cutText } from '../ui/reveal-text.ts'
import { TWO_PANES, useMediaQuery } from '../ui/use-media-query.ts'
import { useTitle } from '../ui/use-title.ts'
import { CopilotTimeline } from './copilot-timeline.tsx'
import { RunDetail } from './run-detail.tsx'

/** One run of the copilot on a page of its own. */
export function CopilotRunPage() {
  const { runId } = useParams({ from: '/frame/copilot/$runId' })
  const { data: run } = useQuery(copilotRunQuery(runId))
  const timeline = run?.artifacts?.timeline ?? []
  const isBeside = useMediaQuery(TWO_PANES) && timeline.length > 0
  useTitle(run ? cutText(run.intent, 60) : copilotText.copilot.title)
  return (
    <div className={isBeside ? 'grid h-full grid-cols-[minmax(0,3fr)_minmax(18rem,1fr)]' : 'h-full'}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div tabIndex={0} className="h-full min-h-0 overflow-y-auto">
        <RunDetail key={runId} runId={runId} level={1} isWithoutTimeline={isBeside} />
      </div>
      {isBeside && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <div tabIndex={0} className="h-full min-h-0 overflow-y-auto border-l border-line bg-panel p-4">
          <CopilotTimeline entries={timeline} />
        </div>
      )}
    </div>
  )
}
