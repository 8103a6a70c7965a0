import { type Actor, changeWithAudit } from './change-with-audit.ts'
import type { Identity } from './context.ts'
import { emailKey } from './email-key.ts'
import type { Role } from './schema.ts'

/** Gives an account another role in its tenant, for its keys too; it holds from the next request on. Null: nobody has this e-mail. */
export async function setRole(
  store: Pick<Identity, 'database' | 'ledger' | 'clock'>,
  email: string,
  role: Role,
  by: Actor,
): Promise<{ tenantId: string; userId: string } | null> {
  const [user] = await store.database.statement<{ tenant_id: string; user_id: string }>(
    'SELECT tenant_id, user_id FROM find_user_by_email($1)',
    [emailKey(email)],
  )
  if (!user) return null
  const { tenant_id: tenantId, user_id: userId } = user
  await changeWithAudit(store, tenantId, null, async (transaction, audit) => {
    await transaction.query('UPDATE users SET role = $3 WHERE tenant_id = $1 AND id = $2', [
      tenantId,
      userId,
      role,
    ])
    const changes = { role: { to: role } }
    await audit(by, { action: 'update', resourceType: 'user', resourceId: userId, changes })
  })
  return { tenantId, userId }
}
