import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openDatabase } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { createNamedDatabase, MIGRATED } from './create-named-database.ts'
import { startPostgres } from './start-postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The archive of a migrated embedded database: each test file starts from a copy. */
    archivePath: string
    /** The same as files, for programs that open a folder of their own: see `makeDataFolder`. */
    databaseFolder: string
    /** A PostgreSQL server in which each test file gets a database of its own. */
    postgresUrl: string
  }
}

/** Migrates one embedded database and starts one PostgreSQL, for all test files. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-test-'))
  const archivePath = join(folder, 'migrated.tar')
  const databaseFolder = join(folder, 'database')
  const [postgres] = await Promise.all([startWithMigrated(folder), keepMigrated(archivePath, databaseFolder)])
  project.provide('archivePath', archivePath)
  project.provide('databaseFolder', databaseFolder)
  project.provide('postgresUrl', postgres.url)
  return async () => {
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function startWithMigrated(folder: string) {
  const postgres = await startPostgres(folder)
  const url = await createNamedDatabase(postgres.url, MIGRATED, 'template1')
  const database = await openDatabase({ kind: 'postgres', url })
  await migrate(database)
  // Nobody may be connected to what is copied.
  await database.close()
  return postgres
}

async function keepMigrated(archivePath: string, databaseFolder: string): Promise<void> {
  const database = await openDatabase({ kind: 'pglite', dataDir: 'memory://' })
  await migrate(database)
  const archive = await database.dump()
  await database.close()
  await writeFile(archivePath, Buffer.from(archive))
  await (await openDatabase({ kind: 'pglite', dataDir: databaseFolder, archive })).close()
}
