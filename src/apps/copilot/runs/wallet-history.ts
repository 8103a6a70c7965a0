import type { Address } from 'viem'
import type { Clock } from '../../../lib/clock.ts'
import type { Database } from '../../../store/database.ts'
import type { ChainFacts } from '../policy/chain-facts.ts'
import type { Spending } from '../policy/spent-totals.ts'
import { readSpentToday, type SpendingMemory } from './spent-today.ts'

/** What this installation has seen of a wallet: whom it paid, how much it was used lately, and what it spends today. */
export type WalletHistory = Required<Pick<ChainFacts, 'paidBefore' | 'recentRuns'>> & {
  spentToday: Spending[]
}

export type ReadWalletHistory = (asked: {
  tenantId: string
  wallet: Address
  /** Not counted itself. */
  runId: string
  recipient: Address | null
}) => Promise<WalletHistory>

const HOUR_MS = 3_600_000
/** Whom a wallet pays is a short list; of a longer one the newest count. */
const MAX_PAYEES = 1_000
/** A run begins with a decision that it may, its second event. The next one is about a plan: the others only asked. */
const STARTING_DECISION = 2

/** Reads what the tenant's own runs of a wallet came to. */
export const makeWalletHistory =
  (database: Database, clock: Clock, memory: SpendingMemory): ReadWalletHistory =>
  async ({ tenantId, wallet, runId, recipient }) => {
    const since = new Date(clock.now() - HOUR_MS)
    const { row, spentToday } = await database.transaction(tenantId, async (session) => {
      const [row] = await session.query<{ paid: Address[]; runs: number; to_recipient: number }>(
        `SELECT
           array(SELECT t.detail->>'recipient' FROM copilot_transactions t JOIN copilot_runs r USING (tenant_id, run_id)
             WHERE t.tenant_id = $1 AND r.wallet_address = $2 AND t.state = 'CONFIRMED' AND t.detail->>'recipient' IS NOT NULL
             GROUP BY 1 ORDER BY max(t.submitted_at) DESC LIMIT ${MAX_PAYEES}) AS paid,
           (SELECT count(*)::int FROM copilot_runs c
             JOIN runs r ON r.tenant_id = c.tenant_id AND r.run_id = c.run_id::text AND r.updated_at > $4
             CROSS JOIN LATERAL (
               SELECT e.seq, e.recorded_at FROM events e
               WHERE e.tenant_id = c.tenant_id AND e.run_id = c.run_id::text AND e.kind = 'decision_recorded'
               ORDER BY e.seq DESC LIMIT 1) decided
             WHERE c.tenant_id = $1 AND c.wallet_address = $2 AND c.run_id <> $3
               AND decided.seq > ${STARTING_DECISION} AND decided.recorded_at > $4) AS runs,
           (SELECT count(DISTINCT t.run_id)::int FROM copilot_transactions t JOIN copilot_runs r USING (tenant_id, run_id)
             WHERE t.tenant_id = $1 AND r.wallet_address = $2 AND t.submitted_at > $4 AND t.run_id <> $3
               AND t.detail->>'recipient' = $5) AS to_recipient`,
        [tenantId, wallet, runId, since, recipient],
        'wallet_history',
      )
      return {
        row,
        spentToday: await readSpentToday(session, { tenantId, wallet, runId, now: clock.now() }, memory),
      }
    })
    const { paid, runs, to_recipient: toRecipient } = row!
    return { paidBefore: paid, recentRuns: { all: runs, toRecipient }, spentToday }
  }
