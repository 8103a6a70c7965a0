import { timeLeft } from './budgets.ts'
import { driveSegment } from './drive-segment.ts'
import { type Driving, drivingKey } from './engine.ts'
import { FencedError, type Segment } from './segment.ts'

/**
 * Drives a segment without anybody waiting for it. Who wants to know how it came out awaits `settled`, which never
 * rejects: what went wrong is in the run, or in the log of the server when the run could not be written.
 */
export function driveInBackground(segment: Segment, { commitFirst = false } = {}): Driving {
  const { engine, tenantId, runId } = segment
  const { driving, kernel } = engine
  const key = drivingKey(tenantId, runId)
  const left = timeLeft(segment)
  // The longest that a timer can wait for; a run that works longer than this looks again at each step.
  const timer =
    left === null ? null : setTimeout(() => segment.abort('latency'), Math.min(left + 1, 2_147_483_647))
  const settled = (commitFirst ? segment.commit() : Promise.resolve())
    .then(() => driveSegment(segment))
    .then(() => null)
    .catch((error: Error) => {
      if (error instanceof FencedError) {
        kernel.log.info({ run_id: runId, reason: error.message }, 'let go of a run that moved on elsewhere')
      } else if (!engine.stopping.aborted) {
        kernel.log.error(
          { run_id: runId, error: error.message },
          'a run could not be driven; it is taken up again',
        )
      }
      return error
    })
    .finally(() => {
      if (timer) clearTimeout(timer)
      if (driving.get(key) === entry) driving.delete(key)
    })
  const entry: Driving = { tenantId, runId, abort: segment.abort, settled, commit: segment.commit }
  driving.set(key, entry)
  return entry
}
