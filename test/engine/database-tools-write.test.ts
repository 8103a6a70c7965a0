import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { invokeTool, refusalOf } from '../../src/engine/database-tools/invoke-tool.fixture.ts'
import { makeDatabaseTools } from '../../src/engine/database-tools/make-database-tools.ts'
import { fillServiceDesk, NOON } from '../../src/engine/database-tools/service-desk.fixture.ts'
import type { BuiltInTool } from '../../src/engine/tools/tool-handler.ts'
import type { Database } from '../../src/store/database.ts'
import { DATABASES, openTestDatabase } from '../harness/open-test-database.ts'

const WRITE = 'natural_language_db_write'
const NOW = NOON.toISOString()

/** Instructions about a ticket, and what they change in it. */
const CHANGES: [string, string, Record<string, unknown>][] = [
  ['set priority of ticket T-1 to urgent', 'T-1', { priority: 'urgent' }],
  ['Set the priority for ticket T-3 to low.', 'T-3', { priority: 'low' }],
  ['change ticket T-2 status to in progress', 'T-2', { status: 'in_progress' }],
  ['update the room of ticket T-2 to 214', 'T-2', { room: '214' }],
  [
    'set subject of ticket T-5 to "Minibar: charged twice, and wrong"',
    'T-5',
    { subject: 'Minibar: charged twice, and wrong' },
  ],
  ['set the guest name of ticket T-2 to Ana María', 'T-2', { guest_name: 'Ana María' }],
  ['change the hotel of ticket T-7 to VV-PORTO', 'T-7', { hotel_id: 'VV-PORTO' }],
  ['set category of ticket T-1 to plumbing', 'T-1', { category: 'plumbing' }],
  [
    'set description of ticket T-1 to "it\'s cold; DROP TABLE tickets"',
    'T-1',
    { description: "it's cold; DROP TABLE tickets" },
  ],
  ['clear the priority of ticket T-1', 'T-1', { priority: null }],
  ['set assignee of ticket T-2 to nobody', 'T-2', { assignee: null }],
  ['assign ticket T-2 to Maria', 'T-2', { assignee: 'Maria' }],
  ['please assign the ticket T-1 to joao', 'T-1', { assignee: 'joao' }],
  ['unassign ticket T-2', 'T-2', { assignee: null }],
  ['close ticket T-3', 'T-3', { status: 'closed' }],
  ['resolve ticket T-4', 'T-4', { status: 'resolved' }],
  ['reopen ticket T-7', 'T-7', { status: 'open' }],
  ['start work on ticket T-1', 'T-1', { status: 'in_progress' }],
  ['mark ticket T-1 as resolved', 'T-1', { status: 'resolved' }],
  ['mark ticket T-1 as urgent', 'T-1', { priority: 'urgent' }],
  ['altere o status do chamado T-1 para resolvido', 'T-1', { status: 'resolved' }],
  ['defina a prioridade do chamado T-2 como alta', 'T-2', { priority: 'high' }],
  ['atribua o chamado T-1 à Júlia', 'T-1', { assignee: 'Júlia' }],
  ['feche o chamado T-3', 'T-3', { status: 'closed' }],
  ['reabra o chamado T-7', 'T-7', { status: 'open' }],
  ['marque o chamado T-2 como urgente', 'T-2', { priority: 'urgent' }],
  ['remova o responsável do chamado T-2', 'T-2', { assignee: null }],
]

