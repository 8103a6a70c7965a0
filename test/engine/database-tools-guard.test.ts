import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CATALOGUE, TABLE_NAMES } from '../../src/engine/database-tools/catalogue.ts'
import { invokeTool, refusalOf } from '../../src/engine/database-tools/invoke-tool.fixture.ts'
import { makeDatabaseTools } from '../../src/engine/database-tools/make-database-tools.ts'
import { fillServiceDesk, NOON } from '../../src/engine/database-tools/service-desk.fixture.ts'
import { type BuiltInTool, ToolError } from '../../src/engine/tools/tool-handler.ts'
import type { Database } from '../../src/store/database.ts'
import { DATABASES, openTestDatabase } from '../harness/open-test-database.ts'

const ANSWERED: [string, Record<string, unknown>[]][] = [
  ["SELECT id FROM tickets WHERE status = 'closed'", [{ id: 'T-7' }]],
  [
    'select ID, Subject from TICKETS order by id limit 1;',
    [{ id: 'T-1', subject: 'No hot water in room 305' }],
  ],
  ['SELECT "id" FROM "tickets" AS t WHERE t.room = \'9\'', [{ id: 'T-7' }]],
  ['SELECT count(*) FROM tickets', [{ count: 7 }]],
  [
    "SELECT count(*) AS n FROM tickets WHERE status IN ('open', 'closed') AND NOT priority = 'low'",
    [{ n: 3 }],
  ],
  [
    "SELECT hotel_id, count(*) FILTER (WHERE status = 'open') AS open FROM tickets GROUP BY hotel_id ORDER BY 1",
    [
      { hotel_id: 'VV-LISBON', open: 3 },
      { hotel_id: 'VV-PORTO', open: 1 },
      { hotel_id: 'VV-SINTRA', open: 0 },
    ],
  ],
  [
    "SELECT t.id, c.author FROM tickets t JOIN ticket_comments c ON c.ticket_id = t.id AND c.id <> 'C-2' ORDER BY c.id LIMIT 2",
    [
      { id: 'T-1', author: 'maria' },
      { id: 'T-4', author: 'joao' },
    ],
  ],
  [
    'SELECT t.id, count(c.id) AS comments FROM tickets t LEFT JOIN ticket_comments c ON t.id = c.ticket_id GROUP BY t.id HAVING count(c.id) = 0 ORDER BY t.id',
    ['T-2', 'T-3', 'T-5', 'T-7'].map((id) => ({ id, comments: 0 })),
  ],
  [
    'SELECT sum(amount) AS total, round(avg(amount), 1) AS mean FROM purchase_orders',
    [{ total: 540.5, mean: 135.1 }],
  ],
  [
    "SELECT amount * 2 AS double, -amount AS less FROM purchase_orders WHERE order_id = 'order_c3'",
    [{ double: 80, less: -40 }],
  ],
  [
    'SELECT DISTINCT currency FROM purchase_orders ORDER BY currency',
    [{ currency: 'EUR' }, { currency: 'USD' }],
  ],
  ["SELECT id FROM tickets WHERE created_at > now() - interval '5 hours'", [{ id: 'T-1' }]],
  [
    'SELECT id FROM tickets WHERE created_at::date = current_date ORDER BY id',
    [{ id: 'T-1' }, { id: 'T-2' }],
  ],
  ["SELECT created_at::date AS day FROM tickets WHERE id = 'T-7'", [{ day: '2026-02-24' }]],
  [
    "SELECT date_trunc('month', created_at AT TIME ZONE 'UTC') AS m FROM tickets WHERE id = 'T-7'",
    [{ m: '2026-02-01 00:00:00' }],
  ],
  ["SELECT extract(day FROM created_at) AS d FROM tickets WHERE id = 'T-7'", [{ d: 24 }]],
  [
    "SELECT coalesce(priority, 'none') AS p, length(subject) AS l FROM tickets WHERE id = 'T-3'",
    [{ p: 'none', l: 31 }],
  ],
  [
    "SELECT CASE WHEN room IS NULL THEN 'no' ELSE room END AS r FROM tickets WHERE id IN ('T-2', 'T-7') ORDER BY id",
    [{ r: 'no' }, { r: '9' }],
  ],
  [
    "SELECT id FROM tickets WHERE subject ILIKE '%WI-FI%' OR guest_name LIKE 'Chen%' ORDER BY id DESC",
    [{ id: 'T-5' }, { id: 'T-2' }],
  ],
  ["SELECT id FROM tickets WHERE subject = '--' OR description = '/* x */' OR room = '$1'", []],
  ["SELECT id FROM tickets WHERE assignee = 'o''neil\\' OR id = 'T-1'", [{ id: 'T-1' }]],
  ['SELECT id FROM tickets ORDER BY created_at DESC OFFSET 5 LIMIT 1', [{ id: 'T-6' }]],
  [
    "SELECT id, 'T-1' AS id2, 1.5 AS n, true AS yes, null AS nothing FROM tickets WHERE id = 'T-1'",
    [{ id: 'T-1', id2: 'T-1', n: 1.5, yes: true, nothing: null }],
  ],
]

