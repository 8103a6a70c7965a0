import { z } from 'zod'
import { Receipt, RiskLevel, RunStatus } from '../kernel/ledger/schema.ts'
import { Principal } from '../kernel/schema.ts'
import { AuthenticationMethod } from '../verifier/schema.ts'

/**
 * The shapes of the wire: what routes answer, what the OpenAPI document says and what the Studio's client is typed by.
 */

export const ErrorEnvelope = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    details: z.array(
      z.object({
        path: z.string(),
        message: z.string(),
        type: z.string(),
        code: z.string(),
        rule_id: z.string().optional(),
      }),
    ),
    rule_ids: z.array(z.string()).optional(),
  }),
})
export type ErrorEnvelope = z.infer<typeof ErrorEnvelope>

const JsonObject = z.record(z.string(), z.json())
const timestamp = z.string().describe('ISO 8601 in UTC')
const sha256Hex = z.string().describe('SHA-256 as hex')

export const Health = z.object({
  status: z.enum(['ok', 'degraded']),
  database: z.enum(['ok', 'unavailable']),
  version: z.string(),
  uptime_seconds: z.number(),
})

export const Installation = z.object({
  name: z.literal('countersign'),
  version: z.string(),
  installation: z.string(),
  mode: z
    .enum(['local', 'authenticated'])
    .describe('local: whoever reaches the loopback port is the administrator'),
  database: z.enum(['pglite', 'postgres']),
  principal: Principal.nullable(),
  checkpoint_key: z.string().nullable().describe("the verifier key of this tenant's checkpoints (C2SP vkey)"),
  has_accounts: z.boolean().describe('false: whoever registers first administers the installation'),
  oidc_provider: z.string().nullable().describe('host of the OpenID provider where people may sign in'),
})
export type Installation = z.infer<typeof Installation>

export const EventAccepted = z.object({
  status: z.literal('accepted'),
  event_id: z.string(),
  integrity_warning: z.boolean(),
})

export const RunEvents = z.object({
  run_id: z.string(),
  event_count: z.number(),
  events: z.array(
    z.object({
      id: z.string(),
      timestamp,
      run_id: z.string(),
      payload: Receipt,
      integrity_warning: z.boolean(),
      kind: z.string(),
      seq: z.number(),
      recorded_at: timestamp,
      authenticated_as: z.string(),
      prev_hash: z.string(),
      hash: z.string(),
    }),
  ),
})
export type RunEvents = z.infer<typeof RunEvents>

export const PendingApprovalContext = z.object({
  event_id: z.string(),
  requested_by: z.string().nullable(),
  requested_at: timestamp,
  reason: z.string().nullable(),
})

export const RunStatusView = z.object({
  run_id: z.string(),
  status: RunStatus,
  pending_approval: PendingApprovalContext.nullable(),
})
export type RunStatusView = z.infer<typeof RunStatusView>

export const JournalEntry = z.object({
  entry_id: z.string(),
  event_id: z.string(),
  timestamp,
  event_type: z.string(),
  title: z.string(),
  details: z.string(),
  payload_ref: z.object({ run_id: z.string(), event_id: z.string(), path: z.string() }),
  approval_context: z.object({
    requires_approval: z.boolean(),
    status: z.string(),
    requested_by: z.string().nullable(),
    resolved_by: z.string().nullable(),
    resolved_at: z.string().nullable(),
    reason: z.string().nullable(),
  }),
  metadata: z.object({
    actor: z.string(),
    confidence: z.number().nullable(),
    risk_level: z.string().nullable(),
    integrity_warning: z.boolean(),
    kind: z.string(),
    seq: z.number(),
    authenticated_as: z.string(),
  }),
  evidence_refs: z.array(z.object({ kind: z.string(), label: z.string(), ref: z.string() })).optional(),
  approval_indicator: z
    .object({
      is_approval_required: z.boolean(),
      is_approval_resolved: z.boolean(),
      decision: z.string().nullable(),
    })
    .optional(),
})
export type JournalEntry = z.infer<typeof JournalEntry>

export const Journal = z.object({
  run_id: z.string(),
  entry_count: z.number(),
  entries: z.array(JournalEntry),
})
export type Journal = z.infer<typeof Journal>

export const RunList = z.object({
  runs: z.array(
    z.object({
      run_id: z.string(),
      status: RunStatus.or(z.literal('inconsistent')),
      event_count: z.number(),
      started_at: timestamp,
      newest_event_at: timestamp,
      pending_approval: PendingApprovalContext.nullable(),
    }),
  ),
  next_cursor: z.string().nullable(),
})
export type RunList = z.infer<typeof RunList>

