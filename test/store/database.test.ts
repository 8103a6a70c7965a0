import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppError } from '../../src/lib/errors.ts'
import type { Database } from '../../src/store/database.ts'
import { DATABASES, openTestDatabase } from '../harness/open-test-database.ts'

describe.each(DATABASES)('the database handle on %s', (kind) => {
  let database: Database
  const TENANT = "SELECT current_setting('countersign.tenant', true) AS tenant"
  const pid = () => database.statement('SELECT pg_backend_pid() AS pid')
  const addOrder = (id: string): [string, unknown[]] => [
    `INSERT INTO purchase_orders (tenant_id, order_id, idempotency_key, amount, currency, created_at)
     VALUES ('acme', $1, $1, 1, 'EUR', now())`,
    [id],
  ]
  const orders = () =>
    database.transaction('acme', async (session) => {
      const rows = await session.query('SELECT order_id FROM purchase_orders ORDER BY 1')
      return rows.map(({ order_id }) => order_id)
    })

  beforeAll(async () => {
    database = await openTestDatabase(kind)
  })
  afterAll(() => database.close())

  test.each([
    ['0', 0],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['-9007199254740991', Number.MIN_SAFE_INTEGER],
  ])('bigint %s comes as a number', async (text, expected) => {
    expect(await database.statement(`SELECT ${text}::bigint AS value`)).toEqual([{ value: expected }])
  })

  test.each(['9007199254740992', '-9007199254740992', '9223372036854775807'])(
    'bigint %s would be rounded: it is refused, and what follows is answered',
    async (text) => {
      await expect(database.statement(`SELECT '${text}'::bigint AS value`)).rejects.toThrow(
        `bigint ${text} does not fit a number; select it as text`,
      )
      expect(await database.statement('SELECT 1 AS one')).toEqual([{ one: 1 }])
    },
  )

  test.each([
    ['a syntax error', 'SELEC 1', []],
    ['a division by zero', 'SELECT 1 / $1::int', [0]],
    ['a value of the wrong type', 'SELECT $1::int', ['x']],
    ['a table that is not there', 'SELECT * FROM nowhere', []],
    ['a NUL in text', 'SELECT $1::text', ['a\0b']],
  ])('%s fails alone: prepared statements and the connection go on', async (_, text, values) => {
    const named = () => database.statement('SELECT $1::int AS value', [1], 'value_once_prepared')
    await named()
    const before = await pid()
    for (let round = 0; round < 3; round++) {
      await expect(database.statement(text, values)).rejects.toMatchObject({ severity: 'ERROR' })
      await expect(database.statement(text, values, `failing_${text.length}`)).rejects.toThrow()
    }
    expect(await named()).toEqual([{ value: 1 }])
    expect(await pid()).toEqual(before)
  })

  test('a failed statement inside a transaction rolls all of it back', async () => {
    await expect(
      database.transaction('acme', async (session) => {
        await session.query(...addOrder('half'))
        await session.query('SELECT 1 / 0')
      }),
    ).rejects.toMatchObject({ code: '22012' })
    expect(await orders()).not.toContain('half')
  })

  test('a refusal thrown by the work rolls back, reaches the caller as it is, and keeps the connection', async () => {
    const before = await pid()
    const refusal = new AppError({ code: 'NO', status: 409, message: 'no' })
    const refused = database.transaction('acme', async (session) => {
      await session.query(...addOrder('refused'))
      throw refusal
    })
    await expect(refused).rejects.toBe(refusal)
    expect(await orders()).not.toContain('refused')
    expect(await pid()).toEqual(before)
  })

  test('what the work returns is committed before the caller goes on', async () => {
    const result = await database.transaction('acme', async (session) => {
      await session.query(...addOrder('whole'))
      return 'done'
    })
    expect(result).toBe('done')
    expect(await orders()).toContain('whole')
  })

  test('the tenant of a transaction ends with it, however it ends', async () => {
    expect(await database.transaction('acme', (session) => session.query(TENANT))).toEqual([
      { tenant: 'acme' },
    ])
    expect((await database.statement(TENANT))[0]!.tenant || '').toBe('')
    await database.transaction('acme', (session) => session.query('SELECT 1 / 0')).catch(() => {})
    expect((await database.statement(TENANT))[0]!.tenant || '').toBe('')
  })

  test('a function that sets the tenant sets it for its own statement only', async () => {
    await database.statement('SELECT * FROM read_heads($1, $2)', ['acme', ['run']])
    expect((await database.statement(TENANT))[0]!.tenant || '').toBe('')
    expect(await database.transactionAs('countersign_sequencer', (session) => session.query(TENANT))).toEqual(
      [{ tenant: '' }],
    )
  })

  test('transactions of several tenants at once never see each other', async () => {
    const tenants = Array.from({ length: 20 }, (_, index) => `tenant_${index}`)
    const seen = await Promise.all(
      tenants.map((tenant) =>
        database.transaction(tenant, async (session) => {
          await session.query('SELECT pg_sleep(0)')
          return (await session.query(TENANT))[0]!.tenant
        }),
      ),
    )
    expect(seen).toEqual(tenants)
  })

  test('a tenant is a value and never SQL', async () => {
    const name = "x', true); DROP TABLE events; --"
    expect(await database.transaction(name, (session) => session.query(TENANT))).toEqual([{ tenant: name }])
  })

  test('owner work runs as the login role and does not stay so', async () => {
    const who = 'SELECT current_user = session_user AS login'
    expect(await database.asOwner((session) => session.query(who))).toEqual([{ login: true }])
    expect(await database.statement(who)).toEqual([{ login: false }])
  })
})
