import { AppError, storageReadError } from '../../lib/errors.ts'
import type { Session } from '../../store/database.ts'
import type { Context } from '../context.ts'
import { type EffectRow, readEffectOfDecision } from '../effects/effect-rows.ts'
import { renderReceipt } from '../ledger/render-receipt.ts'
import {
  type ApprovalRow,
  type ApprovalStatus,
  readApprovals,
  readVotes,
  type VoteRow,
} from './approval-rows.ts'
import { findTarget, type TracedGate, traceGates } from './find-gate.ts'

export type ApprovalView = {
  decisionId: string
  status: ApprovalStatus
  traced: TracedGate
  /** Null for a gate that a raw event opened and nobody with authority has resolved. */
  row: ApprovalRow | null
  votes: VoteRow[]
  effect: EffectRow | null
}

/** The life of one decision's approval, from its request to its execution. 404 until one was requested. */
export async function readApproval(context: Context, decisionId: string): Promise<ApprovalView> {
  const { database, principal, clock } = context
  const { tenantId } = principal
  try {
    return await database.transaction(tenantId, async (session) => {
      const traced = await findGateOf(session, tenantId, decisionId)
      const [row] = await readApprovals(session, tenantId, [decisionId])
      return {
        decisionId,
        status: statusOf(traced, row ?? null, clock.now()),
        traced,
        row: row ?? null,
        votes: await readVotes(session, tenantId, [decisionId]),
        effect: await readEffectOfDecision(session, tenantId, decisionId),
      }
    })
  } catch (error) {
    throw error instanceof AppError ? error : storageReadError(error)
  }
}

async function findGateOf(session: Session, tenantId: string, decisionId: string): Promise<TracedGate> {
  const { runId, eventId } = await findTarget(session, tenantId, { decisionId })
  return (await traceGates(session, tenantId, runId)).get(eventId)!
}

function statusOf(traced: TracedGate, row: ApprovalRow | null, now: number): ApprovalStatus {
  if (traced.resolution) {
    const { status } = renderReceipt(traced.resolution, traced.resolution).approval
    return status === 'approved' ? 'approved' : 'rejected'
  }
  const expiresAt = row?.expires_at
  if (row?.status === 'expired' || (expiresAt && expiresAt.getTime() <= now)) return 'expired'
  return 'pending'
}
