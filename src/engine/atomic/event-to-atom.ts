import type { Json } from '../../lib/canonical-json.ts'
import { buildAtom } from './build-atom.ts'
import { decideStatus, type RunMode } from './decide-status.ts'
import type { Atom, AtomActor } from './schema.ts'

/** What is taken from an event; rows and API answers both fit. */
export type AtomicEvent = {
  id: string
  kind: string
  payload: Json
  ts: string
  /** When it was written down, where that is known. */
  recorded_at?: string | null
  step_id?: string | null
  /** A bare id acts in the role `principal`. */
  actor: AtomActor | string
}

/** What is taken from the run it belongs to. */
export type AtomicRun = { id: string; tenant_id: string; mode: RunMode }

/** The atom of an event: `event.<kind>@1.0.0`, traced by its run, in the context of its step where it has one. */
export function eventToAtom(event: AtomicEvent, run: AtomicRun, prevHash?: string): Atom {
  const recorded = event.recorded_at ?? event.ts
  return buildAtom({
    kind: event.kind,
    body: event.payload,
    who: typeof event.actor === 'string' ? { id: event.actor, role: 'principal' } : event.actor,
    did: event.kind,
    thisId: event.id,
    when: { ts: event.ts, recv_ts: recorded, commit_ts: recorded },
    status: decideStatus(event.kind, event.payload, run.mode),
    traceId: run.id,
    contextId: event.step_id ?? run.id,
    ownerId: run.tenant_id,
    prevHash,
  })
}
