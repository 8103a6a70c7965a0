import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CATALOGUE, TABLE_NAMES } from '../../src/engine/database-tools/catalogue.ts'
import { invokeTool, refusalOf } from '../../src/engine/database-tools/invoke-tool.fixture.ts'
import { makeDatabaseTools } from '../../src/engine/database-tools/make-database-tools.ts'
import { fillServiceDesk, NOON } from '../../src/engine/database-tools/service-desk.fixture.ts'
import type { BuiltInTool } from '../../src/engine/tools/tool-handler.ts'
import type { Database } from '../../src/store/database.ts'
import { DATABASES, openTestDatabase } from '../harness/open-test-database.ts'

/** Ids stand for whole rows, in this order; objects are the rows as they are answered. */
type Expected = string[] | Record<string, unknown>[]

const LISTS: [string, Expected][] = [
  ['list tickets', ['T-1', 'T-2', 'T-3', 'T-4', 'T-5', 'T-6', 'T-7']],
  ['show me all open tickets', ['T-1', 'T-2', 'T-3', 'T-5']],
  ['tickets not closed', ['T-1', 'T-2', 'T-3', 'T-4', 'T-5', 'T-6']],
  ['tickets that are neither closed nor open', ['T-4', 'T-6']],
  ['open or in progress tickets', ['T-1', 'T-2', 'T-3', 'T-4', 'T-5']],
  ['tickets without assignee', ['T-1', 'T-3', 'T-5']],
  ['tickets with an assignee', ['T-2', 'T-4', 'T-6', 'T-7']],
  ['tickets assigned to Maria', ['T-2', 'T-6']],
  ['open tickets not assigned to maria', ['T-1', 'T-3', 'T-5']],
  ['tickets assigned to maria or joao', ['T-2', 'T-4', 'T-6', 'T-7']],
  ['tickets not urgent in VV-PORTO', ['T-5']],
  ['high priority tickets', ['T-1', 'T-7']],
  ['tickets with priority high or urgent', ['T-1', 'T-4', 'T-7']],
  ['tickets with no priority', ['T-3']],
  ['unassigned tickets in hotel VV-LISBON', ['T-1', 'T-3']],
  ['tickets in VV-PORTO or VV-SINTRA', ['T-4', 'T-5', 'T-7']],
  ['tickets in room 305', ['T-1']],
  ['tickets in category maintenance', ['T-1', 'T-4', 'T-7']],
  ['tickets whose category is "billing"', ['T-5']],
  ['tickets from guest Ana Souza', ['T-1']],
  ['tickets about hot water', ['T-1']],
  ['tickets with description containing passport', ['T-7']],
  ['tickets whose subject contains "wi-fi"', ['T-2']],
  ['tickets T-1, T-3 and T-99', ['T-1', 'T-3']],
  ['tickets created today', ['T-1', 'T-2']],
  ['tickets opened yesterday', ['T-3', 'T-4']],
  ['open tickets from this week', ['T-1', 'T-2', 'T-3', 'T-5']],
  ['tickets created last week', ['T-6', 'T-7']],
  ['tickets in the last 24 hours', ['T-1', 'T-2', 'T-3']],
  ['tickets since 2026-03-02', ['T-1', 'T-2', 'T-3', 'T-4', 'T-5']],
  ['tickets between 2026-02-20 and 2026-03-01', ['T-6', 'T-7']],
  ['tickets created before 2026-03-01', ['T-7']],
  ['tickets older than 3 days', ['T-7']],
  ['tickets in february 2026', ['T-7']],
  ['closed tickets updated today', ['T-7']],
  ['newest 2 tickets', ['T-1', 'T-2']],
  ['oldest open ticket', ['T-5']],
  ['last 2 open tickets', ['T-1', 'T-2']],
  ['tickets sorted by priority', ['T-4', 'T-1', 'T-7', 'T-2', 'T-6', 'T-5', 'T-3']],
  ['top 2 tickets by priority', ['T-4', 'T-1']],
  ['orders over 100 EUR', ['order_a1', 'order_d4']],
  ['orders with amount between 40 and 80', ['order_b2', 'order_c3']],
  ['orders in EUR from merchant ACME', ['order_a1']],
  ['orders without merchant', ['order_d4']],
  ['3 most expensive orders', ['order_d4', 'order_a1', 'order_b2']],
  ['top 2 orders by amount', ['order_d4', 'order_a1']],
  ['tickets with comments', ['T-1', 'T-4', 'T-6']],
  ['open tickets without comments', ['T-2', 'T-3', 'T-5']],
  ['tickets with comments by maria', ['T-1', 'T-6']],
  ['tickets without comments by maria', ['T-2', 'T-3', 'T-4', 'T-5', 'T-7']],
  ['tickets with more than 1 comment', ['T-1']],
  ['comments of open tickets', ['C-2', 'C-1']],
  ['comments of ticket T-4', ['C-3']],
  ['comments in VV-PORTO', ['C-3']],
  ['comments mentioning pump', ['C-2', 'C-1']],
  ['comments by joao on urgent tickets', ['C-3']],
  ['latest comment', ['C-2']],
  ['orders from ACME', ['order_a1', 'order_c3']],
  ['orders from "Hotel Supplies" over 50 EUR', ['order_b2']],
  ['tickets opened more than 3 days ago', ['T-7']],
]

