import { z } from 'zod'
import { parseTimestamp } from '../../lib/timestamp.ts'

const text = z.string().trim().min(1)
/** Ids stand in index keys, which hold less than 2,700 bytes. */
export const Identifier = text.max(256)

const NO_DATETIME = 'Input should be a valid datetime, e.g. 2026-02-14T13:00:00Z'

/** RFC 3339 with a zone, or epoch seconds; becomes ISO 8601 in UTC. */
export const ZonedTimestamp = z.preprocess(
  refuseOtherTypes,
  z.union([z.string(), z.number()]).transform((value, context) => {
    const parsed = parseTimestamp(value)
    if (typeof parsed === 'object') return parsed.iso
    const withoutZone = parsed === 'without-zone'
    context.addIssue({
      code: 'custom',
      message: withoutZone ? 'Value error, timestamp must include timezone information' : NO_DATETIME,
      params: { type: withoutZone ? 'value_error' : 'datetime_parsing' },
    })
    return z.NEVER
  }),
)

/** A union would only say that it is none of its members. */
function refuseOtherTypes(value: unknown, context: z.RefinementCtx): unknown {
  if (value !== undefined && typeof value !== 'string' && typeof value !== 'number') {
    context.addIssue({ code: 'custom', message: NO_DATETIME, params: { type: 'datetime_type' } })
  }
  return value
}

export const RunStatus = z.enum([
  'running',
  'paused',
  'approved',
  'rejected',
  'stopped',
  'expired',
  'completed',
])
export type RunStatus = z.infer<typeof RunStatus>

export const RiskLevel = z.enum(['low', 'medium', 'high'])
export type RiskLevel = z.infer<typeof RiskLevel>
export const ReceiptType = z.enum([
  'intent',
  'action',
  'observation',
  'decision',
  'approval_requested',
  'approval_resolved',
  'error',
  'summary',
])

const ReceiptApproval = z.strictObject({
  status: z.enum(['not_required', 'pending', 'approved', 'rejected']),
  decision_id: z.string().max(256).nullable().default(null),
  requested_by: z.string().nullable().default(null),
  resolved_by: z.string().nullable().default(null),
  resolved_at: ZonedTimestamp.nullable().default(null),
  reason: z.string().nullable().default(null),
})

/** What `POST /v1/events` takes and every view of a run shows: one thing that happened, told to a human. */
export const Receipt = z.strictObject({
  id: Identifier,
  run_id: Identifier,
  timestamp: ZonedTimestamp,
  type: ReceiptType,
  actor: z.enum(['agent', 'system', 'human']),
  title: text,
  details: text,
  confidence: z.number().min(0).max(1).nullable().default(null),
  risk_level: RiskLevel.nullable().default(null),
  requires_approval: z.boolean().default(false),
  approval: ReceiptApproval,
  evidence: z
    // Counted before each is looked at, so that a huge list is refused without being read.
    .array(z.unknown())
    .max(1000)
    .pipe(
      z.array(
        z.strictObject({
          kind: z.enum(['log', 'url', 'artifact', 'diff']),
          label: z.string(),
          ref: z.string(),
        }),
      ),
    )
    .default([]),
  meta: z.strictObject({ workflow: text, step: text }).nullable().default(null),
})
export type Receipt = z.infer<typeof Receipt>

export const RunMode = z.enum(['draft', 'auto'])
export type RunMode = z.infer<typeof RunMode>

export const RunLimits = z.strictObject({
  cost_limit_cents: z.int().min(0).nullable(),
  llm_calls_limit: z.int().min(0).nullable(),
  /** Milliseconds at work; time in which the run waits for a person or a timer does not count. */
  latency_slo_ms: z.int().min(1).nullable(),
})
export type RunLimits = z.infer<typeof RunLimits>

/** What a paused run waits for. */
export const Waiting = z.strictObject({
  for: z.enum(['approval', 'time', 'event', 'run']),
  step_id: z.string(),
  node_id: z.string(),
  /** One sentence for a human. */
  reason: z.string(),
  decision_id: z.string().nullable(),
  policy_id: z.string().nullable(),
  /** When it goes on by itself; null where only somebody else can move it. */
  wake_at: z.string().nullable(),
  event_name: z.string().nullable(),
  run_id: z.string().nullable(),
})
export type Waiting = z.infer<typeof Waiting>
