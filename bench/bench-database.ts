import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, openDatabase } from '../src/store/database.ts'
import { migrate } from '../src/store/migrate.ts'
import { startPostgres } from '../test/harness/start-postgres.ts'

export type BenchDatabase = { name: string; database: Database; url: string | null }

/** Both databases, on disk, migrated and with fsync as each has it by default. */
export async function openBenchDatabases(): Promise<{ databases: BenchDatabase[]; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
  const server = await startPostgres(folder)
  const postgres = await openDatabase({ kind: 'postgres', url: server.url })
  const pglite = await openDatabase({ kind: 'pglite', dataDir: join(folder, 'pglite') })
  for (const database of [postgres, pglite]) await migrate(database)
  return {
    databases: [
      { name: 'PostgreSQL', database: postgres, url: server.url },
      { name: 'PGlite', database: pglite, url: null },
    ],
    async close() {
      await postgres.close()
      await pglite.close()
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
