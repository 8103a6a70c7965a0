import type { Principal } from '../kernel/schema.ts'
import { notFound } from '../lib/errors.ts'
import { requireUser } from './authorize-access.ts'
import { changeWithAudit } from './change-with-audit.ts'
import type { Identity } from './context.ts'
import { isUuid } from './is-uuid.ts'
import { type Client, UNKNOWN_CLIENT } from './open-session.ts'
import type { SessionView } from './schema.ts'
import { presentSession, SESSION_COLUMNS, type SessionRow } from './session-row.ts'

/**
 * Ends one of the user's own sessions; its tokens are dead at once. Ending it again keeps the first time.
 *
 * @throws AppError SESSION_NOT_FOUND when the id is unknown or somebody else's, which look the same.
 */
export async function revokeSession(
  identity: Identity,
  principal: Principal,
  sessionId: string,
  currentSessionId: string | null,
  client: Client = UNKNOWN_CLIENT,
): Promise<SessionView> {
  const userId = requireUser(principal)
  const row = isUuid(sessionId)
    ? await changeWithAudit(identity, principal.tenantId, client, async (transaction, audit) => {
        const [ended] = await transaction.query<SessionRow>(
          `UPDATE sessions SET revoked_at = coalesce(revoked_at, $3) WHERE id = $1 AND user_id = $2
           RETURNING ${SESSION_COLUMNS}`,
          [sessionId, userId, new Date(identity.clock.now()).toISOString()],
        )
        if (!ended) return null
        await audit(principal, { action: 'delete', resourceType: 'session', resourceId: ended.id })
        return ended
      })
    : null
  if (!row) throw notFound('SESSION_NOT_FOUND', 'Session not found', 'id', 'no session of yours has this id')
  return presentSession(row, currentSessionId)
}