const FIGURES: [string, Expected][] = [
  ['how many open tickets', [{ count: 4 }]],
  ['how many tickets were created this week', [{ count: 5 }]],
  [
    'how many open tickets per hotel',
    [
      { hotel_id: 'VV-LISBON', count: 3 },
      { hotel_id: 'VV-PORTO', count: 1 },
    ],
  ],
  [
    'count tickets by status',
    [
      { status: 'open', count: 4 },
      { status: 'closed', count: 1 },
      { status: 'in_progress', count: 1 },
      { status: 'resolved', count: 1 },
    ],
  ],
  [
    'top 2 hotels by number of tickets',
    [
      { hotel_id: 'VV-LISBON', count: 4 },
      { hotel_id: 'VV-PORTO', count: 2 },
    ],
  ],
  ['which hotel has the most urgent tickets', [{ hotel_id: 'VV-PORTO', count: 1 }]],
  ['how many different hotels have open tickets', [{ count: 2 }]],
  ['how many tickets have comments', [{ count: 3 }]],
  ['how many comments does ticket T-1 have', [{ count: 2 }]],
  [
    'comments per ticket',
    [
      { ticket_id: 'T-1', count: 2 },
      { ticket_id: 'T-4', count: 1 },
      { ticket_id: 'T-6', count: 1 },
    ],
  ],
  [
    'tickets per day since 2026-03-03',
    [
      { day: '2026-03-03T00:00:00.000Z', count: 2 },
      { day: '2026-03-04T00:00:00.000Z', count: 2 },
    ],
  ],
  [
    'total amount of orders',
    [
      { currency: 'EUR', sum_amount: 500.5 },
      { currency: 'USD', sum_amount: 40 },
    ],
  ],
  ['average order amount in EUR', [{ avg_amount: 166.83 }]],
  ['highest amount of orders in EUR', [{ max_amount: 300 }]],
  ['lowest amount in EUR', [{ min_amount: 80 }]],
  ['how much was spent this month', [{ currency: 'EUR', sum_amount: 200.5 }]],
  [
    'sum of amounts in EUR per merchant',
    [
      { merchant: null, sum_amount: 300 },
      { merchant: 'ACME', sum_amount: 120.5 },
      { merchant: 'Hotel Supplies', sum_amount: 80 },
    ],
  ],
  [
    'top 2 merchants by total amount in EUR',
    [
      { merchant: 'ACME', sum_amount: 120.5 },
      { merchant: 'Hotel Supplies', sum_amount: 80 },
    ],
  ],
  ['distinct merchants of orders', [{ merchant: 'ACME' }, { merchant: 'Hotel Supplies' }]],
  ['maximum created at of tickets', [{ max_created_at: '2026-03-04T09:00:00.000Z' }]],
  [
    'distinct categories of open tickets',
    [
      { category: 'billing' },
      { category: 'internet' },
      { category: 'maintenance' },
      { category: 'reception' },
    ],
  ],
  ['hotels with open tickets', [{ hotel_id: 'VV-LISBON' }, { hotel_id: 'VV-PORTO' }]],
  ['status of ticket T-4', [{ status: 'in_progress' }]],
  ['who is assigned to ticket T-2', [{ assignee: 'maria' }]],
  [
    'subject and guest of tickets in VV-SINTRA',
    [{ subject: 'Safe does not open', guest_name: 'Pedro Nunes' }],
  ],
  [
    'description and room of ticket T-2',
    [{ description: 'Three guests could not finish their video calls.', room: null }],
  ],
  [
    'author and body of comments of ticket T-4',
    [{ author: 'joao', body: 'Condensate drain is blocked, part ordered.' }],
  ],
  ['which hotels have more than 2 tickets', [{ hotel_id: 'VV-LISBON', count: 4 }]],
  ['which hotels have at least 2 open tickets', [{ hotel_id: 'VV-LISBON', count: 3 }]],
  ['merchants with at least 2 orders', [{ merchant: 'ACME', count: 2 }]],
  ['guest names of urgent tickets', [{ guest_name: 'Marta Ferreira' }]],
  ['when was T-7 updated', [{ updated_at: '2026-03-04T10:00:00.000Z' }]],
  ['when was order order_b2 placed', [{ created_at: '2026-03-02T10:00:00.000Z' }]],
  ['price of order order_a1', [{ amount: 120.5 }]],
  [
    'urgent tickets with their comments',
    [
      {
        id: 'T-4',
        subject: 'Air conditioning leaks onto the carpet',
        status: 'in_progress',
        priority: 'urgent',
        category: 'maintenance',
        hotel_id: 'VV-PORTO',
        room: '118',
        assignee: 'joao',
        created_at: '2026-03-03T06:00:00.000Z',
        ticket_comments_id: 'C-3',
        ticket_id: 'T-4',
        author: 'joao',
        body: 'Condensate drain is blocked, part ordered.',
        ticket_comments_created_at: '2026-03-03T10:00:00.000Z',
      },
    ],
  ],
  [
    'tickets in VV-PORTO, showing id and room',
    [
      { id: 'T-4', room: '118' },
      { id: 'T-5', room: '204' },
    ],
  ],
]

