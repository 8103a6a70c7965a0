import { AppError } from '../../lib/errors.ts'
import type { Session } from '../../store/database.ts'
import { approvalChallenge } from '../../verifier/approval-challenge.ts'
import type { AuthenticationMethod, FreshAuthenticationRecord } from '../../verifier/schema.ts'
import type { Context } from '../context.ts'
import { readApprovals } from './approval-rows.ts'
import type { GateTarget } from './find-gate.ts'

/** That somebody has just proved who they are, for one payload of one decision. Checked by whoever hands it over. */
export type FreshAuthentication = {
  decisionId: string
  payloadSha256: string | null
  record: FreshAuthenticationRecord
  /** Spends the proof, in the transaction of the answer; throws when it was spent meanwhile. */
  spend(session: Session): Promise<void>
}

/** What an approval that still waits wants of whoever approves it. */
export type FreshDemand = {
  decisionId: string
  method: AuthenticationMethod
  payloadSha256: string | null
  /** What a passkey signs; null where nothing binds. */
  challenge: string | null
}

/** What is demanded of whoever approves; null where nothing is, or where there is nothing to approve any more. */
export async function readFreshDemand(
  { database, principal: { tenantId } }: Context,
  target: GateTarget,
): Promise<FreshDemand | null> {
  const row = await database.transaction(tenantId, async (session) => {
    const ids =
      'decisionId' in target ? [target.decisionId] : await decisionsOf(session, tenantId, target.eventId)
    const rows = await readApprovals(session, tenantId, ids)
    return rows.find((each) => !('eventId' in target) || each.request_event_id === target.eventId)
  })
  if (!row?.require_fresh_authentication || row.status !== 'pending') return null
  const { decision_id: decisionId, payload_sha256: payloadSha256 } = row
  return {
    decisionId,
    method: row.require_fresh_authentication,
    payloadSha256,
    challenge: payloadSha256 && approvalChallenge({ tenant: tenantId, decisionId, payloadSha256 }),
  }
}

async function decisionsOf(session: Session, tenantId: string, eventId: string): Promise<string[]> {
  const rows = await session.query<{ decision_id: string }>(
    "SELECT decision_id FROM events WHERE tenant_id = $1 AND event_id = $2 AND kind = 'approval_requested'",
    [tenantId, eventId],
  )
  return rows.map(({ decision_id }) => decision_id)
}

/** Whether a proof of one kind does where another was asked for. */
export const isAsStrong = (given: AuthenticationMethod | undefined, wanted: AuthenticationMethod): boolean =>
  given === 'passkey' || given === wanted

const HOW = {
  password: 'your password, or a passkey of yours',
  passkey: 'a passkey of yours',
} as const

export function freshAuthenticationMissing(
  wanted: AuthenticationMethod,
  given: AuthenticationMethod | undefined,
): AppError {
  const message = `policy wants you to prove anew who you are: expected ${HOW[wanted]}, got ${
    given ? `a ${given}` : 'none'
  }; answer in the Studio, or send fresh_authentication along`
  return refuseProof('FRESH_AUTHENTICATION_REQUIRED', 'fresh_authentication', message)
}

/** 403 and not 401: the session is good, and a client must not take it for over. */
export function refuseProof(code: string, path: string, message: string): AppError {
  return new AppError({
    code,
    status: 403,
    message,
    details: [{ path, message, type: 'forbidden', code, rule_id: 'RULE-GATE-004' }],
    ruleIds: ['RULE-GATE-004'],
  })
}
