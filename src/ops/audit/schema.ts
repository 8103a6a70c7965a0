import { z } from 'zod'
import { AuditAction } from '../../kernel/audit/schema.ts'

const timestamp = z.string().describe('ISO 8601 in UTC')

/** One thing that somebody did. */
export const AuditLog = z.object({
  id: z.string().describe('the event of the ledger that tells of it'),
  tenant_id: z.string(),
  user_id: z.string().nullable().describe('the person who did it, or who owns the key that did'),
  actor: z.string().describe('the principal: user:…, key:…, local or system:…'),
  action: AuditAction,
  resource_type: z.string(),
  resource_id: z.string().nullable(),
  changes: z.record(z.string(), z.json()).nullable(),
  ip_address: z.string().nullable(),
  user_agent: z.string().nullable(),
  created_at: timestamp,
  run_id: z.string().describe('the chain that holds the event; export and verify it like every run'),
  seq: z.int(),
})
export type AuditLog = z.infer<typeof AuditLog>

const EXAMPLE = 'Input should be a date or a date-time with a zone, e.g. 2026-11-01 or 2026-11-01T12:00:00Z'
/** Days count in UTC. */
const moment = (ofDay: string) =>
  z
    .union([z.iso.date(), z.iso.datetime({ offset: true })], EXAMPLE)
    .transform((value) => new Date(value.length === 10 ? value + ofDay : value))
    .refine((date) => date.getTime() > 0 && date.getUTCFullYear() < 10_000, EXAMPLE)

export const AuditFilter = z.strictObject({
  user_id: z.string().min(1).max(256).optional(),
  resource_type: z.string().min(1).max(256).optional(),
  resource_id: z.string().min(1).max(1024).optional(),
  action: AuditAction.optional(),
  start_date: moment('T00:00:00.000Z').optional().describe('this moment or later'),
  end_date: moment('T23:59:59.999Z')
    .optional()
    .describe('this moment or earlier; a date means its whole day'),
})
export type AuditFilter = z.infer<typeof AuditFilter>

const zonedTime = z.iso.datetime({
  offset: true,
  error: 'Input should be a date-time with a zone, e.g. 2026-11-01T12:00:00Z',
})
export const AuditHoldInput = z
  .strictObject({
    reason: z.string().trim().min(1).max(2000),
    from: zonedTime.nullish().describe('without it from the beginning'),
    until: zonedTime.nullish().describe('without it until it is released'),
  })
  .refine(({ from, until }) => !from || !until || Date.parse(from) <= Date.parse(until), {
    path: ['until'],
    message: 'Input should not be before `from`',
  })
export type AuditHoldInput = z.infer<typeof AuditHoldInput>

/** Keeps audit rows of a span from being pruned. */
export const AuditHold = z.object({
  id: z.string(),
  reason: z.string(),
  from: timestamp.nullable(),
  until: timestamp.nullable(),
  created_at: timestamp,
  created_by: z.string(),
  released_at: timestamp.nullable(),
  released_by: z.string().nullable(),
})
export type AuditHold = z.infer<typeof AuditHold>
