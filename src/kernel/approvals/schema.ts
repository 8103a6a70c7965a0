import { z } from 'zod'
import { Identifier, RiskLevel, ZonedTimestamp } from '../ledger/schema.ts'

const requiredText = z.string().trim().min(1)

/** What `POST /v1/approvals/requests` takes. Members it does not know are ignored, as its callers expect. */
export const ApprovalRequest = z.object({
  decision_id: Identifier,
  run_id: Identifier,
  requested_by: requiredText,
  title: requiredText,
  details: requiredText,
  risk_level: RiskLevel,
  reason: z.string().nullish(),
  /** What will run, for a decision that no authorize call recorded. */
  payload: z.record(z.string(), z.json()).nullish(),
  expires_at: ZonedTimestamp.nullish(),
})
export type ApprovalRequest = z.infer<typeof ApprovalRequest>

/** What both resolving routes take. */
export const ApprovalResolution = z.object({
  decision: z.enum(['approved', 'rejected']),
  approver_id: requiredText,
  reason: z.string().nullish(),
  /** The hash of the payload that the approver saw; another one bound refuses the answer. */
  payload_sha256: z.string().nullish(),
})
export type ApprovalResolution = z.infer<typeof ApprovalResolution>
