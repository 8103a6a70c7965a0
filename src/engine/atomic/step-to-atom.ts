import type { Json } from '../../lib/canonical-json.ts'
import { buildAtom } from './build-atom.ts'
import { decideStatus } from './decide-status.ts'
import type { AtomicRun } from './event-to-atom.ts'
import type { Atom, AtomActor } from './schema.ts'

/** What is taken from a step; rows and API answers both fit. */
export type AtomicStep = {
  id: string
  node_id: string
  type: string
  status: string
  input: Json
  output: Json
  started_at: string | null
  finished_at: string | null
}

const ENGINE: AtomActor = { id: 'system:countersign', role: 'engine' }

/** The atom of a step: `step.<type>@1.0.0`. A step that was never begun has no moment of its own. */
export function stepToAtom(step: AtomicStep, run: AtomicRun, prevHash?: string): Atom {
  const { node_id, type, status, input, output } = step
  const duration = durationOf(step)
  return buildAtom({
    type: `step.${type}@1.0.0`,
    body: { node_id, type, status, input, output },
    who: ENGINE,
    did: `step_${status}`,
    thisId: step.id,
    when: { ts: step.started_at, recv_ts: step.started_at, commit_ts: step.finished_at ?? step.started_at },
    status: decideStatus(`step_${status}`, { status }, run.mode),
    traceId: run.id,
    contextId: step.id,
    ownerId: run.tenant_id,
    metrics: duration === undefined ? undefined : { duration_ms: duration },
    prevHash,
  })
}

function durationOf({ started_at, finished_at }: AtomicStep): number | undefined {
  if (started_at === null || finished_at === null) return undefined
  const duration = Date.parse(finished_at) - Date.parse(started_at)
  return Number.isFinite(duration) ? duration : undefined
}
