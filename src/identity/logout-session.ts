import { changeWithAudit, personOf } from './change-with-audit.ts'
import type { Identity } from './context.ts'
import { hashOpaqueSecret, isOpaqueSecret } from './opaque-secret.ts'
import { type Client, UNKNOWN_CLIENT } from './open-session.ts'

/** What names a session to end: the session of an access token that was checked, a refresh token, or both. */
type LogoutProof = {
  session?: { tenantId: string; sessionId: string } | undefined
  refreshToken?: string | undefined
}

/**
 * Ends the sessions that the caller proves to hold: their refresh tokens and access tokens are dead at once. Ending
 * what is over already, or unknown, is no error and not told of; a refresh token works when the access token has expired.
 */
export async function logoutSession(
  identity: Identity,
  proof: LogoutProof,
  client: Client = UNKNOWN_CLIENT,
): Promise<void> {
  if (proof.session) await endSession(identity, proof.session, client)
  if (proof.refreshToken === undefined || !isOpaqueSecret('csr', proof.refreshToken)) return
  const [found] = await identity.database.statement<{ tenant_id: string; session_id: string }>(
    'SELECT tenant_id, session_id FROM find_session_by_refresh_token($1)',
    [hashOpaqueSecret(proof.refreshToken)],
  )
  if (found) {
    await endSession(identity, { tenantId: found.tenant_id, sessionId: found.session_id }, client)
  }
}

async function endSession(
  identity: Identity,
  { tenantId, sessionId }: { tenantId: string; sessionId: string },
  client: Client,
): Promise<void> {
  await changeWithAudit(identity, tenantId, client, async (transaction, audit) => {
    const [ended] = await transaction.query<{ user_id: string }>(
      'UPDATE sessions SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING user_id',
      [sessionId, new Date(identity.clock.now()).toISOString()],
    )
    if (!ended) return
    const { user_id: userId } = ended
    await audit(personOf(userId), { action: 'logout', resourceType: 'user', resourceId: userId })
  })
}
