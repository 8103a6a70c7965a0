import type { CompiledPolicySet } from '../compile-policies.ts'
import { appliedEffect, type Ruling, textOfTerms, writeVerdict } from '../evaluate-policies.ts'
import type { PolicyRequest } from '../read-facts.ts'
import { type PairedSets, rulePair } from './pair-sets.ts'
import type { BacktestResult, ChangedDecision, DecisionEffect } from './schema.ts'

const MAX_EXAMPLES = 20

/** From what loosens most to what tightens most. */
const CHANGES: [DecisionEffect, DecisionEffect][] = [
  ['deny', 'allow'],
  ['deny', 'require_approval'],
  ['require_approval', 'allow'],
  ['allow', 'require_approval'],
  ['require_approval', 'deny'],
  ['allow', 'deny'],
]

export type Tally = Pick<BacktestResult, 'matrix' | 'changes' | 'other_terms' | 'evaluated'>

const noCounts = () => ({ allow: 0, require_approval: 0, deny: 0 })

export function emptyTally(): Tally {
  return {
    evaluated: 0,
    matrix: { allow: noCounts(), require_approval: noCounts(), deny: noCounts() },
    changes: CHANGES.map(([before, after]) => ({ before, after, count: 0, examples: [] })),
    other_terms: { count: 0, examples: [] },
  }
}

export type PastDecision = Pick<ChangedDecision, 'decision_id' | 'run_id' | 'action'> & { recorded_at: Date }

/** Asks both sets about one past decision and counts their answers. The first of each kind are kept as examples. */
export function countDecision(
  tally: Tally,
  sets: PairedSets,
  decision: PastDecision,
  request: PolicyRequest,
): void {
  const { before, after } = rulePair(sets, request)
  const [from, to] = [appliedEffect(before), appliedEffect(after)]
  tally.evaluated++
  tally.matrix[from][to]++
  const group =
    from !== to
      ? tally.changes.find((each) => each.before === from && each.after === to)!
      : before !== after && textOfTerms(before) !== textOfTerms(after)
        ? tally.other_terms
        : null
  if (!group) return
  group.count++
  if (group.examples.length < MAX_EXAMPLES) {
    group.examples.push({
      ...decision,
      recorded_at: decision.recorded_at.toISOString(),
      before: explain(sets.now, before),
      after: explain(sets.candidate, after),
    })
  }
}

function explain(set: CompiledPolicySet, ruling: Ruling): ChangedDecision['before'] {
  const { reasonCode, reason, decidedBy } = writeVerdict(set, ruling)
  return { effect: appliedEffect(ruling), reason_code: reasonCode, reason, decided_by: decidedBy }
}
