import { z } from 'zod'

const hex64 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 small hexadecimal digits')
/** Null where the thing has no moment of its own, such as a text that was only taken apart. */
const Moment = z.string().nullable()

/** `APPROVE`: it went on by itself. `REVIEW`: it is a draft for a person to look at. `DENY`: it was refused or failed. */
export const AtomStatus = z.enum(['APPROVE', 'REVIEW', 'DENY'])
export type AtomStatus = z.infer<typeof AtomStatus>

/** Who acted. */
export const AtomActor = z.strictObject({
  id: z.string().min(1),
  role: z.string().min(1),
  key_id: z.string().optional(),
})
export type AtomActor = z.infer<typeof AtomActor>

/** When it happened, when we heard of it and when it was written down. */
export const AtomTimes = z.strictObject({ ts: Moment, recv_ts: Moment, commit_ts: Moment })
export type AtomTimes = z.infer<typeof AtomTimes>

export const AtomHeader = z.strictObject({
  who: AtomActor,
  did: z.string().min(1),
  this: z.strictObject({ id: z.string().min(1) }),
  when: AtomTimes,
  confirmed_by: z.array(z.strictObject({ key_id: z.string(), signature: z.string() })).optional(),
  if_ok: z.string().optional(),
  if_doubt: z.string().optional(),
  if_not: z.string().optional(),
  status: AtomStatus,
})
export type AtomHeader = z.infer<typeof AtomHeader>

/** One thing that happened, as a value that carries its own hash. */
export const Atom = z.strictObject({
  type: z
    .string()
    .regex(/^[a-z][a-z0-9_.-]*@\d+\.\d+\.\d+$/, 'expected a name and a version, e.g. event.tool_call@1.0.0'),
  schema_id: z.string(),
  body: z.json(),
  meta: z.strictObject({
    header: AtomHeader,
    trace_id: z.string(),
    context_id: z.string(),
    owner_id: z.string(),
    version: z.string(),
    metrics: z.record(z.string(), z.number()).optional(),
  }),
  hash: hex64,
  prev_hash: hex64.optional(),
  /** Over the hash, and therefore not part of it. */
  signature: z.string().optional(),
})
export type Atom = z.infer<typeof Atom>
