import type { Config } from '../config.ts'
import type { Role } from '../identity/schema.ts'
import { setRole } from '../identity/set-role.ts'
import { recordAudit } from '../kernel/audit/record-audit.ts'
import { createLedger } from '../kernel/ledger/ledger.ts'
import { systemClock } from '../lib/clock.ts'
import { migrate } from '../store/migrate.ts'
import { CommandError } from './command-error.ts'
import { OPERATOR } from './operator.ts'
import { withDatabase } from './with-database.ts'

/** Says what an account may do in its tenant, as whoever owns the database. */
export async function changeRole(config: Config, email: string, role: Role): Promise<void> {
  await withDatabase(config, async (database) => {
    await migrate(database)
    const user = await setRole(database, email, role)
    if (!user) throw new CommandError(`nobody registered as '${email}'`)
    const ledger = createLedger(database, systemClock)
    const principal = { id: OPERATOR, ownerId: OPERATOR, tenantId: user.tenantId }
    await recordAudit(
      { ledger, clock: systemClock, principal },
      { action: 'update', resourceType: 'user', resourceId: user.userId, changes: { role: { to: role } } },
    )
    console.log(`${email} has the role ${role} from now on.`)
  })
}
