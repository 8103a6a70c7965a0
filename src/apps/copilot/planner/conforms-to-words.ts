import type { ChainRegistry } from '../../../web3/registry.ts'
import { buildIntent } from './build-intent.ts'
import { namesOf } from './names.ts'
import { planSentence } from './plan-intent.ts'
import { readSentence } from './read-sentence.ts'
import type { SaidSlots } from './reader.ts'
import type { Answers, KnownIntent, PlannedIntent, ProposedPlan, SlotName } from './schema.ts'

export type Conformity = { conforms: true; intent: KnownIntent } | { conforms: false; reason: string }

const no = (reason: string): Conformity => ({ conforms: false, reason })

/**
 * What a sentence wants where everyday words count as those of the grammar. Each word has its place all the same: READY means
 * that nothing is left over, so that a plan can only say the same or something that nobody said.
 */
export function planLoosely(text: string, answers: Answers, registry: ChainRegistry): PlannedIntent {
  const names = namesOf(registry)
  const said = typeof answers.intent === 'string' ? answers.intent : text
  return planSentence(readSentence(said, names, 'loosely'), said, answers, names)
}

/**
 * Whether a model's plan is what the user said: every word has its place by the loose reading, and the plan has the same
 * value for each slot. The intent is then that of the words; of the plan nothing is taken.
 */
export function conformsToWords(
  plan: ProposedPlan,
  text: string,
  answers: Answers,
  registry: ChainRegistry,
): Conformity {
  const planned = planLoosely(text, answers, registry)
  if (planned.status !== 'READY') return no(planned.needs_input.questions[0]!)
  const proposed = buildIntent(
    {
      action: plan.type,
      language: 'english',
      slots: slotsOfPlan(plan),
      unplaced: [],
      verb: wordsOf(plan.type),
    },
    namesOf(registry),
  )
  if (!proposed.intent) return no(proposed.questions[0]?.question ?? 'the plan is not complete')
  const [ours, theirs] = [valuesOf(planned.intent), valuesOf(proposed.intent)]
  const differs = Object.keys({ ...ours, ...theirs }).find((key) => ours[key] !== theirs[key])
  return differs === undefined
    ? { conforms: true, intent: planned.intent }
    : no(
        `${differs} is ${ours[differs] ?? 'not given'} in the words and ${theirs[differs] ?? 'missing'} in the plan`,
      )
}

/** The values of a plan in the places where the grammar puts what is said. */
function slotsOfPlan(plan: ProposedPlan): SaidSlots {
  const { type, amount, exact, slippage_bps, deadline_seconds, ...names } = plan
  const values: [SlotName, string | undefined][] = [
    ...(Object.entries(names) as [SlotName, string | undefined][]),
    [type === 'swap' && exact === 'out' ? 'amount_out' : 'amount_in', amount],
    ['slippage_bps', slippage_bps === undefined ? undefined : `${slippage_bps} bps`],
    ['deadline_seconds', deadline_seconds === undefined ? undefined : `${deadline_seconds} seconds`],
  ]
  return Object.fromEntries(
    values.flatMap(([slot, value]) => (value === undefined ? [] : [[slot, wordsOf(value)]])),
  )
}

const wordsOf = (text: string) => ({ in: 'intent' as const, start: 0, end: text.length, text })

/** Of each part the value, as it is compared and told. The chain is the run's, and in no plan. */
function valuesOf(intent: KnownIntent): Record<string, string> {
  const { chain_id: _, ...parts } = intent
  return Object.fromEntries(
    Object.entries(parts).map(([key, part]) => [
      key,
      typeof part === 'string' ? part : tellValue(part.value),
    ]),
  )
}

function tellValue(value: unknown): string {
  const { decimal, basis_points: share, address } = Object(value) as Record<string, string>
  return decimal ?? (share === undefined ? (address ?? String(value)) : `${Number(share) / 100}%`)
}