const PORTUGUESE: [string, Expected][] = [
  ['quantos chamados abertos', [{ count: 4 }]],
  ['chamados abertos há mais de 1 dia', ['T-5']],
  ['chamados abertos há menos de 10 horas', ['T-1', 'T-2']],
  ['chamados abertos há mais de 2 dias', []],
  ['pedidos da ACME', ['order_a1', 'order_c3']],
  ['quais hotéis têm mais de 2 chamados abertos', [{ hotel_id: 'VV-LISBON', count: 3 }]],
  ['quando foi atualizado o chamado T-7', [{ updated_at: '2026-03-04T10:00:00.000Z' }]],
  ['quantos chamados estão abertos no hotel VV-LISBON', [{ count: 3 }]],
  ['chamados urgentes não resolvidos', ['T-4']],
  ['chamados sem responsável', ['T-1', 'T-3', 'T-5']],
  ['chamados criados hoje', ['T-1', 'T-2']],
  ['chamados dos últimos 7 dias', ['T-1', 'T-2', 'T-3', 'T-4', 'T-5', 'T-6']],
  ['chamados atribuídos à maria', ['T-2', 'T-6']],
  ['chamados com prioridade alta ou urgente', ['T-1', 'T-4', 'T-7']],
  ['chamados que não estão fechados nem abertos', ['T-4', 'T-6']],
  ['os 2 chamados mais recentes', ['T-1', 'T-2']],
  ['o chamado mais antigo', ['T-7']],
  ['chamados sobre "hot water"', ['T-1']],
  ['chamados criados entre 2026-02-20 e 2026-03-01', ['T-6', 'T-7']],
  ['comentários dos chamados abertos', ['C-2', 'C-1']],
  ['chamados com comentários', ['T-1', 'T-4', 'T-6']],
  ['pedidos acima de 100', ['order_a1', 'order_d4']],
  ['os 2 maiores pedidos', ['order_d4', 'order_a1']],
  [
    'valor total dos pedidos por moeda',
    [
      { currency: 'EUR', sum_amount: 500.5 },
      { currency: 'USD', sum_amount: 40 },
    ],
  ],
  ['valor médio dos pedidos em euros', [{ avg_amount: 166.83 }]],
  ['quanto gastamos este mês', [{ currency: 'EUR', sum_amount: 200.5 }]],
  ['categorias distintas dos chamados em VV-PORTO', [{ category: 'billing' }, { category: 'maintenance' }]],
  ['quem é o responsável pelo chamado T-4', [{ assignee: 'joao' }]],
  ['top 1 hotéis com mais chamados abertos', [{ hotel_id: 'VV-LISBON', count: 3 }]],
]

