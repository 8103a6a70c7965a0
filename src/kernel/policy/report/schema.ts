import { z } from 'zod'

export const PolicyFinding = z.object({
  kind: z.enum([
    /** It held in no decision since it was last changed. */
    'never_hit',
    /** Wherever it holds, another one decides. */
    'never_wins',
    /** Another one has the same conditions and another effect. */
    'conflict',
    /** Its conditions exclude each other. */
    'contradiction',
    /** No action has all the fields that it needs. */
    'out_of_reach',
    'matches_everything',
  ]),
  policy_id: z.string(),
  other_policy_id: z.string().nullable(),
  message: z.string(),
})
export type PolicyFinding = z.infer<typeof PolicyFinding>
