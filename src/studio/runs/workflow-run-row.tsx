import { Link } from '@tanstack/react-router'
import { CornerDownRight, GitFork } from 'lucide-react'
import type { Run } from '../../engine/runs/schema.ts'
import { text } from '../text.ts'
import { DataLine } from '../ui/data-text.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { revealAsString } from '../ui/reveal-text.ts'
import { ROW_LOOK } from '../ui/row-look.ts'
import { formatCents } from './run-cost.ts'
import { RunDuration } from './run-duration.tsx'
import { ModeMark, RunStateMark } from './run-state.tsx'

/** Two lines where the list is narrow; mode, cost and duration where it is wide. */
const GRID =
  'grid items-center content-center gap-x-3 px-4 grid-cols-[7rem_minmax(0,2fr)_minmax(0,3fr)_6rem] @max-lg:grid-cols-[auto_minmax(0,1fr)_auto] @4xl:grid-cols-[7rem_minmax(0,2fr)_minmax(0,3fr)_5rem_6.5rem_6.5rem_5rem]'

export function WorkflowRunRow({ run }: { run: Run }) {
  const why = sayWhy(run)
  return (
    <Link to="/runs/$runId" params={{ runId: run.id }} className={`${GRID} ${ROW_LOOK}`}>
      <span className="text-13 @max-lg:order-3">
        <RunStateMark status={run.status} />
      </span>
      <span className="flex min-w-0 items-center gap-2 @max-lg:order-1 @max-lg:col-span-2">
        <span className="truncate">
          <DataLine value={run.workflow_id} />
        </span>
        <Origin run={run} />
      </span>
      <span className="truncate text-13 text-muted @max-lg:order-4" title={revealAsString(why.slice(0, 500))}>
        <DataLine value={why} />
      </span>
      <span className="hidden text-13 @4xl:block">
        <ModeMark mode={run.mode} />
      </span>
      <span
        className="hidden text-right text-13 text-muted @4xl:block"
        title={run.cost_cents === null ? text.cost.unknownHint : undefined}
      >
        {formatCents(run.cost_cents)}
      </span>
      <span className="text-right text-13 text-muted @max-lg:order-2">
        <RelativeTime iso={run.created_at} />
      </span>
      <span className="text-right text-13 text-muted @max-lg:order-5 @lg:@max-4xl:hidden">
        <RunDuration run={run} />
      </span>
    </Link>
  )
}

export function WorkflowRunColumns() {
  const { columns } = text.workflowRuns
  return (
    <div className={GRID}>
      <span>{columns.status}</span>
      <span>{columns.workflow}</span>
      <span>{columns.says}</span>
      <span className="hidden @4xl:block">{columns.mode}</span>
      <span className="hidden text-right @4xl:block">{columns.cost}</span>
      <span className="text-right">{columns.started}</span>
      <span className="hidden text-right @4xl:block">{columns.duration}</span>
    </div>
  )
}

/** Where a run comes from, if not from somebody who started it. */
function Origin({ run }: { run: Run }) {
  const marks = [
    run.forked_from !== null && { Icon: GitFork, word: text.workflowRuns.forked },
    run.parent_run_id !== null && { Icon: CornerDownRight, word: text.workflowRuns.child },
  ].filter((mark) => mark !== false)
  return marks.map(({ Icon, word }) => (
    <span key={word} className="inline-flex shrink-0 items-center gap-1 text-12 text-muted">
      <Icon size={13} aria-hidden="true" />
      {word}
    </span>
  ))
}

/** What a paused run waits for, or why one failed; the status beside it says the rest. */
export function sayWhy({ status, waiting, error }: Pick<Run, 'status' | 'waiting' | 'error'>): string {
  if (status === 'paused' && waiting) return waiting.reason.replace(/^waits /, '')
  return status === 'failed' && error ? error.error : ''
}
