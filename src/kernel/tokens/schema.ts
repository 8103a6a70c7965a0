import { z } from 'zod'

/** What an execution token claims (RFC 7519 names where there are any). */
export const ExecutionClaims = z.object({
  iss: z.string(),
  aud: z.string(),
  jti: z.string(),
  iat: z.number(),
  nbf: z.number(),
  exp: z.number(),
  decision_id: z.string(),
  /** The action it is good for. */
  act: z.string(),
  payload_sha256: z.string(),
  policy_sha256: z.string(),
  tenant: z.string(),
})
export type ExecutionClaims = z.infer<typeof ExecutionClaims>