const REFUSED: [string, string][] = [
  // other tables, by every name
  ...[
    ...[
      'users',
      'api_keys',
      'events',
      'policies',
      'execution_tokens',
      'sessions',
      'refresh_tokens',
      'tenants',
    ],
    ...['database_writes', 'schema_migrations', 'pg_class', 'pg_user', 'pg_shadow', 'pg_stat_activity'],
  ].map((table): [string, string] => [`SELECT * FROM ${table}`, `no table ${table}`]),
  ['SELECT * FROM "Tickets"', 'no table Tickets'],
  ['SELECT * FROM pg_catalog.pg_class', 'schema'],
  ['SELECT * FROM information_schema.tables', 'schema'],
  ['SELECT * FROM public.tickets', 'schema'],
  ['SELECT public.tickets.id FROM tickets', 'schema'],
  ['SELECT tickets.id FROM tickets, users', 'no table users'],
  ['SELECT t.id FROM tickets t JOIN users u ON u.id = t.id', 'no table users'],
  // hidden columns
  ['SELECT tenant_id FROM tickets', 'no column tenant_id'],
  ['SELECT idempotency_key FROM purchase_orders', 'no column idempotency_key'],
  ["SELECT id FROM tickets WHERE tenant_id = 'foreign'", 'no column tenant_id'],
  ["SELECT id FROM tickets WHERE tickets.tenant_id <> 'acme'", 'no column tenant_id'],
  ['SELECT id FROM tickets ORDER BY tenant_id', 'no column tenant_id'],
  ['SELECT count(*) FROM tickets GROUP BY tenant_id', 'no column tenant_id'],
  ['SELECT ctid, xmin FROM tickets', 'no column ctid'],
  ['SELECT tickets FROM tickets', 'no column tickets'],
  ['SELECT t FROM tickets t', 'no column t'],
  ['SELECT count(t) FROM tickets t', 'no column t'],
  ['SELECT row_to_json(tickets) FROM tickets', 'row_to_json'],
  ['SELECT id FROM tickets t WHERE u.id = t.id', 'no table is called u'],
  // functions
  ...[
    ...['pg_sleep(10)', "pg_read_file('/etc/passwd')", "set_config('countersign.tenant', 'foreign', false)"],
    ...[
      "current_setting('countersign.tenant')",
      'version()',
      'random()',
      'clock_timestamp()',
      "nextval('x')",
    ],
    ...[
      "pg_ls_dir('/')",
      "lo_import('/etc/passwd')",
      "dblink('x', 'y')",
      "query_to_xml('select 1', true, true, '')",
    ],
    ...["repeat('x', 1000000000)", 'generate_series(1, 100000000)', "string_agg(id, ',')", 'array_agg(id)'],
    ...[
      'pg_terminate_backend(1)',
      'pg_advisory_lock(1)',
      "regexp_replace(id, 'a', 'b')",
      "has_table_privilege('users', 'SELECT')",
    ],
  ].map((call): [string, string] => [`SELECT ${call} FROM tickets`, `the function ${call.split('(')[0]}`]),
  ['SELECT pg_catalog.lower(id) FROM tickets', 'schema'],
  ['SELECT id FROM tickets WHERE pg_sleep(10) IS NULL', 'pg_sleep'],
  ['SELECT id FROM tickets ORDER BY pg_sleep(1)', 'pg_sleep'],
  ['SELECT id FROM tickets LIMIT pg_sleep(1)', 'LIMIT takes a whole number'],
  ['SELECT count(*) FILTER (WHERE pg_sleep(1) IS NULL) FROM tickets', 'pg_sleep'],
  ['SELECT CASE WHEN true THEN pg_sleep(1) END FROM tickets', 'pg_sleep'],
  ["SELECT id FROM tickets WHERE id IN (pg_read_file('x'))", 'pg_read_file'],
  ['SELECT id FROM tickets WHERE created_at BETWEEN now() AND pg_sleep(1)', 'pg_sleep'],
  ['SELECT * FROM generate_series(1, 10) g', 'only tables'],
  ['SELECT current_user FROM tickets', 'current_user'],
  ['SELECT session_user FROM tickets', 'session_user'],
  // more than one statement, and statements of other kinds
  ['SELECT 1 FROM tickets; DROP TABLE tickets', 'one statement'],
  ['SELECT 1 FROM tickets; SELECT 2 FROM tickets', 'one statement'],
  ["UPDATE tickets SET status = 'closed' WHERE id = 'T-1'", 'one SELECT is run; UPDATE came'],
  ['DELETE FROM tickets', 'DELETE came'],
  ["INSERT INTO tickets (subject) VALUES ('x')", 'INSERT came'],
  ['DROP TABLE tickets', 'DROP TABLE came'],
  ['TRUNCATE tickets', 'came'],
  ['SET ROLE postgres', 'could not be read'],
  ['SET statement_timeout = 0', 'SET came'],
  ['SHOW search_path', 'SHOW came'],
  ['BEGIN', 'BEGIN came'],
  ['COPY tickets TO STDOUT', 'could not be read'],
  ['EXPLAIN SELECT 1', 'could not be read'],
  ['VALUES (1)', 'VALUES came'],
  ['DO $$ BEGIN END $$', 'DO came'],
  ['PREPARE p AS SELECT 1', 'PREPARE came'],
  ['SELECT id INTO copy FROM tickets', 'could not be read'],
  ['SELECT id FROM tickets FOR UPDATE', 'FOR may not be used'],
  ['SELECT id FROM tickets FOR SHARE', 'FOR may not be used'],
  // unions, subqueries, common table expressions
  ['SELECT id FROM tickets UNION SELECT name FROM users', 'UNION came'],
  ['SELECT id FROM tickets UNION ALL SELECT id FROM tickets', 'UNION ALL came'],
  ['WITH x AS (SELECT id FROM tickets) SELECT * FROM x', 'WITH came'],
  ['WITH x AS (DELETE FROM tickets RETURNING id) SELECT * FROM x', 'WITH came'],
  ['WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT n FROM x', 'WITH RECURSIVE came'],
  ['SELECT (SELECT name FROM users LIMIT 1) FROM tickets', 'inside a statement'],
  ['SELECT id FROM tickets WHERE id IN (SELECT id FROM users)', 'inside a statement'],
  ['SELECT id FROM tickets WHERE id IN (VALUES (1))', 'could not be read'],
  ['SELECT id FROM tickets WHERE EXISTS (SELECT 1 FROM users)', 'exists'],
  ['SELECT id FROM tickets WHERE id = ANY (SELECT id FROM users)', 'any'],
  ['SELECT array(SELECT name FROM users) FROM tickets', 'inside a statement'],
  ['SELECT x.id FROM (SELECT id FROM users) x', 'only tables'],
  ['SELECT t.id FROM tickets t, LATERAL (SELECT 1) y', 'only tables'],
  // casts
  ["SELECT 'users'::regclass FROM tickets", 'cast'],
  ['SELECT \'users\'::"regclass" FROM tickets', 'cast'],
  ["SELECT CAST('pg_sleep' AS regproc) FROM tickets", 'cast'],
  ["SELECT '{1}'::int[] FROM tickets", 'cast'],
  ['SELECT id::pg_catalog.text FROM tickets', 'cast'],
  ["SELECT '{}'::json FROM tickets", 'cast'],
  ["SELECT '1 day -- x'::interval FROM tickets", 'interval'],
  ["SELECT interval '1' day FROM tickets", 'interval'],
  // operators and forms
  ["SELECT id FROM tickets WHERE id ~ '(a+)+$'", 'operator ~'],
  ["SELECT id OPERATOR(pg_catalog.=) 'x' FROM tickets", 'schema'],
  ['SELECT 9 ^ 9 FROM tickets', 'operator ^'],
  ["SELECT id FROM tickets WHERE description -> 'a' IS NULL", 'member'],
  ['SELECT ARRAY[id] FROM tickets', 'array'],
  ['SELECT count(*) OVER () FROM tickets', 'windows'],
  ['SELECT sum(amount) OVER (PARTITION BY currency) FROM purchase_orders', 'windows'],
  ['SELECT DISTINCT ON (status) id FROM tickets', 'DISTINCT ON'],
  ['SELECT id FROM tickets GROUP BY ROLLUP (id)', 'rollup'],
  ['SELECT id FROM tickets WHERE (id, status) IN ((1, 2))', 'not among the forms'],
  ['SELECT id FROM tickets WHERE id = $1', 'parameters'],
  ['SELECT tickets.* , users.* FROM tickets', 'no table is called users'],
  // comments and numbers that mean something else
  ['SELECT id FROM tickets -- WHERE status', 'comments'],
  ['SELECT /* all */ id FROM tickets', 'comments'],
  ['SELECT 1e9 FROM tickets', 'no number'],
  ['SELECT 0x10 FROM tickets', 'no number'],
  ['SELECT 99999999999999999999 FROM tickets', 'too large'],
  // joins that pair everything with everything
  ['SELECT t.id FROM tickets t, ticket_comments c', 'ON along their relation'],
  ['SELECT t.id FROM tickets t CROSS JOIN ticket_comments c', 'ON along their relation'],
  ['SELECT t.id FROM tickets t JOIN ticket_comments c ON true', 'joined ON'],
  ['SELECT t.id FROM tickets t JOIN ticket_comments c ON c.ticket_id = t.id OR true', 'joined ON'],
  ['SELECT t.id FROM tickets t JOIN ticket_comments c USING (id)', 'ON along their relation'],
  ['SELECT a.id FROM tickets a JOIN tickets b ON a.id = b.id', 'once'],
  ['SELECT t.id FROM tickets t JOIN purchase_orders o ON o.order_id = t.id', 'ON along their relation'],
  // names
  ['SELECT id AS "x""; DROP TABLE tickets; --" FROM tickets', 'cannot be a name'],
  ['SELECT id FROM tickets AS "t"" WHERE true; --"', 'cannot be a name'],
  ['SELECT id AS a, room AS a FROM tickets', 'two columns'],
  ['SELECT id FROM tickets t JOIN ticket_comments c ON c.ticket_id = t.id', 'a column of two tables'],
  ['SELECT missing FROM tickets', 'no column missing'],
  ['SELECT 1', 'reads from a table'],
  ['SELECT id FROM tickets ORDER BY 2', 'no column 2'],
  ['SELECT id FROM tickets LIMIT -1', 'could not be read|whole number'],
  ['', 'could not be read'],
  ['hello', 'could not be read'],
]