/** Instructions that add a row, and the row. */
const ADDITIONS: [string, Record<string, unknown>][] = [
  [
    'add a comment to ticket T-1: Plumber called, comes at 4.',
    { id: 'C-5', ticket_id: 'T-1', author: 'Ada', body: 'Plumber called, comes at 4.' },
  ],
  ["add a comment to ticket T-1: 'plumber called'", { ticket_id: 'T-1', body: 'plumber called' }],
  ["comment on ticket T-2: “It's on again”", { ticket_id: 'T-2', body: "It's on again" }],
  ["comment on ticket T-2: 'on' and then 'off'", { ticket_id: 'T-2', body: "'on' and then 'off'" }],
  ["create a ticket: 'No light'", { subject: 'No light' }],
  ['comment on ticket T-2: Router restarted', { id: 'C-5', ticket_id: 'T-2', body: 'Router restarted' }],
  [
    'adicione um comentário ao chamado T-1: Água quente às 15h',
    { ticket_id: 'T-1', body: 'Água quente às 15h' },
  ],
  ['comente no chamado T-4: peça chegou', { ticket_id: 'T-4', body: 'peça chegou' }],
  [
    'create a ticket: Window does not close',
    {
      id: 'T-8',
      subject: 'Window does not close',
      status: 'open',
      priority: null,
      created_at: NOW,
      updated_at: NOW,
    },
  ],
  [
    'create an urgent ticket in VV-LISBON, room 12, for guest Ana Souza: No light',
    { subject: 'No light', priority: 'urgent', hotel_id: 'VV-LISBON', room: '12', guest_name: 'Ana Souza' },
  ],
  [
    'open a new ticket "Lift: stuck" in VV-PORTO with priority high assigned to maria',
    { subject: 'Lift: stuck', hotel_id: 'VV-PORTO', priority: 'high', assignee: 'maria' },
  ],
  [
    'crie um chamado urgente no hotel VV-PORTO: Sem toalhas',
    { subject: 'Sem toalhas', priority: 'urgent', hotel_id: 'VV-PORTO' },
  ],
]

const REFUSED_INSTRUCTIONS: [string, string][] = [
  ['delete ticket T-1', 'none of the known forms'],
  ['close all tickets', 'none of the known forms'],
  ['close ticket T-1 and ticket T-2', 'none of the known forms'],
  ['set id of ticket T-1 to T-9', 'no field'],
  ['set tenant of ticket T-1 to foreign', 'no field'],
  ['set salary of ticket T-1 to 9', 'no field'],
  ['set priority of ticket T-1 to highest', 'low, normal, high, urgent'],
  ['set status of ticket T-1 to done', 'open, in_progress, resolved, closed'],
  ['clear the status of ticket T-1', 'cannot be empty'],
  ['assign ticket T-1 to me', 'Give a name'],
  ['assign ticket T-1 to maria and close it', 'quotes'],
  ['mark ticket T-1 as broken', 'status or a priority'],
  ['create a purple ticket: x', '"purple"'],
  ['create an urgent ticket with priority low: x', 'one value'],
  ['create 3 tickets: x', 'none of the known forms'],
  ['set the amount of order order_a1 to 5', 'none of the known forms'],
]

