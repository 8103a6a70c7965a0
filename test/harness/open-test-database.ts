import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { createNamedDatabase, MIGRATED } from './create-named-database.ts'
import { openEmbedded } from './make-data-folder.ts'

export type DatabaseKind = Database['kind']

/** The databases that a suite runs on: both, unless TEST_DATABASE names one for a quicker go. */
export const DATABASES: DatabaseKind[] = (['pglite', 'postgres'] as const).filter((kind) =>
  [kind, 'both', undefined, ''].includes(process.env.TEST_DATABASE),
)

/** A fresh migrated database. Close it when done. Where the kind does not matter it is the one that opens quicker. */
export async function openTestDatabase(kind = DATABASES.at(-1)!): Promise<Database> {
  if (kind === 'pglite') return openEmbedded('migrated')
  return openMigrated(await createPostgresDatabase(MIGRATED))
}

/** A PostgreSQL database by its address, with the schema of now. */
export async function openMigrated(url: string): Promise<Database> {
  const database = await openDatabase({ kind: 'postgres', url })
  await migrate(database)
  return database
}

/** The address of a new database on the test server: empty, or a copy of the migrated one. */
export async function createPostgresDatabase(template = 'template1'): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`
  return createNamedDatabase(inject('postgresUrl'), name, template)
}
