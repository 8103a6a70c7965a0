import type { PendingApproval } from '../../http/schema.ts'
import type { GateTarget } from '../api/client.ts'

const GATE = 'gate:'

/** What names an approval in an address: its decision, or the run and event that opened a gate without one. */
export function keyOf({ decision_id, run_id, event_id }: PendingApproval): string {
  return decision_id ?? `${GATE}${encodeURIComponent(run_id)}:${encodeURIComponent(event_id)}`
}

export function targetOf({ decision_id, event_id }: PendingApproval): GateTarget {
  return decision_id === null ? { eventId: event_id } : { decisionId: decision_id }
}

/** What can be looked up about a key that is not in the list. */
export function readKey(key: string): { decisionId: string } | { runId: string } {
  const [, run, event] = /^gate:([^:]*):([^:]*)$/.exec(key) ?? []
  if (run === undefined || event === undefined) return { decisionId: key }
  try {
    return { runId: decodeURIComponent(run) }
  } catch {
    return { decisionId: key }
  }
}
