import { lockApproval, setApprovalStatus } from '../../kernel/approvals/approval-rows.ts'
import type { PayloadOf } from '../../kernel/ledger/event-kinds.ts'
import type { LedgerTransaction } from '../../kernel/ledger/ledger.ts'
import type { Gate } from '../../kernel/ledger/run-state.ts'
import { AppError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { timestampNotBefore } from '../../lib/timestamp.ts'
import type { Session } from '../../store/database.ts'
import { drivingKey, type EngineContext } from './engine.ts'
import { conflict, runNotFound } from './run-errors.ts'
import { readOpenChildren } from './run-rows.ts'

/**
 * Ends a run for good. What is under way is stopped; what it did already stays done and recorded.
 *
 * @param refuse may throw: it looks while the run is locked, so that nothing happens to it between look and end.
 */
export async function cancelRun(
  context: EngineContext,
  runId: string,
  reason: string | null,
  refuse?: (session: Session) => Promise<void>,
): Promise<void> {
  const { engine, principal } = context
  const { ledger, clock } = engine.kernel
  const { tenantId } = principal
  await ledger.transaction(tenantId, async (transaction) => {
    const { state } = await transaction.lockHead(runId)
    const { execution } = state
    if (!execution) throw runNotFound(runId)
    if (execution.status !== 'running' && execution.status !== 'paused') {
      throw conflict(
        'RUN_ENDED',
        `expected a run that is under way, run '${runId}' is ${execution.status} already`,
      )
    }
    await refuse?.(transaction)
    const gate = await closeGate(transaction, tenantId, state.gate, new Date(clock.now()))
    await transaction.append(runId, (head) => {
      const occurredAt = timestampNotBefore(clock.now(), head.newestNs).iso
      const place = { occurredAt, actor: principal.id }
      return [
        ...(gate
          ? [{ kind: 'approval_expired' as const, eventId: newId('evt'), ...place, payload: gate }]
          : []),
        { kind: 'run_cancelled', eventId: newId('evt'), ...place, payload: { by: principal.id, reason } },
      ]
    })
  })
  engine.driving.get(drivingKey(tenantId, runId))?.abort('the run was cancelled')
  await cancelChildren(context, runId, `its parent ${runId} was cancelled`)
}

/** Ends what a run had begun and nobody waits for any more. */
export async function cancelChildren(context: EngineContext, runId: string, reason: string): Promise<void> {
  const { engine, principal } = context
  const children = await readOpenChildren(engine.kernel.database, principal.tenantId, runId)
  for (const childId of children) {
    await cancelRun(context, childId, reason).catch((error) => {
      // It ended by itself meanwhile.
      if (!(error instanceof AppError)) throw error
    })
  }
}

/** A question of a run that has ended can no longer be answered. What to record of it; null where none was open. */
async function closeGate(
  transaction: LedgerTransaction,
  tenantId: string,
  gate: Gate | null,
  at: Date,
): Promise<PayloadOf<'approval_expired'> | null> {
  if (!gate?.decision_id) return null
  const row = await lockApproval(transaction, tenantId, gate.decision_id)
  if (row?.status !== 'pending') return null
  await setApprovalStatus(transaction, tenantId, row.decision_id, 'expired', at)
  return { decision_id: row.decision_id, target_event_id: row.request_event_id, closes_run: false }
}
