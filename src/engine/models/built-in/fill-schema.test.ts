import { expect, test } from 'vitest'
import { fillSchema } from './fill-schema.ts'
import type { JsonSchema } from './read-schema.ts'
import { detectLanguage } from './read-text.ts'
import { findInSources } from './sources.fixture.ts'

const S = (properties: Record<string, JsonSchema>, required = Object.keys(properties)): JsonSchema => ({
  type: 'object',
  properties,
  required,
})
const str = { type: 'string' }
const num = { type: 'number' }
const int = { type: 'integer' }
const bool = { type: 'boolean' }
const date = { type: 'string', format: 'date' }
const email = { type: 'string', format: 'email' }

const NOW = new Date('2026-03-04T10:00:00Z')

/** What a text says, and what is missing where it does not say. */
const CASES: [schema: JsonSchema, text: string, filled: Record<string, unknown>, missing?: string[]][] = [
  [
    S({ amount: num, currency: str, payee: str }),
    'Transfer 2.300,75 EUR to payee: Marta Lopes',
    { amount: 2300.75, currency: 'EUR', payee: 'Marta Lopes' },
  ],
  [S({ amount: num }), 'The budget for the party is $1,500', { amount: 1500 }],
  [S({ guests: int, date }), 'A table for five people on 14 May 2026', { guests: 5, date: '2026-05-14' }],
  [
    S({ guests: int, date }),
    'Uma mesa para quatro pessoas no dia 20/06/2026',
    { guests: 4, date: '2026-06-20' },
  ],
  [S({ room: str, issue: str }), 'Room 512: the safe will not open', { room: '512' }],
  [
    S({ order_number: str, reason: str }, ['order_number']),
    'I want to return order 99-AB12 because it is too small',
    { order_number: '99-AB12' },
  ],
  [
    S({ email, name: str }),
    'Please add Rui Matos (rui.matos@empresa.pt) to the list. His name is Rui Matos',
    { email: 'rui.matos@empresa.pt', name: 'Rui Matos' },
  ],
  [
    S({ start_date: date, end_date: date }),
    'I need days off from 2026-07-01 to 2026-07-12',
    { start_date: '2026-07-01', end_date: '2026-07-12' },
  ],
  [
    S({ check_in: date, check_out: date, adults: int, children: int }),
    'Two adults and one child, arriving 3 August 2026 and leaving 10 August 2026',
    { check_in: '2026-08-03', check_out: '2026-08-10', adults: 2, children: 1 },
  ],
  [S({ city: str }), 'Will it rain in Faro tomorrow?', { city: 'Faro' }],
  [S({ cidade: str }), 'Que tempo faz em Coimbra?', { cidade: 'Coimbra' }],
  [S({ expression: str }), 'Quanto é 15 vezes 4 menos 3?', { expression: '15 * 4 - 3' }],
  [
    S({ quantity: int, size: { enum: ['S', 'M', 'L', 'XL'] }, color: { enum: ['red', 'blue', 'black'] } }),
    'I take 3 shirts in blue, size L',
    { quantity: 3, size: 'L', color: 'blue' },
  ],
  [
    S({ breakfast: bool, parking: bool, pets: bool }),
    'With breakfast, without parking, and we bring no pets',
    { breakfast: true, parking: false, pets: false },
  ],
  [
    S({ pequeno_almoco: bool, estacionamento: bool }),
    'Com pequeno-almoço mas sem estacionamento',
    { pequeno_almoco: true, estacionamento: false },
  ],
  [
    S({ priority: { enum: ['P1', 'P2', 'P3', 'P4'] } }),
    'The lights in the stairwell flicker',
    { priority: 'P3' },
  ],
  [
    S({ category: { enum: ['billing', 'technical', 'other'] } }),
    'My invoice has the wrong address',
    { category: 'billing' },
  ],
  [S({ category: { enum: ['billing', 'technical', 'other'] } }), 'Nice weather today', { category: 'other' }],
  [
    S({ tags: { type: 'array', items: str } }),
    'tags: vip, allergy, late',
    { tags: ['vip', 'allergy', 'late'] },
  ],
  [
    S({ emails: { type: 'array', items: email } }),
    'Send it to a@b.pt and c@d.com please',
    { emails: ['a@b.pt', 'c@d.com'] },
  ],
  [
    S({ days: { type: 'array', items: { enum: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'] } } }),
    'I am free on Monday and Thursday',
    { days: ['monday', 'thursday'] },
  ],
  [S({ phone: str }), 'Call me at +351 213 456 789', { phone: '+351 213 456 789' }],
  [S({ discount_percent: num }), 'Give them a 12.5% discount', { discount_percent: 12.5 }],
  [S({ amount_cents: int }), 'Cobrar 19,90 €', { amount_cents: 1990 }],
  [S({ date }), 'O pagamento é depois de amanhã', { date: '2026-03-06' }],
  [
    S({ from: str, to: str, date }),
    'A train from Porto to Lisbon on March 9, 2026',
    { from: 'Porto', to: 'Lisbon', date: '2026-03-09' },
  ],
  [
    S({ ticket_id: str, assignee: str }),
    'Assign ticket T-204, assignee: Joana',
    { ticket_id: 'T-204', assignee: 'Joana' },
  ],
  [
    S({ url: { type: 'string', format: 'uri' } }),
    'Read https://example.com/a?b=1 and summarise',
    { url: 'https://example.com/a?b=1' },
  ],
  [S({ query: str }), 'Which guests arrive today?', { query: 'Which guests arrive today?' }],
  [
    S({ nif: str, nome: str }),
    'Fatura em nome: Padaria Central Lda; NIF 508123456',
    { nif: '508123456', nome: 'Padaria Central Lda' },
  ],
  [
    S({ address: S({ city: str, postcode: str }), name: str }),
    'Name: Ana Reis\nCity: Braga\nPostcode: 4700-123',
    { name: 'Ana Reis', address: { city: 'Braga', postcode: '4700-123' } },
  ],
  [S({ time: str, date }), 'Dentist on 9 March 2026 at 3pm', { time: '15:00', date: '2026-03-09' }],
  [S({ amount: num, supplier: str }), 'We should buy some chairs', {}, ['amount', 'supplier']],
  [S({ email }), 'Write to me', {}, ['email']],
  [S({ check_in: date }), 'We come soon', {}, ['check_in']],
  [S({ token_in: str, token_out: str, amount: num }, ['amount']), 'Swap 0.5 ETH to USDC', { amount: 0.5 }],
  [S({ nights: int }), 'Ficamos três noites', { nights: 3 }],
  [S({ urgent: bool }), 'This is not urgent', { urgent: false }],
  [S({ age: int }), 'She is 42 years old', { age: 42 }],
  [
    S({ title: str, description: str }),
    'Create a ticket: the gate does not open',
    { title: 'the gate does not open', description: 'the gate does not open' },
  ],
  [
    S({ sentiment: { enum: ['positive', 'neutral', 'negative'] } }),
    'O pequeno-almoço estava frio e o empregado foi mal educado',
    { sentiment: 'negative' },
  ],
  [S({ language: { enum: ['en', 'pt'] } }), 'Onde está a minha encomenda?', { language: 'pt' }],
]

function fill(
  schema: JsonSchema,
  text: string,
  over: { now?: Date; facts?: unknown[]; forced?: boolean } = {},
) {
  const source = { text, facts: over.facts ?? [], language: detectLanguage(text), now: over.now }
  return fillSchema(schema, source, over.forced ?? false)
}

test.each(CASES.map(([schema, text, filled, missing]) => [text, filled, schema, missing] as const))(
  '"%s" fills %o',
  (text, filled, schema, missing) => {
    const result = fill(schema, text, { now: NOW })
    expect(result.value).toMatchObject(filled)
    if (missing) expect(result.missing.map(({ path }) => path)).toEqual(missing)
  },
)

test('a relative day is reckoned from the present that was given, and is missing without one', () => {
  const schema = S({ date })
  expect(fill(schema, 'Come tomorrow', { now: NOW }).value).toEqual({ date: '2026-03-05' })
  expect(fill(schema, 'Come tomorrow')).toEqual({ value: {}, missing: [{ path: 'date', about: 'date' }] })
})

test('a day that two readers read differently is not taken', () => {
  expect(fill(S({ date }), 'Arriving 03/04/2026').missing).toHaveLength(1)
  expect(fill(S({ date }), 'Chegamos no dia 03/04/2026').value).toEqual({ date: '2026-04-03' })
  expect(fill(S({ date }), 'Arriving 23/04/2026').value).toEqual({ date: '2026-04-23' })
})

test('data by name goes before words, in the form the slot takes', () => {
  const facts = [{ order: { id: 77, total: '1.250,50 €' }, customer_email: 'x@y.pt' }]
  const schema = S({ order_id: str, order_total: num, customerEmail: email })
  expect(fill(schema, 'Refund order 12', { facts }).value).toEqual({
    order_id: '77',
    order_total: 1250.5,
    customerEmail: 'x@y.pt',
  })
})

test('a forced answer takes null where it may, a default where there is one, and leaves the rest out', () => {
  const schema = S({
    phone: { type: ['string', 'null'] },
    size: { type: 'string', default: 'M' },
    amount: num,
    tags: { type: 'array', items: str },
  })
  expect(fill(schema, 'Good morning', { forced: true }).value).toEqual({ phone: null, size: 'M', tags: [] })
})

test('bounds and patterns of the schema hold', () => {
  expect(fill(S({ guests: { type: 'integer', maximum: 8 } }), 'We are 40 guests').missing).toHaveLength(1)
  expect(
    fill(S({ plate: { type: 'string', pattern: '^[A-Z]{2}-[0-9]{2}-[A-Z]{2}$' } }), 'My car is AA-12-BB')
      .value,
  ).toEqual({
    plate: 'AA-12-BB',
  })
})

test('a pattern made to hang does not hang', () => {
  const started = performance.now()
  fill(S({ code: { type: 'string', pattern: '^(a+)+$' } }), `${'a'.repeat(90)}! `.repeat(50))
  expect(performance.now() - started).toBeLessThan(2000)
})

test('references, alternatives and nested objects are followed', () => {
  const schema: JsonSchema = {
    type: 'object',
    $defs: { Place: { type: 'object', properties: { city: str }, required: ['city'] } },
    properties: {
      place: { $ref: '#/$defs/Place' },
      contact: { anyOf: [email, { type: 'null' }] },
      kind: { anyOf: [{ const: 'single' }, { const: 'double' }] },
    },
    required: ['place', 'contact', 'kind'],
  }
  expect(fill(schema, 'A double room in Evora, write to me at eu@ca.pt').value).toEqual({
    place: { city: 'Evora' },
    contact: 'eu@ca.pt',
    kind: 'double',
  })
})

test('a schema that refers to itself ends', () => {
  const schema: JsonSchema = { $defs: { Node: { $ref: '#/$defs/Node' } }, $ref: '#/$defs/Node' }
  expect(fill(schema, 'anything', { forced: true }).missing).toEqual([])
})

test('none of these texts stands in the sources', () => {
  expect(CASES.length).toBeGreaterThan(40)
  expect(findInSources(CASES.map(([, text]) => text))).toEqual([])
})
