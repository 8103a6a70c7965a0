import type { Identity } from './context.ts'
import { emailKey } from './email-key.ts'

/** Whose account has this e-mail; null for nobody's. */
export async function findAccount(
  { database }: Identity,
  email: string,
): Promise<{ tenantId: string; userId: string } | null> {
  const [found] = await database.statement<{ tenant_id: string; user_id: string }>(
    'SELECT tenant_id, user_id FROM find_user_by_email($1)',
    [emailKey(email)],
  )
  return found ? { tenantId: found.tenant_id, userId: found.user_id } : null
}
