import type { Run } from '../../engine/runs/schema.ts'
import { formatLength } from '../ui/format-time.ts'
import { useNow } from '../ui/use-now.ts'

/** From the start of a run to its end, or until now. */
export function RunDuration({ run }: { run: Pick<Run, 'created_at' | 'finished_at'> }) {
  const now = useNow()
  const end = run.finished_at === null ? now : Date.parse(run.finished_at)
  return <span className="whitespace-nowrap">{formatLength(end - Date.parse(run.created_at))}</span>
}
