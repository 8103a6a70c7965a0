import { z } from 'zod'
import { PolicyInput } from '../schema.ts'

const MAX_DECISIONS = 100_000
const DEFAULT_DECISIONS = 1_000

/** What is tried: one policy, new or in place of the one with this id, or everything that the tenant has written. */
const Candidate = z
  .strictObject({
    id: z.string().min(1).max(256).optional(),
    policy: PolicyInput.optional(),
    policies: z.array(PolicyInput).max(1_000).optional(),
  })
  .superRefine(({ id, policy, policies }, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    if (!policy && !policies) refuse('policy', "expected 'policy' or 'policies'")
    if (policy && policies) refuse('policies', "expected either 'policy' or 'policies'")
    if (id && policies) refuse('id', "expected none with 'policies', which replaces all")
  })

export const BacktestInput = z
  .strictObject({
    candidate: Candidate,
    /** Every decision recorded since then, the youngest first, up to the highest number. */
    since: z.iso.datetime({ offset: true }).optional(),
    last_n: z.int().min(1).max(MAX_DECISIONS).optional(),
  })
  .superRefine(({ since, last_n: lastN }, context) => {
    if (since === undefined || lastN === undefined) return
    context.addIssue({ code: 'custom', path: ['last_n'], message: "expected either 'since' or 'last_n'" })
  })
  .transform(({ candidate, since, last_n: lastN }) => ({
    candidate,
    since: since ?? null,
    limit: lastN ?? (since === undefined ? DEFAULT_DECISIONS : MAX_DECISIONS),
  }))
export type BacktestInput = z.output<typeof BacktestInput>

export const DecisionEffect = z.enum(['allow', 'require_approval', 'deny'])
export type DecisionEffect = z.infer<typeof DecisionEffect>

const Explanation = z.object({
  effect: DecisionEffect,
  reason_code: z.string(),
  reason: z.string(),
  decided_by: z.string().nullable(),
})

export const ChangedDecision = z.object({
  decision_id: z.string(),
  run_id: z.string(),
  recorded_at: z.string(),
  action: z.string(),
  before: Explanation,
  after: Explanation,
})
export type ChangedDecision = z.infer<typeof ChangedDecision>

const Counts = z.object({ allow: z.int(), require_approval: z.int(), deny: z.int() })

export const BacktestResult = z.object({
  /** The policies of now, and those with the candidate. */
  policy_sha256: z.string(),
  candidate_sha256: z.string(),
  /** Decisions looked at: evaluated, recorded again for the same request, and those whose facts cannot be read. */
  decisions: z.int(),
  evaluated: z.int(),
  repeated: z.int(),
  unreadable: z.object({
    count: z.int(),
    examples: z.array(z.object({ run_id: z.string(), seq: z.int(), recorded_at: z.string() })),
  }),
  oldest: z.string().nullable(),
  newest: z.string().nullable(),
  /** Whether there were no more decisions in the range than were looked at. */
  complete: z.boolean(),
  /** Whether it stopped, after so many decisions, because the budget of conditions to ask was used up. */
  budget_used_up: z.boolean(),
  changed: z.int(),
  /** By the effect under the policies of now, then by that with the candidate. */
  matrix: z.object({ allow: Counts, require_approval: Counts, deny: Counts }),
  /** What loosens comes first: deny to allow before all. */
  changes: z.array(
    z.object({
      before: DecisionEffect,
      after: DecisionEffect,
      count: z.int(),
      examples: z.array(ChangedDecision),
    }),
  ),
  /** The same effect with other terms of approval or other limits. */
  other_terms: z.object({ count: z.int(), examples: z.array(ChangedDecision) }),
})
export type BacktestResult = z.infer<typeof BacktestResult>
