import { newId } from '../../lib/ids.ts'
import { timestampAfter } from '../../lib/timestamp.ts'
import type { Kernel } from '../context.ts'
import { SYSTEM_ACTOR } from '../schema.ts'
import { lockApproval, readApprovals, setApprovalStatus } from './approval-rows.ts'

/**
 * Writes the marker of every approval that is overdue. Readers treat it as expired before that; the marker makes the
 * run's end part of the record. Safe to run in several processes at once.
 *
 * @returns how many were marked.
 */
export async function expireApprovals(kernel: Kernel): Promise<number> {
  const { database, clock } = kernel
  const due = await database.statement<{ tenant_id: string; decision_id: string }>(
    'SELECT * FROM find_due_approvals($1)',
    [new Date(clock.now())],
  )
  for (const { tenant_id: tenantId, decision_id: decisionId } of due) {
    // One that cannot be marked must not keep the others from it.
    await expireApproval(kernel, tenantId, decisionId).catch((error) =>
      kernel.log.warn(
        { decision_id: decisionId, error: (error as Error).message },
        'an overdue approval could not be marked',
      ),
    )
  }
  return due.length
}

async function expireApproval(
  { ledger, clock }: Kernel,
  tenantId: string,
  decisionId: string,
): Promise<void> {
  await ledger.transaction(tenantId, async (transaction) => {
    const [due] = await readApprovals(transaction, tenantId, [decisionId])
    if (!due) return
    // The run first and the approval second, as everywhere, or two transactions would wait for each other.
    await transaction.lockHead(due.run_id)
    const row = await lockApproval(transaction, tenantId, decisionId)
    if (row?.status !== 'pending') return
    await transaction.append(row.run_id, (head) => [
      {
        kind: 'approval_expired',
        eventId: newId('evt'),
        occurredAt: timestampAfter(clock.now(), head.newestNs).iso,
        actor: SYSTEM_ACTOR,
        payload: {
          decision_id: decisionId,
          target_event_id: row.request_event_id,
          closes_run: head.state.gate?.event_id === row.request_event_id,
        },
      },
    ])
    await setApprovalStatus(transaction, tenantId, decisionId, 'expired', new Date(clock.now()))
  })
}
