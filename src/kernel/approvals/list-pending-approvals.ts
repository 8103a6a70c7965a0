import { AppError, storageReadError } from '../../lib/errors.ts'
import { parseTimestamp } from '../../lib/timestamp.ts'
import type { Context } from '../context.ts'
import { inconsistentRun } from '../ledger/read-status.ts'
import { type Gate, type RunState, stateAt } from '../ledger/run-state.ts'
import { type RecordedDecision, readDecisions } from '../read-decision.ts'
import { type ApprovalRow, readApprovals, readVotes, type VoteRow } from './approval-rows.ts'

export type PendingApproval = {
  runId: string
  gate: Gate
  row: ApprovalRow | null
  votes: VoteRow[]
  decision: RecordedDecision | null
}

export type PendingApprovals = {
  approvals: PendingApproval[]
  inconsistentRuns: { runId: string; code: string; message: string }[]
}

type HeadRow = { run_id: string; folded: RunState; inconsistent: boolean }

/**
 * Every gate of the tenant that waits, by time of request (RULE-GATE-009). One inconsistent run makes the whole list
 * fail loudly, so that nobody works through a list that hides something; `report` names such runs instead.
 */
export async function listPendingApprovals(
  context: Context,
  onInconsistent: 'fail' | 'report',
): Promise<PendingApprovals> {
  const { database, principal, clock } = context
  const { tenantId } = principal
  try {
    return await database.transaction(tenantId, async (session) => {
      const rows = await session.query<HeadRow>(
        `SELECT run_id, folded, inconsistent FROM run_heads WHERE tenant_id = $1 AND status = 'paused' AND NOT inconsistent
         UNION ALL SELECT run_id, folded, inconsistent FROM run_heads WHERE tenant_id = $1 AND inconsistent ORDER BY run_id`,
        [tenantId],
      )
      const broken = rows.filter((row) => row.inconsistent)
      if (broken[0] && onInconsistent === 'fail')
        throw inconsistentRun(broken[0].folded.inconsistency!, broken[0].run_id)
      const gates = rows.flatMap((row) => {
        const { gate } = stateAt(row.folded, clock.now())
        return gate && !row.inconsistent
          ? [{ runId: row.run_id, gate, requestedNs: nanoseconds(gate.requested_at) }]
          : []
      })
      gates.sort(
        (a, b) => Number(a.requestedNs - b.requestedNs) || (a.gate.event_id < b.gate.event_id ? -1 : 1),
      )
      const ids = gates.map(({ gate }) => gate.decision_id).filter((id) => id !== null)
      const approvals = new Map(
        (await readApprovals(session, tenantId, ids)).map((row) => [row.decision_id, row]),
      )
      const votes = Map.groupBy(await readVotes(session, tenantId, ids), (vote) => vote.decision_id)
      const decisions = await readDecisions(session, tenantId, ids)
      return {
        approvals: gates.map(({ runId, gate }) => {
          const id = gate.decision_id
          return {
            runId,
            gate,
            row: (id && approvals.get(id)) || null,
            votes: (id && votes.get(id)) || [],
            decision: (id && decisions.get(id)) || null,
          }
        }),
        inconsistentRuns: broken.map((row) => ({
          runId: row.run_id,
          code: row.folded.inconsistency!.code,
          message: row.folded.inconsistency!.message,
        })),
      }
    })
  } catch (error) {
    throw error instanceof AppError ? error : storageReadError(error)
  }
}

function nanoseconds(iso: string): bigint {
  const timestamp = parseTimestamp(iso)
  return typeof timestamp === 'object' ? timestamp.ns : 0n
}
