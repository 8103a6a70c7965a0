import type { BacktestResult } from '../../kernel/policy/backtest/schema.ts'
import type { Policy, PolicyExplanation, PolicyVersion, ShadowFinding } from '../../kernel/policy/schema.ts'
import type { PolicyReport, ShadowReport } from '../../ops/policies/schema.ts'
import { pathOf, requestJson } from './request.ts'

/** Policies, what they would say and what they do: one entry per capability. */

type Signal = { signal?: AbortSignal }
export type Waiting = { status: 'registered'; decision_id: string; event_id: string }

export function listPolicies({
  signal,
}: Signal = {}): Promise<{ policies: Policy[]; policy_sha256: string }> {
  return requestJson('/api/v1/policies', { signal })
}

export function readPolicyReport({ signal }: Signal = {}): Promise<PolicyReport> {
  return requestJson('/api/v1/policies/report', { signal })
}

export async function readPolicyVersions(id: string, { signal }: Signal = {}): Promise<PolicyVersion[]> {
  const { versions } = await requestJson<{ versions: PolicyVersion[] }>(
    pathOf`/api/v1/policies/${id}/versions`,
    { signal },
  )
  return versions
}

export function readShadowReport(id: string, { signal }: Signal = {}): Promise<ShadowReport> {
  return requestJson(pathOf`/api/v1/policies/${id}/shadow-report`, { signal })
}

/** Adds a policy, or changes the one with this id. Where a policy wants it, the change waits for an approval. */
export function savePolicy(id: string | null, body: object): Promise<Policy | Waiting> {
  return id === null
    ? requestJson('/api/v1/policies', { method: 'POST', body })
    : requestJson(pathOf`/api/v1/policies/${id}`, { method: 'PATCH', body })
}

export function deletePolicy(id: string): Promise<Waiting | undefined> {
  return requestJson(pathOf`/api/v1/policies/${id}`, { method: 'DELETE' })
}

export const isWaiting = (answer: Policy | Waiting | undefined): answer is Waiting =>
  answer !== undefined && 'status' in answer

/** A hundred thousand decisions take a few seconds. */
const BACKTEST_LIMIT_MS = 60_000

export function backtestPolicy(body: {
  candidate: { id?: string; policy: object }
  last_n: number
}): Promise<BacktestResult> {
  return requestJson('/api/v1/policies/backtest', { method: 'POST', body, limitMs: BACKTEST_LIMIT_MS })
}

export type DryRun = {
  effect: 'allow' | 'require_approval' | 'deny' | 'none'
  reason_code: string
  reason: string
  shadow: ShadowFinding[]
  policies: PolicyExplanation[]
}

export function evaluatePolicies(body: object): Promise<DryRun> {
  return requestJson('/api/v1/policies/evaluate', { method: 'POST', body })
}
