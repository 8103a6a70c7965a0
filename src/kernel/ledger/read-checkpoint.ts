import type { Context } from '../context.ts'
import { sequenceEvents } from './sequence-events.ts'

/** The newest checkpoint of the tenant's log, a C2SP signed note over all it holds now; null before the first event. */
export async function readCheckpoint(context: Context): Promise<string | null> {
  const { database, principal } = context
  await sequenceEvents(context)
  const [row] = await database.transaction(principal.tenantId, (session) =>
    session.query<{ note: string }>(
      'SELECT note FROM checkpoints WHERE tenant_id = $1 ORDER BY size DESC LIMIT 1',
      [principal.tenantId],
    ),
  )
  return row?.note ?? null
}
