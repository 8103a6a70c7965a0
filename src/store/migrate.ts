import { readdirSync, readFileSync } from 'node:fs'
import { AppError } from '../lib/errors.ts'
import type { Database, Session } from './database.ts'

const MIGRATIONS = new URL('../../migrations/', import.meta.url)
/** Any number, as long as every Countersign process takes the same one. */
const MIGRATION_LOCK = 7_202_611

type Migration = { version: number; name: string; sql: string }

/** The numbered files of `migrations/`, in order. They are never edited once landed. */
export function readMigrations(): Migration[] {
  return readdirSync(MIGRATIONS)
    .filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name))
    .sort()
    .map((name) => ({
      version: Number(name.slice(0, 4)),
      name,
      sql: readFileSync(new URL(name, MIGRATIONS), 'utf8'),
    }))
}

/**
 * Brings the schema to this program's version. Each migration and the record of it commit together; processes that
 * start at once wait for each other.
 *
 * @returns the versions applied now, and the version the schema has.
 * @throws AppError DATABASE_TOO_NEW when the schema was made by a newer program.
 */
export async function migrate(database: Database): Promise<{ applied: number[]; version: number }> {
  const migrations = readMigrations()
  const newest = migrations.at(-1)!.version
  return database.asOwner(async (session) => {
    const applied: number[] = []
    const current = await currentVersion(session)
    refuseNewer(current, newest)
    if (current === newest) return { applied, version: newest }
    await session.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
    try {
      await session.query(
        'CREATE TABLE IF NOT EXISTS schema_migrations (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
      )
      const from = await currentVersion(session)
      refuseNewer(from, newest)
      for (const migration of migrations.filter(({ version }) => version > from)) {
        await session.query('BEGIN')
        try {
          await session.query(migration.sql)
          await session.query('INSERT INTO schema_migrations (version, name) VALUES ($1, $2)', [
            migration.version,
            migration.name,
          ])
          await session.query('COMMIT')
        } catch (error) {
          await session.query('ROLLBACK')
          throw new Error(`migration ${migration.name} failed: ${(error as Error).message}`, { cause: error })
        }
        applied.push(migration.version)
      }
    } finally {
      await session.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK])
    }
    return { applied, version: newest }
  })
}

async function currentVersion(session: Session): Promise<number> {
  const [table] = await session.query<{ found: string | null }>(
    "SELECT to_regclass('schema_migrations')::text AS found",
  )
  if (!table?.found) return 0
  const [row] = await session.query<{ version: number }>(
    'SELECT coalesce(max(version), 0)::int AS version FROM schema_migrations',
  )
  return row!.version
}

function refuseNewer(version: number, newest: number): void {
  if (version <= newest) return
  throw new AppError({
    code: 'DATABASE_TOO_NEW',
    status: 503,
    message: `the database has schema version ${version}, this program knows up to ${newest}: start the newer program, or restore a backup from before the upgrade`,
  })
}
