import type { Engine } from '../../../engine/runs/engine.ts'
import { type Principal, SYSTEM_ACTOR } from '../../../kernel/schema.ts'
import type { Copilot } from '../copilot.ts'
import { pollTransactions } from './poll-transactions.ts'

/** A transaction that nothing was heard of for so long is asked about no more by itself; poll_tx still does. */
const GIVE_UP_MS = 7 * 24 * 3_600_000
/** How long after it was asked about it is asked about again. */
const REST_MS = 2_000
const MAX_RUNS = 100

/** Asks the chains what became of every transaction that a wallet was given and reported. */
export async function watchTransactions(engine: Engine, copilot: Copilot): Promise<void> {
  const { database, clock, log } = engine.kernel
  const now = clock.now()
  const sent = await database.statement<{ tenant_id: string; run_id: string }>(
    'SELECT tenant_id, run_id FROM find_sent_transactions($1, $2, $3)',
    [new Date(now - REST_MS), new Date(now - GIVE_UP_MS), MAX_RUNS],
  )
  for (const { tenant_id: tenantId, run_id: runId } of sent) {
    await pollTransactions({ engine, copilot, principal: watcherOf(tenantId) }, runId).catch((error) =>
      log.warn(
        { run_id: runId, error: (error as Error).message },
        'transactions could not be looked for; it is tried again',
      ),
    )
  }
}

const watcherOf = (tenantId: string): Principal => ({
  id: SYSTEM_ACTOR,
  ownerId: SYSTEM_ACTOR,
  kind: 'service',
  tenantId,
  role: 'user',
  permissions: ['read', 'write'],
  name: 'countersign',
  loglineId: null,
})
