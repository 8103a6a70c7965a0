import { Link } from '@tanstack/react-router'
import type { RunList } from '../../http/schema.ts'
import { DataLine } from '../ui/data-text.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { RunStatusMark } from './run-status.tsx'

export const RUN_GRID =
  'grid grid-cols-[10rem_minmax(0,1fr)_6rem] @2xl:grid-cols-[11rem_minmax(0,1fr)_5rem_7rem_7rem] items-center gap-x-3 px-4'

export function RunRow({ run }: { run: RunList['runs'][number] }) {
  return (
    <Link
      to="/runs/$runId"
      params={{ runId: run.run_id }}
      className={`${RUN_GRID} h-full border-b border-line text-14 hover:bg-bg`}
    >
      <span className="truncate text-13">
        <RunStatusMark status={run.status} />
      </span>
      <span className="truncate">
        <DataLine value={run.run_id} plain={false} />
      </span>
      <span className="hidden text-right text-13 text-muted @2xl:block">{run.event_count}</span>
      <span className="hidden text-right text-13 text-muted @2xl:block">
        <RelativeTime iso={run.started_at} />
      </span>
      <span className="text-right text-13 text-muted">
        <RelativeTime iso={run.newest_event_at} />
      </span>
    </Link>
  )
}
