import { afterEach, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { migrate, readMigrations } from '../../src/store/migrate.ts'
import { openEmbedded } from '../harness/make-data-folder.ts'
import { createPostgresDatabase, DATABASES, openTestDatabase } from '../harness/open-test-database.ts'

const VERSIONS = readMigrations().map(({ version }) => version)
const NEWEST = VERSIONS.at(-1)!

test('migrations are numbered from 1 without a gap', () => {
  expect(VERSIONS).toEqual(VERSIONS.map((_, index) => index + 1))
})

describe.each(DATABASES)('migrations on %s', (kind) => {
  const opened: Database[] = []
  afterEach(async () => {
    for (const database of opened.splice(0)) await database.close()
  })
  const open = async (url?: string) => {
    const database =
      kind === 'postgres'
        ? await openDatabase({ kind, url: url ?? (await createPostgresDatabase()) })
        : await openEmbedded('empty')
    opened.push(database)
    return database
  }
  const asOwner = (database: Database, text: string) => database.asOwner((session) => session.query(text))
  const tables = async (database: Database) => {
    const rows = await asOwner(
      database,
      "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1",
    )
    return rows.map(({ relname }) => relname)
  }

  test('a failing migration leaves nothing of itself, is named, and is done again once the cause is gone', async () => {
    const database = await open()
    // The last table that migration 3 makes is there already.
    await asOwner(database, 'CREATE TABLE purchase_orders ()')
    await expect(migrate(database)).rejects.toThrow(
      /^migration 0003_gate\.sql failed: relation "purchase_orders" already exists$/,
    )
    expect(await asOwner(database, 'SELECT version FROM schema_migrations ORDER BY 1')).toEqual([
      { version: 1 },
      { version: 2 },
    ])
    const left = await tables(database)
    expect(left).toContain('checkpoints')
    expect(left).not.toContain('policies')

    await asOwner(database, 'DROP TABLE purchase_orders')
    expect(await migrate(database)).toEqual({ applied: VERSIONS.slice(2), version: NEWEST })
    expect(await tables(database)).toContain('policies')
  })

  test('a migration that cannot be recorded is not applied either', async () => {
    const database = await open()
    await asOwner(
      database,
      'CREATE TABLE schema_migrations (version integer CHECK (version < 3), name text, applied_at timestamptz DEFAULT now())',
    )
    await expect(migrate(database)).rejects.toThrow(/^migration 0003_gate\.sql failed: .*check constraint/)
    expect(await asOwner(database, 'SELECT max(version) AS version FROM schema_migrations')).toEqual([
      { version: 2 },
    ])
    expect(await tables(database)).not.toContain('policies')
  })

  test('each migration is applied once and recorded by name; a second start applies none', async () => {
    const database = await openTestDatabase(kind)
    opened.push(database)
    const recorded = () =>
      asOwner(database, 'SELECT version, name, applied_at FROM schema_migrations ORDER BY 1')
    const before = await recorded()
    expect(before.map(({ version, name }) => ({ version, name }))).toEqual(
      readMigrations().map(({ version, name }) => ({ version, name })),
    )
    expect(await migrate(database)).toEqual({ applied: [], version: NEWEST })
    expect(await recorded()).toEqual(before)
  })

  test('a database of a newer program is refused and left alone', async () => {
    const database = await openTestDatabase(kind)
    opened.push(database)
    await asOwner(database, `INSERT INTO schema_migrations (version, name) VALUES (${NEWEST + 1}, 'later')`)
    await expect(migrate(database)).rejects.toMatchObject({
      code: 'DATABASE_TOO_NEW',
      status: 503,
      message: expect.stringContaining(`version ${NEWEST + 1}, this program knows up to ${NEWEST}`),
    })
  })

  test.runIf(kind === 'postgres')('processes that start at once apply each migration once', async () => {
    const url = await createPostgresDatabase()
    const started = await Promise.all([open(url), open(url), open(url)])
    const results = await Promise.all(started.map(migrate))
    expect(results.map(({ version }) => version)).toEqual([NEWEST, NEWEST, NEWEST])
    expect(results.flatMap(({ applied }) => applied).sort((a, b) => a - b)).toEqual(VERSIONS)
  })

  test.runIf(kind === 'postgres')('two empty databases of one cluster can be set up at once', async () => {
    const results = await Promise.all([open(), open(), open()]).then((started) =>
      Promise.all(started.map(migrate)),
    )
    expect(results.map(({ applied }) => applied)).toEqual([VERSIONS, VERSIONS, VERSIONS])
  })
})
