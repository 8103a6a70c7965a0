import type { AuthenticationMethod } from '../../verifier/schema.ts'
import type { CompiledRule } from './compile-rule.ts'
import type { Modification } from './schema.ts'

export type ApprovalRequirement = {
  required_approvals: number
  forbid_self_approval: boolean
  /** Null: the installation's own expiry. */
  expires_in_seconds: number | null
  /** Absent where no policy asks for it. */
  require_fresh_authentication?: AuthenticationMethod | undefined
}

/**
 * What all policies together impose on a run. Limits only get tighter and `draft` wins over `auto`, so their order does
 * not matter. A policy that only may hold imposes what tightens: a missing field must not switch a control off.
 */
export function combineModifications(
  holding: readonly CompiledRule[],
  possible: readonly CompiledRule[],
): Modification {
  const combined: Modification = {}
  for (const { policy } of holding) tighten(combined, policy.rule_expr.modify)
  for (const { policy } of possible) {
    const { mode, ...limits } = policy.rule_expr.modify ?? {}
    tighten(combined, mode === 'draft' ? { ...limits, mode } : limits)
  }
  return combined
}

const LIMITS = ['cost_limit_cents', 'llm_calls_limit', 'latency_slo_ms'] as const

function tighten(combined: Modification, next: Modification | undefined): void {
  if (!next) return
  if (next.mode && combined.mode !== 'draft') combined.mode = next.mode
  for (const limit of LIMITS) {
    const value = next[limit]
    if (value !== undefined) combined[limit] = Math.min(value, combined[limit] ?? value)
  }
}

/** What all these policies together want of an approval. Only one that asks for an approval has terms. */
export const combineApprovals = (rules: readonly CompiledRule[]): ApprovalRequirement =>
  strictestTerms(rules.map(({ policy }) => policy.rule_expr.approval))

type Terms = { [Term in keyof ApprovalRequirement]?: ApprovalRequirement[Term] | undefined }

/** The strictest of each term; where nobody has any, one approval by anybody. */
export function strictestTerms(all: readonly (Terms | null | undefined)[]): ApprovalRequirement {
  const combined: ApprovalRequirement = {
    required_approvals: 1,
    forbid_self_approval: false,
    expires_in_seconds: null,
  }
  for (const terms of all) {
    const { required_approvals: required = 1, forbid_self_approval: forbid = false } = terms ?? {}
    const seconds = terms?.expires_in_seconds
    combined.required_approvals = Math.max(combined.required_approvals, required)
    combined.forbid_self_approval ||= forbid
    if (seconds != null) {
      combined.expires_in_seconds = Math.min(seconds, combined.expires_in_seconds ?? seconds)
    }
    const method = terms?.require_fresh_authentication
    if (method && combined.require_fresh_authentication !== 'passkey') {
      combined.require_fresh_authentication = method
    }
  }
  return combined
}
