import { AppError, stateConflict } from '../../lib/errors.ts'
import type { AuthenticationMethod } from '../../verifier/schema.ts'
import type { Principal } from '../schema.ts'
import { freshAuthenticationMissing, isAsStrong } from './fresh-authentication.ts'

/** What is asked about a call of a tool that was begun and has no result. */
export const TOOL_CALL_IN_DOUBT = 'tool_call_in_doubt'

/** An approval as its rules see it: what is asked, of how many, and who has answered so far. */
export type Approval = {
  decisionId: string | null
  targetEventId: string
  requiredApprovals: number
  forbidSelfApproval: boolean
  /** How whoever approves has to prove anew who they are. */
  requireFreshAuthentication: AuthenticationMethod | null
  /** Whether the key of an agent may not answer, though its owner may. */
  refusesKeys: boolean
  /** The human behind whoever asked; null when a raw event asked. */
  requestedByOwner: string | null
  expiresAt: string | null
  voters: string[]
}

export type ResolveCommand = {
  decision: 'approved' | 'rejected'
  principal: Principal
  now: number
  /** The proof that came with the answer and holds for this very payload. */
  freshAuthentication?: AuthenticationMethod | undefined
}

/** What a vote leads to: the gate stays until enough have approved; one rejection closes it. */
export type Resolution =
  | { type: 'vote'; votes: number }
  | { type: 'approved'; votes: number }
  | { type: 'rejected' }

/**
 * The decider of an approval: `pending → approved | rejected`. Pure.
 *
 * @throws AppError when this principal may not answer or has answered.
 */
export function decideResolution(approval: Approval, command: ResolveCommand): Resolution {
  const { principal, decision, now } = command
  if (approval.expiresAt && Date.parse(approval.expiresAt) <= now) {
    throw noPendingApproval(
      approval.targetEventId,
      'APPROVAL_EXPIRED',
      `the approval expired at ${approval.expiresAt}; ask again with a new request`,
    )
  }
  const needsHumans = approval.requiredApprovals > 1 || approval.forbidSelfApproval
  if (needsHumans && principal.kind !== 'user') {
    throw forbidden(
      'HUMAN_APPROVER_REQUIRED',
      `policy wants the word of signed-in people here; '${principal.id}' is of kind ${principal.kind}`,
    )
  }
  if (approval.refusesKeys && (principal.kind === 'agent' || principal.kind === 'service')) {
    throw forbidden(
      'HUMAN_APPROVER_REQUIRED',
      `what became of a call that a human had to approve is for people to say; '${principal.id}' is of kind ${principal.kind}: sign in and answer it`,
    )
  }
  if (
    approval.forbidSelfApproval &&
    decision === 'approved' &&
    principal.ownerId === approval.requestedByOwner
  ) {
    throw forbidden(
      'SELF_APPROVAL_FORBIDDEN',
      'policy forbids approving what you, or an agent of yours, asked for',
    )
  }
  if (decision === 'rejected') return { type: 'rejected' }
  refuseUnproved(approval, command)
  if (approval.voters.includes(principal.ownerId)) {
    throw stateConflict(
      'DUPLICATE_APPROVAL',
      'Approval already given by this person',
      {
        path: 'approver_id',
        message: `'${principal.ownerId}' has approved already; another person is needed`,
      },
      ['RULE-GATE-003'],
    )
  }
  const votes = approval.voters.length + 1
  return votes < approval.requiredApprovals ? { type: 'vote', votes } : { type: 'approved', votes }
}

/** Saying no needs no proof: nothing comes of it. */
function refuseUnproved(
  { requireFreshAuthentication: wanted }: Approval,
  { principal, freshAuthentication: given }: ResolveCommand,
): void {
  if (!wanted) return
  if (principal.kind !== 'user') {
    throw forbidden(
      'HUMAN_APPROVER_REQUIRED',
      `policy wants a person to prove here who they are; '${principal.id}' is of kind ${principal.kind}: sign in with an account of your own and approve it in the Studio`,
    )
  }
  if (!isAsStrong(given, wanted)) throw freshAuthenticationMissing(wanted, given)
}

function forbidden(code: string, message: string): AppError {
  return new AppError({
    code,
    status: 403,
    message,
    details: [{ path: 'approver_id', message, type: 'forbidden', code, rule_id: 'RULE-GATE-004' }],
    ruleIds: ['RULE-GATE-004'],
  })
}

export function noPendingApproval(eventId: string, code = 'NO_PENDING_APPROVAL', message?: string): AppError {
  return stateConflict(
    'NO_PENDING_APPROVAL',
    'No pending approval for target event',
    {
      path: 'event_id',
      message: message ?? `Event '${eventId}' is not the currently pending approval`,
      code,
    },
    ['RULE-GATE-002'],
  )
}

/** The same thing asked or answered twice. `target` is named the way the caller named it. */
export function duplicateApproval(
  target: { eventId: string } | { decisionId: string },
  state: 'pending' | 'resolved',
): AppError {
  const [path, name] =
    'eventId' in target
      ? ['event_id', `event '${target.eventId}'`]
      : ['decision_id', `decision '${target.decisionId}'`]
  const resolved = state === 'resolved'
  return stateConflict(
    'DUPLICATE_APPROVAL',
    resolved ? 'Approval already resolved' : 'Approval already pending',
    {
      path,
      message: `Approval for ${name} ${resolved ? 'has already been resolved' : 'is already pending'}`,
    },
    ['RULE-GATE-003'],
  )
}
