import { Link } from '@tanstack/react-router'
import type { Run } from '../../engine/runs/schema.ts'
import { RunStateMark } from '../runs/run-state.tsx'
import { text } from '../text.ts'
import { DataText } from '../ui/data-text.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { ValueView } from '../ui/value-view.tsx'
import { answerOf } from './read-turn.ts'

/** What was said and what came of it. */
export function ChatTurn({ run, said }: { run: Run; said: string | null }) {
  return (
    <article className="space-y-2">
      <div className="ml-auto w-fit max-w-[85%] rounded-md border border-line bg-bg px-3 py-2">
        <p className="sr-only">{text.appChat.you}</p>
        <DataText value={said ?? text.common.nothing} plain fold={2000} />
      </div>
      <div className="max-w-[85%]">
        <Answer run={run} />
        <p className="mt-1 flex flex-wrap items-center gap-x-3 text-12 text-muted">
          {run.status !== 'completed' && <RunStateMark status={run.status} />}
          <RelativeTime iso={run.created_at} />
          <Link
            to="/runs/$runId"
            params={{ runId: run.id }}
            className="text-accent underline underline-offset-2"
          >
            {text.appForm.toRun}
          </Link>
        </p>
      </div>
    </article>
  )
}

function Answer({ run }: { run: Run }) {
  if (run.status === 'failed' && run.error) {
    return (
      <p className="text-stop">
        <DataText value={run.error.error} plain fold={600} />
      </p>
    )
  }
  if (run.status === 'paused' && run.waiting) {
    return (
      <p>
        <DataText value={text.appForm.waits(run.waiting.reason)} plain fold={600} />
      </p>
    )
  }
  if (run.status !== 'completed') return null
  const answer = answerOf(run.result)
  if (answer === null) return <p className="text-muted">{text.appForm.noResult}</p>
  if (typeof answer === 'string') return <DataText value={answer} plain fold={4000} />
  return <ValueView value={answer} what={text.appForm.result} />
}
