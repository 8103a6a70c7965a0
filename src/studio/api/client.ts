import type {
  ApprovalDecision,
  ApprovalResolved,
  Installation,
  Journal,
  PendingApprovals,
  RunEvents,
  RunList,
  RunStatusView,
} from '../../http/schema.ts'
import type { FreshAuthenticationInput } from '../../identity/passkeys/schema.ts'
import { pathOf, requestJson, requestText } from './request.ts'

/** One entry per capability, under the name it has on the server. */

type Signal = { signal?: AbortSignal }

export function readInstallation({ signal }: Signal = {}): Promise<Installation> {
  return requestJson('/api/v1/installation', { signal })
}

export function listPendingApprovals({ signal }: Signal = {}): Promise<PendingApprovals> {
  return requestJson('/v1/approvals/pending', { signal, query: { on_inconsistent: 'report' } })
}

/** A gate that was opened without a decision is named by the event that opened it. */
export type GateTarget = { decisionId: string } | { eventId: string }

export type Resolution = {
  decision: 'approved' | 'rejected'
  approver_id: string
  reason?: string
  /** The hash of what the approver saw. */
  payload_sha256?: string
  fresh_authentication?: FreshAuthenticationInput
}

export function resolveApproval(target: GateTarget, resolution: Resolution): Promise<ApprovalResolved> {
  const path =
    'decisionId' in target
      ? pathOf`/v1/approvals/decisions/${target.decisionId}`
      : pathOf`/v1/approvals/${target.eventId}`
  return requestJson(path, { method: 'POST', body: resolution })
}

export function readApprovalDecision(decisionId: string, { signal }: Signal = {}): Promise<ApprovalDecision> {
  return requestJson(pathOf`/v1/approvals/decisions/${decisionId}`, { signal })
}

export type RunQuery = {
  status?: string | undefined
  search?: string | undefined
  cursor?: string | null
  limit?: number
}

export function listRuns(query: RunQuery, { signal }: Signal = {}): Promise<RunList> {
  return requestJson('/v1/runs', { signal, query })
}

export function readRunJournal(runId: string, { signal }: Signal = {}): Promise<Journal> {
  return requestJson(pathOf`/v1/runs/${runId}/journal`, { signal })
}

export function readRunStatus(runId: string, { signal }: Signal = {}): Promise<RunStatusView> {
  return requestJson(pathOf`/v1/runs/${runId}/status`, { signal })
}

export function readRunEvents(runId: string, { signal }: Signal = {}): Promise<RunEvents> {
  return requestJson(pathOf`/v1/runs/${runId}/events`, { signal })
}

/**
 * A run's bundle: NDJSON with proofs, checkpoint and keys.
 *
 * @param since the size of an earlier checkpoint: the bundle then proves that the log continues it.
 */
export function exportRun(
  runId: string,
  { signal, since }: Signal & { since?: number | undefined } = {},
): Promise<string> {
  return requestText(pathOf`/v1/runs/${runId}/export`, { signal, query: { since }, limitMs: 60_000 })
}
