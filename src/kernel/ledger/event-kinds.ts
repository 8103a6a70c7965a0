import { z } from 'zod'
import { AuthenticationMethod, FreshAuthenticationRecord } from '../../verifier/schema.ts'
import { AuditRecorded } from '../audit/schema.ts'
import { ShadowFinding } from '../policy/schema.ts'
import { JsonObject, JsonValue } from './json-value.ts'
import { RunEventPayload } from './run-event-kinds.ts'
import { Receipt, RiskLevel } from './schema.ts'

const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/)
const Label = z.string()

const effectFields = {
  effect_id: z.string(),
  decision_id: z.string(),
  action: z.string(),
}

/** What each kind of event carries. Nothing enters the log that does not fit its kind. */
export const EventPayload = {
  /** Evidence from outside, through `POST /v1/events`: never authority. */
  receipt_ingested: Receipt,
  /** A receipt that Countersign itself wrote, e.g. the demo's continuation. */
  receipt_recorded: Receipt,
  decision_recorded: z.strictObject({
    decision_id: z.string(),
    action: z.string(),
    resource: JsonObject.nullable(),
    effect: z.enum(['allow', 'require_approval', 'deny']),
    reason_code: z.string(),
    reason: z.string(),
    payload: JsonObject.nullable(),
    payload_sha256: sha256Hex.nullable(),
    policy_sha256: sha256Hex,
    /** What the policies were asked about, so that a candidate can later be run against history. */
    facts: JsonObject,
    matches: z.array(JsonValue),
    /** What policies in shadow would have changed; absent where none would have. */
    shadow: z.array(ShadowFinding).optional(),
    /** The step of a workflow's run that asked. */
    step_id: z.string().optional(),
    node_id: z.string().optional(),
    approval: z
      .strictObject({
        required_approvals: z.number(),
        forbid_self_approval: z.boolean(),
        expires_in_seconds: z.number().nullable(),
        require_fresh_authentication: AuthenticationMethod.optional(),
      })
      .nullable(),
  }),
  approval_requested: z.strictObject({
    decision_id: z.string(),
    title: z.string(),
    details: z.string(),
    requested_by: Label,
    risk_level: RiskLevel,
    reason: z.string().nullable(),
    action: z.string().nullable(),
    payload: JsonObject.nullable(),
    payload_sha256: sha256Hex.nullable(),
    policy_sha256: sha256Hex.nullable(),
    required_approvals: z.number(),
    forbid_self_approval: z.boolean(),
    require_fresh_authentication: AuthenticationMethod.optional(),
    expires_at: z.string().nullable(),
  }),
  approval_vote_cast: z.strictObject({
    decision_id: z.string(),
    target_event_id: z.string(),
    approver: Label,
    reason: z.string().nullable(),
    votes: z.number(),
    required_approvals: z.number(),
    fresh_authentication: FreshAuthenticationRecord.optional(),
    /** What else the answer said to the run. */
    input: JsonObject.optional(),
  }),
  approval_resolved: z.strictObject({
    decision_id: z.string().nullable(),
    target_event_id: z.string(),
    status: z.enum(['approved', 'rejected']),
    /** The name sent in the body: a label. Who it was stands in `authenticated_as`. */
    resolved_by: Label,
    authenticated_as: z.string(),
    resolved_at: z.string(),
    reason: z.string().nullable(),
    requested_by: Label.nullable(),
    confidence: z.number().nullable(),
    risk_level: RiskLevel.nullable(),
    payload_sha256: sha256Hex.nullable(),
    /** How whoever approved proved anew who they are, where policy asked for it. */
    fresh_authentication: FreshAuthenticationRecord.optional(),
    /** What else the answer said to the run. */
    input: JsonObject.optional(),
  }),
  approval_expired: z.strictObject({
    decision_id: z.string(),
    target_event_id: z.string(),
    /** False when the run's gate was closed by other events before. */
    closes_run: z.boolean(),
  }),
  execution_token_minted: z.strictObject({
    decision_id: z.string(),
    jti: z.string(),
    action: z.string(),
    payload: JsonObject,
    payload_sha256: sha256Hex,
    policy_sha256: sha256Hex,
    expires_at: z.string(),
  }),
  effect_intended: z.strictObject({
    ...effectFields,
    jti: z.string(),
    connector: z.string(),
    payload: JsonObject,
    payload_sha256: sha256Hex,
  }),
  effect_completed: z.strictObject({
    ...effectFields,
    result: JsonObject,
    settled_reason: z.string().nullable(),
  }),
  effect_failed: z.strictObject({
    ...effectFields,
    error: z.string(),
    settled_reason: z.string().nullable(),
  }),
  effect_in_doubt: z.strictObject({ ...effectFields, reason: z.string() }),
  /** Whose key this is: what signatures in approvals are held against. */
  passkey_registered: z.strictObject({
    credential_id: z.string(),
    /** COSE_Key, base64url. */
    public_key: z.string(),
    owner: z.string(),
    relying_party_id: z.string(),
    name: z.string(),
  }),
  /** From here on it proves nothing; what it signed before stays proved. */
  passkey_removed: z.strictObject({ credential_id: z.string(), owner: z.string() }),
  /** What somebody did that no other event tells of. */
  audit_recorded: AuditRecorded,
  ...RunEventPayload,
} as const

export type EventKind = keyof typeof EventPayload
export type PayloadOf<K extends EventKind> = z.infer<(typeof EventPayload)[K]>

/** An event's kind and what it carries, as a union over all kinds. */
export type EventContent = { [K in EventKind]: { kind: K; payload: PayloadOf<K> } }[EventKind]
