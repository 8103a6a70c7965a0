import { insertApprovalOf } from '../../kernel/approvals/approval-rows.ts'
import type { Waiting } from '../../kernel/ledger/schema.ts'
import { crashPoint } from '../../lib/crash-point.ts'
import type { Segment } from './segment.ts'
import type { GateRequest } from './step-outcome.ts'

/**
 * Puts a run aside, and its question before a human, in one commit: from here on it is rows.
 *
 * @throws NewsError when the run was told something meanwhile.
 */
export async function pauseRun(segment: Segment, waiting: Waiting, gate: GateRequest | null): Promise<void> {
  await segment.commitWith(
    [
      ...(gate ? [{ kind: 'approval_requested' as const, payload: gate }] : []),
      { kind: 'run_paused' as const, payload: waiting },
    ],
    async (transaction, events) => {
      const request = events.find(({ kind }) => kind === 'approval_requested')
      if (request) await insertApprovalOf(transaction, segment.tenantId, request, segment.principal.ownerId)
    },
  )
  crashPoint(segment.engine.kernel.settings, 'run-paused')
}