const REFUSED_SQL: [string, string][] = [
  ["UPDATE tickets SET status = 'closed'", 'add WHERE'],
  ["UPDATE tickets SET status = 'closed' WHERE true", 'no column'],
  ["UPDATE tickets SET status = 'closed' WHERE 1 = 1", 'no column'],
  ["UPDATE tickets SET tenant_id = 'foreign' WHERE id = 'T-1'", 'tenant_id of tickets may not be written'],
  ["UPDATE tickets SET id = 'T-9' WHERE id = 'T-1'", 'id of tickets may not be written'],
  ["UPDATE tickets SET created_at = now() WHERE id = 'T-1'", 'may not be written'],
  ["UPDATE tickets SET status = 'closed' WHERE tenant_id = 'foreign'", 'no column tenant_id'],
  ["UPDATE tickets SET status = 'a', status = 'b' WHERE id = 'T-1'", 'given twice'],
  ["UPDATE tickets SET subject = (SELECT name FROM users LIMIT 1) WHERE id = 'T-1'", 'inside a statement'],
  ["UPDATE tickets SET subject = current_setting('x') WHERE id = 'T-1'", 'current_setting'],
  ["UPDATE tickets SET subject = 'x' WHERE id IN (SELECT id FROM users)", 'inside a statement'],
  ["UPDATE tickets SET subject = 'x' FROM users WHERE id = 'T-1'", 'FROM may not be used'],
  ["UPDATE tickets SET subject = 'x' WHERE id = 'T-1' RETURNING tenant_id", 'RETURNING may not be used'],
  ["UPDATE tickets SET priority = DEFAULT WHERE id = 'T-1'", 'default'],
  ["UPDATE public.tickets SET subject = 'x' WHERE id = 'T-1'", 'schema'],
  ["UPDATE users SET name = 'x' WHERE id = 'T-1'", 'no table users'],
  ["UPDATE purchase_orders SET amount = 1 WHERE order_id = 'order_a1'", 'may be read and not changed'],
  [
    "UPDATE ticket_comments SET author = 'eve' WHERE id = 'C-1'",
    'author of ticket_comments may not be written',
  ],
  ["INSERT INTO tickets (id, subject) VALUES ('T-99', 'x')", 'id of tickets may not be written'],
  [
    "INSERT INTO tickets (tenant_id, subject) VALUES ('foreign', 'x')",
    'tenant_id of tickets may not be written',
  ],
  ["INSERT INTO ticket_comments (ticket_id, body, author) VALUES ('T-1', 'x', 'eve')", 'author'],
  ["INSERT INTO tickets (subject) VALUES ('a'), ('b')", 'one row'],
  ['INSERT INTO tickets (subject) SELECT name FROM users', 'one row of VALUES'],
  ["INSERT INTO tickets VALUES ('x')", 'names its columns'],
  ["INSERT INTO tickets (subject, room) VALUES ('x')", '2 are named and 1 values'],
  ['INSERT INTO tickets (subject) VALUES (room)', 'only values may stand'],
  ["INSERT INTO tickets (subject) VALUES ('x') ON CONFLICT DO NOTHING", 'ON CONFLICT may not be used'],
  ["INSERT INTO tickets (subject) VALUES ('x') RETURNING *", 'RETURNING may not be used'],
  ["INSERT INTO api_keys (name) VALUES ('x')", 'no table api_keys'],
  ['INSERT INTO purchase_orders (amount) VALUES (1)', 'may be read and not changed'],
  ["DELETE FROM tickets WHERE id = 'T-1'", 'DELETE came'],
  ['TRUNCATE tickets', 'came'],
  ['SELECT id FROM tickets', 'SELECT came'],
  ["WITH x AS (SELECT 1) UPDATE tickets SET subject = 'x' WHERE id = 'T-1'", 'WITH came'],
  ["UPDATE tickets SET room = '1' WHERE id = 'T-1'; DELETE FROM tickets", 'one statement'],
  ["UPDATE tickets SET room = '1' WHERE id = 'T-1' -- and more", 'comments'],
]

