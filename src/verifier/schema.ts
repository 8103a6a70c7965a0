import { z } from 'zod'

/** The format of an export: NDJSON, the lines below in the order in which they stand here. */
export const BUNDLE_FORMAT = 'countersign.bundle.v1'

const name = z.string().min(1)
const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits')
const count = z.int().min(0)
// 32 bytes are 43 characters and one '='; of the last character only 16 values leave no stray bits.
const sha256Base64 = z.string().regex(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/, 'expected base64 of 32 bytes')
/** A proof in a tree of fewer than 2^53 leaves has at most 54 elements. */
const proof = z.array(sha256Base64).max(64)

export const BundleScope = z.union([z.strictObject({ run_id: name }), z.strictObject({ decision_id: name })])
export type BundleScope = z.infer<typeof BundleScope>

export const ManifestLine = z.strictObject({
  type: z.literal('manifest'),
  format: z.literal(BUNDLE_FORMAT),
  tenant: name,
  scope: BundleScope,
  exported_at: name,
  event_count: count,
})
export type ManifestLine = z.infer<typeof ManifestLine>

/** One event: the very text that was hashed, where it stands, and the proof that the log's tree has it there. */
export const EventLine = z.strictObject({
  type: z.literal('event'),
  run_id: name,
  seq: z.int().min(1),
  hash: sha256Hex,
  leaf: count,
  proof,
  canon: name,
})
export type EventLine = z.infer<typeof EventLine>

export const PolicySetLine = z.strictObject({
  type: z.literal('policy_set'),
  policy_sha256: sha256Hex,
  policies: z.array(z.unknown()),
})
export type PolicySetLine = z.infer<typeof PolicySetLine>

export const CheckpointLine = z.strictObject({ type: z.literal('checkpoint'), note: name })
export type CheckpointLine = z.infer<typeof CheckpointLine>

/** Proves that the tree of `from_size` leaves is the beginning of the checkpoint's. */
export const ConsistencyLine = z.strictObject({ type: z.literal('consistency'), from_size: count, proof })
export type ConsistencyLine = z.infer<typeof ConsistencyLine>

export const KeyLine = z.strictObject({
  type: z.literal('key'),
  vkey: name,
  not_before: z.string().optional(),
})
export type KeyLine = z.infer<typeof KeyLine>

export const StatementLine = z.strictObject({ type: z.literal('statement'), note: name })
export type StatementLine = z.infer<typeof StatementLine>

export const BundleLine = z.discriminatedUnion('type', [
  ManifestLine,
  EventLine,
  PolicySetLine,
  CheckpointLine,
  ConsistencyLine,
  KeyLine,
  StatementLine,
])
export type BundleLine = z.infer<typeof BundleLine>

/** What the canonical text of an event says. `prev` is the hash of the run's event before it, 64 zeros for the first. */
export const CanonicalEvent = z.strictObject({
  v: z.literal(1),
  tenant: name,
  run: name,
  seq: z.int().min(1),
  event_id: name,
  kind: name,
  occurred_at: name,
  recorded_at: z.iso.datetime({ precision: 3 }),
  actor: name,
  integrity_warning: z.boolean(),
  prev: sha256Hex,
  payload: z.custom<Record<string, unknown>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'expected an object',
  ),
})
export type CanonicalEvent = z.infer<typeof CanonicalEvent>

/** How somebody proves anew who they are when they answer. A passkey is the stronger one: it does for a password. */
export const AuthenticationMethod = z.enum(['password', 'passkey'])
export type AuthenticationMethod = z.infer<typeof AuthenticationMethod>

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/, 'expected base64url without padding')

/** What stands in the ledger about it: for a passkey all that a third party needs to check the signature again. */
export const FreshAuthenticationRecord = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('password'), at: name }),
  z.strictObject({
    method: z.literal('passkey'),
    at: name,
    credential_id: base64url,
    public_key: base64url.describe('COSE_Key'),
    client_data_json: base64url,
    authenticator_data: base64url,
    signature: base64url,
    origin: name,
    relying_party_id: name,
  }),
])
export type FreshAuthenticationRecord = z.infer<typeof FreshAuthenticationRecord>
export type PasskeyRecord = Extract<FreshAuthenticationRecord, { method: 'passkey' }>

/** The checks in the order they are made. */
export const CheckName = z.enum([
  'lines',
  'canonical',
  'hash',
  'sequence',
  'link',
  'time',
  'inclusion',
  'key',
  'checkpoint-signature',
  'statement',
  'manifest',
  'origin',
  'earlier-checkpoint',
  'policy',
  'payload-binding',
  'approval',
  'fresh-authentication',
  'token-binding',
  'effect-binding',
])
export type CheckName = z.infer<typeof CheckName>

/** The first thing that does not hold, as precisely as it can be named. `line` counts from 1. */
export const Fault = z.strictObject({
  run_id: z.string().optional(),
  seq: z.number().optional(),
  event_id: z.string().optional(),
  line: z.number(),
  check: CheckName,
  expected: z.string(),
  actual: z.string(),
  message: z.string(),
})
export type Fault = z.infer<typeof Fault>

export const VerificationReport = z.strictObject({
  verdict: z.enum(['verified', 'consistent-signer-unknown', 'broken']),
  /** The verifier key whose signature over the checkpoint was checked, if any was right. */
  signer: z.string().nullable(),
  runs: z.array(z.strictObject({ run_id: z.string(), events: z.number(), head: z.string() })),
  /** The root is base64, as in the note. */
  checkpoint: z.strictObject({ origin: z.string(), size: z.number(), root: z.string() }).nullable(),
  checks: z.array(z.strictObject({ name: CheckName, ok: z.boolean(), detail: z.string() })),
  /** What could not be told from this bundle: neither wrong nor proved. Absent where there is nothing. */
  notes: z.array(z.string()).optional(),
  firstFault: Fault.optional(),
})
export type VerificationReport = z.infer<typeof VerificationReport>