describe.each(DATABASES)('SQL of a caller on %s', (kind) => {
  let database: Database
  let tools: BuiltInTool[]
  const run = (sql: string, limit?: number, tenantId = 'acme') =>
    invokeTool(tools, 'natural_language_db_read', { sql, ...(limit && { limit }) }, { tenantId })

  beforeAll(async () => {
    database = await openTestDatabase(kind)
    await fillServiceDesk(database, 'acme', 'foreign')
    tools = makeDatabaseTools(database, { now: () => NOON.getTime() })
  })
  afterAll(() => database.close())

  test.each(ANSWERED)('%s is answered', async (sql, expected) => {
    const answer = await run(sql)
    expect(answer.results, answer.sql).toEqual(expected)
  })

  test.each(REFUSED.filter(([sql]) => sql !== ''))('%s is refused', async (sql, words) => {
    const { code, message } = await refusalOf(run(sql))
    expect(code, message).toBe('sql_refused')
    expect(message).toMatch(new RegExp(words.replaceAll(/[()*^~.]/g, '\\$&'), 'i'))
  })

  test('a star means the columns that may be seen', async () => {
    for (const table of TABLE_NAMES) {
      const { results, sql } = await run(`SELECT * FROM ${table}`)
      expect(Object.keys(results[0])).toEqual(Object.keys(CATALOGUE[table].columns))
      expect(sql).not.toContain('*')
    }
    const joined = await run('SELECT * FROM tickets t JOIN ticket_comments c ON c.ticket_id = t.id')
    expect(joined.results[0]).toMatchObject({ tickets_id: 'T-1', ticket_comments_id: expect.any(String) })
    expect(JSON.stringify(joined)).not.toContain('tenant_id"')
  })

  test('what runs is written anew, for this tenant, and never as it came', async () => {
    const { sql } = await run("select   ID\n from Tickets where STATUS = 'open' limit 2")
    expect(sql).toBe(
      "SELECT tickets.id FROM (SELECT id, status FROM tickets WHERE tenant_id = $1) AS tickets WHERE (tickets.status = 'open') LIMIT 2",
    )
  })

  test('a limit is never larger than what may be answered', async () => {
    await database.transaction('many', (session) =>
      session.query(
        `INSERT INTO tickets (tenant_id, id, subject, status, created_at, updated_at)
         SELECT 'many', 'T-' || n, 'x', 'open', now(), now() FROM generate_series(1, 250) n`,
      ),
    )
    for (const limit of ['LIMIT 1000000', 'LIMIT 201', '']) {
      const answer = await run(`SELECT id FROM tickets ${limit}`, 200, 'many')
      expect(answer).toMatchObject({
        rowCount: 200,
        truncated: true,
        sql: expect.stringMatching(/LIMIT 200$/),
      })
    }
    expect(await run('SELECT id FROM tickets', undefined, 'many')).toMatchObject({
      rowCount: 100,
      truncated: true,
    })
    expect(await run('SELECT id FROM tickets LIMIT 150', 200, 'many')).toMatchObject({
      rowCount: 150,
      truncated: false,
    })
    await expect(run('SELECT id FROM tickets', 201, 'many')).rejects.toThrow('schema')
  })

  test('a statement that is too long or too deep is refused in good time', async () => {
    const started = performance.now()
    for (const sql of [
      `SELECT ${'('.repeat(1_500)}1${')'.repeat(1_500)} FROM tickets`,
      `SELECT ${'- '.repeat(1_900)}1 FROM tickets`,
      `SELECT ${'abs('.repeat(900)}1${')'.repeat(900)} FROM tickets`,
      `SELECT id FROM tickets WHERE ${Array(300).fill('1 = 1').join(' OR ')}`,
      `SELECT id FROM tickets WHERE id IN (${Array(1_000).fill('1').join(',')})`,
      `SELECT id FROM tickets WHERE id = '${'x'.repeat(5_000)}'`,
    ])
      await run(sql).catch((error) => expect(error).toMatchObject({ code: 'sql_refused' }))
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  test('what the database itself refuses is told as an error of the call', async () => {
    for (const sql of [
      'SELECT id, count(*) FROM tickets',
      'SELECT 1 / 0 AS x FROM tickets',
      'SELECT subject::int FROM tickets',
      'SELECT id FROM tickets WHERE count(*) > 1',
      'SELECT sum(subject) FROM tickets',
      "SELECT created_at AT TIME ZONE 'Nowhere' FROM tickets",
    ]) {
      const error = await refusalOf(run(sql))
      expect(error).toMatchObject({ code: 'sql_refused', retryable: false })
      expect(error.message).toContain('the database does not accept the statement')
    }
  })

  test('reading happens in a transaction that cannot write and has a time limit', async () => {
    const statements: string[] = []
    const watched: Database = {
      ...database,
      transaction: (tenantId, work) =>
        database.transaction(tenantId, (session) =>
          work({
            async query(text, values, name) {
              statements.push(text)
              return session.query(text, values, name)
            },
          }),
        ),
    }
    const [read] = makeDatabaseTools(watched, { now: () => NOON.getTime() })
    await invokeTool([read!], 'natural_language_db_read', { sql: 'SELECT count(*) FROM tickets' })
    expect(statements.slice(0, 2)).toEqual([
      'SET TRANSACTION READ ONLY',
      expect.stringContaining('statement_timeout'),
    ])
    await expect(
      database.transaction('acme', async (session) => {
        await session.query('SET TRANSACTION READ ONLY')
        await session.query("UPDATE tickets SET room = '1'")
      }),
    ).rejects.toMatchObject({ code: '25006' })
  })

  test('row-level security stands behind the guard: the statement alone, without its tenant, sees one tenant', async () => {
    const { sql } = await run('SELECT count(*) FROM tickets')
    const open = sql.replace(' WHERE tenant_id = $1', '')
    expect(open).not.toContain('$1')
    expect(await database.transaction('acme', (session) => session.query(open))).toEqual([{ count: 7 }])
    expect(await database.statement(open)).toEqual([{ count: 0 }])
  })

  test('no SELECT that is accepted answers with a row of another tenant, with or without row-level security', {
    timeout: 120_000,
  }, async () => {
    let answered = 0
    await fc.assert(
      fc.asyncProperty(statements, async (sql) => {
        try {
          const { results, sql: ran } = await run(sql, 200)
          answered++
          // The login role passes row-level security: what it sees is what the statement itself lets through.
          const alone = await database.asOwner((session) => session.query(ran, ['acme']))
          expect(alone.length, ran).toBe(results.length)
          for (const rows of [results, alone])
            expect(JSON.stringify(rows).toLowerCase(), sql).not.toContain('foreign')
          // Seven tickets, four comments, four orders: more rows would be those of somebody else.
          expect(results.length, sql).toBeLessThanOrEqual(8)
          for (const row of results) expect(Number(row.count ?? 0), sql).toBeLessThanOrEqual(8)
        } catch (error) {
          if (!(error instanceof ToolError)) throw error
          expect(error.code, `${sql}: ${error.message}`).toBe('sql_refused')
        }
      }),
      { numRuns: 500 },
    )
    expect(answered, 'a property that answers nothing proves nothing').toBeGreaterThan(100)
  })
})

/** Statements of which many are fine and many try to see more than they may. */
const statements = fc
  .constantFrom(
    { from: 'tickets', columns: ['id', 'subject', 'tickets.description', 'guest_name', 'status'] },
    { from: 'tickets t', columns: ['t.id', 't.subject', 'guest_name', 'assignee'] },
    { from: 'ticket_comments c', columns: ['c.body', 'author', 'c.ticket_id'] },
    { from: 'purchase_orders', columns: ['order_id', 'merchant', 'currency'] },
    ...['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'].map((join) => ({
      from: `tickets t ${join} ticket_comments c ON c.ticket_id = t.id`,
      columns: ['t.id', 'c.body', 't.subject', 'c.author', 'guest_name'],
    })),
    {
      from: 'tickets t LEFT JOIN ticket_comments c ON c.ticket_id = t.id OR true',
      columns: ['t.id', 'c.body'],
    },
    { from: 'tickets t JOIN users u ON u.id = t.id', columns: ['t.id', 'u.name'] },
  )
  .chain(({ from, columns }) => {
    const column = fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...columns) },
      {
        weight: 1,
        arbitrary: fc.constantFrom('tenant_id', 'tickets.tenant_id', 't.tenant_id', 'ctid', '*', 't.*'),
      },
    )
    const literal = fc.constantFrom("'for' || 'eign'", "'acme'", "'%'", "''", 'null', "'T-1'")
    const compared = fc
      .tuple(column, fc.constantFrom('=', '<>', 'LIKE', 'NOT LIKE', '>', '<='), fc.oneof(column, literal))
      .map((parts) => parts.join(' '))
    const { condition } = fc.letrec<{ condition: string }>((tie) => ({
      condition: fc.oneof(
        { depthSize: 'small' },
        compared,
        column.map((name) => `${name} IS NOT NULL`),
        fc.constant('true'),
        fc
          .tuple(tie('condition'), fc.constantFrom('AND', 'OR'), tie('condition'))
          .map((parts) => `(${parts.join(' ')})`),
        tie('condition').map((inner) => `NOT (${inner})`),
      ),
    }))
    const shown = fc.oneof(
      fc.array(column, { minLength: 1, maxLength: 3 }).map((names) => names.join(', ')),
      column.map((name) => `count(*) AS count, max(${name}) AS most`),
      column.map((name) => `upper(${name}) AS loud, coalesce(${name}, 'none') AS some`),
      column.map((name) => `CASE WHEN ${name} IS NULL THEN 'x' ELSE ${name} END AS either`),
    )
    return fc
      .tuple(shown, fc.option(condition), fc.option(column))
      .map(
        ([what, where, order]) =>
          `SELECT ${what} FROM ${from}${where ? ` WHERE ${where}` : ''}${order ? ` ORDER BY ${order}` : ''}`,
      )
  })
