import type { Config } from '../config.ts'
import { migrate } from '../store/migrate.ts'
import { withDatabase } from './with-database.ts'

/** Applies what is missing, e.g. by an account that owns the schema before one that does not starts the server. */
export async function runMigrations(config: Config): Promise<void> {
  await withDatabase(config, async (database) => {
    const { applied, version } = await migrate(database)
    const did = applied.length === 0 ? 'Nothing to apply' : `Applied ${applied.join(', ')}`
    console.log(`${did}; the schema is at version ${version}.`)
  })
}
