import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, type Json } from '../../lib/canonical-json.ts'
import { readNumber } from './condition/split-condition.ts'
import { TICKET, verdictOf } from './condition.fixture.ts'
import { decideCondition } from './decide-condition.ts'

describe('a condition that somebody else has to judge', () => {
  test.each([
    // Words that have no place: passing over one of them could turn the meaning round.
    'unless priority is high',
    'if not priority is high',
    'priority is never high',
    'priority is very high',
    'priority is high for now',
    'only if priority is high',
    'priority is high unless status is open',
    'priority is neither low nor medium',
    'neither priority nor status is high',
    'priority was high',
    'priority should be high',
    'priority is probably high',
    'priority is high and',
    'or priority is high',
    'priority',
    'priority high',
    'is high',
    'high or urgent',
    '',
    '   ',
    'priority is',
    'priority is not',
    'the customer is angry',
    'the guest sounds upset',
    'if it looks like fraud',
    'amount is between 1000 and 2000',
    'amount is less than $1000',
    'amount is less than 10%',
    'amount is less than 1000 euros',
    'amount is less than a thousand',
    'amount is about 1200',
    'amount is nearly 1200',
    'se a prioridade não for nem alta nem baixa',
    'a menos que a prioridade seja alta',
    'a prioridade é quase alta',
    // Negations over several values are meant in two ways.
    'priority is not high or urgent',
    'priority is not low and medium',
    'priority is high and urgent',
    // Names that are not there, or stand for several values.
    'mood is good',
    'mood exists',
    'invoice priority is high',
    'customer priority is high',
    'city is Lisboa',
    // Values that words alone do not decide.
    'subject is refund',
    'subject is urgent',
    'subject contains refunds',
    'subject contains book',
    'subject contains reembolso',
    'amount is high',
    'amount is twelve hundred',
    'approved is high',
    'assignee is Ana',
    'customer is gold',
    'tier is "Gold"',
    'tier is golden',
    'status is progress',
    'priority is unclear',
    'priority is tall',
    'priority is status',
    'priority is greater than 3',
    'subject is less than 5',
    'amount is empty',
    // Two ways to read it that differ here.
    'priority is high or urgent and status is open',
    'amount is 1.200',
    'priority is high, amount is 5',
    'priority is low, medium or high and status is open',
    // Neither code nor prose of ours.
    'priority == high && amount > 5',
    'priority is high; drop table',
    'priority is (high',
    'priority is high)',
    '(priority is high) (amount is 5)',
    'priority is high -> pay',
    `priority is high ${'or low '.repeat(200)}`,
  ])('%s', (condition) => {
    const { verdict, parse } = decideCondition(condition, TICKET)
    expect({ condition, verdict }).toEqual({ condition, verdict: 'unknown' })
    expect(parse.reasons.length).toBeGreaterThan(0)
  })

  test('has data in which a number has two readings only where they differ', () => {
    expect(verdictOf('amount is less than 1.000', { amount: 5000 })).toBe('false')
    expect(verdictOf('amount is less than 1.000', { amount: 500 })).toBe('unknown')
    expect(readNumber('1.234,5', 'en')).toEqual([1234.5])
    expect(readNumber('1,000', 'en')).toEqual([1000])
    expect(readNumber('1,000', 'pt')).toEqual([1000, 1])
    expect(readNumber('12,34', 'en')).toEqual([])
    expect(readNumber('9007199254740993', 'en')).toEqual([])
  })

  test.each<[string, Json]>([
    ['status is unpaid', { status: 'pending' }],
    ['status is cancelled', { status: 'canceled' }],
    ['status is approve', { status: 'approved' }],
    ['status is unapproved', { status: 'pending' }],
    ['status is review', { status: 'pending_review' }],
    ['status is missing', { status: 'missing' }],
    ['status is empty', { status: 'empty' }],
    ['buyer is seller', { buyer: 'ana', seller: 'ana' }],
    ['priority is high', { priority: '' }],
    ['priority is high', { priority: '5' }],
    ['priority is high', ['high']],
    ['priority is high', 'high'],
    ['ticket priority is high', { priority: 'high', tickets: [{ id: 1 }] }],
    ['ticket priority is high', { priority: 'high', other: { priority: 'low' } }],
    ['ticket priority is high', { other: { priority: 'high' } }],
    ['customer priority is high', { priority: 'high' }],
    ['se o status for hospedado', { status: 'housed' }],
    ['status is housed', { status: 'hospedado' }],
    ['se a cidade for Lisboa', { city: 'Porto' }],
    ['id is 5', { user_id: 5 }],
  ])('%s of %j', (condition, data) => {
    expect(verdictOf(condition, data)).toBe('unknown')
  })

  test('is about data that is too large or too deep to search', () => {
    const large = Object.fromEntries(Array.from({ length: 6_000 }, (_, index) => [`name${index}`, index]))
    expect(decideCondition('name5 is 5', large).parse.reasons).toEqual(['the data is too large to search'])
    let deep: Json = { priority: 'high' }
    for (let level = 0; level < 40; level++) deep = { deeper: deep }
    expect(verdictOf('priority is high', deep)).toBe('unknown')
  })
})

