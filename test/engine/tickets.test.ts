import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { invokeTool, refusalOf } from '../../src/engine/database-tools/invoke-tool.fixture.ts'
import { seedTickets } from '../../src/engine/tickets/seed-tickets.ts'
import { makeTicketTools } from '../../src/engine/tickets/ticket-tools.ts'
import type { BuiltInTool } from '../../src/engine/tools/tool-handler.ts'
import type { Database } from '../../src/store/database.ts'
import { DATABASES, openTestDatabase } from '../harness/open-test-database.ts'
import { createTestClock } from '../harness/start-test-server.ts'

describe.each(DATABASES)('the service desk on %s', (kind) => {
  let database: Database
  let tools: BuiltInTool[]
  let tenantId: string
  let tenants = 0
  const clock = createTestClock()
  const call = (id: string, input: Parameters<typeof invokeTool>[2], key?: string) =>
    invokeTool(tools, id, input, { tenantId, ...(key && { key }) })
  const listed = async (input: Parameters<typeof invokeTool>[2] = {}) =>
    (await call('ticketing.list_open', input)).tickets.map(({ id }: { id: string }) => id)

  beforeAll(async () => {
    database = await openTestDatabase(kind)
    tools = makeTicketTools(database, clock)
  })
  beforeEach(async () => {
    tenantId = `tenant-${++tenants}`
    await database.transaction(tenantId, (session) => seedTickets(session, tenantId, new Date(clock.now())))
  })
  afterAll(() => database.close())

  test('the open tickets of a tenant are listed, the oldest first, and no others', async () => {
    expect(await listed()).toEqual(['T-5', 'T-3', 'T-2', 'T-1'])
    const { tickets } = await call('ticketing.list_open', {})
    expect(tickets.at(-1)).toEqual({
      id: 'T-1',
      subject: 'No hot water in room 305',
      description: expect.any(String),
      status: 'open',
      priority: 'high',
      category: 'maintenance',
      hotel_id: 'VV-LISBON',
      room: '305',
      guest_name: 'Ana Souza',
      assignee: null,
      created_at: '2026-03-01T09:00:00.000Z',
      updated_at: '2026-03-01T09:00:00.000Z',
    })
  })

  test('a hotel narrows the list down; one without open tickets has an empty list', async () => {
    expect(await listed({ hotel_id: 'VV-LISBON' })).toEqual(['T-3', 'T-2', 'T-1'])
    expect(await listed({ hotel_id: 'VV-SINTRA' })).toEqual([])
    expect(await listed({ hotel_id: 'VV-NOWHERE' })).toEqual([])
    expect(await listed({ hotel_id: null })).toHaveLength(4)
  })

  test('members that the list does not know are let through, and the limit is kept', async () => {
    expect(await listed({ limit: 2, source: 'workflow', nested: { a: 1 } })).toEqual(['T-5', 'T-3'])
  })

  test('examples come once: a second time nothing is added and no change is undone', async () => {
    await call('ticketing.update', { id: 'T-1', status: 'resolved' })
    await database.transaction(tenantId, (session) => seedTickets(session, tenantId))
    expect(await listed()).toEqual(['T-5', 'T-3', 'T-2'])
  })

  test('examples without a moment count back from the clock of the database', async () => {
    const other = `${tenantId}-now`
    await database.transaction(other, (session) => seedTickets(session, other))
    const { tickets } = await invokeTool(tools, 'ticketing.list_open', {}, { tenantId: other })
    const age = Date.now() - Date.parse(tickets.at(-1).created_at)
    expect(Math.abs(age - 3 * 3_600_000)).toBeLessThan(60_000)
  })

  test('a new ticket is open, has the next id and the time of the clock', async () => {
    const { ticket } = await call('ticketing.create', {
      subject: 'No towels',
      hotel_id: 'VV-PORTO',
      room: '7',
    })
    expect(ticket).toMatchObject({
      id: 'T-8',
      subject: 'No towels',
      status: 'open',
      priority: null,
      hotel_id: 'VV-PORTO',
      room: '7',
      created_at: new Date(clock.now()).toISOString(),
    })
    expect((await call('ticketing.create', { subject: 'Another' })).ticket.id).toBe('T-9')
  })

  test('the same key creates one ticket, also when the calls come at once', async () => {
    const first = await call('ticketing.create', { subject: 'Once' }, 'key-1')
    expect(await call('ticketing.create', { subject: 'Once' }, 'key-1')).toEqual(first)
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => call('ticketing.create', { subject: 'At once' }, 'key-2')),
    )
    expect(new Set(answers.map(({ ticket }) => ticket.id)).size).toBe(1)
    const different = await Promise.all(
      Array.from({ length: 6 }, (_, index) => call('ticketing.create', { subject: `Ticket ${index}` })),
    )
    expect(new Set(different.map(({ ticket }) => ticket.id)).size).toBe(6)
  })

  test('the same key in another tenant, or for another tool, is another call', async () => {
    const mine = await call('ticketing.create', { subject: 'Mine' }, 'shared')
    const theirs = await invokeTool(
      tools,
      'ticketing.create',
      { subject: 'Theirs' },
      { tenantId: `${tenantId}-b`, key: 'shared' },
    )
    expect(theirs.ticket).toMatchObject({ id: 'T-1', subject: 'Theirs' })
    const { ticket } = await call('ticketing.update', { id: mine.ticket.id, subject: 'Changed' }, 'shared')
    expect(ticket.subject).toBe('Changed')
  })

  test('an update sets what is named and leaves the rest; its time is that of the change', async () => {
    clock.advance(60_000)
    const { ticket } = await call('ticketing.update', { id: 'T-2', status: 'in_progress', priority: null })
    expect(ticket).toMatchObject({
      status: 'in_progress',
      priority: null,
      assignee: 'maria',
      updated_at: new Date(clock.now()).toISOString(),
    })
    expect(Date.parse(ticket.created_at)).toBeLessThan(clock.now())
  })

  test('a repeated update does not undo what came after it', async () => {
    await call('ticketing.update', { id: 'T-1', status: 'resolved' }, 'first')
    await call('ticketing.update', { id: 'T-1', status: 'open' }, 'second')
    await call('ticketing.update', { id: 'T-1', status: 'resolved' }, 'first')
    expect(await listed()).toContain('T-1')
  })

  test('a ticket is assigned, and taken away from everybody', async () => {
    const assign = async (assignee: string | null) =>
      (await call('ticketing.assign', { id: 'T-1', assignee })).ticket.assignee
    expect(await assign('maria')).toBe('maria')
    expect(await assign(null)).toBeNull()
  })

  test('what a change would do can be seen without doing it', async () => {
    const would = async (id: string, input: Parameters<typeof invokeTool>[2]) =>
      (await invokeTool(tools, id, input, { tenantId, preview: true })).ticket
    expect(await would('ticketing.create', { subject: 'Only if' })).toMatchObject({
      id: 'T-8',
      subject: 'Only if',
    })
    expect(await would('ticketing.update', { id: 'T-1', status: 'closed' })).toMatchObject({
      status: 'closed',
    })
    expect(await would('ticketing.assign', { id: 'T-1', assignee: 'maria' })).toMatchObject({
      assignee: 'maria',
    })
    expect(await refusalOf(would('ticketing.assign', { id: 'T-99', assignee: 'x' }))).toMatchObject({
      code: 'ticket_not_found',
    })
    const { tickets } = await call('ticketing.list_open', {})
    expect(tickets.at(-1)).toMatchObject({ id: 'T-1', status: 'open', assignee: null })
    expect(tickets).toHaveLength(4)
  })

  test('a ticket that is not there, or is of another tenant, cannot be told apart', async () => {
    await call('ticketing.create', { subject: 'Only here' })
    const missing = await refusalOf(call('ticketing.update', { id: 'T-99', status: 'closed' }))
    const foreign = await refusalOf(
      invokeTool(tools, 'ticketing.assign', { id: 'T-8', assignee: 'eve' }, { tenantId: `${tenantId}-c` }),
    )
    expect(missing).toMatchObject({ code: 'ticket_not_found', message: expect.stringContaining('T-99') })
    expect(foreign).toMatchObject({ code: 'ticket_not_found', message: expect.stringContaining('T-8') })
  })

  test('a call that fails leaves no trace of its key', async () => {
    await refusalOf(call('ticketing.update', { id: 'T-99', status: 'closed' }, 'retry'))
    const { ticket } = await call('ticketing.update', { id: 'T-1', status: 'closed' }, 'retry')
    expect(ticket.status).toBe('closed')
  })

  test.each([
    ['ticketing.create', {}],
    ['ticketing.create', { subject: '' }],
    ['ticketing.create', { subject: 'x', status: 'lost' }],
    ['ticketing.create', { subject: 'x', tenant_id: 'other' }],
    ['ticketing.update', { id: 'T-1' }],
    ['ticketing.update', { id: 'T-1', created_at: '2020-01-01' }],
    ['ticketing.assign', { id: 'T-1' }],
    ['ticketing.list_open', { limit: 0 }],
  ])('%s does not fit its schema with %j', async (id, input) => {
    await expect(call(id, input)).rejects.toThrow('does not fit its schema')
  })

  test('tools say what they do to the database, and which of them may be called again', () => {
    expect(tools.map(({ tool }) => [tool.id, tool.risk_level, tool.side_effects, tool.recovery])).toEqual([
      ['ticketing.list_open', 'low', ['database_read'], 'retry_with_key'],
      ['ticketing.create', 'medium', ['database_write'], 'retry_with_key'],
      ['ticketing.update', 'medium', ['database_write'], 'retry_with_key'],
      ['ticketing.assign', 'medium', ['database_write'], 'retry_with_key'],
    ])
  })
})
