import type { Waiting } from '../../kernel/ledger/schema.ts'
import type { WorkflowNode } from '../workflows/schema.ts'
import { scopeOf } from './decide-next.ts'
import type { Step } from './progress.ts'
import { resolveTemplate } from './resolve-expression.ts'
import { millisecondsOf, type Segment } from './segment.ts'
import { failed, type StepOutcome } from './step-outcome.ts'

/**
 * Waits until a time, for so long, or for an event; with both, whichever comes first. An event that came before the
 * run got here counts, once.
 */
export async function performWait(segment: Segment, step: Step, node: WorkflowNode): Promise<StepOutcome> {
  const { event, until, duration_ms: duration } = node.config
  if (event !== undefined) {
    const received = takeNext(segment, step, event)
    if (received) return { type: 'completed', output: received.payload }
  }
  const ends: number[] = []
  if (duration !== undefined) ends.push(millisecondsOf(step.startedAt) + duration)
  if (until !== undefined) {
    const at = resolveTemplate(
      until,
      scopeOf(segment.graph, segment.progress, node.id, step.input, segment.context),
    )
    const ms = typeof at === 'string' ? millisecondsOf(at) : Number.NaN
    if (Number.isNaN(ms)) {
      return failed(
        'invalid_time',
        `expected an RFC 3339 time with a zone, e.g. 2026-12-24T18:00:00Z, got ${JSON.stringify(at)} from '${until}'`,
      )
    }
    ends.push(ms)
  }
  const end = ends.length > 0 ? Math.min(...ends) : null
  if (end !== null && end <= millisecondsOf(segment.now())) return { type: 'completed', output: step.input }
  const wakeAt = end === null ? null : new Date(end).toISOString()
  const waiting: Waiting = {
    for: event === undefined ? 'time' : 'event',
    step_id: step.stepId,
    node_id: step.nodeId,
    reason: sayReason(event, wakeAt),
    decision_id: null,
    policy_id: null,
    wake_at: wakeAt,
    event_name: event ?? null,
    run_id: null,
  }
  return { type: 'parked', waiting, gate: null }
}

function sayReason(event: string | undefined, wakeAt: string | null): string {
  if (event === undefined) return `waits until ${wakeAt}`
  return `waits for event '${event}'${wakeAt ? `, until ${wakeAt} at the latest` : ''}`
}

/** The oldest event of this name that no other wait has taken; from now on it is this one's. */
function takeNext(segment: Segment, step: Step, name: string) {
  const next = segment.progress.received.find(
    ({ event, takenBy }) => event.name === name && (takenBy === null || takenBy === step.stepId),
  )
  if (next) next.takenBy = step.stepId
  return next?.event ?? null
}
