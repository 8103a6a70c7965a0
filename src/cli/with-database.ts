import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { lockDataFolder } from '../store/data-lock.ts'
import { type Database, openDatabase } from '../store/database.ts'

/** Works on the database with no server: an embedded one must not be open in another process. */
export async function withDatabase(
  config: Config,
  work: (database: Database) => Promise<void>,
): Promise<void> {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const lock = config.databaseUrl ? null : lockDataFolder(config.dataDir, '')
  try {
    const database = await openDatabase(
      config.databaseUrl
        ? { kind: 'postgres', url: config.databaseUrl }
        : { kind: 'pglite', dataDir: join(config.dataDir, 'database') },
    )
    await work(database).finally(() => database.close())
  } finally {
    lock?.release()
  }
}
