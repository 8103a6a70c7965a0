import { expect, test } from 'vitest'
import { fillSchema } from './fill-schema.ts'
import type { JsonSchema } from './read-schema.ts'
import { detectLanguage } from './read-text.ts'
import { findInSources } from './sources.fixture.ts'

const required = (properties: Record<string, JsonSchema>): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
})
const optional = (properties: Record<string, JsonSchema>): JsonSchema => ({ type: 'object', properties })
const str = { type: 'string' }
const num = { type: 'number' }
const int = { type: 'integer' }

const fill = (schema: JsonSchema, text: string, facts: unknown[] = []) =>
  fillSchema(schema, { text, facts, language: detectLanguage(text), now: undefined }, false)

const MONEY: [name: string, text: string, value: number][] = [
  ['amount', 'the amount is $2,500.00', 2500],
  ['budget', 'budget is 1,250.50 euros', 1250.5],
  ['budget', 'my budget: 1,250', 1250],
  ['orcamento', 'orçamento: 1.250,50', 1250.5],
  ['amount', 'pay $2,500.00 now', 2500],
  ['amount', 'Kindly transfer EUR 3,450.75 to our supplier', 3450.75],
  ['total', 'The total comes to R$ 12.480,90', 12480.9],
  ['price', 'price: 1.999,00 €, delivery on Friday', 1999],
  ['deposit', 'A deposit of £1,200 was left by the couple', 1200],
  ['limit', 'Set the limit to 15,000', 15000],
  ['amount', 'Charge 49 to room 12', 49],
  ['discount', 'Aplique um desconto de 15%', 15],
]

test.each(MONEY)('a number is read whole: %s of "%s"', (name, text, value) => {
  expect(fill(required({ [name]: num }), text).value).toEqual({ [name]: value })
})

const SAID: [schema: Record<string, JsonSchema>, text: string, value: Record<string, unknown>][] = [
  [{ guests: int, nights: int }, 'Somos cinco e ficamos 4 noites', { guests: 5, nights: 4 }],
  [{ rooms: int, nights: int }, 'We would like two rooms for three nights', { rooms: 2, nights: 3 }],
  [{ adults: int, children: int }, 'There will be 2 adults and 3 kids', { adults: 2, children: 3 }],
  [{ quantity: int }, 'Please send me 12 bottles of water', { quantity: 12 }],
  [{ age: int }, 'O meu pai tem 71 anos', { age: 71 }],
  [{ amount: num, fee: num }, 'Refund 80 EUR and keep a fee of 5 EUR', { amount: 80, fee: 5 }],
  [{ room: str }, 'O ar condicionado do quarto 417 faz barulho', { room: '417' }],
  [{ room: str }, 'Move us from suite 9B please, it smells', { room: '9B' }],
  [{ order_id: str }, 'Where is my order ORD-5512?', { order_id: 'ORD-5512' }],
  [{ invoice_number: str }, 'Invoice 2027/114 is wrong', { invoice_number: '2027/114' }],
  [{ customer_id: str }, 'customer C-778 called about order O-1', { customer_id: 'C-778' }],
  [{ ticket_id: str }, 'What happened with T-812?', { ticket_id: 'T-812' }],
  [{ subject: str }, 'Log a ticket about the squeaky stairs', { subject: 'the squeaky stairs' }],
]

test.each(SAID)('what words tie a value to its slot fills it: %o, "%s"', (schema, text, value) => {
  expect(fill(required(schema), text)).toEqual({ value, missing: [] })
})

const NOT_SAID: [name: string, schema: JsonSchema, text: string][] = [
  ['nights', int, 'I would like room 12'],
  ['amount', num, 'room 305 was dirty'],
  ['guests', int, 'call me at 14:30, room 7'],
  ['quantity', int, 'my order number is 4711'],
  ['room', str, 'nights: 10'],
  ['room', str, 'tomorrow for 1 night'],
  ['room', str, 'March 3rd 2027'],
  ['room', str, 'We owe 3.480,25 €'],
  ['room', str, 'The room is dirty'],
  ['amount', num, 'We walked 12 km and saw 3 castles'],
  ['amount', num, 'We paid 20 dollars, then we paid 30 dollars'],
  ['budget', num, 'We spent 300 EUR yesterday'],
  ['guests', int, 'In room 305 guests were loud'],
  ['guests', int, 'The meeting is on floor 3'],
  ['nights', int, 'My phone number is 912345678'],
  ['quantity', int, 'I arrive on 12 May'],
  ['age', int, 'We have been customers for 9 years'],
  ['days', int, 'Chegamos no dia 20'],
  ['order_id', str, 'Ticket T-33 is still open'],
  ['subject', str, 'Can you open me a new ticket?'],
  ['subject', str, 'Abre um chamado, por favor'],
]

