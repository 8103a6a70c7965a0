import { z } from 'zod'

/** Who is asking. It comes from the credential and never from a body. */
export const Principal = z.object({
  id: z.string(),
  /** The human it acts for: the owner of an API key, else itself. Distinct approvers are counted by this. */
  ownerId: z.string(),
  kind: z.enum(['user', 'agent', 'service', 'local']),
  tenantId: z.string(),
  role: z.enum(['admin', 'developer', 'user']),
  permissions: z.array(z.enum(['read', 'write'])),
  name: z.string(),
  loglineId: z.string().nullable(),
  /** Ids of policies that an API key carries: they hold for whatever it does, and only tighten. */
  policies: z.array(z.string()).optional(),
})
export type Principal = z.infer<typeof Principal>

/** The tenant of the installation itself; its administrator may write global policies. */
export const DEFAULT_TENANT = 'default'

/** The name under which the program itself writes events. */
export const SYSTEM_ACTOR = 'system:countersign'