const Vote = z.object({ principal_id: z.string(), approver: z.string(), voted_at: timestamp })

/** Why policy asked: the decision as it was recorded. */
const DecisionSummary = z.object({
  effect: z.enum(['allow', 'require_approval', 'deny']),
  reason_code: z.string(),
  reason: z.string(),
  policy_sha256: sha256Hex,
  matches: z.array(z.json()),
})

const require_fresh_authentication = AuthenticationMethod.optional().describe(
  'how whoever approves has to prove anew who they are, where policy asks for it; a passkey does for a password too',
)

export const PendingApproval = z.object({
  event_id: z.string(),
  run_id: z.string(),
  decision_id: z.string().nullable(),
  requested_at: timestamp,
  requested_by: z.string().nullable(),
  title: z.string(),
  details: z.string(),
  reason: z.string().nullable(),
  risk_level: RiskLevel.nullable(),
  action: z.string().nullable(),
  payload: JsonObject.nullable().describe('exactly what will run'),
  payload_sha256: sha256Hex.nullable(),
  required_approvals: z.number(),
  forbid_self_approval: z.boolean(),
  require_fresh_authentication,
  expires_at: timestamp.nullable(),
  votes: z.array(Vote),
  decision: DecisionSummary.nullable(),
})
export type PendingApproval = z.infer<typeof PendingApproval>

export const PendingApprovals = z.object({
  pending_count: z.number(),
  approvals: z.array(PendingApproval),
  inconsistent_runs: z
    .array(z.object({ run_id: z.string(), code: z.string(), message: z.string() }))
    .optional()
    .describe('only with on_inconsistent=report'),
})
export type PendingApprovals = z.infer<typeof PendingApprovals>

export const ApprovalRegistered = z.object({
  status: z.literal('registered'),
  decision_id: z.string(),
  event_id: z.string(),
  run_id: z.string(),
  approval_status: z.literal('pending'),
  payload_sha256: sha256Hex.nullable(),
  required_approvals: z.number(),
  require_fresh_authentication,
  expires_at: timestamp.nullable(),
})

export const ExecutionSummary = z.object({
  execution_id: z.string(),
  status: z.enum(['intended', 'completed', 'failed', 'in_doubt']),
  intended_at: timestamp,
  finished_at: timestamp.nullable(),
  result: z.json().nullable(),
})

export const ApprovalDecision = z.object({
  decision_id: z.string(),
  run_id: z.string(),
  status: z.enum(['pending', 'approved', 'rejected', 'expired']),
  requested_event_id: z.string(),
  resolved_event_id: z.string().nullable(),
  requested_at: timestamp,
  resolved_at: timestamp.nullable(),
  requested_by: z.string().nullable(),
  resolved_by: z.string().nullable(),
  authenticated_as: z.string().nullable(),
  authoritative: z
    .boolean()
    .describe(
      'whether this state was reached by somebody with authority, and not by events sent as evidence',
    ),
  reason: z.string().nullable(),
  action: z.string().nullable(),
  payload: JsonObject.nullable(),
  payload_sha256: sha256Hex.nullable(),
  required_approvals: z.number(),
  require_fresh_authentication,
  expires_at: timestamp.nullable(),
  votes: z.array(Vote),
  execution: ExecutionSummary.nullable(),
})
export type ApprovalDecision = z.infer<typeof ApprovalDecision>

export const ApprovalResolved = z.object({
  status: z.enum(['resolved', 'vote_recorded']),
  event_id: z.string(),
  target_event_id: z.string(),
  decision_id: z.string().optional(),
  run_id: z.string(),
  decision: z.enum(['approved', 'rejected']),
  resolved_at: timestamp.nullable(),
  run_status: RunStatus,
  votes: z.number(),
  required_approvals: z.number(),
  orchestration: z.object({ applied: z.boolean(), event_ids: z.array(z.string()) }),
  timing: z.object({
    target_ms: z.number(),
    approval_to_state_update_ms: z.number(),
    within_target: z.boolean(),
    orchestration_receipt_gap_ms: z.number().nullable(),
    state_transition: z.string(),
  }),
})
export type ApprovalResolved = z.infer<typeof ApprovalResolved>

/** What the stream of the Studio tells after each commit. */
export const LedgerTick = z.object({
  run_id: z.string(),
  seq: z.number(),
  event_id: z.string(),
  kind: z.string(),
})
export type LedgerTick = z.infer<typeof LedgerTick>
