import { z } from 'zod'

/** What an entry of the audit log says was done. */
export const AuditAction = z.enum([
  'create',
  'update',
  'delete',
  'login',
  'logout',
  'failed_login',
  'execute',
  'policy_deny',
  'approve',
  'reject',
  'key_used',
  'read_audit',
  'token_reused',
])
export type AuditAction = z.infer<typeof AuditAction>

/** Something that was done and that no other event tells of. Secrets never stand in `changes`. */
export const AuditRecorded = z.strictObject({
  action: AuditAction,
  resource_type: z.string(),
  resource_id: z.string().nullable(),
  changes: z.record(z.string(), z.json()).nullable(),
  /** The human behind the actor: the owner of an API key, else the actor itself. */
  owner: z.string(),
  ip_address: z.string().nullable(),
  user_agent: z.string().nullable(),
})
export type AuditRecorded = z.infer<typeof AuditRecorded>