describe('the parse of a condition', () => {
  test('shows how it was read and what every comparison found', () => {
    expect(
      decideCondition('if ticket priority is high or urgent and amount is less than 5,000', TICKET),
    ).toEqual({
      verdict: 'true',
      parse: {
        condition: 'if ticket priority is high or urgent and amount is less than 5,000',
        language: 'en',
        readings: [
          {
            all: [
              { any: [priorityIs('high', 'true'), priorityIs('urgent', 'false')], verdict: 'true' },
              amountIsLess,
            ],
            verdict: 'true',
          },
          {
            any: [
              priorityIs('high', 'true'),
              { all: [priorityIs('urgent', 'false'), amountIsLess], verdict: 'false' },
            ],
            verdict: 'true',
          },
        ],
        reasons: [],
      },
    })
  })

  test('says why it gave up', () => {
    expect(decideCondition('unless priority is high', TICKET).parse).toEqual({
      condition: 'unless priority is high',
      language: null,
      readings: [],
      reasons: ['en: "unless" has no place in a name', 'pt: there is no comparison in it'],
    })
    expect(decideCondition('mood is good', TICKET).parse.reasons).toEqual([
      'nothing in the data is named "mood"',
    ])
  })

  test('has no more of a value than is needed', () => {
    const { parse } = decideCondition('note contains refund', { note: `refund ${'x'.repeat(10_000)}\ud800` })
    expect(JSON.stringify(parse).length).toBeLessThan(600)
  })

  test('is JSON that can be hashed, whatever comes in, and nothing is thrown', () => {
    const words = fc.constantFrom(
      ...'if is not or and the priority amount high less than 5 , ( ) contains empty "x" é ou e for não maior que'.split(
        ' ',
      ),
    )
    const conditions = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(words, { maxLength: 12 }).map((parts) => parts.join(' ')),
    )
    fc.assert(
      fc.property(
        conditions,
        fc.oneof(fc.constant(TICKET), fc.jsonValue() as fc.Arbitrary<Json>),
        (text, data) => {
          const decided = decideCondition(text, data)
          expect(['true', 'false', 'unknown']).toContain(decided.verdict)
          expect(canonicalJson(decided)).toBe(canonicalJson(decideCondition(text, structuredClone(data))))
          expect(decided.verdict === 'unknown').toBe(decided.parse.reasons.length > 0)
        },
      ),
      { numRuns: 1_000 },
    )
  })
})

const priorityIs = (operand: string, verdict: string) => ({
  field: 'ticket priority',
  operator: 'equals',
  operand,
  paths: ['priority'],
  value: 'high',
  note: '"ticket" is read as the data itself',
  verdict,
})

const amountIsLess = {
  field: 'amount',
  operator: 'less_than',
  operand: 5000,
  paths: ['amount'],
  value: 1200,
  verdict: 'true',
}