/** Questions that could be misread, with words of what is said against them. */
const REFUSED: [string, string[]][] = [
  ['when was ticket T-1 closed', ['created or updated']],
  ['which hotels have fewer than 2 tickets', ['fewer than']],
  ['chamados fechados há mais de 2 dias', ['created']],
  ['tickets from Ana', ['Ana']],
  ['old tickets', ['old']],
  ['show all users', ['"users"']],
  ['list the api keys of the tenant', ['"api"', '"keys"', '"tenant"']],
  ['passwords of tickets', ['"passwords"']],
  ['show events', ['"events"']],
  ['drop the tickets', ['"drop"']],
  ['delete tickets and orders', ['"delete"', '"orders"']],
  ['tickets; select * from users', ['";"', '"users"']],
  ['open tickets. closed tickets', ['"."']],
  ['what is the weather in Lisbon', ['"weather"', '"Lisbon"']],
  ['tickets assigned to me', ['"me"']],
  ['tickets closed today', ['"today"', 'created']],
  ['closed tickets today', ['created', 'updated']],
  ['tickets by status', ['"by"', 'per', 'sorted by']],
  ['tickets open or urgent', ['"or"']],
  ['tickets not closed and resolved', ['or']],
  ['tickets with status open with status closed', ['status']],
  ['tickets this week and last week', ['created_at']],
  ['tickets about window open', ['quotes']],
  ['show guest nationality of tickets', ['"nationality"']],
  ['tickets never closed', ['"never"']],
  ['tickets open for more than 3 days', ['"more than"']],
  ['hotels with no tickets', ['"with no"']],
  ['first 5 tickets', ['"first"', 'oldest']],
  ['top 5 orders', ['top']],
  ['total of orders', ['"total of"', 'how many orders']],
  ['newest ticket per hotel', ['groups']],
  ['largest orders per merchant', ['groups']],
  ['orders of tickets', ['nothing in common']],
  ['orders in VV-LISBON', ['hotel_id']],
  ['tickets created on 2026-02-30', ['"2026-02-30"']],
  ['orders over 1,000', ['"1,000"']],
  ['non-urgent tickets', ['"non-urgent"']],
  ['tickets with comments today', ['what happened']],
  ['how many', ['tickets', 'orders']],
  ['status is open', ['tickets']],
  ['how many tickets subject', ['"subject"']],
  ['everything', ['tickets']],
  ['updated tickets today', ['"updated"']],
  ['room tickets', ['of']],
  ['no open tickets', ['"no"']],
  ['open comments', ['comments have no status']],
  ['everything with comments', ['"with"']],
  ['tickets showing', ['"showing"']],
  ['distinct tickets', ['"distinct"']],
  ['tickets with their comments, showing id', ['one kind of rows']],
  ['chamados abertos hoje', ['"hoje"']],
]