test.each(NOT_SAID)('%s is missing where a text does not say it: %o, "%s"', (name, schema, text) => {
  expect(fill(required({ [name]: schema }), text)).toMatchObject({ value: {}, missing: [{ path: name }] })
})

test.each([
  [{ room: str }, 'Not room 101 but room 102 please', { room: '102' }],
  [{ room: str }, 'It is not room 220 but 222', { room: '222' }],
  [{ room: str }, 'Room 7, not 17', { room: '7' }],
  [{ nights: int }, 'Não são 5 noites mas 6', { nights: 6 }],
  [{ amount: num }, 'Pay 90 EUR instead of 120 EUR', { amount: 90 }],
  [{ city: str }, 'I am not flying to Madrid but to Seville', { city: 'Seville' }],
])('what a text denies fills nothing: %o, "%s"', (schema, text, value) => {
  expect(fill(required(schema), text).value).toEqual(value)
})

test('no trouble of a room denies the room', () => {
  expect(fill(required({ room: str }), 'We are not happy, there is no light in room 305').value).toEqual({
    room: '305',
  })
})

test('words that are taken as they were said keep what they deny', () => {
  const text = 'Send a message saying it is not room 4 but room 5'
  expect(fill(required({ message: str }), text).value).toEqual({ message: 'it is not room 4 but room 5' })
})

test('a rank or a class that may be left out is taken only where the text says it', () => {
  const priority = { enum: ['low', 'normal', 'high'] }
  const category = { enum: ['billing', 'other'] }
  expect(fill(optional({ priority, category }), 'I need a room').value).toEqual({})
  expect(fill(optional({ priority, category }), 'Low priority: the lamp flickers').value).toEqual({
    priority: 'low',
  })
  expect(fill(required({ priority }), 'The lamp flickers').value).toEqual({ priority: 'normal' })
})

const HOTEL = optional({ hotel_id: { type: ['string', 'null'], description: 'its hotel, e.g. VV-LISBON' } })

test.each([
  ['Show the open tickets for VV-SINTRA please', 'VV-SINTRA'],
  ['Which tickets are open at CF-BRAGA?', 'CF-BRAGA'],
  ['liste os chamados abertos do hotel AA-FARO', 'AA-FARO'],
  ['Show the open tickets', undefined],
  ['Show open tickets like T-4', undefined],
])('a code without digits fills a slot for such codes: "%s"', (text, hotel) => {
  expect(fill(HOTEL, text).value).toEqual(hotel === undefined ? {} : { hotel_id: hotel })
})

const language = { type: 'string', enum: ['en', 'pt'] }
const TRANSLATE = required({ text: str, source_language: language, target_language: language })
const translation = (text: string, source: string, target: string) => ({
  text,
  source_language: source,
  target_language: target,
})

test.each([
  ['translate "Red File" to Portuguese', translation('Red File', 'en', 'pt')],
  ['Translate the window is broken into Portuguese', translation('the window is broken', 'en', 'pt')],
  ['How do you say blue door in Portuguese?', translation('blue door', 'en', 'pt')],
  [
    'Could you translate this sentence into English: a chave está na receção e no quarto',
    translation('a chave está na receção e no quarto', 'pt', 'en'),
  ],
  ["traduza 'arquivo vermelho' para o inglês", translation('arquivo vermelho', 'pt', 'en')],
  ['Traduz o convidado chegou para o inglês, por favor', translation('o convidado chegou', 'pt', 'en')],
  [
    'Translate the following text to pt: The guest speaks English and pays in cash.',
    translation('The guest speaks English and pays in cash.', 'en', 'pt'),
  ],
])('a translation goes from the language of the words into the one that is said: %s', (text, value) => {
  expect(fill(TRANSLATE, text)).toEqual({ value, missing: [] })
})

test('where a translation goes to is asked about, and taken from data', () => {
  expect(fill(TRANSLATE, 'Translate "porta fechada"').missing.map(({ path }) => path)).toContain(
    'target_language',
  )
  const facts = [{ text: 'chave azul', target_language: 'English' }]
  expect(fill(TRANSLATE, 'do it', facts).value).toEqual(translation('chave azul', 'pt', 'en'))
})

test('none of these texts stands in the sources', () => {
  const texts = [...MONEY, ...SAID, ...NOT_SAID].map((row) => row.findLast((one) => typeof one === 'string'))
  expect(findInSources(texts.filter((text) => text !== undefined))).toEqual([])
})
