import type { PayloadOf } from '../../kernel/ledger/event-kinds.ts'
import type { Json } from '../../lib/canonical-json.ts'

/** Who answered a gate, and what they said: yes or no, why, and whatever else they sent along. */
export type GateAnswer = { by: string; input: Json }

const PREFIX = 'approval_input:'

/** What an approver says besides yes or no is kept under this name, before the answer itself. */
export const approvalInputName = (decisionId: string) => `${PREFIX}${decisionId}`

export const isApprovalInput = (eventName: string) => eventName.startsWith(PREFIX)

/**
 * The answer of a gate at the moment it is resolved.
 *
 * @param received what the run was told until then.
 */
export function readGateAnswer(
  received: { event: PayloadOf<'event_received'> }[],
  resolution: PayloadOf<'approval_resolved'>,
): GateAnswer {
  const { decision_id: decisionId, authenticated_as: by, status, reason } = resolution
  // Said by whoever answered, before they did: what others tried to say counts for nothing.
  const said = received.findLast(
    ({ event }) => event.name === approvalInputName(decisionId ?? '') && event.by === by,
  )
  const more = said && isObject(said.event.payload) ? said.event.payload : {}
  return { by, input: { ...more, approved: status === 'approved', reason } }
}

const isObject = (value: Json): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
