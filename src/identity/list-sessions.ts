import type { Principal } from '../kernel/schema.ts'
import { requireUser } from './authorize-access.ts'
import type { Identity } from './context.ts'
import type { SessionView } from './schema.ts'
import { presentSession, SESSION_COLUMNS, type SessionRow } from './session-row.ts'

/** The sessions in which the user is signed in now, the newest first. */
export async function listSessions(
  { database, clock }: Identity,
  principal: Principal,
  currentSessionId: string | null,
): Promise<SessionView[]> {
  const userId = requireUser(principal)
  const rows = await database.transaction(principal.tenantId, (transaction) =>
    transaction.query<SessionRow>(
      `SELECT ${SESSION_COLUMNS} FROM sessions
       WHERE tenant_id = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > $3
       ORDER BY created_at DESC, id`,
      [principal.tenantId, userId, new Date(clock.now()).toISOString()],
    ),
  )
  return rows.map((row) => presentSession(row, currentSessionId))
}
