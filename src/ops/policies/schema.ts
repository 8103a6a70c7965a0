import { z } from 'zod'
import { PolicyFinding } from '../../kernel/policy/report/schema.ts'

const Effect = z.enum(['allow', 'require_approval', 'deny'])
const Answer = z.object({ effect: Effect, reason_code: z.string(), reason: z.string() })

export const ShadowReport = z.object({
  policy_id: z.string(),
  since: z.string(),
  /** Decisions recorded since then, and how many of them would have come out otherwise. */
  decisions: z.int(),
  would_change: z.int(),
  /** What loosens comes first. The same effect twice: other terms of approval or other limits. */
  changes: z.array(
    z.object({
      before: Effect,
      after: Effect,
      count: z.int(),
      examples: z.array(
        z.object({
          decision_id: z.string(),
          run_id: z.string(),
          recorded_at: z.string(),
          action: z.string(),
          before: Answer,
          after: Answer,
        }),
      ),
    }),
  ),
})
export type ShadowReport = z.infer<typeof ShadowReport>

export const PolicyReport = z.object({
  policy_sha256: z.string(),
  hits: z.array(
    z.object({
      policy_id: z.string(),
      /** When the policy was last changed; null for those of the installation. */
      since: z.string().nullable(),
      matched: z.int(),
      indeterminate: z.int(),
      last_matched_at: z.string().nullable(),
    }),
  ),
  findings: z.array(PolicyFinding),
  /** How many policies were held against the others; all of them unless the budget of work was used up before. */
  inspected: z.int(),
  complete: z.boolean(),
})
export type PolicyReport = z.infer<typeof PolicyReport>