describe.each(DATABASES)('questions to the database on %s', (kind) => {
  let database: Database
  let tools: BuiltInTool[]
  const ask = (question: string, limit?: number) =>
    invokeTool(tools, 'natural_language_db_read', { question, ...(limit && { limit }) })

  beforeAll(async () => {
    database = await openTestDatabase(kind)
    await fillServiceDesk(database, 'acme', 'foreign')
    tools = makeDatabaseTools(database, { now: () => NOON.getTime() })
  })
  afterAll(() => database.close())

  test.each([...LISTS, ...FIGURES, ...PORTUGUESE])(
    '"%s" answers with its rows',
    async (question, expected) => {
      const { results, rowCount, truncated, sql } = await ask(question)
      const first = expected[0]
      const seen =
        typeof first === 'string'
          ? results.map((row: Record<string, unknown>) => row.id ?? row.order_id)
          : results
      expect(seen, sql).toEqual(expected)
      expect({ rowCount, truncated }).toEqual({ rowCount: expected.length, truncated: false })
      expect(JSON.stringify(results)).not.toContain('foreign')
    },
  )

  test('each kind of rows is shown with all its columns when all are asked for, and no hidden one', async () => {
    for (const table of TABLE_NAMES) {
      const { results } = await ask(`all columns of ${CATALOGUE[table].many[0]}`)
      expect(Object.keys(results[0]), table).toEqual(Object.keys(CATALOGUE[table].columns))
    }
  })

  test('every column that may be asked for can be named, alone', async () => {
    for (const table of TABLE_NAMES)
      for (const [column, { words }] of Object.entries(CATALOGUE[table].columns)) {
        const { results } = await ask(`${words[0]} of ${CATALOGUE[table].many[0]}`)
        expect(Object.keys(results[0]), `${table}.${column}`).toEqual([column])
      }
  })

  test.each(REFUSED)('"%s" is refused and said why, with examples', async (question, words) => {
    const { code, message } = await refusalOf(ask(question))
    expect(code).toBe('question_not_understood')
    for (const word of words) expect(message).toContain(word)
    expect(message).toContain('Ask for example')
  })

  test('the same question gives the same statement', async () => {
    const [first, second] = await Promise.all([ask('urgent tickets'), ask('urgent tickets')])
    expect(first.sql).toBe(second.sql)
  })

  test('an answer is cut at the limit and says so; a number in the question is no cut', async () => {
    expect(await ask('list tickets', 3)).toMatchObject({ rowCount: 3, truncated: true })
    expect(await ask('list tickets', 7)).toMatchObject({ rowCount: 7, truncated: false })
    expect(await ask('newest 3 tickets')).toMatchObject({ rowCount: 3, truncated: false })
    expect(await ask('newest 5 tickets', 2)).toMatchObject({ rowCount: 2, truncated: true })
  })

  test('a text of the question is a value and never SQL', async () => {
    const texts = ["x' OR '1'='1", "'; DROP TABLE tickets; --", '%', '_', '\\', "\\' OR 1=1 --", '$1', 'ação']
    for (const text of texts) {
      expect((await ask(`tickets about "${text}"`)).results, text).toEqual([])
      expect((await ask(`tickets assigned to "${text}"`)).results, text).toEqual([])
    }
  })

  test('question or sql: one of them', async () => {
    const both = { question: 'list tickets', sql: 'SELECT id FROM tickets' }
    for (const input of [{}, both])
      expect(await refusalOf(invokeTool(tools, 'natural_language_db_read', input))).toMatchObject({
        code: 'invalid_input',
        message: expect.stringContaining('either question or sql'),
      })
  })
})
