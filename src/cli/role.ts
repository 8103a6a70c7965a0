import type { Config } from '../config.ts'
import type { Role } from '../identity/schema.ts'
import { setRole } from '../identity/set-role.ts'
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
    const store = { database, ledger: createLedger(database, systemClock), clock: systemClock }
    const user = await setRole(store, email, role, OPERATOR)
    if (!user) throw new CommandError(`nobody registered as '${email}'`)
    console.log(`${email} has the role ${role} from now on.`)
  })
}
