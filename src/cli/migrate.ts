import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { lockDataFolder } from '../store/data-lock.ts'
import { openDatabase } from '../store/database.ts'
import { migrate } from '../store/migrate.ts'

/** Applies what is missing, e.g. by an account that owns the schema before one that does not starts the server. */
export async function runMigrations(config: Config): Promise<void> {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const lock = config.databaseUrl ? null : lockDataFolder(config.dataDir, '')
  try {
    const database = await openDatabase(
      config.databaseUrl
        ? { kind: 'postgres', url: config.databaseUrl }
        : { kind: 'pglite', dataDir: join(config.dataDir, 'database') },
    )
    try {
      const { applied, version } = await migrate(database)
      const did = applied.length === 0 ? 'Nothing to apply' : `Applied ${applied.join(', ')}`
      console.log(`${did}; the schema is at version ${version}.`)
    } finally {
      await database.close()
    }
  } finally {
    lock?.release()
  }
}
