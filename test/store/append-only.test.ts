import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { DATABASES, openTestDatabase } from '../harness/open-test-database.ts'
import { fillTables } from './fill-tables.ts'

const CHANGES = [
  ['events', "UPDATE events SET actor = 'mallory'"],
  ['events', 'DELETE FROM events'],
  ['events', 'TRUNCATE events'],
  ['merkle_leaves', 'UPDATE merkle_leaves SET seq = 2'],
  ['merkle_leaves', 'DELETE FROM merkle_leaves'],
  ['merkle_leaves', 'TRUNCATE merkle_leaves'],
  ['checkpoints', "UPDATE checkpoints SET note = 'forged'"],
  ['checkpoints', 'DELETE FROM checkpoints'],
  ['checkpoints', 'TRUNCATE checkpoints'],
] as const

describe.each(DATABASES)('the log on %s', (kind) => {
  let database: Database
  const contents = () =>
    database.asOwner(async (session) => [
      await session.query('SELECT * FROM events'),
      await session.query('SELECT * FROM merkle_leaves'),
      await session.query('SELECT * FROM checkpoints'),
    ])
  let before: unknown[]
  beforeAll(async () => {
    database = await openTestDatabase(kind)
    await database.asOwner((session) => fillTables(session, 'acme'))
    before = await contents()
    expect(before.map((rows) => (rows as unknown[]).length)).toEqual([1, 1, 1])
  })
  afterAll(() => database.close())

  test.each(CHANGES)('%s: ordinary work has no right to: %s', async (table, change) => {
    await expect(database.transaction('acme', (session) => session.query(change))).rejects.toMatchObject({
      code: '42501',
      message: `permission denied for table ${table}`,
    })
    expect(await contents()).toEqual(before)
  })

  test.each(CHANGES)('%s: the sequencer has no right to: %s', async (_, change) => {
    await expect(
      database.transactionAs('countersign_sequencer', (session) => session.query(change)),
    ).rejects.toMatchObject({ code: '42501' })
    expect(await contents()).toEqual(before)
  })

  test.each(CHANGES)('%s: a trigger refuses even the owner: %s', async (table, change) => {
    await expect(database.asOwner((session) => session.query(change))).rejects.toMatchObject({
      code: '42501',
      message: `${table} is append-only: ${change.split(' ')[0]} is refused`,
    })
    expect(await contents()).toEqual(before)
  })

  test.each(CHANGES)('%s: a session that plays a replica is refused too: %s', async (table, change) => {
    await database.asOwner(async (session) => {
      await session.query('SET session_replication_role = replica')
      await expect(session.query(change)).rejects.toMatchObject({
        code: '42501',
        message: `${table} is append-only: ${change.split(' ')[0]} is refused`,
      })
      await session.query('RESET session_replication_role')
    })
    expect(await contents()).toEqual(before)
  })

  test('ordinary work can neither switch the triggers off nor play a replica', async () => {
    for (const [text, message] of [
      ['ALTER TABLE events DISABLE TRIGGER ALL', 'must be owner of table events'],
      ['ALTER TABLE events NO FORCE ROW LEVEL SECURITY', 'must be owner of table events'],
      ['SET session_replication_role = replica', 'permission denied to set parameter'],
      ['DROP TRIGGER events_no_change ON events', 'must be owner of relation events'],
    ] as const) {
      await expect(database.statement(text)).rejects.toMatchObject({
        code: '42501',
        message: expect.stringContaining(message),
      })
    }
  })
})
