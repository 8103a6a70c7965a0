import { Link } from '@tanstack/react-router'
import type { RunList } from '../../http/schema.ts'
import { text } from '../text.ts'
import { DataLine } from '../ui/data-text.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { ROW_LOOK } from '../ui/row-look.ts'
import { RunStatusMark } from './run-status.tsx'

const GRID =
  'grid items-center content-center gap-x-3 px-4 grid-cols-[11rem_minmax(0,1fr)_6rem] @max-lg:grid-cols-[minmax(0,1fr)_auto] @2xl:grid-cols-[11rem_minmax(0,1fr)_5rem_7rem_7rem]'

export function JournalRow({ run }: { run: RunList['runs'][number] }) {
  return (
    <Link to="/runs/$runId" params={{ runId: run.run_id }} className={`${GRID} ${ROW_LOOK}`}>
      <span className="text-13 @max-lg:order-3">
        <RunStatusMark status={run.status} />
      </span>
      <span className="truncate @max-lg:order-1">
        <DataLine value={run.run_id} plain={false} />
      </span>
      <span className="hidden text-right text-13 text-muted @max-lg:order-4 @max-lg:block @2xl:block">
        {run.event_count} <span className="@2xl:sr-only">{text.runs.eventWord(run.event_count)}</span>
      </span>
      <span className="hidden text-right text-13 text-muted @2xl:block">
        <RelativeTime iso={run.started_at} />
      </span>
      <span className="text-right text-13 text-muted @max-lg:order-2">
        <RelativeTime iso={run.newest_event_at} />
      </span>
    </Link>
  )
}

export function JournalColumns() {
  const { columns } = text.runs
  return (
    <div className={GRID}>
      <span>{columns.status}</span>
      <span>{columns.run}</span>
      <span className="hidden text-right @2xl:block">{columns.events}</span>
      <span className="hidden text-right @2xl:block">{columns.started}</span>
      <span className="text-right">{columns.newest}</span>
    </div>
  )
}
