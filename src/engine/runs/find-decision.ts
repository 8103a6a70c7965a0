import type { PayloadOf } from '../../kernel/ledger/event-kinds.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { payloadHash } from '../../lib/hash.ts'
import { decisionIdOf } from './ask-human.ts'
import type { Step } from './progress.ts'
import type { Segment } from './segment.ts'

export type Decision = PayloadOf<'decision_recorded'>

export type FoundDecision = {
  /** The decision that stands, or null where the policies have to be asked. */
  decision: Decision | null
  /** Its id, or the one that the next is recorded under. */
  decisionId: string
  /** The decision before, where a human was asked about something that is another now. */
  voided: Decision | null
}

/**
 * Finds what was decided about something a step does. Policies are asked once about each; who comes back to it keeps the
 * answer. Where what was decided about has changed since, what was decided and approved is void.
 *
 * @param what names it within the step.
 * @param payload what a decision and its approval bind, as it is now.
 */
export function findDecision(
  segment: Segment,
  step: Step,
  what: string,
  payload: Record<string, Json>,
): FoundDecision {
  const idOf = (changes: number) =>
    decisionIdOf(segment, step, changes === 0 ? what : `${what}\nchange ${changes}`)
  const find = (id: string) => step.decisions.find((known) => known.decision_id === id)
  const { gates } = segment.progress
  const wasAsked = (decision: Decision | undefined) =>
    decision && gates.has(decision.decision_id) ? decision : null

  const known: Decision[] = []
  for (let next = find(idOf(0)); next; next = find(idOf(known.length))) known.push(next)
  const last = known.at(-1)
  if (last && stands(segment, last, payload)) {
    return { decision: last, decisionId: last.decision_id, voided: wasAsked(known.at(-2)) }
  }
  return { decision: null, decisionId: idOf(known.length), voided: wasAsked(last) }
}

/** A no and an open question stay, whatever became of it; a yes is a yes to what was shown. */
function stands(segment: Segment, decision: Decision, payload: Record<string, Json>): boolean {
  const gate = segment.progress.gates.get(decision.decision_id)
  if (decision.effect === 'deny' || (gate && gate.status !== 'approved')) return true
  return decision.payload_sha256 === payloadHash(payload)
}

/** Tells the run that an approval is void, and why. */
export const voidedBecause = (step: Step, voided: Decision, id: string, change: string) => ({
  kind: 'error' as const,
  payload: {
    error: `the approval of ${voided.decision_id} is void: ${id} was changed, ${change}; it is asked for anew`,
    error_type: 'approval_void',
    node_id: step.nodeId,
    tool_id: voided.action === 'tool_call' ? id : null,
    reason: null,
    limit: null,
    actual: null,
  },
})

/** What a question says that is put anew. */
export const askedAnew = (change: string) =>
  `It was changed after it was asked about (${change}), so the answer to that is void.`
