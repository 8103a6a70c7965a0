import type { Database, Session } from '../../store/database.ts'

/** Makes a change and undoes it before anybody sees it: the answer is what the change would be. */
export function tryWrite<T>(
  database: Database,
  tenantId: string,
  write: (session: Session) => Promise<T>,
): Promise<T> {
  return database.transaction(tenantId, async (session) => {
    await session.query('SAVEPOINT before_the_change')
    const answer = await write(session)
    await session.query('ROLLBACK TO SAVEPOINT before_the_change')
    return answer
  })
}
