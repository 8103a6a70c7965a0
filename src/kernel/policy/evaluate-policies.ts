import { type ApprovalRequirement, combineApprovals, combineModifications } from './combine-terms.ts'
import type { CompiledPolicySet, CompiledRules } from './compile-policies.ts'
import type { CompiledRule } from './compile-rule.ts'
import { describeVerdict } from './describe-verdict.ts'
import { imposedOn, isImposed } from './imposed-policies.ts'
import { listCandidates } from './index-rules.ts'
import { type FactView, type PolicyRequest, viewFacts } from './read-facts.ts'
import { recordMatch } from './record-match.ts'
import type { Modification, PolicyEffect, PolicyMatch, ShadowFinding } from './schema.ts'

/** What the policies say to one request: plain JSON. */
export type PolicyVerdict = {
  /** `none`: no policy allows, asks or denies, and the action's own default holds. */
  effect: 'allow' | 'require_approval' | 'deny' | 'none'
  reasonCode: string
  /** One sentence for a human, written from the policy that decided. */
  reason: string
  decidedBy: string | null
  /** Every policy that holds, in the order of precedence. */
  matches: PolicyMatch[]
  /** Every policy that may hold: the request lacks a field of it. */
  indeterminate: PolicyMatch[]
  modify: Modification
  /** What an approval needs; null with another effect. */
  approval: ApprovalRequirement | null
  policyVersion: string
  /** What each policy in shadow would have changed, by itself. */
  shadow: ShadowFinding[]
}

type Outcome = Pick<PolicyVerdict, 'effect' | 'reasonCode'> & { decider: CompiledRule | null }

/** The rules that hold for a request, and those that may hold, each in the order of precedence. */
export type Findings = {
  view: FactView
  matched: CompiledRule[]
  possible: CompiledRule[]
  /** Policies in shadow that hold, and that may hold. */
  shadows: { rule: CompiledRule; outcome: 'matched' | 'indeterminate' }[]
}

/** A verdict before anything is written about it: which rules hold, and which of them decides. */
export type Ruling = Outcome & Findings

/**
 * Asks the policies about a request. Pure: the same set and request give the same verdict, on any machine.
 *
 * 1. A matching deny wins, whatever its priority.
 * 2. Of the others the lowest priority number wins; at a tie require_approval over allow.
 * 3. A deny or require_approval that may hold makes the result at least require_approval. It has no say over an
 *    action that is denied anyway when nothing matches (`unmatched: 'deny'`).
 * 4. Every matching modify adds up, wherever it stands.
 * 5. Policies that the asking key carries can only make this stricter: whatever the others say, a deny of theirs denies
 *    and a require_approval asks, except about what is denied anyway. Where one of them is not in force, all is denied.
 * 6. Nothing left: `none`. An outside action is denied then, a call inside a run is allowed.
 */
export function evaluatePolicies(set: CompiledPolicySet, request: PolicyRequest): PolicyVerdict {
  return writeVerdict(set, rulePolicies(set, askPolicies(set, request)))
}

/** Asks each rule that may hold, and decides nothing. */
export function askPolicies({ readers, index }: CompiledRules, request: PolicyRequest): Findings {
  const view = viewFacts(readers, request)
  const matched: CompiledRule[] = []
  const possible: CompiledRule[] = []
  const shadows: Findings['shadows'] = []
  for (const rules of listCandidates(index, request)) {
    for (const rule of rules) {
      if (request.onlyAboutPolicies && !rule.isAboutPolicies) continue
      if (!rule.covers(request) && !isImposed(rule, request)) continue
      const outcome = rule.evaluate(view)
      if (outcome === 'not_matched') continue
      if (rule.shadowSha256 !== null) shadows.push({ rule, outcome })
      else if (outcome === 'matched') matched.push(rule)
      else possible.push(rule)
    }
  }
  sortByRank(matched)
  sortByRank(possible)
  return { view, matched, possible, shadows }
}

/** The answer alone. Where many requests are asked about, writing down every match costs more than finding it. */
export function rulePolicies({ bounds }: CompiledPolicySet, findings: Findings): Ruling {
  const { matched, possible, view, shadows } = findings
  return { ...decide(bounds, matched, possible, view.request), view, matched, possible, shadows }
}

/** Every match with its evidence, and why in a sentence. */
export function writeVerdict(set: CompiledPolicySet, ruling: Ruling): PolicyVerdict {
  const { decider, effect, reasonCode, view, matched, possible } = ruling
  const matches = matched.map((rule) => recordMatch(rule, view, 'matched'))
  const indeterminate = possible.map((rule) => recordMatch(rule, view, 'indeterminate'))
  const decidedBy = decider?.policy.id ?? null
  const isDecider = (match: PolicyMatch) => match.policy_id === decidedBy
  const decidingMatch = matches.find(isDecider) ?? indeterminate.find(isDecider) ?? null
  return {
    effect,
    reasonCode,
    reason: describeVerdict({ effect, decider: decidingMatch, indeterminate }, view.request.action),
    decidedBy,
    matches,
    indeterminate,
    ...termsOf(ruling),
    policyVersion: set.version,
    shadow: ruling.shadows.length > 0 ? castShadows(set, ruling) : [],
  }
}

