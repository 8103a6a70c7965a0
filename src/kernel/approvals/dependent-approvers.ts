import { AppError } from '../../lib/errors.ts'
import type { Session } from '../../store/database.ts'
import type { Principal } from '../schema.ts'
import { type ApprovalRow, readVotes } from './approval-rows.ts'

/** How long before a request somebody must have joined to count for themselves. */
const YOUNG_MS = 24 * 3_600_000

/**
 * Refuses a yes that would let one person count as two. Whoever may invite can invite themselves under a second address,
 * so an account stands for whoever invited it, and that one for theirs, until it joined a day before the request.
 *
 * @throws AppError 403 DEPENDENT_APPROVER
 */
export async function refuseDependentApprover(
  session: Session,
  tenantId: string,
  row: ApprovalRow,
  { ownerId }: Principal,
): Promise<void> {
  const voters = row.required_approvals > 1 ? await readVotes(session, tenantId, [row.decision_id]) : []
  const asker = row.forbid_self_approval && row.requested_by_owner
  const others = [...voters.map((vote) => vote.principal_id), ...(asker ? [asker] : [])]
  if (others.length === 0) return
  const standsFor = await readPersons(session, tenantId, [ownerId, ...others], row.requested_at)
  const same = findDependent(standsFor, ownerId, others)
  if (same !== undefined) throw dependentApprover(ownerId, same)
}

/** Whom of the others an account is one person with. */
function findDependent(
  standsFor: ReadonlyMap<string, string>,
  ownerId: string,
  others: string[],
): string | undefined {
  const personOf = (id: string) => standsFor.get(id) ?? id
  return others.find((other) => personOf(other) === personOf(ownerId))
}

/** The account that each of these stands for; who has no account stands for itself and is left out. */
async function readPersons(
  session: Session,
  tenantId: string,
  ownerIds: string[],
  requestedAt: Date,
): Promise<Map<string, string>> {
  const ids = ownerIds.filter((id) => id.startsWith('user:')).map((id) => id.slice('user:'.length))
  const rows = await session.query<{ account: string; person: string }>(FIND_PERSONS, [
    tenantId,
    ids,
    new Date(requestedAt.getTime() - YOUNG_MS).toISOString(),
  ])
  return new Map(rows.map(({ account, person }) => [`user:${account}`, `user:${person}`]))
}

const FIND_PERSONS = `
  WITH RECURSIVE line (account, person, next) AS (
    SELECT u.id, u.id, CASE WHEN u.created_at > $3 THEN u.invited_by END
      FROM users u WHERE u.tenant_id = $1 AND u.id = ANY ($2::uuid[])
    UNION
    SELECT l.account, u.id, CASE WHEN u.created_at > $3 THEN u.invited_by END
      FROM line l JOIN users u ON u.tenant_id = $1 AND u.id = l.next
  )
  SELECT account, person FROM line WHERE next IS NULL`

function dependentApprover(ownerId: string, other: string): AppError {
  const code = 'DEPENDENT_APPROVER'
  const message = `'${ownerId}' and '${other}' count as one person here: whoever joined by an invitation stands for whoever sent it, until they have been there for a day before the request`
  return new AppError({
    code,
    status: 403,
    message,
    details: [{ path: 'approver_id', message, type: 'forbidden', code, rule_id: 'RULE-GATE-004' }],
    ruleIds: ['RULE-GATE-004'],
  })
}
