import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { inject } from 'vitest'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'

export type DatabaseKind = Database['kind']

/** The databases that a suite runs on: both, unless TEST_DATABASE names one for a quicker go. */
export const DATABASES: DatabaseKind[] = (['pglite', 'postgres'] as const).filter((kind) =>
  [kind, 'both', undefined, ''].includes(process.env.TEST_DATABASE),
)

/** A fresh migrated database. Close it when done. */
export async function openTestDatabase(kind: DatabaseKind = 'pglite'): Promise<Database> {
  if (kind === 'pglite') {
    const archive = await readFile(inject('archivePath'))
    const copy = archive.buffer.slice(
      archive.byteOffset,
      archive.byteOffset + archive.byteLength,
    ) as ArrayBuffer
    return openDatabase({ kind: 'pglite', dataDir: 'memory://', archive: copy })
  }
  return openMigrated(await createPostgresDatabase())
}

/** A PostgreSQL database by its address, with the schema of now. */
export async function openMigrated(url: string): Promise<Database> {
  const database = await openDatabase({ kind: 'postgres', url })
  await migrate(database)
  return database
}

/** The address of a new, empty database on the test server. */
export async function createPostgresDatabase(): Promise<string> {
  const url = new URL(inject('postgresUrl'))
  const name = `test_${randomBytes(6).toString('hex')}`
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  await client.query(`CREATE DATABASE ${name}`)
  await client.end()
  url.pathname = `/${name}`
  return url.href
}
