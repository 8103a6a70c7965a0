import type { Place } from './findings.ts'
import { hashJson } from './hash-json.ts'
import type { CheckName } from './schema.ts'

type Payload = Record<string, unknown>
type Report = (check: CheckName, expected: string, actual: string, message: string) => void

/** Tool calls that were intended so far, by run and call. */
export type KnownCalls = Map<string, { ended: boolean }>

/**
 * A tool is called with what was decided about, once: the intent names a decision before it, has the input and the
 * definition of the tool that the decision was about, and no call is begun twice.
 */
export function checkToolIntent(
  payload: Payload,
  decision: Payload | undefined,
  calls: KnownCalls,
  report: Report,
  place: Place,
): void {
  const input = hashJson(payload.input ?? null)
  if (payload.input_sha256 !== input) {
    report(
      'effect-binding',
      String(payload.input_sha256),
      input,
      'its input does not have the hash that binds it',
    )
  }
  if (!decision) {
    report(
      'effect-binding',
      'a decision before it',
      String(payload.decision_id),
      'nothing decided about this call',
    )
  } else {
    const decided = hashJson(decision.payload ?? null)
    const { tool_id, definition } = payload
    const called = hashJson({
      tool_id,
      input: payload.input,
      ...(definition !== undefined && { definition }),
    })
    if (decided !== called)
      report('effect-binding', decided, called, 'it calls something else than was decided about')
  }
  const key = keyOf(payload, place)
  if (calls.has(key)) {
    report('effect-binding', 'one call', 'a second', `call ${String(payload.call_id)} was begun twice`)
  }
  calls.set(key, { ended: false })
}

/** What a call answered belongs to a call that was begun. A call in doubt may be told of again once it is settled. */
export function checkToolOutcome(payload: Payload, calls: KnownCalls, report: Report, place: Place): void {
  const known = calls.get(keyOf(payload, place))
  if (!known) {
    const message = `it is the answer to call ${String(payload.call_id)}, which nothing began before seq ${place.seq}`
    report('effect-binding', 'a call that was begun', String(payload.call_id), message)
    return
  }
  if (known.ended && payload.outcome === 'done') {
    report('effect-binding', 'one answer', 'a second', `call ${String(payload.call_id)} was answered twice`)
  }
  if (payload.outcome === 'done') known.ended = true
}

const keyOf = (payload: Payload, place: Place) => `${String(place.run_id)}\n${String(payload.call_id)}`
