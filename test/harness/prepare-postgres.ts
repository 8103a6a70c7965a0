import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openDatabase } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { createNamedDatabase, MIGRATED } from './create-named-database.ts'
import { databasesFolder } from './memory-folder.ts'
import { startPostgres } from './start-postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL server in which each test file gets a database of its own. */
    postgresUrl: string
  }
}

/** Starts one PostgreSQL for all test files, with a migrated database to copy. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-test-'))
  const data = await mkdtemp(join(databasesFolder(), 'countersign-postgres-'))
  const postgres = await startPostgres(folder, data)
  const url = await createNamedDatabase(postgres.url, MIGRATED, 'template1')
  const database = await openDatabase({ kind: 'postgres', url })
  await migrate(database)
  // Nobody may be connected to what is copied.
  await database.close()
  project.provide('postgresUrl', postgres.url)
  return async () => {
    await postgres.stop()
    for (const path of [folder, data]) rmSync(path, { recursive: true, force: true })
  }
}
