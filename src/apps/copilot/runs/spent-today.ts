import type { Session } from '../../../store/database.ts'
import type { Spending } from '../policy/spent-totals.ts'
import { WEB3_TRANSACTION } from '../workflow.ts'

const DAY_MS = 86_400_000
/** A plan that nobody has answered or sent for so long is not waited for. */
const FORGOTTEN_MS = 30 * DAY_MS

/**
 * What a wallet spends by the tenant's plans, from the decisions about them in the ledger: those that were confirmed within the
 * last 24 hours, and all that wait for an approval, a wallet or the chain. A plan that was refused, rejected, void or reverted
 * spends nothing; the one that asks is left out.
 */
export async function readSpentToday(
  session: Session,
  { tenantId, wallet, runId, now }: { tenantId: string; wallet: string; runId: string; now: number },
): Promise<Spending[]> {
  const rows = await session.query<{ spending: Spending }>(
    `SELECT d.payload #> '{facts,context}' AS spending
     FROM copilot_runs c
     JOIN runs r ON r.tenant_id = c.tenant_id AND r.run_id = c.run_id::text AND r.status IN ('running', 'paused', 'completed')
     CROSS JOIN LATERAL (
       SELECT convert_from(e.canon, 'UTF8')::json -> 'payload' AS payload FROM events e
       WHERE e.tenant_id = c.tenant_id AND e.run_id = c.run_id::text AND e.kind = 'decision_recorded'
       ORDER BY e.seq DESC LIMIT 1
     ) d
     WHERE c.tenant_id = $1 AND c.wallet_address = $2 AND c.run_id <> $3 AND c.created_at > $4
       AND d.payload ->> 'action' = '${WEB3_TRANSACTION}' AND d.payload ->> 'effect' <> 'deny'
       AND (r.status <> 'completed' OR EXISTS (
         SELECT FROM copilot_transactions t WHERE t.tenant_id = c.tenant_id AND t.run_id = c.run_id
           AND t.state = 'CONFIRMED' AND t.updated_at > $5 AND t.tx_request_id !~ '^(approve|revoke)-'))
     ORDER BY c.run_id`,
    [tenantId, wallet, runId, new Date(now - FORGOTTEN_MS), new Date(now - DAY_MS)],
    'spent_today',
  )
  return rows.map(({ spending }) => spending)
}