/** Each policy in shadow by itself, as if it were in force beside the others: what it would have changed. */
function castShadows(set: CompiledPolicySet, ruling: Ruling): ShadowFinding[] {
  const { view, shadows } = ruling
  return shadows.flatMap(({ rule, outcome }) => {
    const [matched, possible] = [[...ruling.matched], [...ruling.possible]]
    const list = outcome === 'matched' ? matched : possible
    list.push(rule)
    sortByRank(list)
    const would = rulePolicies(set, { view, matched, possible, shadows: [] })
    const effect = appliedEffect(would)
    if (effect === appliedEffect(ruling) && textOfTerms(would) === textOfTerms(ruling)) return []
    const { reasonCode, reason } = writeVerdict(set, would)
    const { policy, shadowSha256 } = rule
    return [
      {
        policy_id: policy.id,
        policy_sha256: shadowSha256!,
        outcome,
        effect,
        reason_code: reasonCode,
        reason,
      },
    ]
  })
}

/** What happens: where no policy decides, the action's own default holds. */
export function appliedEffect({ effect, view }: Ruling): ShadowFinding['effect'] {
  return effect === 'none' ? (view.request.unmatched ?? 'allow') : effect
}

/** The terms as a text that can be compared. */
export const textOfTerms = (ruling: Ruling) => JSON.stringify(termsOf(ruling))

/** What the policies together impose beside the effect. */
function termsOf({ effect, matched, possible, view }: Ruling): Pick<PolicyVerdict, 'modify' | 'approval'> {
  const [own, imposed] = partition(matched, view.request)
  return {
    modify: combineModifications(own, [...possible, ...imposed]),
    approval: effect === 'require_approval' ? combineApprovals([...matched, ...possible]) : null,
  }
}

/** Each list of candidates is in order already, and mostly only one has what matches. */
function sortByRank(rules: CompiledRule[]): void {
  const sorted = rules.every((rule, position) => position === 0 || rules[position - 1]!.rank < rule.rank)
  if (!sorted) rules.sort((a, b) => a.rank - b.rank)
}

const findEffect = (rules: CompiledRule[], effect: PolicyEffect) =>
  rules.find(({ policy }) => policy.effect === effect)

function decide(
  bounds: CompiledPolicySet['bounds'],
  matched: CompiledRule[],
  possible: CompiledRule[],
  request: PolicyRequest,
): Outcome {
  const imposedIds = imposedOn(request)
  if (imposedIds.length === 0) return decideByRank(matched, possible, request)
  // Somebody took away or loosened what was to bound this key: until the key is made anew it may do nothing.
  if (imposedIds.some((id) => !bounds.has(id))) {
    return { decider: null, effect: 'deny', reasonCode: 'KEY_POLICY_MISSING' }
  }
  const [ownMatched, imposed] = partition(matched, request)
  const [ownPossible, imposedPossible] = partition(possible, request)
  return tighten(decideByRank(ownMatched, ownPossible, request), imposed, imposedPossible, request)
}

/** The rules that hold by themselves, and those that hold for the key that asks. */
function partition(rules: CompiledRule[], request: PolicyRequest): [CompiledRule[], CompiledRule[]] {
  if (imposedOn(request).length === 0) return [rules, []]
  return [rules.filter((rule) => !isImposed(rule, request)), rules.filter((rule) => isImposed(rule, request))]
}

function tighten(
  outcome: Outcome,
  imposed: CompiledRule[],
  possible: CompiledRule[],
  request: PolicyRequest,
): Outcome {
  if (outcome.effect === 'deny') return outcome
  const denying = findEffect(imposed, 'deny')
  if (denying) return outcomeOf(denying)
  const denied = outcome.effect === 'none' && request.unmatched === 'deny'
  if (denied || outcome.effect === 'require_approval') return outcome
  const asking = findEffect(imposed, 'require_approval')
  if (asking) return outcomeOf(asking)
  const escalating = findEffect(possible, 'deny') ?? findEffect(possible, 'require_approval')
  if (!escalating) return outcome
  return { decider: escalating, effect: 'require_approval', reasonCode: 'POLICY_INDETERMINATE' }
}

function decideByRank(matched: CompiledRule[], possible: CompiledRule[], request: PolicyRequest): Outcome {
  const holding = findEffect(matched, 'deny') ?? matched.find(({ policy }) => policy.effect !== 'modify')
  const byRule = holding && outcomeOf(holding)
  if (byRule?.effect === 'deny' || byRule?.effect === 'require_approval') return byRule
  const escalating = findEffect(possible, 'deny') ?? findEffect(possible, 'require_approval')
  if (escalating && (byRule || request.unmatched !== 'deny')) {
    return { decider: escalating, effect: 'require_approval', reasonCode: 'POLICY_INDETERMINATE' }
  }
  return byRule ?? { decider: null, effect: 'none', reasonCode: 'POLICY_NO_MATCH' }
}

function outcomeOf(decider: CompiledRule): Outcome {
  const { effect, reason_code: ownCode } = decider.policy
  switch (effect) {
    case 'deny':
      return { decider, effect, reasonCode: ownCode ?? 'POLICY_DENIED' }
    case 'require_approval':
      return { decider, effect, reasonCode: ownCode ?? 'POLICY_APPROVAL_REQUIRED' }
    case 'allow':
      return { decider, effect, reasonCode: ownCode ?? 'POLICY_ALLOW' }
    case 'modify':
      throw new TypeError('a modify policy decides nothing')
  }
}
