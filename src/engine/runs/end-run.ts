import { readApprovals, setApprovalStatus } from '../../kernel/approvals/approval-rows.ts'
import type { EventContent } from '../../kernel/ledger/event-kinds.ts'
import { crashPoint } from '../../lib/crash-point.ts'
import { describe } from './budgets.ts'
import { cancelChildren } from './cancel-run.ts'
import type { Command } from './decide-next.ts'
import { NewsError, type Segment } from './segment.ts'

/** Writes how the run ended. */
export async function endRun(segment: Segment, end: Command): Promise<void> {
  if (end.type === 'complete') segment.record({ kind: 'run_completed', payload: { result: end.result } })
  if (end.type === 'fail') {
    if (end.fault) {
      segment.record({ kind: 'error', payload: { ...describe(end.fault), node_id: null, tool_id: null } })
    }
    await withdrawQuestion(segment, {
      kind: 'run_failed',
      payload: { error: end.error, error_type: end.errorType, node_id: end.nodeId },
    })
  }
  await segment.commit()
  crashPoint(segment.engine.kernel.settings, 'run-ended')
  if (end.type === 'complete') return
  const { engine, principal, runId } = segment
  await cancelChildren({ engine, principal }, runId, `its parent ${runId} failed`)
}

/** Writes that a run failed. What it still asks a human is closed with it: the answer would move nothing. */
async function withdrawQuestion(segment: Segment, failure: EventContent): Promise<void> {
  const { tenantId, progress, engine } = segment
  const { database, clock } = engine.kernel
  const open = [...progress.gates].filter(([, { status }]) => status === 'pending').map(([id]) => id)
  if (open.length === 0) return segment.record(failure)
  const rows = await database.transaction(tenantId, (session) => readApprovals(session, tenantId, open))
  const closed = rows.map(
    ({ decision_id, request_event_id }): EventContent => ({
      kind: 'approval_expired',
      payload: { decision_id, target_event_id: request_event_id, closes_run: false },
    }),
  )
  try {
    await segment.commitWith([...closed, failure], async (transaction) => {
      const at = new Date(clock.now())
      for (const id of open) await setApprovalStatus(transaction, tenantId, id, 'expired', at)
    })
  } catch (error) {
    if (!(error instanceof NewsError)) throw error
    // Somebody answered meanwhile, or said something else.
    await segment.readNews()
    await withdrawQuestion(segment, failure)
  }
}
