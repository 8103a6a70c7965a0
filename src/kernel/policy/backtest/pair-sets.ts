import { isDeepStrictEqual } from 'node:util'
import { type CompiledPolicySet, type CompiledRules, compileRules } from '../compile-policies.ts'
import type { CompiledRule, PolicyContent } from '../compile-rule.ts'
import { askPolicies, type Findings, type Ruling, rulePolicies } from '../evaluate-policies.ts'
import { imposedOn } from '../imposed-policies.ts'
import type { PolicyRequest } from '../read-facts.ts'

/** Two sets that have most of their policies in common, and the rules of both, in which those stand once. */
export type PairedSets = {
  readonly now: CompiledPolicySet
  readonly candidate: CompiledPolicySet
  readonly either: CompiledRules
  readonly onlyNow: ReadonlySet<PolicyContent>
  readonly onlyCandidate: ReadonlySet<PolicyContent>
}

export function pairSets(now: CompiledPolicySet, candidate: CompiledPolicySet): PairedSets {
  const tried = new Map(candidate.policies.map((policy) => [policy.id, policy]))
  const onlyNow = new Set<PolicyContent>()
  for (const policy of now.policies) {
    if (isDeepStrictEqual(policy, tried.get(policy.id))) tried.delete(policy.id)
    else onlyNow.add(policy)
  }
  const onlyCandidate = new Set(tried.values())
  const either = compileRules([...now.policies, ...onlyCandidate], new Set())
  return { now, candidate, either, onlyNow, onlyCandidate }
}

/**
 * What each set says by itself. A rule that is in both is asked once, since its answer does not depend on its
 * neighbours; then each set decides on what it has of the rules that hold.
 */
export function rulePair(sets: PairedSets, request: PolicyRequest): { before: Ruling; after: Ruling } {
  const { now, candidate, either, onlyNow, onlyCandidate } = sets
  const findings = askPolicies(either, request)
  const isShared = ({ policy }: CompiledRule) => !onlyNow.has(policy) && !onlyCandidate.has(policy)
  const isSame = findings.matched.every(isShared) && findings.possible.every(isShared)
  // A set looks at more than the rules that hold only where the key that asks carries policies.
  if (isSame && imposedOn(request).length === 0) {
    const ruling = rulePolicies(now, findings)
    return { before: ruling, after: ruling }
  }
  return {
    before: rulePolicies(now, leaveOut(onlyCandidate, findings)),
    after: rulePolicies(candidate, leaveOut(onlyNow, findings)),
  }
}

function leaveOut(left: ReadonlySet<PolicyContent>, findings: Findings): Findings {
  const stays = ({ policy }: CompiledRule) => !left.has(policy)
  return {
    ...findings,
    matched: findings.matched.filter(stays),
    possible: findings.possible.filter(stays),
  }
}
