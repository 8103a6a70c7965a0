import type { Session } from '../../../store/database.ts'
import type { Spending } from '../policy/spent-totals.ts'
import type { TxRequest } from '../schema.ts'
import { WEB3_TRANSACTION } from '../workflow.ts'

const DAY_MS = 86_400_000
/** A plan that nobody has answered for so long is not waited for. It counts from when it was made, not from when its run was. */
const FORGOTTEN_MS = 30 * DAY_MS

/** Until when what was handed out counts where nobody can prove that it is never sent: a day longer than it could be mined. */
export function countsUntil(spending: TxRequest[], now: number): string {
  const deadlines = spending.map(({ meta: { deadline = 0 } }) => deadline * 1000)
  return new Date(Math.max(now, ...deadlines) + DAY_MS).toISOString()
}

/** What decisions were about, by run and event: they never change. Null is what spends nothing. */
export type SpendingMemory = Map<string, Spending | null>

export const makeSpendingMemory = (): SpendingMemory => new Map()

const REMEMBERED = 20_000

type Decided = { run_id: string; seq: number }

/**
 * What a wallet spends by the tenant's plans, from the decisions about them in the ledger: those that were confirmed within the
 * last 24 hours, and all that wait for an approval, a wallet or the chain. A plan that was refused, rejected, void, cancelled or
 * reverted spends nothing. What somebody says was not sent counts as long as if it had been, and so does what was cancelled while
 * its bytes still hold; the one that asks is left out.
 */
export async function readSpentToday(
  session: Session,
  { tenantId, wallet, runId, now }: { tenantId: string; wallet: string; runId: string; now: number },
  memory: SpendingMemory,
): Promise<Spending[]> {
  const decided = await session.query<Decided>(
    `SELECT r.run_id, d.seq
     FROM copilot_runs c
     JOIN runs r ON r.tenant_id = c.tenant_id AND r.run_id = c.run_id::text AND r.status IN ('running', 'paused', 'completed')
     CROSS JOIN LATERAL (
       SELECT e.seq FROM events e
       WHERE e.tenant_id = c.tenant_id AND e.run_id = c.run_id::text AND e.kind = 'decision_recorded'
       ORDER BY e.seq DESC LIMIT 1
     ) d
     WHERE c.tenant_id = $1 AND c.wallet_address = $2 AND c.run_id <> $3
       AND (CASE WHEN r.status <> 'completed' THEN r.updated_at > $4
         WHEN r.result ->> 'status' IN ('NOT_SENT', 'CANCELLED') AND (r.result ->> 'counts_until')::timestamptz > $6 THEN true
         ELSE EXISTS (SELECT FROM copilot_transactions t WHERE t.tenant_id = c.tenant_id AND t.run_id = c.run_id
           AND t.state = 'CONFIRMED' AND t.updated_at > $5 AND t.tx_request_id !~ '^(approve|revoke)-') END)
     ORDER BY c.run_id`,
    [tenantId, wallet, runId, new Date(now - FORGOTTEN_MS), new Date(now - DAY_MS), new Date(now)],
    'spent_today',
  )
  const keyOf = ({ run_id, seq }: Decided) => `${tenantId} ${run_id} ${seq}`
  if (memory.size > REMEMBERED) memory.clear()
  const unknown = decided.filter((each) => !memory.has(keyOf(each)))
  const read = unknown.length > 0 ? await readDecisions(session, tenantId, unknown) : []
  for (const { spending, ...each } of read) memory.set(keyOf(each), spending)
  return decided.flatMap((each) => memory.get(keyOf(each)) ?? [])
}

const readDecisions = (session: Session, tenantId: string, decided: Decided[]) =>
  session.query<Decided & { spending: Spending | null }>(
    `SELECT e.run_id, e.seq,
       CASE WHEN d.payload ->> 'action' = '${WEB3_TRANSACTION}' AND d.payload ->> 'effect' <> 'deny'
         THEN d.payload #> '{facts,context}' END AS spending
     FROM unnest($2::text[], $3::bigint[]) AS wanted (run_id, seq)
     JOIN events e ON e.tenant_id = $1 AND e.run_id = wanted.run_id AND e.seq = wanted.seq
     CROSS JOIN LATERAL (SELECT convert_from(e.canon, 'UTF8')::json -> 'payload' AS payload) d`,
    [tenantId, decided.map(({ run_id }) => run_id), decided.map(({ seq }) => seq)],
    'spending_decisions',
  )
