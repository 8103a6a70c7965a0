import { expect, test } from 'vitest'
import { fitsForm, makeDraft, placeFaults, readDraft } from './draft.ts'
import { readSchema } from './read-schema.ts'

const SCHEMA = {
  type: 'object',
  required: ['hotel', 'nights'],
  properties: {
    hotel: { type: 'string', title: 'Hotel', examples: ['VV-LISBON'] },
    nights: { type: 'integer', minimum: 1, maximum: 30, default: 2 },
    rate: { type: ['number', 'null'] },
    late: { type: 'boolean' },
    priority: { enum: ['low', 'high', 3] },
    guest: {
      type: 'object',
      required: ['name'],
      properties: { name: { type: 'string' }, age: { type: 'integer' } },
    },
    rooms: { type: 'array', items: { type: 'string' } },
    extras: { anyOf: [{ type: 'string' }, { type: 'number' }] },
  },
}
const field = readSchema(SCHEMA, 'input')
const read = (changes: Record<string, unknown>) =>
  readDraft(field, { ...(makeDraft(field) as object), ...changes } as never, true, 'input')

test('a schema becomes fields of its kinds, with what it says about them', () => {
  const kinds = Object.fromEntries(
    (field.kind === 'group' ? field.members : []).map(({ name, field: member }) => [name, member.kind]),
  )
  expect(kinds).toEqual({
    hotel: 'text',
    nights: 'number',
    rate: 'number',
    late: 'flag',
    priority: 'choice',
    guest: 'group',
    rooms: 'list',
    extras: 'json',
  })
  const [hotel, nights] = field.kind === 'group' ? field.members : []
  expect(hotel).toMatchObject({ isRequired: true, field: { label: 'Hotel', example: 'VV-LISBON' } })
  expect(nights?.field.hint).toBe('From 1 to 30.')
})

test('what is not given is left out, and what is given keeps its type', () => {
  expect(read({ hotel: 'VV' })).toEqual({ value: { hotel: 'VV', nights: 2 }, faults: [] })
  const full = read({
    hotel: ' VV ',
    nights: '3',
    rate: '1.5e2',
    late: 'false',
    priority: '2',
    guest: { name: 'Ana', age: '' },
    rooms: ['1', '2'],
    extras: '{"a":[1]}',
  })
  expect(full.value).toEqual({
    hotel: ' VV ',
    nights: 3,
    rate: 150,
    late: false,
    priority: 3,
    guest: { name: 'Ana' },
    rooms: ['1', '2'],
    extras: { a: [1] },
  })
})

test.each([
  ['a needed text', { hotel: '' }, 'input.hotel', 'Something is needed here.'],
  ['a number', { hotel: 'V', rate: '1,5' }, 'input.rate', 'Write a number, such as 12 or 0.5.'],
  ['a whole number', { hotel: 'V', nights: '2.5' }, 'input.nights', 'Write a whole number.'],
  ['a number that can be kept', { hotel: 'V', nights: '90071992547409930' }, 'input.nights', /more digits/],
  ['JSON', { hotel: 'V', extras: '{a' }, 'input.extras', /^This is not JSON/],
  ['an item', { hotel: 'V', rooms: ['1', ''] }, 'input.rooms.1', 'Something is needed here.'],
  [
    'a part of a group that is given',
    { hotel: 'V', guest: { name: '', age: '3' } },
    'input.guest.name',
    /needed/,
  ],
])('without %s it says so at the field', (_what, changes, path, message) => {
  const { faults } = read(changes)
  expect(faults).toEqual([{ path, message: expect.stringMatching(message) }])
})

test('what a form cannot say stays JSON', () => {
  expect(fitsForm(field, { hotel: 'V', nights: 1 })).toBe(true)
  expect(fitsForm(field, { nights: 1, hotel: 'V', unknown: 1 })).toBe(false)
  expect(fitsForm(field, { hotel: 'V', nights: 1, rate: null })).toBe(false)
  expect(fitsForm(field, 5)).toBe(false)
})

test('a schema without members, or none at all, is asked for as JSON', () => {
  for (const schema of [
    undefined,
    true,
    {},
    { type: 'object' },
    { $ref: '#/$defs/a' },
    { type: 'string', enum: [] },
  ]) {
    expect(readSchema(schema, 'input').kind).toBe('json')
  }
})

test('a schema that refers to itself without end, or is very deep, ends in JSON', () => {
  const deep: Record<string, unknown> = { type: 'array' }
  deep.items = deep
  expect(JSON.stringify(readSchema(deep, 'input'))).toContain('"kind":"json"')
})

test('faults of the server stand at the field they are about; the rest is told apart', () => {
  const draft = { ...(makeDraft(field) as object), rooms: ['1'] } as never
  const { placed, rest } = placeFaults(field, draft, 'input', [
    { path: 'input.rooms.0', message: 'expected a room' },
    { path: 'input.extras.a', message: 'expected no member of this name' },
    { path: 'input.hotels', message: 'expected no member of this name' },
    { path: 'cost_limit_cents', message: 'too low' },
  ])
  expect([...placed]).toEqual([
    ['input.rooms.0', 'expected a room'],
    ['input.extras', 'a: expected no member of this name'],
  ])
  expect(rest.map(({ path }) => path)).toEqual(['input.hotels', 'cost_limit_cents'])
})

test('a member named like an inherited one is a member', () => {
  const odd = readSchema(
    {
      type: 'object',
      properties: JSON.parse('{"__proto__":{"type":"string"},"toString":{"type":"string"}}'),
    },
    'input',
  )
  const { value } = readDraft(odd, JSON.parse('{"__proto__":"a","toString":"b"}'), true, 'input')
  expect(JSON.stringify(value)).toBe('{"__proto__":"a","toString":"b"}')
})
