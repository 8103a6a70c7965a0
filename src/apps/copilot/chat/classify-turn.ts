import type { ChainRegistry } from '../../../web3/registry.ts'
import { addAnswers } from '../planner/add-answers.ts'
import { slotsOf } from '../planner/classify.ts'
import { applyAnswers } from '../planner/plan-intent.ts'
import type { Answers, Classification, PlannedIntent, SlotName } from '../planner/schema.ts'
import type { Pending } from './schema.ts'

const ACTIONS = new Set(['SWAP', 'TRANSFER', 'APPROVE', 'REVOKE', 'WRAP', 'UNWRAP'])
export const isAction = (type: string | null) => type !== null && ACTIONS.has(type)

export const POINTED: Classification = {
  mode: 'GENERAL',
  intent_type: null,
  confidence: 0.9,
  slots: {},
  missing_slots: [],
  reason: 'words that approve or refuse, which no message can',
}

/** What answers the question of a run is part of its action, however short it is. */
export function classificationOfAnswer(
  { sentence, kind, answers }: Pending,
  reply: Answers,
  registry: ChainRegistry,
): Classification {
  const planned = applyAnswers(sentence, addAnswers(answers, reply), registry)
  return {
    mode: 'ACTION',
    intent_type: kind.toUpperCase(),
    confidence: 0.9,
    slots: slotsOf(planned),
    missing_slots: planned.status === 'READY' ? [] : planned.needs_input.missing,
    reason: 'an answer to the question of a run',
  }
}

/** With what is asked beside the grammar's own questions, and after answers. */
export function classificationOf(
  planned: PlannedIntent,
  needs: { slot: SlotName; question: string }[],
  own: Classification,
): Classification {
  const type =
    planned.status === 'READY' && planned.intent.type !== 'query'
      ? planned.intent.type.toUpperCase()
      : (own.intent_type ??
        (planned.status === 'NEEDS_INPUT' ? planned.intent.looks_like?.toUpperCase() : null))
  const mode = needs.length > 0 ? 'CLARIFY' : isAction(type ?? null) ? 'ACTION' : 'QUERY'
  return {
    mode,
    intent_type: type ?? 'QUERY',
    confidence: own.intent_type === null ? 0.9 : own.confidence,
    slots: slotsOf(planned),
    missing_slots: needs.map(({ slot }) => slot),
    reason:
      needs[0]?.question ?? (mode === 'ACTION' ? 'a complete action' : 'a question about what is there'),
  }
}