describe.each(DATABASES)('changes in the database on %s', (kind) => {
  let database: Database
  let tools: BuiltInTool[]
  let tenantId: string
  let tenants = 0
  type Input = Parameters<typeof invokeTool>[2]
  const call = (input: Input, key?: string) =>
    invokeTool(tools, WRITE, input, { tenantId, ...(key && { key }) })
  const confirmed = (input: Input, key?: string) => call({ ...input, dryRun: false, confirm: true }, key)
  const rowsOf = (sql: string, tenant = tenantId) =>
    database.transaction(tenant, (session) => session.query(sql))
  const everything = async () =>
    JSON.stringify([
      await rowsOf('SELECT * FROM tickets ORDER BY id'),
      await rowsOf('SELECT * FROM ticket_comments ORDER BY id'),
      await rowsOf('SELECT * FROM database_writes'),
    ])

  beforeAll(async () => {
    database = await openTestDatabase(kind)
    tools = makeDatabaseTools(database, { now: () => NOON.getTime() })
  })
  beforeEach(async () => {
    tenantId = `acme-${++tenants}`
    await fillServiceDesk(database, tenantId, `foreign-${tenants}`)
  })
  afterAll(() => database.close())

  test.each(CHANGES)('"%s" changes %s', async (instruction, id, changes) => {
    const before = await everything()
    const preview = await call({ instruction })
    expect(preview).toMatchObject({
      preview: true,
      would_affect: 1,
      rows: [{ id, after: { id, ...changes, updated_at: NOW } }],
    })
    expect(preview.rows[0].before).toMatchObject({ id })
    expect(preview.rows[0].before).not.toMatchObject(changes)
    expect(await everything(), 'a preview leaves nothing').toBe(before)
    const done = await confirmed({ instruction })
    expect(done).toMatchObject({ preview: false, rowCount: 1, rows: [{ id, ...changes }], sql: preview.sql })
    expect(done.rows[0]).toEqual(preview.rows[0].after)
    expect(await rowsOf(`SELECT * FROM tickets WHERE id = '${id}'`)).toMatchObject([changes])
    expect(
      await rowsOf("SELECT count(*) FROM tickets WHERE subject <> 'foreign'", `foreign-${tenants}`),
    ).toEqual([{ count: 0 }])
  })

  test.each(ADDITIONS)('"%s" adds a row', async (instruction, row) => {
    const before = await everything()
    expect(await call({ instruction })).toMatchObject({
      preview: true,
      would_affect: 1,
      rows: [{ before: null, after: row }],
    })
    expect(await everything()).toBe(before)
    expect(await confirmed({ instruction })).toMatchObject({ preview: false, rowCount: 1, rows: [row] })
  })

  test('a change needs both words: without dryRun false and confirm true it is a preview', async () => {
    const before = await everything()
    const instruction = 'close ticket T-1'
    for (const input of [{}, { dryRun: false }, { confirm: true }, { dryRun: true, confirm: true }])
      expect(await call({ instruction, ...input })).toMatchObject({ preview: true, would_affect: 1 })
    const draft = { instruction, dryRun: false, confirm: true }
    expect(await invokeTool(tools, WRITE, draft, { tenantId, preview: true })).toMatchObject({
      preview: true,
    })
    expect(await everything()).toBe(before)
  })

  test('the same key changes the database once and is answered the same', async () => {
    const comment = { instruction: 'add a comment to ticket T-1: once' }
    const first = await confirmed(comment, 'key-1')
    expect(await confirmed(comment, 'key-1')).toEqual(first)
    expect(await rowsOf("SELECT id FROM ticket_comments WHERE body = 'once'")).toHaveLength(1)
    await Promise.all(
      Array.from({ length: 5 }, () =>
        confirmed({ instruction: 'add a comment to ticket T-2: at once' }, 'key-2'),
      ),
    )
    expect(await rowsOf("SELECT id FROM ticket_comments WHERE body = 'at once'")).toHaveLength(1)
    await confirmed({ instruction: 'close ticket T-1' }, 'key-3')
    await confirmed({ instruction: 'reopen ticket T-1' }, 'key-4')
    await confirmed({ instruction: 'close ticket T-1' }, 'key-3')
    expect(await rowsOf("SELECT status FROM tickets WHERE id = 'T-1'")).toEqual([{ status: 'open' }])
  })

  test('SQL changes what its WHERE names, in this tenant', async () => {
    const sql =
      "UPDATE tickets t SET status = 'closed', priority = null WHERE t.hotel_id = 'VV-LISBON' AND t.status <> 'closed'"
    const preview = await call({ sql })
    expect(preview.rows.map(({ id }: { id: string }) => id).sort()).toEqual(['T-1', 'T-2', 'T-3', 'T-6'])
    expect(preview.sql).toContain('tenant_id = $1')
    expect(await confirmed({ sql })).toMatchObject({ rowCount: 4 })
    expect(await rowsOf("SELECT count(*) FROM tickets WHERE status = 'open'", `foreign-${tenants}`)).toEqual([
      { count: 4 },
    ])
  })

  test('SQL adds a row; its id, times, tenant and author are given by the program', async () => {
    const sql = "INSERT INTO tickets (subject, priority, room) VALUES ('Leak; it''s wet', 'high', null)"
    expect(await confirmed({ sql })).toMatchObject({
      rows: [{ id: 'T-8', subject: "Leak; it's wet", status: 'open', created_at: NOW }],
    })
    const comment = "INSERT INTO ticket_comments (ticket_id, body) VALUES ('T-8', 'on it')"
    expect(await confirmed({ sql: comment })).toMatchObject({ rows: [{ author: 'Ada', ticket_id: 'T-8' }] })
  })

  test('a condition that is always true changes no more than the tenant, and at most fifty rows', async () => {
    const sql = "UPDATE tickets SET room = '1' WHERE id = id OR true"
    expect((await call({ sql })).would_affect).toBe(7)
    await database.transaction(tenantId, (session) =>
      session.query(
        `INSERT INTO tickets (tenant_id, id, subject, status, created_at, updated_at)
         SELECT $1, 'T-' || n, 'x', 'open', now(), now() FROM generate_series(100, 150) n`,
        [tenantId],
      ),
    )
    expect(await refusalOf(confirmed({ sql }))).toMatchObject({
      code: 'sql_refused',
      message: expect.stringContaining('50 rows'),
    })
    expect(await rowsOf("SELECT count(*) FROM tickets WHERE room = '1'")).toEqual([{ count: 0 }])
  })

  test('a ticket that is not there is changed by nobody, and gets no comment', async () => {
    expect(await call({ instruction: 'close ticket T-99' })).toMatchObject({ would_affect: 0, rows: [] })
    expect(await confirmed({ instruction: 'close ticket T-99' })).toMatchObject({ rowCount: 0, rows: [] })
    expect(await refusalOf(call({ instruction: 'comment on ticket T-99: hello' }))).toMatchObject({
      code: 'ticket_not_found',
    })
    expect(await refusalOf(confirmed({ instruction: 'comment on ticket T-99: hello' }))).toMatchObject({
      code: 'ticket_not_found',
      outcomeUnknown: false,
    })
  })

  test('a value that the table does not take is refused, in a preview too', async () => {
    for (const [sql, code] of [
      ["UPDATE tickets SET status = 'lost' WHERE id = 'T-1'", 'invalid_value'],
      ["UPDATE tickets SET subject = null WHERE id = 'T-1'", 'invalid_value'],
      ["UPDATE tickets SET subject = '' WHERE id = 'T-1'", 'invalid_value'],
      ["INSERT INTO tickets (room) VALUES ('1')", 'invalid_value'],
      ["UPDATE tickets SET subject = count(*) WHERE id = 'T-1'", 'sql_refused'],
    ] as const) {
      expect(await refusalOf(call({ sql }))).toMatchObject({ code })
      expect(await refusalOf(confirmed({ sql }))).toMatchObject({ code })
    }
  })

  test.each(REFUSED_INSTRUCTIONS)('"%s" is refused, with examples', async (instruction, words) => {
    const before = await everything()
    const { code, message } = await refusalOf(confirmed({ instruction }))
    expect(code).toBe('instruction_not_understood')
    expect(message).toContain(words)
    expect(message).toContain('Say for example')
    expect(await everything()).toBe(before)
  })

  test.each(REFUSED_SQL)('%s is refused', async (sql, words) => {
    const before = await everything()
    const { code, message } = await refusalOf(confirmed({ sql }))
    expect(code, message).toBe('sql_refused')
    expect(message).toContain(words)
    expect(await everything()).toBe(before)
  })

  test('instruction or sql: one of them', async () => {
    for (const input of [
      {},
      { instruction: 'close ticket T-1', sql: "UPDATE tickets SET room = '1' WHERE id = 'T-1'" },
    ])
      expect(await refusalOf(call(input))).toMatchObject({ code: 'invalid_input' })
  })

  test('the tools say what they do to the database', () => {
    expect(tools.map(({ tool }) => [tool.id, tool.risk_level, tool.side_effects, tool.recovery])).toEqual([
      ['natural_language_db_read', 'low', ['database_read'], 'retry_with_key'],
      ['natural_language_db_write', 'high', ['database_write'], 'retry_with_key'],
    ])
  })
})
