import type { Identity } from './context.ts'
import { findAccount } from './find-account.ts'

/**
 * Whether the account of this e-mail signed in lately from a place that `isThere` knows again: as long ago as sessions
 * live, over or not.
 */
export async function hasSessionFrom(
  identity: Identity,
  email: string,
  isThere: (address: string) => boolean,
): Promise<boolean> {
  const account = await findAccount(identity, email)
  if (!account) return false
  const rows = await identity.database.transaction(account.tenantId, (transaction) =>
    transaction.query<{ ip: string }>(
      'SELECT DISTINCT ip FROM sessions WHERE tenant_id = $1 AND user_id = $2 AND expires_at > $3 AND ip IS NOT NULL',
      [account.tenantId, account.userId, new Date(identity.clock.now()).toISOString()],
    ),
  )
  return rows.some(({ ip }) => isThere(ip))
}
