import { z } from 'zod'

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
